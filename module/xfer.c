// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: walks the ranges of a transfer, gathers them into batches and
 * sends those, or receives batches and scatters them, and keeps the count. Knows
 * no user pointers and does not care who runs it.
 *
 * The position (range, done) moves only by what the socket (or the file) took,
 * so it is exact at every moment, and a step can end anywhere and be continued.
 */
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fsnotify.h>
#include <linux/sched/signal.h>
#include <linux/socket.h>

#include "internal.h"
#include "stats.h"
#include "trace.h"

/* What the caller wants to happen when the network has let go of the pages. */
static int xfer_init_release(struct zcx_xfer *xfer,
			     const struct zcxfer_transfer *call)
{
	if (!(call->flags & (ZCXFER_F_STABLE | ZCX_RELEASE_FLAGS)))
		return 0;
	xfer->release = zcx_release_alloc();
	if (!xfer->release)
		return -ENOMEM;
	if (!(call->flags & ZCXFER_F_STABLE))
		return 0;
	xfer->leases = zcx_leases_alloc(call->nr_descs);
	if (!xfer->leases) {
		zcx_release_put(xfer->release);
		return -ENOMEM;
	}
	xfer->release->leases = xfer->leases;
	return 0;
}

/**
 * zcx_xfer_init - begin a transfer
 * @xfer: to be filled; to be released with zcx_xfer_release() on success
 * @dir: to send or to receive
 * @detached: it outlives the call, and waits for no socket
 * @sock: where to send to, or receive from
 * @call: the caller's flags, the number of descriptors that will be added, and
 *	the place for the result, all zero
 *
 * @sock and @call are kept until the release.
 *
 * Return: 0 or -ENOMEM.
 */
int zcx_xfer_init(struct zcx_xfer *xfer, enum zcx_direction dir, bool detached,
		  struct socket *sock, struct zcxfer_transfer *call)
{
	xfer->sock = sock;
	xfer->dir = dir;
	xfer->detached = detached;
	xfer->hurried = false;
	xfer->cancelled = false;
	xfer->flags = call->flags;
	xfer->corked = false;
	xfer->read_ahead = false;
	xfer->range = 0;
	xfer->done = 0;
	xfer->batch = NULL;
	xfer->ra_pages = DIV_ROUND_UP(min_t(u64, call->readahead,
					    ZCX_READAHEAD_PAGES * PAGE_SIZE),
				      PAGE_SIZE);
	xfer->ra_range = UINT_MAX;
	xfer->reads = (struct zcx_reads) { };
	xfer->release = NULL;
	xfer->leases = NULL;
	xfer->result = &call->result;
	xfer->disk = call->flags & ZCXFER_F_CACHED ? ZCX_DISK_NEVER :
						     ZCX_DISK_WAIT;
	xfer->msg_flags = dir == ZCX_SEND ? MSG_NOSIGNAL | MSG_SPLICE_PAGES : 0;
	if (detached || (call->flags & ZCXFER_F_DONTWAIT) ||
	    (sock->file->f_flags & O_NONBLOCK))
		xfer->msg_flags |= MSG_DONTWAIT;

	if (zcx_ranges_alloc(xfer, call->nr_descs))
		return -ENOMEM;
	if (xfer_init_release(xfer, call)) {
		zcx_ranges_free(xfer);
		return -ENOMEM;
	}
	zcx_stat_add(transfers, 1);
	zcx_stat_add(transfers_active, 1);
	return 0;
}

/**
 * zcx_xfer_add - check descriptors and append them to a transfer
 * @xfer: the transfer, with room for them
 * @descs: the descriptors, the kernel's own copy
 * @nr: how many
 *
 * Return: 0 or an errno, as struct zcxfer_transfer documents them. The result
 * then tells which descriptor was refused.
 */
