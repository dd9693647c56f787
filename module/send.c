// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends of batches into the socket. No other part of the module sends, and this one
 * does so only by sock_sendmsg(), so that security modules see every call.
 */
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/sock.h>
#include <net/tls.h>
#include <net/tls_prot.h>

#include "fill.h"
#include "lease.h"
#include "release.h"
#include "send.h"
#include "sock.h"

/*
 * Bytes that may not be sent by reference were copied to pages of our own before, so
 * every piece may be sent by reference. A send from the middle of a batch builds a new
 * iterator, because sendmsg may have advanced the old one further than it sent.
 */
static int send_message(struct zcx_xfer *xfer, struct msghdr *msg, size_t skip)
{
	struct zcx_batch *batch = xfer->batch;

	iov_iter_bvec(&msg->msg_iter, ITER_SOURCE, batch->pieces, batch->nr,
		      batch->bytes);
	if (skip)
		iov_iter_advance(&msg->msg_iter, skip);
	xfer->counts.socket_calls++;
	xfer->corked = msg->msg_flags & MSG_MORE;
	return sock_sendmsg(xfer->sock, msg);
}

/* The protocol puts the pieces into packets. */
static int send_pieces(struct zcx_xfer *xfer, size_t skip, unsigned int flags,
		       struct ubuf_info *ubuf)
{
	struct msghdr msg = {
		.msg_flags = flags,
		.msg_ubuf = ubuf,
	};

	return send_message(xfer, &msg, skip);
}

/*
 * We fill the packets if the socket lets us. If a ULP has arrived meanwhile, or the
 * socket cannot be charged for another packet, the protocol fills them: it waits for
 * memory as for any other sender.
 */
static int send_some(struct zcx_xfer *xfer, size_t skip, unsigned int flags)
{
	struct ubuf_info *ubuf = flags & MSG_ZEROCOPY ? &xfer->release->ubuf :
							NULL;
	struct zcx_fill fill __uninitialized;
	int n;

	if (!zcx_fill_init(&fill, xfer->sock, xfer->batch, flags, ubuf))
		return send_pieces(xfer, skip, flags, ubuf);
	n = send_message(xfer, &fill.msg, skip);
	/* Part of it was sent: the rest is another message, which may have its own error. */
	if (n > 0 || (n != -EOPNOTSUPP && !fill.refused))
		return n;
	return send_pieces(xfer, skip, flags, ubuf);
}

/*
 * As send_some(), but a break of the leases ends the wait for room, and nothing is sent
 * after one: gathering may have slept for longer than the writer has to wait.
 */
static int send_leased(struct zcx_xfer *xfer, size_t skip, unsigned int flags)
{
	long timeout = sock_sndtimeo(xfer->sock->sk, flags & MSG_DONTWAIT);
	bool again = false;

	for (;; again = true) {
		int n, err;

		if (zcx_leases_broken(xfer->leases))
			return -EBUSY;
		n = send_some(xfer, skip, flags | MSG_DONTWAIT);
		/* EINPROGRESS: with TCP_FASTOPEN_CONNECT the first send connects. */
		if ((n != -EAGAIN && n != -EINPROGRESS) || !timeout)
			return n;
		err = zcx_leases_wait(xfer->leases, xfer->sock, &timeout,
				      again);
		if (err)
			return err;
	}
}

/* True if the socket has a SO_SNDTIMEO. */
static bool has_timeout(const struct socket *sock)
{
	return READ_ONCE(sock->sk->sk_sndtimeo) != MAX_SCHEDULE_TIMEOUT;
}

/**
 * zcx_send - send the batch of a transfer
 * @xfer: the transfer; its batch is not empty
 * @more: true if more follows at once, so that a partial segment may wait for it
 * @sent: out: number of bytes that the socket accepted, also if an error is returned
 *
 * Waits for room in the socket unless MSG_DONTWAIT is in the transfer's flags.
 *
 * Return: 0 if the socket accepted all bytes; -EAGAIN if it has no room; -ERESTARTSYS
 * or -EINTR for a signal; -EBUSY if a writer has broken a lease; or the error of the
 * socket.
 */
int zcx_send(struct zcx_xfer *xfer, bool more, size_t *sent)
{
	unsigned int flags = xfer->msg_flags | (more ? MSG_MORE : 0);

	*sent = 0;
	do {
		int n = xfer->leases ? send_leased(xfer, *sent, flags) :
				       send_some(xfer, *sent, flags);

		/* With TCP_FASTOPEN_CONNECT the first send connects. */
		if (n == -EINPROGRESS && xfer->detached)
			return -EAGAIN;
		/* No protocol returns 0, but one that did must not hang us. */
		if (n <= 0)
			return n ?: -EIO;
		*sent += n;
		if (*sent == xfer->batch->bytes)
			return 0;
		if (flags & MSG_DONTWAIT)
			return -EAGAIN;
		/* The socket timed out, or has an error to report: no second wait. */
		if (!xfer->leases && has_timeout(xfer->sock))
			flags |= MSG_DONTWAIT;
	} while (!signal_pending(current));

	return -ERESTARTSYS;
}

/*
 * Sends the open record of kTLS without waiting for room. kTLS closes it if a control
 * message sets the record type, and a call without bytes opens no other one. A TLS device
 * would open one for the control message, but closes its record without it.
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
	if (zcx_sock_has_tls_device(xfer->sock))
		msg.msg_controllen = 0;
	sock_sendmsg(xfer->sock, &msg);
}

/**
 * zcx_send_push - push out bytes that were held back with MSG_MORE
 * @xfer: a transfer that moves no more bytes for now
 *
 * Calls splice_eof, as fs/splice.c does when a file turns out shorter than expected.
 * That of kTLS waits for room even if the transfer must not wait.
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
 * zcx_send_drain - wait until TCP owns all data that the socket accepted
 * @xfer: a transfer that has ended
 *
 * A sendmsg that waited has left nothing behind, unless a signal or the timeout ended
 * it. With leases it did not wait (send_leased()).
 *
 * Return: 0; -ERESTARTSYS or -EINTR for a signal; -EBUSY if a writer has broken a lease;
 * -EAGAIN if the time is up; or the error of the socket, which has lost data.
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
		err = zcx_leases_wait(xfer->leases, xfer->sock, &timeout, again);
		if (err)
			return err;
	}
}
