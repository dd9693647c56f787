/* SPDX-License-Identifier: GPL-2.0 */
/* The state of a transfer, which the files of the engine share. */
#ifndef _ZCX_TRANSFER_H
#define _ZCX_TRANSFER_H

#include <linux/net.h>
#include <linux/types.h>

#include "base.h"
#include "batch.h"
#include "range.h"
#include "source.h"

struct zcx_leases;
struct zcx_release;

/**
 * enum zcx_verdict - how a step of a transfer ended
 * @ZCX_DONE: all bytes were moved
 * @ZCX_EOF: the file of a range, or the received stream, ended early
 * @ZCX_WOULD_BLOCK: the socket takes, or has, no more bytes now
 * @ZCX_MISS: the next byte is not in memory, and the step must not wait for it
 * @ZCX_YIELD: other jobs get their turn; the next step can move more at once
 * @ZCX_SIGNAL: the task has a signal pending
 * @ZCX_LEASE_BROKEN: a writer waits for a file that the transfer has a lease on
 * @ZCX_CANCELLED: the transfer was cancelled
 * @ZCX_BAD_DESC: a descriptor was refused, or its file or memory failed
 * @ZCX_BAD_SOCKET: the socket failed
 * @ZCX_BAD_CALL: the call as a whole was refused, or there was no memory for it
 *
 * What the interface reports of it (&enum zcxfer_stop) is decided once, by
 * zcx_report().
 */
enum zcx_verdict {
	ZCX_DONE,
	ZCX_EOF,
	ZCX_WOULD_BLOCK,
	ZCX_MISS,
	ZCX_YIELD,
	ZCX_SIGNAL,
	ZCX_LEASE_BROKEN,
	ZCX_CANCELLED,
	ZCX_BAD_DESC,
	ZCX_BAD_SOCKET,
	ZCX_BAD_CALL,
};

/**
 * struct zcx_recv - a batch that was received
 * @by_reference: it consists of the receive queue's own pages
 * @seq: TCP sequence number of its first byte, if @by_reference
 * @direct: it consists of whole blocks, and is written past the page cache
 */
struct zcx_recv {
	bool by_reference;
	bool direct;
	u32 seq;
};

/**
 * struct zcx_xfer - a transfer
 * @sock: the socket; the caller keeps it
 * @dir: direction
 * @flags: the caller's, ZCXFER_F_*
 * @msg_flags: flags of each sendmsg or recvmsg
 * @detached: the transfer outlives the call: it holds all that it needs, and does not
 *	wait for the socket
 * @corked: the last bytes were sent with MSG_MORE
 * @cancelled: the next step ends the transfer; set in any context
 * @verdict: how the last step ended
 * @error: the negative errno that belongs to @verdict, or zero
 * @changes: &enum zcxfer_change bits of the files, once the transfer is released
 * @recv: the batch, if it was received
 * @counts: what was moved so far
 * @at: where the transfer is: everything before was moved
 * @batch: the pieces between ranges and socket; only during a step
 * @gather: what sources see
 * @release: the release of the pages by the network stack, or NULL if nothing waits
 *	for that
 * @leases: on the files, or NULL
 * @ranges: the ranges
 *
 * One task at a time uses it. Between two steps it holds no page: what a step gathered
 * and could not send is dropped, and gathered again.
 */
struct zcx_xfer {
	struct socket *sock;
	enum zcx_direction dir;
	unsigned int flags;
	unsigned int msg_flags;
	bool detached;
	bool corked;
	bool cancelled;
	enum zcx_verdict verdict;
	int error;
	u32 changes;
	struct zcx_recv recv;
	struct zcx_counts counts;
	struct zcx_cursor at;
	struct zcx_batch *batch;
	struct zcx_gather gather;
	struct zcx_release *release;
	struct zcx_leases *leases;
	struct zcx_ranges ranges;
};

/**
 * zcx_xfer_end - record how a step, or the transfer, ended
 * @xfer: the transfer
 * @verdict: how; %ZCX_SIGNAL if @error is that of a signal
 * @error: the negative errno that belongs to it, or 0
 *
 * Return: false, for functions that return whether to go on.
 */
static inline bool zcx_xfer_end(struct zcx_xfer *xfer, enum zcx_verdict verdict,
				int error)
{
	if (error == -ERESTARTSYS || error == -EINTR)
		verdict = ZCX_SIGNAL;
	xfer->verdict = verdict;
	xfer->error = error;
	return false;
}

/**
 * zcx_xfer_end_socket - record that the socket did not take, or have, what was wanted
 * @xfer: the transfer
 * @error: the socket's error, negative
 *
 * Return: false, as zcx_xfer_end().
 */
static inline bool zcx_xfer_end_socket(struct zcx_xfer *xfer, int error)
{
	enum zcx_verdict verdict = ZCX_BAD_SOCKET;

	if (error == -EAGAIN)
		verdict = ZCX_WOULD_BLOCK;
	else if (error == -EBUSY && xfer->leases)
		verdict = ZCX_LEASE_BROKEN;
	return zcx_xfer_end(xfer, verdict, error);
}

/**
 * zcx_xfer_fail - record that a transfer ended before its first step
 * @xfer: the transfer
 * @verdict: how
 * @error: the negative errno that belongs to it
 *
 * Return: @error.
 */
static inline int zcx_xfer_fail(struct zcx_xfer *xfer, enum zcx_verdict verdict,
				int error)
{
	zcx_xfer_end(xfer, verdict, error);
	return error;
}

/**
 * zcx_xfer_advance - advance by bytes that were moved
 * @xfer: the transfer
 * @bytes: number of bytes
 */
static inline void zcx_xfer_advance(struct zcx_xfer *xfer, u64 bytes)
{
	zcx_cursor_advance(&xfer->at, &xfer->ranges, bytes);
}

#endif /* _ZCX_TRANSFER_H */
