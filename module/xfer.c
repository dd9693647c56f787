// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: walks the ranges of a transfer, gathers them into batches and
 * sends those, and keeps the count. Knows no user pointers and does not care
 * who runs it.
 *
 * The position (range, done) moves only by what the socket took, so it is exact
 * at every moment, and a step can end anywhere and be continued.
 */
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fsnotify.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/socket.h>

#include "internal.h"
#include "stats.h"
#include "trace.h"

/**
 * zcx_xfer_init - begin a transfer
 * @xfer: to be filled; to be released with zcx_xfer_release() on success
 * @sock: where to send to; the caller keeps it until the release
 * @flags: ZCXFER_F_*
 * @nr_descs: how many descriptors will be added
 *
 * Return: 0 or -ENOMEM.
 */
int zcx_xfer_init(struct zcx_xfer *xfer, struct socket *sock,
		  unsigned int flags, unsigned int nr_descs)
{
	memset(xfer, 0, offsetof(struct zcx_xfer, stack_ranges));
	xfer->sock = sock;
	xfer->more = flags & ZCXFER_F_MORE;
	xfer->ra_range = UINT_MAX;
	xfer->msg_flags = MSG_NOSIGNAL | MSG_SPLICE_PAGES;
	if ((flags & ZCXFER_F_DONTWAIT) || (sock->file->f_flags & O_NONBLOCK))
		xfer->msg_flags |= MSG_DONTWAIT;

	xfer->ranges = xfer->stack_ranges;
	if (nr_descs > ZCX_STACK_RANGES) {
		xfer->ranges = kvmalloc_array(nr_descs, sizeof(*xfer->ranges),
					      GFP_KERNEL_ACCOUNT);
		if (!xfer->ranges)
			return -ENOMEM;
	}
	zcx_stat_add(transfers, 1);
	zcx_stat_add(transfers_active, 1);
	return 0;
}

/*
 * Find the file of @range. Neighbours of the same fd share what was found out
 * for the first of them: @prev, which is NULL if there is none.
 */
static int range_set_file(struct zcx_range *range, int fd,
			  const struct zcx_range *prev)
{
	if (prev) {
		range->file = prev->file;
		range->source = prev->source;
		range->why = prev->why & ZCXFER_COPIED_POLICY;
		return 0;
	}

	range->file = zcx_file_get(fd);
	if (IS_ERR(range->file))
		return PTR_ERR(range->file);
	range->owns_file = true;
	range->source = zcx_file_source(range->file);
	range->why = zcx_file_may_reference(range->file) ?
		     0 : ZCXFER_COPIED_POLICY;
	return 0;
}

/**
 * zcx_xfer_add - check a descriptor and append it to a transfer
 * @xfer: the transfer, with room for it
 * @desc: the descriptor, the kernel's own copy
 * @last_fd: fd of the last range if that is a file, else -1; updated
 *
 * The one place where the caller's right to read a range is checked, with its
 * credentials.
 *
 * Return: 0 or an errno, as struct zcxfer_send documents them.
 */
int zcx_xfer_add(struct zcx_xfer *xfer, const struct zcxfer_desc *desc,
		 int *last_fd)
{
	struct zcx_range *range = &xfer->ranges[xfer->nr_ranges];
	int err;

	err = zcx_desc_check(desc);
	if (!err)
		err = zcx_desc_add_len(desc, &xfer->total);
	if (err)
		return err;

	*range = (struct zcx_range) {
		.pos = desc->offset,
		.len = desc->len,
	};
	if (desc->type == ZCXFER_DESC_MEMORY) {
		range->source = ZCX_SOURCE_MEMORY;
		range->why = ZCXFER_COPIED_MEMORY;
		*last_fd = -1;
	} else {
		loff_t pos = desc->offset;
		bool same = *last_fd >= 0 && desc->fd == *last_fd;

		err = range_set_file(range, desc->fd, same ? range - 1 : NULL);
		if (err)
			return err;
		*last_fd = desc->fd;
		/* From here on zcx_xfer_release() puts the file. */
		xfer->nr_ranges++;
		xfer->pages += zcx_desc_pages(desc);
		if (!range->why && range->len < READ_ONCE(zcx_copybreak))
			range->why = ZCXFER_COPIED_SHORT;
		return rw_verify_area(READ, range->file, &pos, range->len);
	}
	xfer->nr_ranges++;
	xfer->pages += zcx_desc_pages(desc);
	return 0;
}