int zcx_xfer_add(struct zcx_xfer *xfer, const struct zcxfer_desc *descs,
		 unsigned int nr)
{
	int err = zcx_ranges_add(xfer, descs, nr);

	if (err) {
		zcx_xfer_stop(xfer, ZCXFER_STOP_DESC, err);
		xfer->result->desc = xfer->nr_ranges;
	}
	return err;
}

/* Everything before (range, done) has been sent; move on by @sent bytes. */
static void xfer_advance(struct zcx_xfer *xfer, u64 sent)
{
	zcx_xfer_move_on(xfer, &xfer->range, &xfer->done, sent);
}

/*
 * Start reading what the ranges lack from (@first, @done) on: all disks at once,
 * before the first byte waits for one of them. Each range has its share of the
 * pages that may be on their way: what is read too long before it is sent may
 * be evicted again.
 */
static void xfer_readahead(struct zcx_xfer *xfer, unsigned int first, u64 done)
{
	unsigned long share = (xfer->ra_pages ?: ZCX_READAHEAD_PAGES) /
			      (xfer->nr_ranges - first);
	const struct zcx_file *file = NULL;
	struct blk_plug plug;
	bool whole = false;
	unsigned int i;

	blk_start_plug(&plug);
	for (i = first; i < xfer->nr_ranges; i++, done = 0) {
		const struct zcx_range *range = &xfer->ranges[i];

		if (range->source != ZCX_SOURCE_CACHE)
			continue;
		if (range->file != file) {
			file = range->file;
			whole = zcx_cache_is_whole(file);
		}
		if (whole)
			continue;
		if (fatal_signal_pending(current))
			break;
		zcx_cache_readahead(xfer, range, done, share);
		cond_resched();
	}
	blk_finish_plug(&plug);
	xfer->read_ahead = true;
}

static ssize_t range_gather(struct zcx_xfer *xfer,
			    const struct zcx_range *range, u64 done, bool wait)
{
	switch (range->source) {
	case ZCX_SOURCE_MEMORY:
		return zcx_memory_gather(xfer, range, done);
	case ZCX_SOURCE_COPY:
		return zcx_copy_gather(xfer, range, done);
	case ZCX_SOURCE_PINNED:
		return zcx_pinned_gather(xfer, range, done);
	case ZCX_SOURCE_CACHE:
		return zcx_cache_gather(xfer, range, done, wait);
	case ZCX_SOURCE_SPLICE:
		return zcx_splice_gather(xfer, range, done, wait);
	case ZCX_SOURCE_DIRECT:
		return zcx_direct_gather(xfer, range, done, wait);
	}
	return -EINVAL;
}

/* How gathering ended, if not by an error. */
enum gathered {
	GATHERED_PART,	/* more follows: the batch is full or a disk is slow */
	GATHERED_ALL,	/* the end of the last range is in the batch */
	GATHERED_EOF,	/* the file of a range is too short */
	GATHERED_MISS,	/* nothing, and to wait for more is not wanted */
};

/*
 * Fill the batch from where the transfer is. A source may wait for the disk
 * only when nothing else is left to do: all readahead has been started, and
 * what was there before has been sent.
 *
 * Returns an &enum gathered or the error of the source. The batch holds what
 * comes before.
 */
static int xfer_gather(struct zcx_xfer *xfer)
{
	struct zcx_batch *batch = xfer->batch;
	unsigned int i = xfer->range;
	u64 done = xfer->done;

	/* What the socket would not take would be gathered once more. */
	if (xfer->msg_flags & MSG_DONTWAIT)
		zcx_batch_limit(batch, zcx_sock_room(xfer->sock));

	while (i < xfer->nr_ranges && zcx_batch_room(batch)) {
		bool wait = xfer->disk == ZCX_DISK_WAIT && xfer->read_ahead &&
			    !batch->nr;
		ssize_t n = range_gather(xfer, &xfer->ranges[i], done, wait);

		if (n == -EAGAIN && !wait)
			break;
		/* To the caller EAGAIN means the socket. */
		if (n == -EAGAIN)
			n = -EIO;
		if (n <= 0)
			return n ?: GATHERED_EOF;
		zcx_xfer_move_on(xfer, &i, &done, n);
	}
	if (i == xfer->nr_ranges)
		return GATHERED_ALL;
	if (xfer->disk != ZCX_DISK_NEVER && !xfer->read_ahead) {
		xfer_readahead(xfer, i, done);
		return GATHERED_PART;
	}
	return xfer->disk == ZCX_DISK_WAIT || batch->nr ? GATHERED_PART :
							  GATHERED_MISS;
}

