// SPDX-License-Identifier: GPL-2.0
/*
 * What jobs there are, and what memory they hold copies of: of an open device, and
 * of all that a user has opened. The user is who opened the device, as io_uring
 * counts: who is handed a device uses it up.
 *
 * What a job is to move is not counted: that takes nothing until it is moved, and
 * then it is the socket's.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "account.h"
#include "internal.h"

static DEFINE_HASHTABLE(users, 6);
/* Protects users, and the end of each. */
static DEFINE_SPINLOCK(users_lock);

static struct zcx_user *user_find(kuid_t uid)
{
	struct zcx_user *user;

	hash_for_each_possible(users, user, link, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/**
 * zcx_user_get - the accounts of the caller
 *
 * Return: for zcx_user_put(), or NULL if there is no memory.
 */
struct zcx_user *zcx_user_get(void)
{
	struct zcx_user *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	kuid_t uid = current_uid();
	struct zcx_user *user;

	if (!fresh)
		return NULL;
	spin_lock_irq(&users_lock);
	user = user_find(uid);
	if (user) {
		user->devices++;
	} else {
		user = fresh;
		user->uid = uid;
		user->devices = 1;
		hash_add(users, &user->link, __kuid_val(uid));
		fresh = NULL;
	}
	spin_unlock_irq(&users_lock);
	kfree(fresh);
	return user;
}

/**
 * zcx_user_put - undo zcx_user_get()
 * @user: the accounts
 *
 * In any context.
 */
void zcx_user_put(struct zcx_user *user)
{
	unsigned long flags;
	bool last;

	spin_lock_irqsave(&users_lock, flags);
	last = !--user->devices;
	if (last)
		hash_del(&user->link);
	spin_unlock_irqrestore(&users_lock, flags);
	if (last)
		kfree(user);
}

/**
 * zcx_account_add - more of something
 * @account: whose
 * @what: of what
 * @n: how much more
 * @max: how much there may be
 *
 * One who comes before that is reached may go beyond it: so there is room for all,
 * or for none, and who waits for room knows.
 *
 * Return: whether there may be more. If not, nothing has changed.
 */
bool zcx_account_add(struct zcx_account *account, enum zcx_counted what, long n,
		     unsigned long max)
{
	long old = atomic_long_read(&account->count[what]);

	if (!n)
		return true;
	do {
		if (old >= max)
			return false;
	} while (!atomic_long_try_cmpxchg(&account->count[what], &old, old + n));
	return true;
}

/**
 * zcx_account_sub - less of something
 * @account: whose
 * @what: of what
 * @n: how much less
 * @max: how much there may be
 *
 * Return: whether there was no room, and may be now.
 */
bool zcx_account_sub(struct zcx_account *account, enum zcx_counted what, long n,
		     unsigned long max)
{
	return n && atomic_long_fetch_sub(n, &account->count[what]) >= max;
}
