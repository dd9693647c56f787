// SPDX-License-Identifier: GPL-2.0
/*
 * What is in the socket, into a batch, and out of the socket when it has been
 * written. Peek, write, consume: bytes that could not be written are still
 * there for the next reader.
 *
 * Plain TCP lets go of its pages: a piece is then the network's own page, which
 * leaves one copy, into the page cache. The walk is that of
 * net/ipv4/tcp.c:tcp_read_sock(), without its eating. All others are peeked at
 * with recvmsg, which is a copy more; and so is what is to be written directly,
 * which is the only one then.
 */
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "internal.h"

/* Bytes that are peeked at with recvmsg at a time. */
#define PEEK_BYTES	((size_t)SZ_64K)

/* Bytes that are worth being woken for, and how long they are worth waiting for. */
#define ENOUGH_BYTES	((size_t)SZ_256K)
#define ENOUGH_JIFFIES	(HZ / 100 + 1)

/*
 * Is the receive queue what the stream is, or has a ULP its own? Holds as long as
 * the socket is locked.
 */
static bool has_plain_queue(const struct sock *sk)
{
	return sk_is_tcp(sk) &&
	       READ_ONCE(sk->sk_prot)->recvmsg == tcp_prot.recvmsg &&
	       !tcp_sk(sk)->repair && sk->sk_state != TCP_LISTEN;
}

static size_t reference_frag(struct zcx_batch *batch, const skb_frag_t *frag,
			     size_t offset, size_t len)
{
	len = min(len, zcx_batch_room(batch));
	if (len) {
		get_page(skb_frag_page(frag));
		zcx_batch_add(batch, skb_frag_page(frag),
			      skb_frag_off(frag) + offset, len, 0);
	}
	return len;
}

/*
 * Append @len bytes from @offset of a packet: of its linear part, its pages, and
 * the packets that GRO has hung on it, as net/core/skbuff.c:__skb_splice_bits()
 * goes through them. Returns how many were: fewer if the batch is full.
 */
static size_t reference_skb(struct zcx_batch *batch, const struct sk_buff *skb,
			    size_t offset, size_t len)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	size_t start = offset, end = offset + len, n;
	size_t at = skb_headlen(skb);	/* where the next part begins */
	const struct sk_buff *part;
	int i;

	/* The linear part is no page of its own. */
	if (offset < at && zcx_batch_room(batch)) {
		ssize_t copied = zcx_batch_copy(batch, skb->data + offset,
						min(end, at) - offset,
						ZCXFER_COPIED_BUFFER);

		offset += max(copied, 0);
	}
	if (offset < min(end, at))
		return offset - start;
	for (i = 0; i < info->nr_frags && offset < end; i++) {
		size_t next = at + skb_frag_size(&info->frags[i]);

		if (offset < next) {
			n = min(end, next) - offset;
			offset += reference_frag(batch, &info->frags[i],
						 offset - at, n);
			if (offset < min(end, next))
				return offset - start;
		}
		at = next;
	}
	skb_walk_frags(skb, part) {
		size_t next = at + part->len;

		if (offset >= end)
			break;
		if (offset < next) {
			n = min(end, next) - offset;
			offset += reference_skb(batch, part, offset - at, n);
			if (offset < min(end, next))
				break;
		}
		at = next;
	}
	return offset - start;
}

/*
 * Reference what is there, at most @max bytes. An urgent byte is not of the
 * stream: such a queue is left to recvmsg, as is one that is not plain any more.
 */
static size_t reference_queue(struct zcx_xfer *xfer, size_t max)
{
	struct sock *sk = xfer->sock->sk;
	struct zcx_batch *batch = xfer->batch;
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = NULL;
	u32 offset;

	xfer->counts.socket_calls++;
	lock_sock(sk);
	xfer->by_reference = true;
	xfer->peeked_seq = tp->copied_seq;
	if (has_plain_queue(sk) && !tp->urg_data)
		skb = tcp_recv_skb(sk, tp->copied_seq, &offset);
	while (skb && batch->bytes < max && skb_frags_readable(skb)) {
		size_t len = min_t(size_t, skb->len - offset,
				   max - batch->bytes);

		if (reference_skb(batch, skb, offset, len) < len)
			break;
		skb = skb_peek_next(skb, &sk->sk_receive_queue);
		if (skb)
			offset = xfer->peeked_seq + batch->bytes -
				 TCP_SKB_CB(skb)->seq;
	}
	release_sock(sk);
	return batch->bytes;
}