/**
 * zcx_xfer_stop - write down why a transfer ends
 * @xfer: the transfer
 * @stop: what ended it
 * @error: the error that belongs to it, negative, or 0
 *
 * Return: @error, or 0 if bytes were moved: those count more than what stopped
 * them. -ERESTARTSYS, so that the call is made again after the signal, only if
 * nothing was moved.
 */
int zcx_xfer_stop(struct zcx_xfer *xfer, enum zcxfer_stop stop, int error)
{
	struct zcxfer_result *result = xfer->result;

	if (error == -ERESTARTSYS || error == -EINTR)
		stop = ZCXFER_STOP_SIGNAL;
	else if (error == -EAGAIN && stop == ZCXFER_STOP_SOCKET)
		stop = ZCXFER_STOP_WOULD_BLOCK;
	else if (error == -EBUSY && stop == ZCXFER_STOP_SOCKET && xfer->leases)
		stop = ZCXFER_STOP_LEASE;

	result->stop = stop;
	result->error = error == -ERESTARTSYS ? EINTR : -error;
	result->desc = xfer->range;
	result->desc_bytes = xfer->done;
	return result->bytes ? 0 : error;
}

/* Send the batch. Returns 0 if it was taken, else why not. */
static int xfer_send_batch(struct zcx_xfer *xfer, bool more)
{
	bool copies = zcx_sock_copies(xfer->sock,
				      xfer->msg_flags & MSG_ZEROCOPY);
	u8 route = copies ? ZCXFER_COPIED_ROUTE : 0;
	size_t sent;
	int err;

	err = zcx_send(xfer, more, &sent);
	zcx_batch_account(xfer->batch, sent, route, xfer->result);
	xfer_advance(xfer, sent);
	trace_zcxfer_gather(xfer, sent);
	zcx_batch_drop(xfer->batch);
	return err;
}

/*
 * Move one batch from the ranges to the socket. Returns why that ended the
 * transfer, %ZCXFER_STOP_DONE if it did not; @error belongs to it.
 */
static enum zcxfer_stop xfer_send(struct zcx_xfer *xfer, int *error)
{
	int gathered = xfer_gather(xfer);

	*error = 0;
	if (xfer->batch->nr)
		*error = xfer_send_batch(xfer, gathered == GATHERED_PART ||
					 (xfer->flags & ZCXFER_F_MORE));
	if (*error)
		return ZCXFER_STOP_SOCKET;
	switch (gathered) {
	case GATHERED_PART:
	case GATHERED_ALL:
		return ZCXFER_STOP_DONE;
	case GATHERED_EOF:
		return ZCXFER_STOP_EOF;
	case GATHERED_MISS:
		*error = -EAGAIN;
		return ZCXFER_STOP_MISS;
	default:
		*error = gathered;
		return ZCXFER_STOP_DESC;
	}
}

/* How many bytes go into files before the next memory; a batch at the most. */
static size_t xfer_bytes_to_store(const struct zcx_xfer *xfer)
{
	u64 bytes = xfer->ranges[xfer->range].len - xfer->done;
	unsigned int i;

	for (i = xfer->range + 1; i < xfer->nr_ranges; i++) {
		if (bytes >= ZCX_BATCH_BYTES || !xfer->ranges[i].file)
			break;
		bytes += xfer->ranges[i].len;
	}
	return min_t(u64, bytes, ZCX_BATCH_BYTES);
}

