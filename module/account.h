/* SPDX-License-Identifier: GPL-2.0-only */
/* Accounts of the jobs and of the memory that they hold: see account.c. */
#ifndef _ZCX_ACCOUNT_H
#define _ZCX_ACCOUNT_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

/**
 * enum zcx_counted - kinds of charges
 * @ZCX_JOBS: jobs that are not over, or whose completion was not read
 * @ZCX_MEMORY: bytes of memory that they hold
 * @ZCX_NR_DEVICE: number of the kinds that a device has limits for
 * @ZCX_LEASES: files with a lease, of jobs and calls; only users have a limit
 * @ZCX_WORKERS: devices that have workers; only users have a limit
 * @ZCX_NR_COUNTED: number of kinds
 */
enum zcx_counted {
	ZCX_JOBS,
	ZCX_MEMORY,
	ZCX_NR_DEVICE,
	ZCX_LEASES = ZCX_NR_DEVICE,
	ZCX_WORKERS,
	ZCX_NR_COUNTED,
};

/**
 * struct zcx_account - amounts charged to a device or to a user
 * @count: the amounts, by &enum zcx_counted
 */
struct zcx_account {
	atomic_long_t count[ZCX_NR_COUNTED];
};

/**
 * struct zcx_user - a user that has opened devices
 * @link: entry in the hash table of all users
 * @uid: the user
 * @refs: references: one of each device that is open or has jobs, one of each set of
 *	leases, and of each set of workers; one of @work while it is queued
 * @account: sum of the charges of all these devices
 * @releases: releases that @work has to run (release.c)
 * @work: runs them
 */
struct zcx_user {
	struct hlist_node link;
	kuid_t uid;
	unsigned int refs;
	struct zcx_account account;
	struct llist_head releases;
	struct work_struct work;
};

struct zcx_user *zcx_user_get(work_func_t func);
void zcx_user_hold(struct zcx_user *user);
void zcx_user_put(struct zcx_user *user);
bool zcx_user_charge(struct zcx_user *user, enum zcx_counted what, long n);
void zcx_user_uncharge(struct zcx_user *user, enum zcx_counted what, long n);
int zcx_charge(struct zcx_account *device, struct zcx_user *user,
	       enum zcx_counted what, long n);
void zcx_charge_more(struct zcx_account *device, struct zcx_user *user,
		     enum zcx_counted what, long n);
bool zcx_uncharge(struct zcx_account *device, struct zcx_user *user,
		  enum zcx_counted what, long n);
bool zcx_account_has_room(const struct zcx_account *device);

/* param.c: the limits of an open device and of a user */
extern unsigned long zcx_max[ZCX_NR_DEVICE];
extern unsigned long zcx_max_user[ZCX_NR_COUNTED];

#endif /* _ZCX_ACCOUNT_H */
