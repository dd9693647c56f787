// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leases on the files that a transfer sends (ZCXFER_F_STABLE): they keep writers out
 * until the network stack has dropped its references to the files' pages.
 *
 * A task that opens such a file for writing, or truncates it, breaks the lease and
 * waits (fs/locks.c: __break_lease()); the transfer is notified, and stops. The leases
 * are returned on the release of the pages (release.c). Until then they hold the files
 * open. The user is charged for that (ZCX_LEASES).
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/filelock.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <net/sock.h>

#include "account.h"
#include "compat.h"
#include "file.h"
#include "lease.h"
#include "release.h"
#include "sock.h"
#include "stats.h"

/**
 * struct zcx_leases - the leases of one transfer
 * @on_release: returns them when the network stack has released the pages
 * @broken: true once a writer has broken one of the leases
 * @wait: the transfer's waiters for a break
 * @user: the user that is charged for them
 * @files: a &struct leased_file for each
 */
struct zcx_leases {
	struct zcx_release_hook on_release;
	bool broken;
	wait_queue_head_t wait;
	struct zcx_user *user;
	struct list_head files;
};

/*
 * A file with a lease. It was opened for that alone: returning a lease resets the owner
 * and the signal of its file, which the caller may have set with fcntl(2).
 */
struct leased_file {
	struct list_head link;
	struct file *file;
};

/* Called under the lock of the file's leases. */
static bool lease_break(struct file_lease *lease)
{
	struct zcx_leases *leases = lease->c.flc_owner;

	WRITE_ONCE(leases->broken, true);
	wake_up_all(&leases->wait);
	return false;	/* the lease stays until it is returned */
}

static const struct lease_manager_operations lease_ops = {
	.lm_break	= lease_break,
	.lm_change	= lease_modify,
	ZCX_LM_OPEN_CONFLICT
};

/* Return all leases. */
static void leases_free(struct zcx_release_hook *hook, bool copied)
{
	struct zcx_leases *leases = container_of(hook, struct zcx_leases,
						 on_release);
	struct leased_file *leased, *next;
	void *owner = leases;

	list_for_each_entry_safe(leased, next, &leases->files, link) {
		/* -EAGAIN: the break has timed out (/proc/sys/fs/lease-break-time). */
		kernel_setlease(leased->file, F_UNLCK, NULL, &owner);
		zcx_fput(leased->file);
		kfree(leased);
		zcx_user_uncharge(leases->user, ZCX_LEASES, 1);
		zcx_stat_add(leases_held, -1);
		cond_resched();
	}
	zcx_user_put(leases->user);
	kfree(leases);
}

/**
 * zcx_leases_alloc - prepare for leases
 * @user: the user to charge for them
 * @release: the leases are returned, and freed, at this release
 *
 * Return: the leases, or NULL if there is no memory.
 */
struct zcx_leases *zcx_leases_alloc(struct zcx_user *user,
				    struct zcx_release *release)
{
	struct zcx_leases *leases = kmalloc(sizeof(*leases), GFP_KERNEL_ACCOUNT);

	if (!leases)
		return NULL;
	leases->broken = false;
	init_waitqueue_head(&leases->wait);
	INIT_LIST_HEAD(&leases->files);
	zcx_user_hold(user);
	leases->user = user;
	release->user = user;
	zcx_release_add(release, &leases->on_release, leases_free);
	return leases;
}

static int set_lease(struct zcx_leases *leases, struct file *file)
{
	struct file_lease *lease = locks_alloc_lease();
	int err;

	if (!lease)
		return -ENOMEM;
	lease->fl_lmops = &lease_ops;
	lease->c.flc_flags = FL_LEASE;
	lease->c.flc_type = F_RDLCK;
	lease->c.flc_owner = leases;
	lease->c.flc_pid = current->tgid;
	lease->c.flc_file = file;
	err = vfs_setlease(file, F_RDLCK, &lease, NULL);
	if (lease)
		locks_free_lease(lease);
	/* To the caller EAGAIN means the socket. */
	if (err == -EAGAIN)
		return -EBUSY;
	/* The filesystem has no leases, or the administrator disabled them. */
	return err == -EINVAL ? -EOPNOTSUPP : err;
}

static bool has_lease(const struct zcx_leases *leases, const struct file *file)
{
	const struct leased_file *leased;

	list_for_each_entry(leased, &leases->files, link)
		if (file_inode(leased->file) == file_inode(file))
			return true;
	return false;
}

/*
 * Open a file for its lease. The open does not wait for the holder of a write lease.
 * It is hidden from fsnotify watchers where the kernel allows it, because nothing is
 * read through this open file.
 */
