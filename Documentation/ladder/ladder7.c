// SPDX-License-Identifier: GPL-2.0-only
/* Step 7: the packet is filled by hand, and takes over the reference to the page. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/skbuff.h>

#include "send.h"

/* One send. TCP passes only @ubuf to link_packet(), and only the iterator to fill_packet(). */
struct fill {
	struct msghdr msg;
	struct ubuf_info ubuf;
	struct sock *sk;
	struct cached_page *found;
};

/*
 * TCP wants to append to a packet. Unlike that of step 6, a packet gets no ubuf: it is as
 * one of MSG_SPLICE_PAGES. TCP has marked an empty packet as one whose pages are not
 * charged to the socket. The page cache's are; without memory the packet keeps its mark.
 */
static int link_packet(struct sk_buff *skb, struct ubuf_info *ubuf)
{
	struct fill *fill = container_of(ubuf, struct fill, ubuf);
	struct skb_shared_info *info = skb_shinfo(skb);

	if (skb_zcopy(skb))
		return -EEXIST;
	if (!skb->len && sk_wmem_schedule(fill->sk, PAGE_SIZE))
		info->flags &= ~SKBFL_PURE_ZEROCOPY;
	info->flags |= SKBFL_SHARED_FRAG;
	return 0;
}

/*
 * The last packet takes over the reference; one that gets less takes one of its own. TCP
 * may have copied the first bytes, into the packet that opens a connection.
 */
static int fill_packet(struct sk_buff *skb, struct iov_iter *from, size_t length)
{
	struct fill *fill = container_of(from, struct fill, msg.msg_iter);
	struct cached_page *found = fill->found;
	unsigned int left = iov_iter_count(from);
	unsigned int offset = found->offset + found->len - left;
	unsigned int n = min_t(size_t, left, length);
	int frag = skb_shinfo(skb)->nr_frags;

	if (frag >= MAX_SKB_FRAGS)
		return -EMSGSIZE;
	skb_fill_page_desc_noacc(skb, frag, found->page, offset, n);
	skb_len_add(skb, n);
	iov_iter_advance(from, n);
	if (n < left)
		get_page(found->page);
	else
		found->page = NULL;
	return 0;
}

/* No packet refers to the ubuf, so none completes it. */
static const struct ubuf_info_ops fill_ops = { .link_skb = link_packet };

static int send_page(struct socket *sock, struct cached_page *found, int released)
{
	struct fill fill = {
		.msg.msg_flags	  = MSG_ZEROCOPY | MSG_NOSIGNAL,
		.msg.msg_ubuf	  = &fill.ubuf,
		.msg.sg_from_iter = fill_packet,
		.ubuf		  = { .ops = &fill_ops, .refcnt = REFCOUNT_INIT(1) },
		.sk		  = sock->sk,
		.found		  = found,
	};

	if (released != -1)
		return -EINVAL;
	return send_msg(sock, &fill.msg, found);
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
	.name	= "ladder7",
	.fops	= &ladder_fops,
	.mode	= 0600,
};

module_misc_device(ladder_device);

MODULE_DESCRIPTION("the ladder, step 7: the packet is filled by hand");
MODULE_AUTHOR("the zcxfer developers");
MODULE_LICENSE("GPL");