/*
 * Peek into @msg, which has room for @len bytes; waits for the first. Returns as
 * recvmsg, but never more than there is room for: of a send queue under repair
 * TCP tells the whole length.
 */
static int peek(struct zcx_xfer *xfer, struct msghdr *msg, size_t len)
{
	int n;

	xfer->counts.socket_calls++;
	n = sock_recvmsg(xfer->sock, msg, xfer->msg_flags | MSG_PEEK);
	return n > (int)len ? -EIO : n;
}

/* Copy what is there into the pieces of the batch, which is trimmed to that. */
static int peek_batch(struct zcx_xfer *xfer)
{
	struct zcx_batch *batch = xfer->batch;
	struct msghdr msg = { };
	int n;

	xfer->by_reference = false;
	iov_iter_bvec(&msg.msg_iter, ITER_DEST, batch->pieces, batch->nr,
		      batch->bytes);
	n = peek(xfer, &msg, batch->bytes);
	zcx_batch_trim(batch, max(n, 0));
	return n;
}

/* Copy what is there. */
static ssize_t copy_queue(struct zcx_xfer *xfer, size_t max)
{
	struct zcx_batch *batch = xfer->batch;

	max = min(max, PEEK_BYTES);
	while (batch->bytes < max && zcx_batch_room(batch)) {
		size_t len = min(max - batch->bytes, zcx_batch_room(batch));

		if (!zcx_batch_reserve(&len))
			break;
		zcx_batch_commit(batch, len, ZCXFER_COPIED_BUFFER);
	}
	return batch->bytes ? peek_batch(xfer) : -ENOMEM;
}

/* Wait for data, and learn of everything that is in the way of it. */
static int wait_for_data(struct zcx_xfer *xfer)
{
	char byte;
	struct kvec vec = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { };

	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, 1);
	return peek(xfer, &msg, 1);
}

/* A wait for so many bytes. */
struct enough {
	wait_queue_entry_t wait;
	const struct sock *sk;
	int bytes;
};

/* That many, or what is in the way of them; as tcp_poll() asks it. */
static bool is_enough(const struct enough *enough)
{
	const struct sock *sk = enough->sk;

	return tcp_epollin_ready(sk, enough->bytes) || READ_ONCE(sk->sk_err) ||
	       (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN) ||
	       READ_ONCE(tcp_sk(sk)->urg_data) || !has_plain_queue(sk);
}

/* For each packet that comes, before the task is woken for it. */
static int wake_if_enough(wait_queue_entry_t *wait, unsigned int mode, int sync,
			  void *key)
{
	const struct enough *enough = container_of(wait, struct enough, wait);

	return is_enough(enough) ?
	       default_wake_function(wait, mode, sync, key) : 0;
}

/*
 * Wait a little, until a good part of the @max bytes is there that are wanted: to
 * be woken for each packet costs more than the packet. Ends early for a signal,
 * and for all that wait_for_data() will tell.
 */
static void wait_for_enough(struct zcx_xfer *xfer, size_t max)
{
	struct sock *sk = xfer->sock->sk;
	struct enough enough = {
		.sk	= sk,
		.bytes	= min3(max, ENOUGH_BYTES,
			       (size_t)tcp_full_space(sk) / 2),
	};

	if ((xfer->msg_flags & MSG_DONTWAIT) || is_enough(&enough))
		return;
	init_waitqueue_func_entry(&enough.wait, wake_if_enough);
	enough.wait.private = current;
	add_wait_queue(sk_sleep(sk), &enough.wait);
	set_current_state(TASK_INTERRUPTIBLE);
	if (!is_enough(&enough) && !signal_pending(current))
		schedule_timeout(ENOUGH_JIFFIES);
	__set_current_state(TASK_RUNNING);
	remove_wait_queue(sk_sleep(sk), &enough.wait);
}

/**
 * zcx_recv_peek - fill the empty batch with what is in the socket
 * @xfer: the transfer
 * @max: how many bytes are wanted at the most, not zero
 *
 * Waits until there is something, unless MSG_DONTWAIT is in the transfer's
 * flags. The first call is seen by security modules.
 *
 * Return: bytes in the batch, 0 at the end of the stream, -EAGAIN, -ERESTARTSYS
 * or -EINTR for a signal, or the error of the socket.
 */
