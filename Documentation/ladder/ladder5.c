// SPDX-License-Identifier: GPL-2.0-only
/* Step 5: one page of the page cache, by reference into a socket. */
#include <linux/bvec.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "ladder.h"
#include "page.h"

/* The protocol takes references of its own, or copies if it cannot refer to pages. */
static int send_page(struct socket *sock, const struct cached_page *found)
{
	struct msghdr msg = { .msg_flags = MSG_SPLICE_PAGES | MSG_NOSIGNAL };
	struct bio_vec bvec;

	if (sock->file->f_flags & O_NONBLOCK)
		msg.msg_flags |= MSG_DONTWAIT;
	bvec_set_page(&bvec, found->page, found->len, found->offset);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bvec, 1, found->len);
	return sock_sendmsg(sock, &msg);
}

/* Returns the number of bytes that the socket took. */
static long ladder_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ladder_send args;
	struct cached_page found;
	struct socket *sock;
	int n;

	if (cmd != LADDER_SEND)
		return -ENOTTY;
	if (copy_from_user(&args, (void __user *)arg, sizeof(args)))
		return -EFAULT;
	if (args.released != -1)
		return -EINVAL;

	CLASS(fd, f)(args.file);
	CLASS(fd, s)(args.sock);
	if (fd_empty(f) || fd_empty(s))
		return -EBADF;
	sock = sock_from_file(fd_file(s));
	if (!sock)
		return -ENOTSOCK;

	n = cached_page_get(fd_file(f), args.pos, args.len, &found);
	if (n <= 0)
		return n;
	n = send_page(sock, &found);
	put_page(found.page);
	return n;
}

static const struct file_operations ladder_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= ladder_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice ladder_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "ladder5",
	.fops	= &ladder_fops,
	.mode	= 0600,
};

module_misc_device(ladder_device);

MODULE_DESCRIPTION("the ladder, step 5: a cached page goes by reference");
MODULE_AUTHOR("the zcxfer developers");
MODULE_LICENSE("GPL");
