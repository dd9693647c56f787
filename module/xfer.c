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
#include <linux/slab.h>
#include <linux/socket.h>

#include "desc.h"
#include "internal.h"
#include "stats.h"
#include "trace.h"

static void xfer_free_ranges(struct zcx_xfer *xfer)
{
	if (xfer->ranges != xfer->small_ranges)
		kvfree(xfer->ranges);
}

/* What the caller wants to happen when the network has let go of the pages. */
static int xfer_init_release(struct zcx_xfer *xfer,
			     const struct zcxfer_transfer *call)
{
	if (!(call->flags & (ZCXFER_F_STABLE | ZCX_NOTICE_FLAGS)))
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
 * @way: to send or to receive
 * @detached: it outlives the call, and waits for no socket
 * @sock: where to send to, or receive from
 * @call: the caller's flags, the number of descriptors that will be added, and
 *	the place for the result, all zero
 *
 * @sock and @call are kept until the release.
 *
 * Return: 0 or -ENOMEM.
 */
int zcx_xfer_init(struct zcx_xfer *xfer, enum zcx_way way, bool detached,
		  struct socket *sock, struct zcxfer_transfer *call)
{
	xfer->sock = sock;
	xfer->way = way;
	xfer->detached = detached;
	xfer->hurried = false;
	xfer->cancelled = false;
	xfer->kept = 0;
	xfer->flags = call->flags;
	xfer->corked = false;
	xfer->read_ahead = false;
	xfer->nr_ranges = 0;
	xfer->total = 0;
	xfer->pages = 0;
	xfer->opened = NULL;
	xfer->range = 0;
	xfer->done = 0;
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
	xfer->msg_flags = way == ZCX_SEND ? MSG_NOSIGNAL | MSG_SPLICE_PAGES : 0;
	if (detached || (call->flags & ZCXFER_F_DONTWAIT) ||
	    (sock->file->f_flags & O_NONBLOCK))
		xfer->msg_flags |= MSG_DONTWAIT;

	xfer->ranges = xfer->small_ranges;
	if (call->nr_descs > ZCX_SMALL_RANGES) {
		xfer->ranges = kvmalloc_array(call->nr_descs,
					      sizeof(*xfer->ranges),
					      GFP_KERNEL_ACCOUNT);
		if (!xfer->ranges)
			return -ENOMEM;
	}
	if (xfer_init_release(xfer, call)) {
		xfer_free_ranges(xfer);
		return -ENOMEM;
	}
	zcx_stat_add(transfers, 1);
	zcx_stat_add(transfers_active, 1);
	return 0;
}

/* The file of @range is to be read, or written, past the page cache. */
static int range_set_direct(struct zcx_range *range)
{
	range->align = zcx_file_dio_align(zcx_range_file(range));
	return range->align ? 0 : -EOPNOTSUPP;
}

/*
 * No page is to be written both ways, and no block twice: each would have to be
 * put on disk before the next.
 */
static int range_set_direct_sink(struct zcx_range *range)
{
	const struct inode *inode = file_inode(zcx_range_file(range));
	int err = range_set_direct(range);

	if (!err)
		range->align = max3(range->align, (u32)PAGE_SIZE,
				    i_blocksize(inode));
	return err;
}

/* Why the pages of @range are to be copied, whatever its length. */
static u8 range_why(const struct zcx_xfer *xfer, const struct zcx_range *range)
{
	/* A direct read makes pages for the socket alone. */
	if (xfer->flags & ZCXFER_F_DIRECT)
		return 0;
	if (!zcx_file_may_reference(zcx_range_file(range), range->source))
		return ZCXFER_COPIED_POLICY;
	if (xfer->release && !zcx_sock_tells_release(xfer->sock))
		return ZCXFER_COPIED_PROTOCOL;
	return 0;
}

/*
 * Ask whether the file of @range may be read, and by which way. To write is
 * asked with each write.
 */
static int range_set_source(const struct zcx_xfer *xfer,
			    struct zcx_range *range)
{
	struct file *file = zcx_range_file(range);
	unsigned int flags = xfer->flags;
	loff_t pos = range->pos;
	int err;

	err = rw_verify_area(READ, file, &pos, range->len);
	if (err)
		return err;
	if ((flags & ZCXFER_F_CACHED) && !zcx_file_is_cache(file))
		return -EOPNOTSUPP;
	range->source = zcx_file_source(file);
	/* To look into the cache it has to be one that may be walked. */
	if ((flags & ZCXFER_F_DONTCACHE) && range->source != ZCX_SOURCE_CACHE)
		return -EOPNOTSUPP;
	range->why = range_why(xfer, range);
	if (flags & (ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE)) {
		range->source = ZCX_SOURCE_DIRECT;
		err = range_set_direct(range);
	}
	if (!err && xfer->leases)
		err = zcx_leases_add(xfer->leases, file);
	range->dated = zcx_file_ctime(file, &range->ctime);
	return err;
}

/* A reference that lasts: fdget() takes one only from a table with other users. */
static struct fd fdget_lasting(int fd)
{
	struct file *file = fget(fd);

	return file ? CLONED_FD(file) : EMPTY_FD;
}

/* Ask whether the file of @range may be used, and how. */
static int range_set(struct zcx_xfer *xfer, struct zcx_range *range)
{
	int err = zcx_file_check(zcx_range_file(range), xfer->way);

	if (err)
		return err;
	if (xfer->way == ZCX_SEND)
		return range_set_source(xfer, range);
	return xfer->flags & ZCXFER_F_DIRECT ? range_set_direct_sink(range) : 0;
}

static int range_open(struct zcx_xfer *xfer, struct zcx_range *range, int fd)
{
	int err;

	range->fd = xfer->detached ? fdget_lasting(fd) : fdget(fd);
	if (fd_empty(range->fd))
		return -EBADF;
	err = range_set(xfer, range);
	if (err) {
		fdput(range->fd);
		return err;
	}
	zcx_stat_add(files_held, 1);
	range->owns_file = true;
	return 0;
}

static void range_close(struct zcx_range *range)
{
	zcx_stat_add(files_held, -1);
	fdput(range->fd);
}

/* Who writes it later, for the caller, has no limit of its own. */
static bool range_is_beyond_limit(const struct zcx_xfer *xfer,
				  const struct zcx_range *range)
{
	return xfer->way == ZCX_RECV &&
	       S_ISREG(file_inode(zcx_range_file(range))->i_mode) &&
	       range->pos + range->len > rlimit(RLIMIT_FSIZE);
}

/* The socket is to tell when it lets go of pages. */
static void xfer_want_release(struct zcx_xfer *xfer)
{
	xfer->msg_flags &= ~MSG_SPLICE_PAGES;
	xfer->msg_flags |= MSG_ZEROCOPY;
}

/*
 * A range of the same fd as the last shares its file: LSM and fanotify are asked
 * once for the whole list, as preadv(2) would ask them.
 */
static int xfer_add_file(struct zcx_xfer *xfer, struct zcx_range *range, int fd)
{
	const struct zcx_range *opened = xfer->opened;
	int err;

	if (opened && fd == xfer->opened_fd) {
		range->fd = BORROWED_FD(zcx_range_file(opened));
		range->source = opened->source;
		range->align = opened->align;
		range->why = opened->why & ~ZCXFER_COPIED_SHORT;
	} else {
		err = range_open(xfer, range, fd);
		if (err)
			return err;
		xfer->opened = range;
		xfer->opened_fd = fd;
	}
	if (xfer->detached && range_is_beyond_limit(xfer, range)) {
		if (range->owns_file)
			range_close(range);
		return -EFBIG;
	}
	if (xfer->way == ZCX_SEND && !range->why &&
	    range->source != ZCX_SOURCE_DIRECT &&
	    range->len < READ_ONCE(zcx_copybreak))
		range->why = ZCXFER_COPIED_SHORT;
	if (xfer->release && !range->why && !(xfer->flags & ZCXFER_F_DIRECT))
		xfer_want_release(xfer);
	return 0;
}

/* May memory be sent by reference? Not if nobody is told when it is free again. */
static bool may_pin(const struct zcx_xfer *xfer, const struct zcx_range *range)
{
	return (xfer->flags & ZCX_NOTICE_FLAGS) &&
	       zcx_sock_tells_release(xfer->sock) &&
	       READ_ONCE(zcx_policy) != ZCXFER_POLICY_NEVER &&
	       range->len >= max(READ_ONCE(zcx_copybreak), 1U);
}

static int xfer_add_memory(struct zcx_xfer *xfer, struct zcx_range *range)
{
	int err;

	range->fd = EMPTY_FD;
	range->why = ZCXFER_COPIED_MEMORY;
	if (!xfer->detached)
		return 0;
	if (xfer->way != ZCX_SEND)
		return -EOPNOTSUPP;
	if (may_pin(xfer, range)) {
		err = zcx_memory_pin(xfer, range);
		if (!err)
			xfer_want_release(xfer);
		/* The caller may not write to it, or it is no common memory. */
		if (err != -EFAULT && err != -EOPNOTSUPP && err != -EREMOTEIO)
			return err;
	}
	return zcx_memory_keep(xfer, range);
}

static int xfer_add_one(struct zcx_xfer *xfer, const struct zcxfer_desc *desc)
{
	struct zcx_range *range = &xfer->ranges[xfer->nr_ranges];
	int err;

	err = zcx_desc_check(desc, &xfer->total);
	if (err)
		return err;

	range->pos = desc->offset;
	range->len = desc->len;
	range->align = 0;
	range->why = 0;
	range->owns_file = false;
	range->source = ZCX_SOURCE_MEMORY;
	err = desc->type == ZCXFER_DESC_FILE ?
	      xfer_add_file(xfer, range, desc->fd) :
	      xfer_add_memory(xfer, range);
	if (err)
		return err;
	xfer->pages += zcx_desc_pages(desc);
	xfer->nr_ranges++;
	return 0;
}

/**
 * zcx_xfer_add - check descriptors and append them to a transfer
 * @xfer: the transfer, with room for them
 * @descs: the descriptors, the kernel's own copy
 * @nr: how many
 *
 * The one place where the caller's right to read a file is checked, with its
 * credentials.
 *
 * Return: 0 or an errno, as struct zcxfer_transfer documents them. The result
 * then tells which descriptor was refused.
 */
int zcx_xfer_add(struct zcx_xfer *xfer, const struct zcxfer_desc *descs,
		 unsigned int nr)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = xfer_add_one(xfer, &descs[i]);
		if (err) {
			zcx_xfer_stop(xfer, ZCXFER_STOP_DESC, err);
			xfer->result->desc = xfer->nr_ranges;
			return err;
		}
	}
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
	struct blk_plug plug;
	unsigned int i;

	blk_start_plug(&plug);
	for (i = first; i < xfer->nr_ranges; i++, done = 0) {
		if (fatal_signal_pending(current))
			break;
		if (xfer->ranges[i].source == ZCX_SOURCE_CACHE)
			zcx_cache_readahead(xfer, &xfer->ranges[i], done, share);
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
	case ZCX_SOURCE_KEPT:
		return zcx_kept_gather(xfer, range, done);
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
	struct zcx_batch *batch = &xfer->batch;
	unsigned int i = xfer->range;
	u64 done = xfer->done;

	/* What the socket would not take would be gathered once more. */
	if (xfer->msg_flags & MSG_DONTWAIT)
		zcx_batch_limit(batch, zcx_sock_room(xfer->sock));

	while (i < xfer->nr_ranges) {
		const struct zcx_range *range = &xfer->ranges[i];
		ssize_t n = 0;

		if (done < range->len) {
			bool wait = xfer->disk == ZCX_DISK_WAIT &&
				    xfer->read_ahead && !batch->nr;

			if (!zcx_batch_room(batch))
				break;
			n = range_gather(xfer, range, done, wait);
			if (n == -EAGAIN && !wait)
				break;
			/* To the caller EAGAIN means the socket. */
			if (n == -EAGAIN)
				n = -EIO;
			if (n <= 0)
				return n ?: GATHERED_EOF;
		}
		done += n;
		if (done == range->len) {
			done = 0;
			i++;
		}
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
	zcx_batch_account(&xfer->batch, sent, route, xfer->result);
	xfer_advance(xfer, sent);
	trace_zcxfer_gather(xfer, sent);
	zcx_batch_drop(&xfer->batch);
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
	if (xfer->batch.nr)
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
		if (bytes >= ZCX_BATCH_BYTES || fd_empty(xfer->ranges[i].fd))
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
	u32 align = range->align;

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
		zcx_batch_drop(&xfer->batch);
		return *error == -ENOMEM ? ZCXFER_STOP_CALL :
		       *error ? ZCXFER_STOP_SOCKET : ZCXFER_STOP_EOF;
	}
	*error = zcx_store(xfer, &stored);
	consumed = zcx_recv_consume(xfer, stored);
	zcx_batch_account(&xfer->batch, stored, 0, xfer->result);
	xfer_advance(xfer, stored);
	trace_zcxfer_scatter(xfer, stored);
	zcx_batch_drop(&xfer->batch);
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
	if (fd_empty(xfer->ranges[xfer->range].fd))
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
		stop = xfer->way == ZCX_SEND ? xfer_send(xfer, &error) :
					       xfer_recv(xfer, &error);
		if (stop)
			return zcx_xfer_stop(xfer, stop, error);
		xfer->turn_over = xfer->detached &&
				  xfer->result->bytes - start >= ZCX_TURN_BYTES;
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
	int err;

	err = zcx_batch_init(&xfer->batch, xfer->pages);
	if (err)
		return zcx_xfer_stop(xfer, ZCXFER_STOP_CALL, err);

	trace_zcxfer_start(xfer);
	/* Empty ranges at the start are done. */
	xfer_advance(xfer, 0);
	err = xfer_move(xfer);
	zcx_send_push(xfer);
	err = xfer_drain(xfer, err);
	zcx_direct_drop(xfer);
	zcx_batch_free(&xfer->batch);
	trace_zcxfer_done(xfer);
	return err;
}

