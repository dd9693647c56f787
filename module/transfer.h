/* SPDX-License-Identifier: GPL-2.0-only */
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
 * @ZCX_WOULD_BLOCK: the socket has no room, or no data, now
 * @ZCX_MISS: the next byte is not in memory, and the step must not wait for it
 * @ZCX_YIELD: other jobs get their turn; the next step can move more at once
 * @ZCX_SIGNAL: the task has a signal pending
 * @ZCX_LEASE_BROKEN: a writer waits for a file that the transfer has a lease on
 * @ZCX_CANCELLED: the transfer was cancelled
 * @ZCX_BAD_DESC: a descriptor was refused, or its file or memory failed
 * @ZCX_BAD_SOCKET: the socket failed
 * @ZCX_BAD_CALL: the call as a whole was refused, or there was no memory for it
 *
 * Only zcx_report() translates it into the &enum zcxfer_stop of the interface.
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
 * struct zcx_recv - state of a received batch
 * @by_reference: true if the batch consists of the receive queue's own pages
 * @seq: TCP sequence number of the first byte, if @by_reference
 * @direct: true if the batch consists of whole blocks, to write past the page cache
 */
struct zcx_recv {
	bool by_reference;
	bool direct;
	u32 seq;
};

/**
 * struct zcx_xfer - a transfer
 * @sock: the socket, held by the caller
 * @dir: direction of the transfer
 * @flags: the caller's ZCXFER_F_* flags
 * @msg_flags: flags of each sendmsg or recvmsg
 * @detached: true if the transfer outlives the call, so that it holds all that it needs,
 *	and does not wait for the socket
 * @corked: true if the last bytes were sent with MSG_MORE
 * @cancelled: true if the next step must end the transfer; set in any context
 * @verdict: how the last step ended
 * @error: negative errno that belongs to @verdict, or zero
 * @changes: &enum zcxfer_change bits of the files, valid after zcx_xfer_finish()
 * @recv: state of the batch, if it was received
 * @counts: counts of the bytes moved so far
 * @at: position: all bytes before it were moved
 * @batch: pieces between ranges and socket, set only during a step
 * @gather: the part of the transfer that sources see
 * @release: release of the pages by the network stack, NULL if nothing waits for it
 * @leases: leases on the files, or NULL
 * @ranges: ranges of the transfer
 *
 * Only one task at a time uses it. Between two steps it holds no pages: those that a
 * step gathered and could not send are dropped, and the next step gathers them again.
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
 * @verdict: the verdict, which an @error of a signal changes to %ZCX_SIGNAL
 * @error: negative errno that belongs to @verdict, or 0
 *
 * Return: false, for functions that return true to go on.
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
 * zcx_xfer_end_socket - record that the socket failed, or has no room or no data
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
 * @verdict: the verdict
 * @error: negative errno that belongs to @verdict
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
 * zcx_xfer_advance - advance the position by bytes that were moved
 * @xfer: the transfer
 * @bytes: number of bytes
 */
static inline void zcx_xfer_advance(struct zcx_xfer *xfer, u64 bytes)
{
	zcx_cursor_advance(&xfer->at, &xfer->ranges, bytes);
}

#endif /* _ZCX_TRANSFER_H */