/*
 * Fill the batch from the socket. Of a range that is to be written directly that
 * is either whole blocks, or what comes before the first and behind the last.
 */
static ssize_t xfer_peek(struct zcx_xfer *xfer)
{
	const struct zcx_range *range = &xfer->ranges[xfer->range];
	size_t max = xfer_bytes_to_store(xfer), before;
	u32 align = range->file->align;

	xfer->direct = false;
	if (!align)
		return zcx_recv_peek(xfer, max);
	max = min_t(u64, max, range->len - xfer->done);
	before = -(range->pos + xfer->done) & (align - 1);
	if (before || max < align)
		return zcx_recv_peek(xfer, before ? min(before, max) : max);
	return zcx_recv_peek_blocks(xfer, max, align);
}

/* Move one batch from the socket to files. */
static enum zcxfer_stop xfer_recv_files(struct zcx_xfer *xfer, int *error)
{
	size_t stored;
	int consumed;

	*error = xfer_peek(xfer);
	if (*error <= 0) {
		zcx_batch_drop(xfer->batch);
		return *error == -ENOMEM ? ZCXFER_STOP_CALL :
		       *error ? ZCXFER_STOP_SOCKET : ZCXFER_STOP_EOF;
	}
	*error = zcx_store(xfer, &stored);
	consumed = zcx_recv_consume(xfer, stored);
	zcx_batch_account(xfer->batch, stored, 0, xfer->result);
	xfer_advance(xfer, stored);
	trace_zcxfer_scatter(xfer, stored);
	zcx_batch_drop(xfer->batch);
	if (consumed) {
		*error = consumed == -EAGAIN ? -EIO : consumed;
		return ZCXFER_STOP_SOCKET;
	}
	return *error ? ZCXFER_STOP_DESC : ZCXFER_STOP_DONE;
}

/* Move what there is from the socket to a range of memory. */
static enum zcxfer_stop xfer_recv_memory(struct zcx_xfer *xfer, int *error)
{
	ssize_t n = zcx_recv_memory(xfer, &xfer->ranges[xfer->range],
				    xfer->done);

	*error = min(n, 0);
	if (!n)
		return ZCXFER_STOP_EOF;
	if (n < 0)
		return n == -EFAULT ? ZCXFER_STOP_DESC : ZCXFER_STOP_SOCKET;
	xfer->result->bytes += n;
	xfer->result->bytes_referenced += n;
	xfer_advance(xfer, n);
	return ZCXFER_STOP_DONE;
}

/* Into files or memory, whichever is next. */
static enum zcxfer_stop xfer_recv(struct zcx_xfer *xfer, int *error)
{
	if (!xfer->ranges[xfer->range].file)
		return xfer_recv_memory(xfer, error);
	return xfer_recv_files(xfer, error);
}

static int xfer_move(struct zcx_xfer *xfer)
{
	u64 start = xfer->result->bytes;

	xfer->turn_over = false;
	while (xfer->range < xfer->nr_ranges) {
		enum zcxfer_stop stop;
		int error;

		if (READ_ONCE(xfer->cancelled))
			return zcx_xfer_stop(xfer, ZCXFER_STOP_CANCELLED,
					     -ECANCELED);
		if (zcx_leases_broken(xfer->leases))
			return zcx_xfer_stop(xfer, ZCXFER_STOP_LEASE, -EBUSY);
		stop = xfer->dir == ZCX_SEND ? xfer_send(xfer, &error) :
					       xfer_recv(xfer, &error);
		if (stop)
			return zcx_xfer_stop(xfer, stop, error);
		xfer->turn_over = xfer->detached &&
				  xfer->result->bytes - start >= ZCX_SLICE_BYTES;
		/* After a batch: what could be moved at once has been. */
		if (xfer->range < xfer->nr_ranges &&
		    (signal_pending(current) || xfer->turn_over))
			return zcx_xfer_stop(xfer, ZCXFER_STOP_SIGNAL,
					     -ERESTARTSYS);
		cond_resched();
	}
	return zcx_xfer_stop(xfer, ZCXFER_STOP_DONE, 0);
}

