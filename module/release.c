// SPDX-License-Identifier: GPL-2.0-only
/*
 * The release of a transfer's pages by the network stack.
 *
 * Each packet references a ubuf_info, and drops the reference when it is freed, that is,
 * when the peer has acknowledged it (as in io_uring/notif.c). The last packet may be
 * freed long after the transfer has ended. Therefore everything that waits for this
 * (leases, pinned memory, a job's completion) is a hook of struct zcx_release and not
 * part of struct zcx_xfer, and the release holds the module.
 *
 * Hooks that close files take as long as the filesystem likes, if it is the last reference
 * to an unlinked file. All users share the workers, so these hooks are called by a work of
 * their user, one release after another.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "account.h"
#include "release.h"

static struct workqueue_struct *release_queue;

static void release_run(struct zcx_release *release)
{
	struct zcx_release_hook *hook, *next;

	list_for_each_entry_safe(hook, next, &release->hooks, link)
		hook->func(hook, READ_ONCE(release->copied));
	kfree(release);
	module_put(THIS_MODULE);
}

static void release_work(struct work_struct *work)
{
	release_run(container_of(work, struct zcx_release, work));
}

/**
 * zcx_release_work_of_user - call the hooks of a user's releases
 * @work: &zcx_user.work
 */
void zcx_release_work_of_user(struct work_struct *work)
{
	struct zcx_user *user = container_of(work, struct zcx_user, work);
	struct zcx_release *release, *next;

	llist_for_each_entry_safe(release, next, llist_del_all(&user->releases),
				  node) {
		release_run(release);
		cond_resched();
	}
	zcx_user_put(user);
	module_put(THIS_MODULE);
}

/* The queued work holds its user and the module. */
static void release_by_user(struct zcx_release *release)
{
	struct zcx_user *user = release->user;

	zcx_user_hold(user);
	__module_get(THIS_MODULE);
	llist_add(&release->node, &user->releases);
	if (queue_work(release_queue, &user->work))
		return;
	zcx_user_put(user);
	module_put(THIS_MODULE);
}

/* A packet was freed, or the stack has copied its pages. Called in any context. */
static void packet_complete(struct sk_buff *skb, struct ubuf_info *ubuf,
			    bool success)
{
	struct zcx_release *release = container_of(ubuf, struct zcx_release,
						   ubuf);

	if (!success)
		WRITE_ONCE(release->copied, true);
	if (!refcount_dec_and_test(&ubuf->refcnt))
		return;
	if (release->user)
		release_by_user(release);
	else
		queue_work(release_queue, &release->work);
}

static const struct ubuf_info_ops packet_ops = {
	.complete	= packet_complete,
};

/**
 * zcx_release_alloc - prepare for the release of a transfer's pages
 *
 * Return: the release, for zcx_release_put(), or NULL if there is no memory.
 */
struct zcx_release *zcx_release_alloc(void)
{
	struct zcx_release *release = kzalloc(sizeof(*release),
					      GFP_KERNEL_ACCOUNT);

	if (!release)
		return NULL;
	release->ubuf = (struct ubuf_info) {
		.ops	= &packet_ops,
		.refcnt	= REFCOUNT_INIT(1),
		.flags	= SKBFL_ZEROCOPY_FRAG | SKBFL_DONT_ORPHAN,
	};
	INIT_WORK(&release->work, release_work);
	INIT_LIST_HEAD(&release->hooks);
	__module_get(THIS_MODULE);
	return release;
}

/**
 * zcx_release_add - add a hook
 * @release: the release; no page was sent yet
 * @hook: the hook, which must exist until @func is called
 * @func: function, called once at the release
 */
void zcx_release_add(struct zcx_release *release, struct zcx_release_hook *hook,
		     zcx_release_func *func)
{
	hook->func = func;
	list_add_tail(&hook->link, &release->hooks);
}

/**
 * zcx_release_put - drop the reference of a transfer that sends no more pages
 * @release: the release, which exists until the last packet is freed; or NULL
 *
 * If no packet references it, this calls the hooks.
 */
void zcx_release_put(struct zcx_release *release)
{
	if (release && refcount_dec_and_test(&release->ubuf.refcnt))
		release_run(release);
}

/**
 * zcx_release_init - create the workqueue
 *
 * Return: 0 or -ENOMEM.
 */
int __init zcx_release_init(void)
{
	release_queue = alloc_workqueue("zcxfer", WQ_UNBOUND, 0);
	return release_queue ? 0 : -ENOMEM;
}

/**
 * zcx_release_exit - undo zcx_release_init()
 *
 * Nothing holds the module any more, but the last work may not have returned yet.
 */
void zcx_release_exit(void)
{
	destroy_workqueue(release_queue);
}
