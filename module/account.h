/* SPDX-License-Identifier: GPL-2.0 */
/* Accounts of the jobs and of the memory that they hold: see account.c. */
#ifndef _ZCX_ACCOUNT_H
#define _ZCX_ACCOUNT_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * enum zcx_counted - kinds of charges
 * @ZCX_JOBS: jobs that are not over, or whose completion was not read
 * @ZCX_MEMORY: bytes of the caller's memory that jobs hold copies of
 * @ZCX_NR_COUNTED: number of kinds
 */
enum zcx_counted {
	ZCX_JOBS,
	ZCX_MEMORY,
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
 * @devices: number of devices that are open, or have jobs that are not over
 * @account: sum of the charges of all these devices
 */
struct zcx_user {
	struct hlist_node link;
	kuid_t uid;
	unsigned int devices;
	struct zcx_account account;
};

struct zcx_user *zcx_user_get(void);
void zcx_user_put(struct zcx_user *user);
int zcx_charge(struct zcx_account *device, struct zcx_user *user,
	       enum zcx_counted what, long n);
bool zcx_uncharge(struct zcx_account *device, struct zcx_user *user,
		  enum zcx_counted what, long n);
bool zcx_account_has_room(const struct zcx_account *device);

/* param.c: the limits of an open device and of a user */
extern unsigned long zcx_max[ZCX_NR_COUNTED];
extern unsigned long zcx_max_user[ZCX_NR_COUNTED];

#endif /* _ZCX_ACCOUNT_H */
