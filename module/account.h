/* SPDX-License-Identifier: GPL-2.0 */
/* How many jobs there are, and how much memory they hold: see account.c. */
#ifndef _ZCX_ACCOUNT_H
#define _ZCX_ACCOUNT_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * enum zcx_counted - what is counted
 * @ZCX_JOBS: jobs that are not over, or were not read
 * @ZCX_MEMORY: bytes that they hold copies of
 * @ZCX_NR_COUNTED: how many of these there are
 */
enum zcx_counted {
	ZCX_JOBS,
	ZCX_MEMORY,
	ZCX_NR_COUNTED,
};

/**
 * struct zcx_account - what is in flight
 * @count: how much, of each &enum zcx_counted
 */
struct zcx_account {
	atomic_long_t count[ZCX_NR_COUNTED];
};

/**
 * struct zcx_user - what a user has in flight
 * @link: among all users
 * @uid: who it is
 * @devices: how many open devices there are
 * @account: of all of them together
 */
struct zcx_user {
	struct hlist_node link;
	kuid_t uid;
	unsigned int devices;
	struct zcx_account account;
};

struct zcx_user *zcx_user_get(void);
void zcx_user_put(struct zcx_user *user);
bool zcx_account_add(struct zcx_account *account, enum zcx_counted what, long n,
		     unsigned long max);
bool zcx_account_sub(struct zcx_account *account, enum zcx_counted what, long n,
		     unsigned long max);

/* param.c: how much there may be, of an open device and of a user */
extern unsigned long zcx_max[ZCX_NR_COUNTED];
extern unsigned long zcx_max_user[ZCX_NR_COUNTED];

#endif /* _ZCX_ACCOUNT_H */