/* A call that holds leases, and waits for its socket. A job is waited for by job.c. */
static int xfer_drain(struct zcx_xfer *xfer, int err)
{
	int lost;

	if (!xfer->leases || (xfer->msg_flags & MSG_DONTWAIT) ||
	    xfer->result->stop == ZCXFER_STOP_WOULD_BLOCK ||
	    xfer->result->stop == ZCXFER_STOP_SOCKET)
		return err;
	lost = zcx_send_drain(xfer);
	return lost ? zcx_xfer_stop(xfer, ZCXFER_STOP_SOCKET, lost) : err;
}

/*
 * How many pieces a batch may have. What is received comes in pieces of a packet's
 * size, and little is received in one.
 */
static unsigned long xfer_pieces(const struct zcx_xfer *xfer)
{
	if (xfer->dir == ZCX_SEND || xfer->pages <= ZCX_SMALL_PIECES)
		return xfer->pages;
	return ZCX_BATCH_PIECES;
}

/**
 * zcx_xfer_step - move as many bytes as can be moved
 * @xfer: a transfer with all its descriptors
 *
 * Ends when all is moved, a file ends or fails, the socket ends, fails, or takes
 * or has no more, or a signal comes; &zcx_xfer.result says which. Waits for the
 * disk, and for the socket unless that is not wanted.
 *
 * Return: 0 if bytes were moved or there was nothing to move, else the error.
 */
int zcx_xfer_step(struct zcx_xfer *xfer)
{
	/* Its arrays are written before they are read. */
	struct zcx_batch batch __uninitialized;
	int err;

	err = zcx_batch_init(&batch, xfer_pieces(xfer));
	if (err)
		return zcx_xfer_stop(xfer, ZCXFER_STOP_CALL, err);
	xfer->batch = &batch;

	trace_zcxfer_start(xfer);
	/* Empty ranges at the start are done. */
	xfer_advance(xfer, 0);
	err = xfer_move(xfer);
	zcx_send_push(xfer);
	err = xfer_drain(xfer, err);
	zcx_direct_drop(xfer);
	xfer->batch = NULL;
	zcx_batch_free(&batch);
	trace_zcxfer_done(xfer);
	return err;
}

/* @file was sent from: tell it so, and look at it. */
static void file_end_read(const struct zcx_file *file,
			  struct zcxfer_result *result)
{
	result->changes |= zcx_file_changes(fd_file(file->fd), file->dated,
					    &file->ctime);
	fsnotify_access(fd_file(file->fd));
	file_accessed(fd_file(file->fd));
}

/* Have bytes been sent, of range @i or at least behind it? */
static bool xfer_has_sent(const struct zcx_xfer *xfer, unsigned int i)
{
	return xfer->dir == ZCX_SEND && xfer->result->bytes &&
	       (i < xfer->range || (i == xfer->range && xfer->done));
}

/**
 * zcx_xfer_release - end a transfer
 * @xfer: the transfer
 *
 * Puts every file, and completes the result.
 */
void zcx_xfer_release(struct zcx_xfer *xfer)
{
	const struct zcx_file *file;

	for (file = zcx_xfer_files(xfer); file; file = file->next)
		if (xfer_has_sent(xfer, file->first))
			file_end_read(file, xfer->result);
	zcx_ranges_free(xfer);
	zcx_release_put(xfer->release);

	zcx_stat_add(descs, xfer->nr_ranges);
	zcx_stat_add(bytes_referenced, xfer->result->bytes_referenced);
	zcx_stat_add(bytes_copied, xfer->result->bytes_copied);
	zcx_stat_add(socket_calls, xfer->result->socket_calls);
	zcx_stat_add(transfers_active, -1);
}
