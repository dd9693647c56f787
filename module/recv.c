// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receives of batches from the socket: peek, write, consume. Bytes leave the socket
 * only after they were written, so bytes that could not be written are still there for
 * the next reader.
 *
 * Plain TCP gives access to its pages: a piece is then a page of the network stack, and
 * the only copy is the one into the page cache. The receive queue is walked as
 * net/ipv4/tcp.c:tcp_read_sock() does it, but packets are not consumed. All other
 * sockets are peeked at with recvmsg, which makes one more copy. Bytes for a direct
 * write are peeked at with recvmsg, too, which makes their only copy.
 */
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "recv.h"
#include "sock.h"

/* Most bytes that one recvmsg peeks at. */
#define PEEK_BYTES	((size_t)SZ_64K)

/* Number of bytes that are worth a wakeup, and the longest wait for them. */
#define ENOUGH_BYTES	((size_t)SZ_256K)
#define ENOUGH_JIFFIES	(HZ / 100 + 1)

/*
 * True if the socket's receive queue holds the stream, and no ULP has a queue of its
 * own. Stays true as long as the socket is locked.
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
 * Append @len bytes from @offset of a packet: from its linear part, its pages, and the
 * packets that GRO has attached to it, in the order of
 * net/core/skbuff.c:__skb_splice_bits(). Returns the number of bytes appended, which is
 * less than @len if the batch is full or memory runs out.
 */
static size_t reference_skb(struct zcx_batch *batch, const struct sk_buff *skb,
			    size_t offset, size_t len)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	size_t start = offset, end = offset + len, n;
	size_t at = skb_headlen(skb);	/* where the next part begins */
	const struct sk_buff *part;
	int i;

	/* The linear part is copied: it is not in pages of its own. */
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
 * Reference the queued bytes, at most @max. A queue with an urgent byte, which is no
 * part of the stream, is left to recvmsg, as is a queue that is no longer plain.
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
	xfer->recv.by_reference = true;
	xfer->recv.seq = tp->copied_seq;
	if (has_plain_queue(sk) && !tp->urg_data)
		skb = tcp_recv_skb(sk, tp->copied_seq, &offset);
	while (skb && batch->bytes < max && skb_frags_readable(skb)) {
		size_t len = min_t(size_t, skb->len - offset,
				   max - batch->bytes);

		if (reference_skb(batch, skb, offset, len) < len)
			break;
		skb = skb_peek_next(skb, &sk->sk_receive_queue);
		if (skb)
			offset = xfer->recv.seq + batch->bytes -
				 TCP_SKB_CB(skb)->seq;
	}
	release_sock(sk);
	return batch->bytes;
}

/*
 * Peek into @msg, which has room for @len bytes; waits for the first one. Returns the
 * same as recvmsg, or an error if these need not be the bytes that a read consumes.
 * For a send queue under TCP_REPAIR, recvmsg returns the whole length of the queue.
 */
static int peek(struct zcx_xfer *xfer, struct msghdr *msg, size_t len)
{
	int n, err;

	xfer->counts.socket_calls++;
	n = sock_recvmsg(xfer->sock, msg, xfer->msg_flags | MSG_PEEK);
	if (n > (int)len)
		return -EIO;
	err = n > 0 ? zcx_sock_check_recv(xfer->sock) : 0;
	return err ?: n;
}

/* Copy queued bytes into the pieces of the batch, which is trimmed to their number. */
static int peek_batch(struct zcx_xfer *xfer)
{
	struct zcx_batch *batch = xfer->batch;
	struct msghdr msg = { };
	int n;

	xfer->recv.by_reference = false;
	iov_iter_bvec(&msg.msg_iter, ITER_DEST, batch->pieces, batch->nr,
		      batch->bytes);
	n = peek(xfer, &msg, batch->bytes);
	zcx_batch_trim(batch, max(n, 0));
	return n;
}

/* Fill the batch with copies of queued bytes, at most @max. */
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

/* Wait for data, and return every condition that prevents it, as recvmsg does. */
static int wait_for_data(struct zcx_xfer *xfer)
{
	char byte;
	struct kvec vec = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { };

	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, 1);
	return peek(xfer, &msg, 1);
}

/* A waiter for a number of bytes. */
struct enough {
	wait_queue_entry_t wait;
	const struct sock *sk;
	int bytes;
};

