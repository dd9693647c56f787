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
	xfer->leases = zcx_leases_alloc(call->nr_descs, xfer->release);
	if (xfer->leases)
		return 0;
	zcx_release_put(xfer->release);
	return -ENOMEM;
}

/**
 * zcx_xfer_init - begin a transfer
 * @xfer: to be filled; to be released with zcx_xfer_release() on success
 * @dir: to send or to receive
 * @detached: it outlives the call, and waits for no socket
 * @sock: where to send to, or receive from
 * @call: the caller's flags and the number of descriptors that will be added
 *
 * @sock must stay until the release.
 *
 * Return: 0 or -ENOMEM.
 */
int zcx_xfer_init(struct zcx_xfer *xfer, enum zcx_direction dir, bool detached,
		  struct socket *sock, const struct zcxfer_transfer *call)
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
	xfer->counts = (struct zcx_counts) { };
	xfer->changes = 0;
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
 * Return: 0 or an errno, as struct zcxfer_transfer documents them. The transfer has
 * ended then, at the descriptor that was refused.
 */
int zcx_xfer_add(struct zcx_xfer *xfer, const struct zcxfer_desc *descs,
		 unsigned int nr)
{
	int err = zcx_ranges_add(xfer, descs, nr);

	if (err) {
		xfer->range = xfer->nr_ranges;
		zcx_xfer_end(xfer, ZCX_BAD_DESC, err);
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
 * zcx_xfer_end - record how a step, or the transfer, ended
 * @xfer: the transfer
 * @verdict: how; %ZCX_SIGNAL if @error is that of a signal
 * @error: the negative errno that belongs to it, or 0
 *
 * Return: the verdict.
 */
enum zcx_verdict zcx_xfer_end(struct zcx_xfer *xfer, enum zcx_verdict verdict,
			      int error)
{
	if (error == -ERESTARTSYS || error == -EINTR)
		verdict = ZCX_SIGNAL;
	xfer->verdict = verdict;
	xfer->error = error;
	return verdict;
}

/* The socket did not take, or have, what was wanted. */
static enum zcx_verdict xfer_end_socket(struct zcx_xfer *xfer, int error)
{
	enum zcx_verdict verdict = ZCX_BAD_SOCKET;

	if (error == -EAGAIN)
		verdict = ZCX_WOULD_BLOCK;
	else if (error == -EBUSY && xfer->leases)
		verdict = ZCX_LEASE_BROKEN;
	return zcx_xfer_end(xfer, verdict, error);
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
	zcx_batch_account(xfer->batch, sent, route, &xfer->counts);
	xfer_advance(xfer, sent);
	trace_zcxfer_gather(xfer, sent);
	zcx_batch_drop(xfer->batch);
	return err;
}

/* Move one batch from the ranges to the socket. Returns %ZCX_DONE to go on. */
static enum zcx_verdict xfer_send(struct zcx_xfer *xfer)
{
	int gathered = xfer_gather(xfer), err = 0;

	if (xfer->batch->nr)
		err = xfer_send_batch(xfer, gathered == GATHERED_PART ||
				      (xfer->flags & ZCXFER_F_MORE));
	if (err)
		return xfer_end_socket(xfer, err);
	switch (gathered) {
	case GATHERED_PART:
	case GATHERED_ALL:
		return ZCX_DONE;
	case GATHERED_EOF:
		return zcx_xfer_end(xfer, ZCX_EOF, 0);
	case GATHERED_MISS:
		return zcx_xfer_end(xfer, ZCX_MISS, -EAGAIN);
	default:
		return zcx_xfer_end(xfer, ZCX_BAD_DESC, gathered);
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

/* Move one batch from the socket to files. Returns %ZCX_DONE to go on. */
static enum zcx_verdict xfer_recv_files(struct zcx_xfer *xfer)
{
	int err = xfer_peek(xfer), consumed;
	size_t stored;

	if (err <= 0)
		zcx_batch_drop(xfer->batch);
	if (!err)
		return zcx_xfer_end(xfer, ZCX_EOF, 0);
	if (err == -ENOMEM)
		return zcx_xfer_end(xfer, ZCX_BAD_CALL, err);
	if (err < 0)
		return xfer_end_socket(xfer, err);
	err = zcx_store(xfer, &stored);
	consumed = zcx_recv_consume(xfer, stored);
	zcx_batch_account(xfer->batch, stored, 0, &xfer->counts);
	xfer_advance(xfer, stored);
	trace_zcxfer_scatter(xfer, stored);
	zcx_batch_drop(xfer->batch);
	if (consumed)
		return zcx_xfer_end(xfer, ZCX_BAD_SOCKET, consumed);
	return err ? zcx_xfer_end(xfer, ZCX_BAD_DESC, err) : ZCX_DONE;
}

/* Move bytes from the socket to a range of memory. Returns %ZCX_DONE to go on. */
static enum zcx_verdict xfer_recv_memory(struct zcx_xfer *xfer)
{
	ssize_t n = zcx_recv_memory(xfer, &xfer->ranges[xfer->range],
				    xfer->done);

	if (!n)
		return zcx_xfer_end(xfer, ZCX_EOF, 0);
	if (n == -EFAULT)
		return zcx_xfer_end(xfer, ZCX_BAD_DESC, n);
	if (n < 0)
		return xfer_end_socket(xfer, n);
	xfer->counts.bytes += n;
	xfer->counts.referenced += n;
	xfer_advance(xfer, n);
	return ZCX_DONE;
}

static enum zcx_verdict xfer_move_batch(struct zcx_xfer *xfer)
{
	if (xfer->dir == ZCX_SEND)
		return xfer_send(xfer);
	if (!xfer->ranges[xfer->range].file)
		return xfer_recv_memory(xfer);
	return xfer_recv_files(xfer);
}

static enum zcx_verdict xfer_move(struct zcx_xfer *xfer)
{
	u64 start = xfer->counts.bytes;

	while (xfer->range < xfer->nr_ranges) {
		enum zcx_verdict verdict;

		if (READ_ONCE(xfer->cancelled))
			return zcx_xfer_end(xfer, ZCX_CANCELLED, -ECANCELED);
		if (zcx_leases_broken(xfer->leases))
			return zcx_xfer_end(xfer, ZCX_LEASE_BROKEN, -EBUSY);
		verdict = xfer_move_batch(xfer);
		if (verdict != ZCX_DONE)
			return verdict;
		/* After a batch: what could be moved at once was moved. */
		if (xfer->range == xfer->nr_ranges)
			break;
		if (signal_pending(current))
			return zcx_xfer_end(xfer, ZCX_SIGNAL, -ERESTARTSYS);
		if (xfer->detached &&
		    xfer->counts.bytes - start >= ZCX_SLICE_BYTES)
			return zcx_xfer_end(xfer, ZCX_YIELD, 0);
		cond_resched();
	}
	return zcx_xfer_end(xfer, ZCX_DONE, 0);
}

/* A call with leases waits here until TCP owns all data; a job waits parked. */
static void xfer_drain(struct zcx_xfer *xfer)
{
	int lost;

	if (!xfer->leases || (xfer->msg_flags & MSG_DONTWAIT) ||
	    xfer->verdict == ZCX_WOULD_BLOCK || xfer->verdict == ZCX_BAD_SOCKET)
		return;
	lost = zcx_send_drain(xfer);
	if (lost)
		zcx_xfer_end(xfer, ZCX_BAD_SOCKET, lost);
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
 * Waits for the disk if &zcx_xfer.disk allows it, and for the socket unless the
 * transfer is nonblocking.
 *
 * Return: how it ended. After %ZCX_WOULD_BLOCK, %ZCX_MISS, %ZCX_YIELD and %ZCX_SIGNAL
 * another step may go on.
 */
enum zcx_verdict zcx_xfer_step(struct zcx_xfer *xfer)
{
	/* Its arrays are written before they are read. */
	struct zcx_batch batch __uninitialized;
	int err;

	err = zcx_batch_init(&batch, xfer_pieces(xfer));
	if (err)
		return zcx_xfer_end(xfer, ZCX_BAD_CALL, err);
	xfer->batch = &batch;

	trace_zcxfer_start(xfer);
	/* Empty ranges at the start are done. */
	xfer_advance(xfer, 0);
	xfer_move(xfer);
	zcx_send_push(xfer);
	xfer_drain(xfer);
	zcx_direct_drop(xfer);
	xfer->batch = NULL;
	zcx_batch_free(&batch);
	trace_zcxfer_done(xfer);
	return xfer->verdict;
}

/* Update @file as a read does, and return whether it has changed. */
static unsigned int file_end_read(const struct zcx_file *file)
{
	unsigned int changes = zcx_file_changes(fd_file(file->fd), file->dated,
						&file->ctime);

	fsnotify_access(fd_file(file->fd));
	file_accessed(fd_file(file->fd));
	return changes;
}

/* True if bytes were sent of range @i, or of a range behind it. */
static bool xfer_has_sent(const struct zcx_xfer *xfer, unsigned int i)
{
	return xfer->dir == ZCX_SEND && xfer->counts.bytes &&
	       (i < xfer->range || (i == xfer->range && xfer->done));
}

/**
 * zcx_xfer_release - end a transfer
 * @xfer: the transfer
 *
 * Puts every file. What zcx_xfer_report() needs stays.
 */
void zcx_xfer_release(struct zcx_xfer *xfer)
{
	const struct zcx_file *file;

	for (file = zcx_xfer_files(xfer); file; file = file->next)
		if (xfer_has_sent(xfer, file->first))
			xfer->changes |= file_end_read(file);
	zcx_ranges_free(xfer);
	zcx_release_put(xfer->release);

	zcx_stat_add(descs, xfer->nr_ranges);
	zcx_stat_add(bytes_referenced, xfer->counts.referenced);
	zcx_stat_add(bytes_copied, xfer->counts.copied);
	zcx_stat_add(socket_calls, xfer->counts.socket_calls);
	zcx_stat_add(transfers_active, -1);
}

/* What the interface calls each verdict. A transfer never ends with %ZCX_YIELD. */
static const u8 stop_of[] = {
	[ZCX_DONE]		= ZCXFER_STOP_DONE,
	[ZCX_EOF]		= ZCXFER_STOP_EOF,
	[ZCX_WOULD_BLOCK]	= ZCXFER_STOP_WOULD_BLOCK,
	[ZCX_MISS]		= ZCXFER_STOP_MISS,
	[ZCX_YIELD]		= ZCXFER_STOP_SIGNAL,
	[ZCX_SIGNAL]		= ZCXFER_STOP_SIGNAL,
	[ZCX_LEASE_BROKEN]	= ZCXFER_STOP_LEASE,
	[ZCX_CANCELLED]		= ZCXFER_STOP_CANCELLED,
	[ZCX_BAD_DESC]		= ZCXFER_STOP_DESC,
	[ZCX_BAD_SOCKET]	= ZCXFER_STOP_SOCKET,
	[ZCX_BAD_CALL]		= ZCXFER_STOP_CALL,
};

/* The error as the caller sees it: EAGAIN of a file must not look like the socket's. */
static int xfer_error(const struct zcx_xfer *xfer)
{
	if (xfer->error == -EAGAIN && (xfer->verdict == ZCX_BAD_DESC ||
				       xfer->verdict == ZCX_BAD_SOCKET))
		return -EIO;
	return xfer->error;
}

/**
 * zcx_xfer_report - what became of a transfer, as the interface reports it
 * @xfer: a transfer that has ended, and was released
 * @result: out: the whole result
 *
 * Return: what a call returns: 0 if bytes were moved, otherwise the error, which is
 * -ERESTARTSYS after a signal so that the system call is restarted.
 */
int zcx_xfer_report(const struct zcx_xfer *xfer, struct zcxfer_result *result)
{
	const struct zcx_counts *counts = &xfer->counts;
	int error = xfer_error(xfer);

	*result = (struct zcxfer_result) {
		.bytes = counts->bytes,
		.bytes_referenced = counts->referenced,
		.bytes_copied = counts->copied,
		.desc_bytes = xfer->done,
		.desc = xfer->range,
		.stop = stop_of[xfer->verdict],
		.error = error == -ERESTARTSYS ? EINTR : -error,
		.copy_reasons = counts->reasons,
		.socket_calls = counts->socket_calls,
		.changes = xfer->changes,
	};
	return counts->bytes ? 0 : error;
}
