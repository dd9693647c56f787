// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving bytes from the socket to ranges. Peek, write, consume: bytes that could not be
 * written are still in the socket for the next reader.
 */
#include "recv.h"
#include "scatter.h"
#include "store.h"
#include "trace.h"

/* Number of bytes that go into files before the next range of memory, at most a batch. */
static size_t bytes_to_store(const struct zcx_xfer *xfer)
{
	u64 bytes = xfer->ranges.range[xfer->at.range].len - xfer->at.done;
	unsigned int i;

	for (i = xfer->at.range + 1; i < xfer->ranges.nr; i++) {
		if (bytes >= ZCX_BATCH_BYTES || !xfer->ranges.range[i].file)
			break;
		bytes += xfer->ranges.range[i].len;
	}
	return min_t(u64, bytes, ZCX_BATCH_BYTES);
}

/*
 * Fill the batch from the socket. For a range with direct writes the batch holds either
 * whole blocks, or bytes before the first whole block or behind the last.
 */
static ssize_t fill_batch(struct zcx_xfer *xfer)
{
	const struct zcx_range *range = &xfer->ranges.range[xfer->at.range];
	size_t max = bytes_to_store(xfer), before;
	u32 align = range->file->align;

	xfer->recv.direct = false;
	if (!align)
		return zcx_recv_peek(xfer, max);
	max = min_t(u64, max, range->len - xfer->at.done);
	before = -(range->pos + xfer->at.done) & (align - 1);
	if (before || max < align)
		return zcx_recv_peek(xfer, before ? min(before, max) : max);
	return zcx_recv_peek_blocks(xfer, max, align);
}

/* Move one batch from the socket to files. Returns true to go on. */
static bool scatter_files(struct zcx_xfer *xfer)
{
	int err = fill_batch(xfer), consumed;
	size_t stored;

	if (err <= 0)
		zcx_batch_drop(xfer->batch);
	if (!err)
		return zcx_xfer_end(xfer, ZCX_EOF, 0);
	if (err == -ENOMEM)
		return zcx_xfer_end(xfer, ZCX_BAD_CALL, err);
	if (err < 0)
		return zcx_xfer_end_socket(xfer, err);
	err = zcx_store(xfer, &stored);
	consumed = zcx_recv_consume(xfer, stored);
	zcx_batch_account(xfer->batch, stored, 0, &xfer->counts);
	zcx_xfer_advance(xfer, stored);
	trace_zcxfer_scatter(xfer, stored);
	zcx_batch_drop(xfer->batch);
	if (consumed)
		return zcx_xfer_end(xfer, ZCX_BAD_SOCKET, consumed);
	return err ? zcx_xfer_end(xfer, ZCX_BAD_DESC, err) : true;
}

/* Move bytes from the socket to a range of memory. Returns true to go on. */
static bool scatter_memory(struct zcx_xfer *xfer)
{
	ssize_t n = zcx_recv_memory(xfer, &xfer->ranges.range[xfer->at.range],
				    xfer->at.done);

	if (!n)
		return zcx_xfer_end(xfer, ZCX_EOF, 0);
	if (n == -EFAULT)
		return zcx_xfer_end(xfer, ZCX_BAD_DESC, n);
	if (n < 0)
		return zcx_xfer_end_socket(xfer, n);
	xfer->counts.bytes += n;
	xfer->counts.referenced += n;
	zcx_xfer_advance(xfer, n);
	return true;
}

/**
 * zcx_scatter - move bytes from the socket to the next ranges
 * @xfer: a transfer that receives, and is not at its end
 *
 * Return: true to go on, false if the step has ended.
 */
bool zcx_scatter(struct zcx_xfer *xfer)
{
	if (xfer->ranges.range[xfer->at.range].file)
		return scatter_files(xfer);
	return scatter_memory(xfer);
}