ssize_t zcx_recv_peek(struct zcx_xfer *xfer, size_t max)
{
	int n;

	if (!has_plain_queue(xfer->sock->sk))
		return copy_queue(xfer, max);

	if (xfer->counts.socket_calls) {
		wait_for_enough(xfer, max);
		if (reference_queue(xfer, max))
			return xfer->batch->bytes;
	}
	n = wait_for_data(xfer);
	if (n <= 0)
		return n;
	return reference_queue(xfer, max) ?: copy_queue(xfer, max);
}

/* About how many bytes are there? */
static size_t bytes_queued(const struct socket *sock)
{
	return has_plain_queue(sock->sk) ? max(tcp_inq(sock->sk), 1) :
					   PEEK_BYTES;
}

/**
 * zcx_recv_peek_blocks - fill the empty batch with whole blocks, in pages of
 *	their own, for a direct write
 * @xfer: the transfer
 * @max: how many bytes are wanted at the most, not less than a block
 * @align: how large a block is, a page at least
 *
 * If not even one is there the batch is what is there, and no direct write:
 * &zcx_xfer.direct tells.
 *
 * Return: as zcx_recv_peek().
 */
ssize_t zcx_recv_peek_blocks(struct zcx_xfer *xfer, size_t max, u32 align)
{
	struct zcx_batch *batch = xfer->batch;
	ssize_t n;

	n = wait_for_data(xfer);
	if (n <= 0)
		return n;
	max = min(max, bytes_queued(xfer->sock));
	if (max < align)
		return zcx_recv_peek(xfer, max);
	while (batch->nr < min(max / PAGE_SIZE, batch->max)) {
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT);

		if (!page)
			break;
		zcx_batch_add(batch, page, 0, PAGE_SIZE, 0);
	}
	zcx_batch_trim(batch, round_down(min(max, batch->bytes), align));
	if (!batch->bytes)
		return -ENOMEM;
	n = peek_batch(xfer);
	xfer->direct = n >= align;
	if (xfer->direct)
		zcx_batch_trim(batch, round_down(n, align));
	else
		zcx_batch_was_copied(batch, ZCXFER_COPIED_BUFFER);
	return n > 0 ? batch->bytes : n;
}

/* What another reader has taken meanwhile is not taken again. */
static int consume_queue(struct zcx_xfer *xfer, s32 len)
{
	struct sock *sk = xfer->sock->sk;
	int err = -EIO;
	s32 left;

	lock_sock(sk);
	if (has_plain_queue(sk)) {
		left = xfer->peeked_seq + len - tcp_sk(sk)->copied_seq;
		if (left > 0 && left <= len)
			tcp_read_done(sk, left);
		err = 0;
	}
	release_sock(sk);
	return err;
}

/**
 * zcx_recv_consume - take out of the socket what has been written
 * @xfer: the transfer, with the batch of zcx_recv_peek()
 * @len: how many bytes of it
 *
 * Return: 0, or why they are still in there: another reader was faster, or has
 * made the socket something else (a ULP, TCP_REPAIR).
 */
int zcx_recv_consume(struct zcx_xfer *xfer, size_t len)
{
	struct msghdr msg = { };

	xfer->counts.socket_calls++;
	if (xfer->by_reference)
		return consume_queue(xfer, len);
	while (len) {
		int n;

		iov_iter_discard(&msg.msg_iter, ITER_DEST, len);
		n = sock_recvmsg(xfer->sock, &msg, MSG_DONTWAIT);
		if (n <= 0)
			return n ?: -EIO;
		len -= n;
	}
	return 0;
}

/**
 * zcx_recv_memory - receive straight into the caller's memory
 * @xfer: the transfer
 * @range: a range of memory
 * @done: how much of it is full
 *
 * Return: as zcx_recv_peek(), and the bytes are out of the socket; -EFAULT if
 * the memory is not writable.
 */
ssize_t zcx_recv_memory(struct zcx_xfer *xfer, const struct zcx_range *range,
			u64 done)
{
	struct msghdr msg = { };
	int err;

	err = import_ubuf(ITER_DEST, u64_to_user_ptr(range->pos + done),
			  range->len - done, &msg.msg_iter);
	if (err)
		return err;
	xfer->counts.socket_calls++;
	return sock_recvmsg(xfer->sock, &msg, xfer->msg_flags);
}