/* Everything before (range, done) has been sent; move on by @sent bytes. */
static void xfer_advance(struct zcx_xfer *xfer, u64 sent)
{
	while (xfer->range < xfer->nr_ranges) {
		u64 n = min(sent, xfer->ranges[xfer->range].len - xfer->done);

		xfer->done += n;
		sent -= n;
		if (xfer->done < xfer->ranges[xfer->range].len)
			break;
		xfer->range++;
		xfer->done = 0;
	}
}

/* All disks at once, before the first byte waits for one of them. */
static void xfer_readahead(struct zcx_xfer *xfer)
{
	struct blk_plug plug;
	unsigned int i;

	blk_start_plug(&plug);
	for (i = 0; i < xfer->nr_ranges; i++) {
		if (fatal_signal_pending(current))
			break;
		if (xfer->ranges[i].source == ZCX_SOURCE_CACHE)
			zcx_cache_readahead(&xfer->ranges[i]);
		cond_resched();
	}
	blk_finish_plug(&plug);
}

static ssize_t range_gather(struct zcx_xfer *xfer,
			    const struct zcx_range *range, u64 done, bool wait)
{
	switch (range->source) {
	case ZCX_SOURCE_MEMORY:
		return zcx_memory_gather(xfer, range, done, wait);
	case ZCX_SOURCE_CACHE:
		return zcx_cache_gather(xfer, range, done, wait);
	case ZCX_SOURCE_SPLICE:
		return zcx_splice_gather(xfer, range, done, wait);
	}
	return -EINVAL;
}

/* How gathering ended, if not by an error. */
enum gathered {
	GATHERED_PART,	/* more follows: the batch is full or a disk is slow */
	GATHERED_ALL,	/* the end of the last range is in the batch */
	GATHERED_EOF,	/* the file of a range is too short */
};

/*
 * Fill the batch from where the transfer is. What is there is sent before the
 * disk is waited for, so a source may wait only for the first byte of a batch.
 *
 * Returns an &enum gathered or the error of the source. The batch holds what
 * comes before.
 */
static int xfer_gather(struct zcx_xfer *xfer)
{
	struct zcx_batch *batch = &xfer->batch;
	unsigned int i = xfer->range;
	u64 done = xfer->done;

	while (i < xfer->nr_ranges) {
		const struct zcx_range *range = &xfer->ranges[i];
		ssize_t n = 0;

		if (done < range->len) {
			if (!zcx_batch_room(batch))
				return GATHERED_PART;
			n = range_gather(xfer, range, done, !batch->nr);
			if (n == -EAGAIN && batch->nr)
				return GATHERED_PART;
			if (n <= 0)
				return n ?: GATHERED_EOF;
		}
		done += n;
		if (done == range->len) {
			done = 0;
			i++;
		}
	}
	return GATHERED_ALL;
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
	struct zcxfer_result *result = &xfer->result;

	if (error == -ERESTARTSYS || error == -EINTR)
		stop = ZCXFER_STOP_SIGNAL;
	else if (error == -EAGAIN && stop == ZCXFER_STOP_SOCKET)
		stop = ZCXFER_STOP_WOULD_BLOCK;

	result->stop = stop;
	result->error = error == -ERESTARTSYS ? EINTR : -error;
	result->desc = xfer->range;
	result->desc_bytes = xfer->done;
	return result->bytes ? 0 : error;
}