/* The file of @range was sent from: tell it so, and look at it. */
static void range_end_read(const struct zcx_range *range,
			   struct zcxfer_result *result)
{
	struct file *file = zcx_range_file(range);

	result->changes |= zcx_file_changes(file, range->dated, &range->ctime);
	fsnotify_access(file);
	file_accessed(file);
}

/* Have bytes been sent, of range @i or at least behind it? */
static bool xfer_has_sent(const struct zcx_xfer *xfer, unsigned int i)
{
	return xfer->way == ZCX_SEND && xfer->result->bytes &&
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
	unsigned int i;

	for (i = 0; i < xfer->nr_ranges; i++) {
		struct zcx_range *range = &xfer->ranges[i];

		if (range->source == ZCX_SOURCE_KEPT)
			zcx_memory_forget(range);
		if (!range->owns_file)
			continue;
		if (xfer_has_sent(xfer, i))
			range_end_read(range, xfer->result);
		range_close(range);
	}
	xfer_free_ranges(xfer);
	zcx_release_put(xfer->release);

	zcx_stat_add(descs, xfer->nr_ranges);
	zcx_stat_add(bytes_referenced, xfer->result->bytes_referenced);
	zcx_stat_add(bytes_copied, xfer->result->bytes_copied);
	zcx_stat_add(socket_calls, xfer->result->socket_calls);
	zcx_stat_add(transfers_active, -1);
}