/* True if the bytes are queued, or cannot arrive; conditions as in tcp_poll(). */
static bool is_enough(const struct enough *enough)
{
	const struct sock *sk = enough->sk;

	return tcp_epollin_ready(sk, enough->bytes) || READ_ONCE(sk->sk_err) ||
	       (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN) ||
	       READ_ONCE(tcp_sk(sk)->urg_data) || !has_plain_queue(sk);
}

/* Called for each packet that arrives; wakes the task only for enough bytes. */
static int wake_if_enough(wait_queue_entry_t *wait, unsigned int mode, int sync,
			  void *key)
{
	const struct enough *enough = container_of(wait, struct enough, wait);

	return is_enough(enough) ?
	       default_wake_function(wait, mode, sync, key) : 0;
}

/*
 * Wait a short time for a good part of the @max bytes that are wanted: one wakeup per
 * packet costs more than the packet itself. A signal, and every condition that
 * wait_for_data() returns, ends the wait early.
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
 * zcx_recv_peek - fill the empty batch with bytes that are queued in the socket
 * @xfer: the transfer
 * @max: most bytes that are wanted, not zero
 *
 * Waits until there are bytes, unless MSG_DONTWAIT is in the transfer's flags.
 * Security modules see the first call, because it always goes through recvmsg.
 *
 * Return: the number of bytes in the batch; 0 at the end of the stream; -EAGAIN if no
 * byte is queued; -ERESTARTSYS or -EINTR for a signal; -ENOMEM; or the error of the
 * socket.
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

/* Estimate of the number of queued bytes. */
static size_t bytes_queued(const struct socket *sock)
{
	return has_plain_queue(sock->sk) ? max(tcp_inq(sock->sk), 1) :
					   PEEK_BYTES;
}

/**
 * zcx_recv_peek_blocks - fill the empty batch with whole blocks for a direct write
 * @xfer: the transfer
 * @max: most bytes that are wanted, at least a block
 * @align: size of a block, at least a page
 *
 * The blocks are copied into pages of their own, and &zcx_recv.direct is set. If less
 * than a block is queued the batch holds these bytes, and is not for a direct write.
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
	xfer->recv.direct = n >= align;
	if (xfer->recv.direct)
		zcx_batch_trim(batch, round_down(n, align));
	else
		zcx_batch_was_copied(batch, ZCXFER_COPIED_BUFFER);
	return n > 0 ? batch->bytes : n;
}

/* Consume bytes, but not those that another reader has consumed meanwhile. */
static int consume_queue(struct zcx_xfer *xfer, s32 len)
{
	struct sock *sk = xfer->sock->sk;
	int err = -EIO;
	s32 left;

	lock_sock(sk);
	if (has_plain_queue(sk)) {
		left = xfer->recv.seq + len - tcp_sk(sk)->copied_seq;
		if (left > 0 && left <= len)
			tcp_read_done(sk, left);
		err = 0;
	}
	release_sock(sk);
	return err;
}

/**
 * zcx_recv_consume - consume the bytes that have been written
 * @xfer: the transfer, with the batch of zcx_recv_peek()
 * @len: number of bytes that were written
 *
 * Return: 0, or the error if the bytes could not be consumed: another reader was
 * faster, or has changed the socket (a ULP, TCP_REPAIR).
 */
int zcx_recv_consume(struct zcx_xfer *xfer, size_t len)
{
	struct msghdr msg = { };
	int n;

	xfer->counts.socket_calls++;
	if (xfer->recv.by_reference)
		return consume_queue(xfer, len);
	while (len) {
		/* The pieces have been written, so records may overwrite them. */
		if (zcx_sock_decrypts(xfer->sock))
			iov_iter_bvec(&msg.msg_iter, ITER_DEST,
				      xfer->batch->pieces, xfer->batch->nr, len);
		else
			iov_iter_discard(&msg.msg_iter, ITER_DEST, len);
		n = sock_recvmsg(xfer->sock, &msg, MSG_DONTWAIT);
		if (n <= 0)
			return n ?: -EIO;
		len -= n;
	}
	return 0;
}

/**
 * zcx_recv_memory - receive directly into the caller's memory
 * @xfer: the transfer
 * @range: a range of memory
 * @done: number of its bytes that are filled already
 *
 * Return: the number of bytes received, which are consumed as well; otherwise as
 * zcx_recv_peek(), and -EFAULT if the memory is not writable.
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
