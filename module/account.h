/* SPDX-License-Identifier: GPL-2.0 */
/* How many jobs there are, and how much memory they hold: see account.c. */
#ifndef _ZCX_ACCOUNT_H
#define _ZCX_ACCOUNT_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * struct zcx_account - what is in flight
 * @jobs: jobs that are not over, or were not read
 * @memory: bytes of memory that they hold copies of
 */
struct zcx_account {
	atomic_long_t jobs;
	atomic_long_t memory;
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
bool zcx_account_add(atomic_long_t *count, long n, unsigned long max);
bool zcx_account_sub(atomic_long_t *count, long n, unsigned long max);

#endif /* _ZCX_ACCOUNT_H */
