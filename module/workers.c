// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workers.
 *
 * Each open device that has jobs has workers of its own. A file whose server does not
 * answer (FUSE), a disk that is dead or a lock that a sleeping task holds can block all
 * workers of the device whose jobs ran into it, and none of another: neither another
 * user's, nor those of the server itself, which would otherwise wait for itself.
 *
 * Work that ends jobs never sleeps for anything that user space controls, so it has one
 * workqueue for all devices.
 */
#include <linux/slab.h>

#include "account.h"
#include "workers.h"

/* Works of one device that run at a time. */
#define MAX_MOVING	16
#define MAX_WAITING	16

/* For work that ends jobs, of all devices. */
struct workqueue_struct *zcx_stop_queue;
static struct workqueue_struct *free_queue;

static void workers_destroy(struct zcx_workers *workers)
{
	if (workers->wait)
		destroy_workqueue(workers->wait);
	if (workers->move)
		destroy_workqueue(workers->move);
	zcx_user_uncharge(workers->user, ZCX_WORKERS, 1);
	zcx_user_put(workers->user);
	kfree(workers);
}

static void workers_free_work(struct work_struct *work)
{
	workers_destroy(container_of(work, struct zcx_workers, free));
}

/**
 * zcx_workers_alloc - make the workers of a device
 * @user: the user to charge: workers that are blocked are tasks of the kernel
 *
 * Return: the workers, for zcx_workers_free(), or an ERR_PTR(): -EDQUOT if the user is at
 * its limit, -ENOMEM.
 */
struct zcx_workers *zcx_workers_alloc(struct zcx_user *user)
{
	struct zcx_workers *workers = kzalloc(sizeof(*workers),
					      GFP_KERNEL_ACCOUNT);

	if (!workers)
		return ERR_PTR(-ENOMEM);
	if (!zcx_user_charge(user, ZCX_WORKERS, 1)) {
		kfree(workers);
		return ERR_PTR(-EDQUOT);
	}
	zcx_user_hold(user);
	workers->user = user;
	INIT_WORK(&workers->free, workers_free_work);
	workers->move = alloc_workqueue("zcxfer-move", WQ_UNBOUND, MAX_MOVING);
	workers->wait = alloc_workqueue("zcxfer-wait",
					WQ_UNBOUND | WQ_FREEZABLE, MAX_WAITING);
	if (workers->move && workers->wait)
		return workers;
	workers_destroy(workers);
	return ERR_PTR(-ENOMEM);
}

/**
 * zcx_workers_free - free the workers of a device; any context
 * @workers: the workers, which have no work but perhaps the caller; or NULL
 *
 * A worker cannot destroy its own workqueue, so another one does it.
 */
void zcx_workers_free(struct zcx_workers *workers)
{
	if (workers)
		queue_work(free_queue, &workers->free);
}

/**
 * zcx_workers_init - make the workqueues that all devices share
 *
 * Return: 0 or -ENOMEM.
 */
int __init zcx_workers_init(void)
{
	zcx_stop_queue = alloc_workqueue("zcxfer-stop", WQ_UNBOUND, 0);
	if (!zcx_stop_queue)
		return -ENOMEM;
	free_queue = alloc_workqueue("zcxfer-free", WQ_UNBOUND, 0);
	if (free_queue)
		return 0;
	destroy_workqueue(zcx_stop_queue);
	return -ENOMEM;
}

/**
 * zcx_workers_exit - undo zcx_workers_init()
 *
 * No device holds the module any more. Waits until the last work has returned, and the
 * workers of the last device are gone.
 */
void zcx_workers_exit(void)
{
	destroy_workqueue(zcx_stop_queue);
	destroy_workqueue(free_queue);
}
