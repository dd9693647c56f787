// SPDX-License-Identifier: GPL-2.0
/*
 * What is to happen when the network has let go of a transfer's pages.
 *
 * Each packet refers to a ubuf_info, and the last one to be freed, when the peer has
 * acknowledged it, says so (as in io_uring/notif.c). That may be long after the
 * transfer, so what waits for it (leases, the caller's memory, who wants to know) is
 * not in struct zcx_xfer but here, and holds the module.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "internal.h"
#include "stats.h"

static struct workqueue_struct *release_queue;

static void release_work(struct work_struct *work)
{
	struct zcx_release *release = container_of(work, struct zcx_release,
						   work);

	zcx_leases_free(release->leases);
	zcx_pins_free(release->pins);
	if (release->tell)
		release->tell(release->tell_arg, READ_ONCE(release->copied));
	kfree(release);
	module_put(THIS_MODULE);
}

/* A packet is free, or what it refers to has been copied. In any context. */
static void packet_complete(struct sk_buff *skb, struct ubuf_info *ubuf,
			    bool success)
{
	struct zcx_release *release = container_of(ubuf, struct zcx_release,
						   ubuf);

	if (!success)
		WRITE_ONCE(release->copied, true);
	if (refcount_dec_and_test(&ubuf->refcnt))
		queue_work(release_queue, &release->work);
}

static const struct ubuf_info_ops packet_ops = {
	.complete	= packet_complete,
};

/**
 * zcx_release_alloc - prepare for the moment when all pages are free
 *
 * Return: what zcx_release_put() gives back, or NULL if there is no memory.
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
	__module_get(THIS_MODULE);
	return release;
}

/**
 * zcx_release_put - the transfer has ended
 * @release: which may live on until the last packet is free, or NULL
 */
void zcx_release_put(struct zcx_release *release)
{
	if (release && refcount_dec_and_test(&release->ubuf.refcnt))
		release_work(&release->work);
}

int __init zcx_release_init(void)
{
	release_queue = alloc_workqueue("zcxfer", WQ_UNBOUND, 0);
	return release_queue ? 0 : -ENOMEM;
}

/* Nobody holds the module: the last work may only not have returned yet. */
void zcx_release_exit(void)
{
	destroy_workqueue(release_queue);
}
