/* SPDX-License-Identifier: GPL-2.0-only */
/* What steps 6 and 7 have in common with step 5. */
#ifndef _LADDER_SEND_H
#define _LADDER_SEND_H

#include <linux/bvec.h>
#include <linux/file.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "ladder.h"
#include "page.h"

/* Completes @msg and sends it. */
static inline int send_msg(struct socket *sock, struct msghdr *msg,
			   const struct cached_page *found)
{
	struct bio_vec bvec;

	if (sock->file->f_flags & O_NONBLOCK)
		msg->msg_flags |= MSG_DONTWAIT;
	bvec_set_page(&bvec, found->page, found->len, found->offset);
	iov_iter_bvec(&msg->msg_iter, ITER_SOURCE, &bvec, 1, found->len);
	return sock_sendmsg(sock, msg);
}

/* A function that sends a page: it may take over the reference, and clear @found->page. */
typedef int send_func(struct socket *sock, struct cached_page *found, int released);

static inline int send_cached(void __user *argp, send_func *send)
{
	struct cached_page found;
	struct ladder_send args;
	struct socket *sock;
	int n;

	if (copy_from_user(&args, argp, sizeof(args)))
		return -EFAULT;

	CLASS(fd, f)(args.file);
	CLASS(fd, s)(args.sock);
	if (fd_empty(f) || fd_empty(s))
		return -EBADF;
	sock = sock_from_file(fd_file(s));
	if (!sock)
		return -ENOTSOCK;
	if (!sk_is_tcp(sock->sk))
		return -EPROTONOSUPPORT;
	n = cached_page_get(fd_file(f), args.pos, args.len, &found);
	if (n <= 0)
		return n;
	n = send(sock, &found, args.released);
	if (found.page)
		put_page(found.page);
	return n;
}

#endif /* _LADDER_SEND_H */