/* Send the batch. Returns 0 if the transfer goes on, else why it ends. */
static int xfer_send(struct zcx_xfer *xfer, bool more)
{
	struct zcx_batch *batch = &xfer->batch;
	u8 route = zcx_sock_copies(xfer->sock) ? ZCXFER_COPIED_ROUTE : 0;
	size_t wanted = batch->bytes;
	ssize_t sent;

	sent = zcx_send(xfer, more);
	if (sent > 0) {
		zcx_batch_account(batch, sent, route, &xfer->result);
		xfer_advance(xfer, sent);
	}
	trace_zcxfer_gather(xfer, sent);
	zcx_batch_drop(batch);
	if (sent == wanted)
		return 0;
	if (sent < 0)
		return sent;
	return signal_pending(current) ? -ERESTARTSYS : -EAGAIN;
}

static int xfer_run(struct zcx_xfer *xfer)
{
	while (xfer->range < xfer->nr_ranges) {
		int gathered = xfer_gather(xfer);
		int err = 0;

		if (xfer->batch.nr)
			err = xfer_send(xfer, xfer->more ||
					gathered == GATHERED_PART);
		if (err)
			return zcx_xfer_stop(xfer, ZCXFER_STOP_SOCKET, err);
		if (gathered < 0)
			return zcx_xfer_stop(xfer, ZCXFER_STOP_DESC, gathered);
		if (gathered == GATHERED_EOF)
			return zcx_xfer_stop(xfer, ZCXFER_STOP_EOF, 0);
		/* Checked after a batch, so that every call gets forward. */
		if (xfer->range < xfer->nr_ranges && signal_pending(current))
			return zcx_xfer_stop(xfer, ZCXFER_STOP_SIGNAL,
					     -ERESTARTSYS);
		cond_resched();
	}
	return zcx_xfer_stop(xfer, ZCXFER_STOP_DONE, 0);
}

/**
 * zcx_xfer_step - move as many bytes as can be moved
 * @xfer: a transfer with all its descriptors
 *
 * Ends when all is sent, a source ends or fails, the socket fails or takes no
 * more, or a signal comes; &zcx_xfer.result says which. Waits for the disk, and
 * for the socket unless that is not wanted.
 *
 * Return: 0 if bytes were moved or there was nothing to move, else the error.
 */
int zcx_xfer_step(struct zcx_xfer *xfer)
{
	int err;

	trace_zcxfer_start(xfer);
	err = zcx_batch_init(xfer);
	if (err)
		return zcx_xfer_stop(xfer, ZCXFER_STOP_CALL, err);

	xfer_advance(xfer, 0);
	/* One range starts its own readahead when it finds a page missing. */
	if (xfer->nr_ranges > 1)
		xfer_readahead(xfer);
	err = xfer_run(xfer);
	zcx_send_push(xfer);
	zcx_batch_free(xfer);
	trace_zcxfer_done(xfer);
	return err;
}

/**
 * zcx_xfer_release - end a transfer
 * @xfer: the transfer
 *
 * Puts every file, after telling those that were read that they were.
 */
void zcx_xfer_release(struct zcx_xfer *xfer)
{
	unsigned int i;

	for (i = 0; i < xfer->nr_ranges; i++) {
		struct zcx_range *range = &xfer->ranges[i];

		if (!range->owns_file)
			continue;
		if (i < xfer->range || (i == xfer->range && xfer->done)) {
			fsnotify_access(range->file);
			file_accessed(range->file);
		}
		zcx_file_put(range->file);
	}
	if (xfer->ranges != xfer->stack_ranges)
		kvfree(xfer->ranges);

	zcx_stat_add(descs, xfer->nr_ranges);
	zcx_stat_add(bytes_referenced, xfer->result.bytes_referenced);
	zcx_stat_add(bytes_copied, xfer->result.bytes_copied);
	zcx_stat_add(socket_calls, xfer->result.socket_calls);
	zcx_stat_add(transfers_active, -1);
}