static struct file *open_own(const struct file *file)
{
	struct file *own;

	own = dentry_open(&file->f_path, O_RDONLY | O_NONBLOCK | O_LARGEFILE |
			  ZCX_O_NONOTIFY, current_cred());
	return own == ERR_PTR(-EAGAIN) ? ERR_PTR(-EBUSY) : own;
}

/**
 * zcx_leases_add - take a lease on a file, unless there is one already
 * @leases: the leases
 * @file: the file
 *
 * Return: 0; -EBUSY if the file is open for writing, or another lease conflicts;
 * -EACCES if the caller neither owns the file nor has CAP_LEASE; -EOPNOTSUPP if the
 * file cannot have a lease; -ENFILE if the user is at its limit of leases; -ENOMEM; or
 * the error of opening the file.
 */
int zcx_leases_add(struct zcx_leases *leases, struct file *file)
{
	struct leased_file *leased;
	int err;

	if (!zcx_file_can_lease(file))
		return -EOPNOTSUPP;
	if (has_lease(leases, file))
		return 0;
	if (!zcx_user_charge(leases->user, ZCX_LEASES, 1))
		return -ENFILE;
	leased = kmalloc(sizeof(*leased), GFP_KERNEL_ACCOUNT);
	err = -ENOMEM;
	if (!leased)
		goto uncharge;
	leased->file = open_own(file);
	err = PTR_ERR_OR_ZERO(leased->file);
	if (err)
		goto free;
	err = set_lease(leases, leased->file);
	if (err)
		goto put;
	list_add_tail(&leased->link, &leases->files);
	zcx_stat_add(leases_held, 1);
	return 0;

put:
	fput(leased->file);
free:
	kfree(leased);
uncharge:
	zcx_user_uncharge(leases->user, ZCX_LEASES, 1);
	return err;
}

/**
 * zcx_leases_broken - check for a break
 * @leases: the leases, or NULL
 *
 * Return: true if a writer has broken one of the leases.
 */
bool zcx_leases_broken(const struct zcx_leases *leases)
{
	return leases && READ_ONCE(leases->broken);
}

/**
 * zcx_leases_watch - be notified of a break
 * @leases: the leases
 * @entry: entry whose function is called on a break, under a spinlock
 *
 * Earlier breaks did not call @entry; check zcx_leases_broken() afterwards.
 */
void zcx_leases_watch(struct zcx_leases *leases, wait_queue_entry_t *entry)
{
	add_wait_queue(&leases->wait, entry);
}

/**
 * zcx_leases_unwatch - undo zcx_leases_watch()
 * @leases: the leases
 * @entry: the entry
 */
void zcx_leases_unwatch(struct zcx_leases *leases, wait_queue_entry_t *entry)
{
	remove_wait_queue(&leases->wait, entry);
}

/**
 * zcx_leases_wait - wait for room in a socket, or for a break
 * @leases: the leases, or NULL
 * @sock: the socket, which has just refused to take anything
 * @timeout: in and out: most jiffies to wait
 * @again: true if the socket refused after the last wait, too. If it has room all the
 *	same it lacks memory: the wait is then short, as in
 *	net/core/stream.c:sk_stream_wait_memory()
 *
 * Return: 0 if the caller should try again, -EBUSY if a writer has broken a lease,
 * -EAGAIN if the time is up, -ERESTARTSYS or -EINTR for a signal.
 */
int zcx_leases_wait(struct zcx_leases *leases, struct socket *sock,
		    long *timeout, bool again)
{
	DECLARE_WAITQUEUE(room, current);
	DECLARE_WAITQUEUE(broken, current);
	bool brief = again && zcx_sock_is_ready(sock, ZCX_SEND, NULL);
	int err = 0;

	add_wait_queue(sk_sleep(sock->sk), &room);
	if (leases)
		add_wait_queue(&leases->wait, &broken);
	for (;;) {
		long most = brief ? min(*timeout, HZ / 50) : *timeout;

		set_current_state(TASK_INTERRUPTIBLE);
		if (zcx_leases_broken(leases))
			err = -EBUSY;
		else if (signal_pending(current))
			err = sock_intr_errno(*timeout);
		else if (!brief && zcx_sock_is_ready(sock, ZCX_SEND, NULL))
			break;
		else if (!*timeout)
			err = -EAGAIN;
		if (err)
			break;
		most -= schedule_timeout(most);
		if (*timeout != MAX_SCHEDULE_TIMEOUT)
			*timeout -= most;
		brief = false;
	}
	__set_current_state(TASK_RUNNING);
	if (leases)
		remove_wait_queue(&leases->wait, &broken);
	remove_wait_queue(sk_sleep(sock->sk), &room);
	return err;
}
