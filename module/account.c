// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounts of the jobs, and of the memory that they hold: one for each open
 * device, and one for each user, over all devices that it opened. As io_uring does, a
 * job is charged to the user that opened the device: a task that was handed the device
 * uses up that user's share.
 *
 * The bytes that a job will move are not charged: they take no memory until they are
 * moved, and from then on the socket is charged for them.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "account.h"

static DEFINE_HASHTABLE(users, 6);
/* Protects users, and &zcx_user.refs of each. */
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
 * zcx_user_get - get the account of the calling user
 * @func: function of &zcx_user.work
 *
 * Return: the account, which zcx_user_put() drops, or NULL if there is no memory.
 */
struct zcx_user *zcx_user_get(work_func_t func)
{
	struct zcx_user *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	kuid_t uid = current_uid();
	struct zcx_user *user;

	if (!fresh)
		return NULL;
	INIT_WORK(&fresh->work, func);
	spin_lock_irq(&users_lock);
	user = user_find(uid);
	if (user) {
		user->refs++;
	} else {
		user = fresh;
		user->uid = uid;
		user->refs = 1;
		hash_add(users, &user->link, __kuid_val(uid));
		fresh = NULL;
	}
	spin_unlock_irq(&users_lock);
	kfree(fresh);
	return user;
}

/**
 * zcx_user_hold - take one more reference to a user; any context
 * @user: the user
 */
void zcx_user_hold(struct zcx_user *user)
{
	unsigned long flags;

	spin_lock_irqsave(&users_lock, flags);
	user->refs++;
	spin_unlock_irqrestore(&users_lock, flags);
}

/**
 * zcx_user_put - undo zcx_user_get()
 * @user: the account
 *
 * Callable in any context.
 */
void zcx_user_put(struct zcx_user *user)
{
	unsigned long flags;
	bool last;

	spin_lock_irqsave(&users_lock, flags);
	last = !--user->refs;
	if (last)
		hash_del(&user->link);
	spin_unlock_irqrestore(&users_lock, flags);
	if (last)
		kfree(user);
}

/* Returns true if the charge was made; otherwise nothing has changed. */
static bool account_add(struct zcx_account *account, enum zcx_counted what, long n,
			unsigned long max)
{
	long old = atomic_long_read(&account->count[what]);

	do {
		if (old >= max)
			return false;
	} while (!atomic_long_try_cmpxchg(&account->count[what], &old, old + n));
	return true;
}

/* Returns true if the account was full before, and may have room now. */
static bool account_sub(struct zcx_account *account, enum zcx_counted what, long n,
			unsigned long max)
{
	return n && atomic_long_fetch_sub(n, &account->count[what]) >= max;
}

/**
 * zcx_user_charge - charge a user alone
 * @user: the user
 * @what: the kind of charge
 * @n: the amount, positive
 *
 * Return: true if the charge was made. Otherwise nothing has changed.
 */
bool zcx_user_charge(struct zcx_user *user, enum zcx_counted what, long n)
{
	return account_add(&user->account, what, n, READ_ONCE(zcx_max_user[what]));
}

/**
 * zcx_user_uncharge - undo zcx_user_charge()
 * @user: the user
 * @what: the kind of charge
 * @n: the amount
 */
void zcx_user_uncharge(struct zcx_user *user, enum zcx_counted what, long n)
{
	account_sub(&user->account, what, n, 0);
}

/**
 * zcx_charge - charge a device, and its user
 * @device: account of the device
 * @user: its user
 * @what: the kind of charge
 * @n: the amount, positive
 *
 * A charge that starts below the limit may exceed it, so that there is room for
 * everyone or for no one, and a waiter for room need not say how much it needs.
 *
 * Return: 0; -EAGAIN if the device is at its limit, otherwise -EDQUOT if the user is.
 */
int zcx_charge(struct zcx_account *device, struct zcx_user *user,
	       enum zcx_counted what, long n)
{
	unsigned long max = READ_ONCE(zcx_max[what]);

	if (atomic_long_read(&device->count[what]) >= max)
		return -EAGAIN;
	/* The user first: a charge that is undone has no waiters to wake. */
	if (!zcx_user_charge(user, what, n))
		return -EDQUOT;
	if (account_add(device, what, n, max))
		return 0;
	account_sub(&user->account, what, n, 0);
	return -EAGAIN;
}

/**
 * zcx_charge_more - charge for more of what zcx_charge() has let in
 * @device: account of the device
 * @user: its user
 * @what: the kind of charge
 * @n: the amount, not negative
 *
 * Cannot fail: a charge that starts below the limit may exceed it.
 */
void zcx_charge_more(struct zcx_account *device, struct zcx_user *user,
		     enum zcx_counted what, long n)
{
	atomic_long_add(n, &device->count[what]);
	atomic_long_add(n, &user->account.count[what]);
}

/**
 * zcx_uncharge - undo zcx_charge()
 * @device: account of the device
 * @user: its user
 * @what: the kind of charge
 * @n: the amount
 *
 * Return: true if the device was full before, and may have room now.
 */
bool zcx_uncharge(struct zcx_account *device, struct zcx_user *user,
		  enum zcx_counted what, long n)
{
	account_sub(&user->account, what, n, 0);
	return account_sub(device, what, n, READ_ONCE(zcx_max[what]));
}

/**
 * zcx_account_has_room - look whether a device may be charged
 * @device: account of the device
 *
 * Return: true if it is below every limit; other callers may be faster.
 */
bool zcx_account_has_room(const struct zcx_account *device)
{
	enum zcx_counted what;

	for (what = 0; what < ZCX_NR_DEVICE; what++)
		if (atomic_long_read(&device->count[what]) >=
		    READ_ONCE(zcx_max[what]))
			return false;
	return true;
}
