// SPDX-License-Identifier: GPL-2.0-only
/* Step 6: a notification when no packet refers to a page any more. */
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>

#include "send.h"

/* One send. The count in @ubuf is that of the packets that refer to it, and the sender. */
struct ticket {
	struct ubuf_info ubuf;
	struct eventfd_ctx *released;
};

/* In any context. A packet may outlive the device file, so a ticket holds the module. */
static void ticket_put(struct sk_buff *skb, struct ubuf_info *ubuf, bool by_reference)
{
	struct ticket *ticket = container_of(ubuf, struct ticket, ubuf);

	if (!refcount_dec_and_test(&ubuf->refcnt))
		return;
	eventfd_signal(ticket->released);
	eventfd_ctx_put(ticket->released);
	kfree(ticket);
	module_put(THIS_MODULE);
}

static const struct ubuf_info_ops ticket_ops = { .complete = ticket_put };

static struct ticket *ticket_alloc(int eventfd)
{
	struct eventfd_ctx *released = eventfd_ctx_fdget(eventfd);
	struct ticket *ticket;

	if (IS_ERR(released))
		return ERR_CAST(released);
	ticket = kzalloc(sizeof(*ticket), GFP_KERNEL_ACCOUNT);
	if (!ticket) {
		eventfd_ctx_put(released);
		return ERR_PTR(-ENOMEM);
	}
	__module_get(THIS_MODULE);
	ticket->released = released;
	ticket->ubuf.ops = &ticket_ops;
	ticket->ubuf.flags = SKBFL_ZEROCOPY_FRAG | SKBFL_DONT_ORPHAN;
	refcount_set(&ticket->ubuf.refcnt, 1);
	return ticket;
}

static int send_page(struct socket *sock, struct cached_page *found, int released)
{
	struct msghdr msg = { .msg_flags = MSG_ZEROCOPY | MSG_NOSIGNAL };
	struct ticket *ticket = ticket_alloc(released);
	int n;

	if (IS_ERR(ticket))
		return PTR_ERR(ticket);
	msg.msg_ubuf = &ticket->ubuf;
	n = send_msg(sock, &msg, found);
	net_zcopy_put(&ticket->ubuf);
	return n;
}

static long ladder_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd != LADDER_SEND)
		return -ENOTTY;
	return send_cached((void __user *)arg, send_page);
}

static const struct file_operations ladder_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= ladder_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice ladder_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "ladder6",
	.fops	= &ladder_fops,
	.mode	= 0600,
};

static int __init ladder_init(void)
{
	return misc_register(&ladder_device);
}

/* A task that has put the last ticket may not have returned from ticket_put() yet. */
static void __exit ladder_exit(void)
{
	misc_deregister(&ladder_device);
	synchronize_rcu_tasks();
}

module_init(ladder_init);
module_exit(ladder_exit);

MODULE_DESCRIPTION("the ladder, step 6: the release of a page");
MODULE_AUTHOR("the zcxfer developers");
MODULE_LICENSE("GPL");
