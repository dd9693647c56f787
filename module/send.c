// SPDX-License-Identifier: GPL-2.0
/*
 * One batch into the socket. The only file that enters the network, and it does
 * so by sock_sendmsg() alone, so that security modules see every call.
 */
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/sock.h>
#include <net/tls.h>
#include <net/tls_prot.h>

#include "internal.h"

/*
 * What may not be referenced is in pages of our own by now, so every piece may go by
 * reference. A send from the middle of a batch rebuilds the iterator: sendmsg may
 * have moved it further than it sent.
 */
static int send_some(struct zcx_xfer *xfer, size_t skip, unsigned int flags)
{
	struct zcx_batch *batch = xfer->batch;
	struct msghdr msg = {
		.msg_flags = flags,
	};

	if (flags & MSG_ZEROCOPY)
		msg.msg_ubuf = &xfer->release->ubuf;
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, batch->pieces, batch->nr,
		      batch->bytes);
	if (skip)
		iov_iter_advance(&msg.msg_iter, skip);
	xfer->counts.socket_calls++;
	xfer->corked = flags & MSG_MORE;
	return sock_sendmsg(xfer->sock, &msg);
}

/* The same, but who waits for room is told that somebody wants to write. */
static int send_leased(struct zcx_xfer *xfer, size_t skip, unsigned int flags)
{
	long timeout = sock_sndtimeo(xfer->sock->sk, flags & MSG_DONTWAIT);
	bool again = false;

	for (;; again = true) {
		int n = send_some(xfer, skip, flags | MSG_DONTWAIT), err;

		/* EINPROGRESS: TCP_FASTOPEN_CONNECT connects only now. */
		if ((n != -EAGAIN && n != -EINPROGRESS) || !timeout)
			return n;
		err = zcx_leases_wait(xfer->leases, xfer->sock, &timeout,
				      again);
		if (err)
			return err;
	}
}

/* SO_SNDTIMEO */
static bool has_timeout(const struct socket *sock)
{
	return READ_ONCE(sock->sk->sk_sndtimeo) != MAX_SCHEDULE_TIMEOUT;
}

/**
 * zcx_send - hand the batch of a transfer to its socket
 * @xfer: the transfer; its batch is not empty
 * @more: more follows at once, so a segment need not be filled up now
 * @sent: out: how many bytes the socket took
 *
 * Waits for room in the socket unless MSG_DONTWAIT is in the transfer's flags.
 *
 * Return: 0 if it took all, or why it did not: -EAGAIN, -ERESTARTSYS or -EINTR
 * for a signal, -EBUSY if the leases are broken, or the error of the socket.
 */
int zcx_send(struct zcx_xfer *xfer, bool more, size_t *sent)
{
	unsigned int flags = xfer->msg_flags | (more ? MSG_MORE : 0);

	*sent = 0;
	do {
		int n = xfer->leases ? send_leased(xfer, *sent, flags) :
				       send_some(xfer, *sent, flags);

		/* TCP_FASTOPEN_CONNECT: it connects only now. */
		if (n == -EINPROGRESS && xfer->detached)
			return -EAGAIN;
		/* No protocol takes nothing and says so; none may hang us. */
		if (n <= 0)
			return n ?: -EIO;
		*sent += n;
		if (*sent == xfer->batch->bytes)
			return 0;
		if (flags & MSG_DONTWAIT)
			return -EAGAIN;
		/* Its time is up, or it has an error to tell: no second wait. */
		if (!xfer->leases && has_timeout(xfer->sock))
			flags |= MSG_DONTWAIT;
	} while (!signal_pending(current));

	return -ERESTARTSYS;
}

/*
 * kTLS sends the record it has begun before one of another type, and with no bytes
 * there is no other.
 */
static void push_record(struct zcx_xfer *xfer)
{
	union {
		struct cmsghdr cmsg;
		u8 space[CMSG_SPACE(sizeof(u8))];
	} control = {
		.cmsg = {
			.cmsg_level = SOL_TLS,
			.cmsg_type = TLS_SET_RECORD_TYPE,
			.cmsg_len = CMSG_LEN(sizeof(u8)),
		},
	};
	struct msghdr msg = {
		.msg_control = &control,
		.msg_controllen = sizeof(control),
		.msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT,
	};

	*(u8 *)CMSG_DATA(&control.cmsg) = TLS_RECORD_TYPE_DATA;
	sock_sendmsg(xfer->sock, &msg);
}

/**
 * zcx_send_push - push out what was held back with MSG_MORE
 * @xfer: a transfer that moves no more for now
 *
 * As fs/splice.c does it when a file turns out shorter than expected. But kTLS's
 * splice_eof waits for room, also where that is not wanted.
 */
void zcx_send_push(struct zcx_xfer *xfer)
{
	struct socket *sock = xfer->sock;
	const struct proto_ops *ops = READ_ONCE(sock->ops);
	bool corked = xfer->corked && !(xfer->flags & ZCXFER_F_MORE);

	xfer->corked = false;
	if (!corked)
		return;
	if (((xfer->msg_flags & MSG_DONTWAIT) || xfer->leases) &&
	    zcx_sock_makes_records(sock))
		push_record(xfer);
	else if (ops->splice_eof)
		ops->splice_eof(sock);
}

/**
 * zcx_send_drain - wait until TCP has what the socket has taken
 * @xfer: a transfer that has ended, and holds leases: then sendmsg does not wait
 *	(send_leased()); otherwise it has
 *
 * Return: 0, or the error of the socket, which has lost some of it.
 */
int zcx_send_drain(struct zcx_xfer *xfer)
{
	long timeout = sock_sndtimeo(xfer->sock->sk, false);
	bool again = false;
	int err;

	for (;; again = true) {
		err = zcx_sock_drained(xfer->sock);
		if (err != -EAGAIN)
			return err;
		/* A signal, a writer: as with send(2). */
		if (zcx_leases_wait(xfer->leases, xfer->sock, &timeout, again))
			return 0;
	}
}
