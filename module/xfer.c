// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: walks the ranges of a transfer, gathers them into batches and sends those,
 * or receives batches and scatters them, and counts the bytes. It knows no user pointers,
 * and does not depend on the task that runs it.
 *
 * The position (range, done) moves only by the bytes that the socket, or the file,
 * accepted. It is therefore always exact, and a step can end anywhere and be continued.
 */
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fsnotify.h>
#include <linux/sched/signal.h>
#include <linux/socket.h>

#include "file.h"
#include "gather.h"
#include "lease.h"
#include "release.h"
#include "resolve.h"
#include "scatter.h"
#include "send.h"
#include "sock.h"
#include "stats.h"
#include "trace.h"
#include "xfer.h"

/* Bytes that a detached transfer moves before it yields to others. */
#define SLICE_BYTES	SZ_4M

/* Prepare for the release of the pages, if leases or the caller wait for it. */
static int xfer_init_release(struct zcx_xfer *xfer, struct zcx_user *user,
			     const struct zcxfer_transfer *call)
{
	if (!(call->flags & (ZCXFER_F_STABLE | ZCX_RELEASE_FLAGS)))
		return 0;
	xfer->release = zcx_release_alloc();
	if (!xfer->release)
		return -ENOMEM;
	if (!(call->flags & ZCXFER_F_STABLE))
		return 0;
	xfer->leases = zcx_leases_alloc(user, xfer->release);
	if (xfer->leases)
		return 0;
	zcx_release_put(xfer->release);
	return -ENOMEM;
}

static void xfer_init_gather(struct zcx_xfer *xfer,
			     const struct zcxfer_transfer *call)
{
	struct zcx_gather *gather = &xfer->gather;

	gather->ranges = &xfer->ranges;
	gather->disk = call->flags & ZCXFER_F_CACHED ? ZCX_DISK_NEVER :
						       ZCX_DISK_WAIT;
	gather->may_block = true;
	gather->dontcache = call->flags & ZCXFER_F_DONTCACHE;
	gather->socket_blocks = !(xfer->msg_flags & MSG_DONTWAIT);
	gather->read_ahead = false;
	gather->ra_range = UINT_MAX;
	gather->ra_pages = DIV_ROUND_UP(min_t(u64, call->readahead,
					      ZCX_READAHEAD_PAGES * PAGE_SIZE),
					PAGE_SIZE);
}

/**
 * zcx_xfer_init - begin a transfer
 * @xfer: the transfer to initialize; after success zcx_xfer_release() must follow
 * @dir: direction of the transfer
 * @detached: true if the transfer outlives the call, and must not wait for the socket
 * @sock: the socket, which must exist until zcx_xfer_release()
 * @user: the user to charge for leases
 * @call: the caller's flags, and the number of descriptors that will be added
 *
 * Return: 0 or -ENOMEM.
 */
int zcx_xfer_init(struct zcx_xfer *xfer, enum zcx_direction dir, bool detached,
		  struct socket *sock, struct zcx_user *user,
		  const struct zcxfer_transfer *call)
{
	xfer->sock = sock;
	xfer->dir = dir;
	xfer->flags = call->flags;
	xfer->detached = detached;
	xfer->corked = false;
	xfer->cancelled = false;
	xfer->changes = 0;
	xfer->counts = (struct zcx_counts) { };
	xfer->at = (struct zcx_cursor) { };
	xfer->release = NULL;
	xfer->leases = NULL;
	xfer->msg_flags = dir == ZCX_SEND ? MSG_NOSIGNAL | MSG_SPLICE_PAGES : 0;
	if (detached || (call->flags & ZCXFER_F_DONTWAIT) ||
	    (sock->file->f_flags & O_NONBLOCK))
		xfer->msg_flags |= MSG_DONTWAIT;
	xfer_init_gather(xfer, call);

	if (zcx_ranges_alloc(&xfer->ranges, call->nr_descs))
		return -ENOMEM;
	if (xfer_init_release(xfer, user, call)) {
		zcx_ranges_free(&xfer->ranges);
		return -ENOMEM;
	}
	zcx_stat_add(transfers, 1);
	zcx_stat_add(transfers_active, 1);
	return 0;
}

/**
 * zcx_xfer_add - check descriptors and append them to a transfer
 * @xfer: the transfer, with room for them
 * @descs: the kernel's own copy of the descriptors
 * @nr: number of descriptors
 *
 * Return: 0, or an error that struct zcxfer_transfer documents, with which the transfer
 * has ended at the descriptor that was refused.
 */
int zcx_xfer_add(struct zcx_xfer *xfer, const struct zcxfer_desc *descs,
		 unsigned int nr)
{
	int err = zcx_ranges_add(xfer, descs, nr);

	if (err) {
		xfer->at.range = xfer->ranges.nr;
		zcx_xfer_fail(xfer, ZCX_BAD_DESC, err);
	}
	return err;
}

/* Send the batch. Returns 0 if the socket accepted all of it, or an error. */
static int xfer_send_batch(struct zcx_xfer *xfer, bool more)
{
	bool copies = zcx_sock_copies(xfer->sock,
				      xfer->msg_flags & MSG_ZEROCOPY);
	u8 route = copies ? ZCXFER_COPIED_ROUTE : 0;
	size_t sent;
	int err;

	err = zcx_send(xfer, more, &sent);
	zcx_batch_account(xfer->batch, sent, route, &xfer->counts);
	zcx_xfer_advance(xfer, sent);
	trace_zcxfer_gather(xfer, sent);
	zcx_batch_drop(xfer->batch);
	return err;
}

/* Move one batch from the ranges to the socket. Returns true to go on. */
static bool xfer_send(struct zcx_xfer *xfer)
{
	int gathered, err = 0;

	if (!xfer->detached && (xfer->msg_flags & MSG_DONTWAIT) &&
	    zcx_sock_is_held(xfer->sock))
		return zcx_xfer_end(xfer, ZCX_WOULD_BLOCK, -EAGAIN);
	/* Bytes that the socket refuses would have to be gathered again. */
	if (!xfer->gather.socket_blocks)
		zcx_batch_limit(xfer->batch, zcx_sock_room(xfer->sock));
	gathered = zcx_gather(&xfer->gather, xfer->at);

	if (xfer->batch->nr)
		err = xfer_send_batch(xfer, gathered == ZCX_GATHERED_PART ||
				      (xfer->flags & ZCXFER_F_MORE));
	if (err)
		return zcx_xfer_end_socket(xfer, err);
	switch (gathered) {
	case ZCX_GATHERED_PART:
	case ZCX_GATHERED_ALL:
		return true;
	case ZCX_GATHERED_EOF:
		return zcx_xfer_end(xfer, ZCX_EOF, 0);
	case ZCX_GATHERED_MISS:
		return zcx_xfer_end(xfer, ZCX_MISS, -EAGAIN);
	default:
		return zcx_xfer_end(xfer, ZCX_BAD_DESC, gathered);
	}
}

/* Move batches until the transfer, or the step, ends. */
static void xfer_move(struct zcx_xfer *xfer)
{
	u64 start = xfer->counts.bytes;

	while (xfer->at.range < xfer->ranges.nr) {
		if (READ_ONCE(xfer->cancelled)) {
			zcx_xfer_end(xfer, ZCX_CANCELLED, -ECANCELED);
			return;
		}
		if (zcx_leases_broken(xfer->leases)) {
			zcx_xfer_end(xfer, ZCX_LEASE_BROKEN, -EBUSY);
			return;
		}
		if (!(xfer->dir == ZCX_SEND ? xfer_send(xfer) : zcx_scatter(xfer)))
			return;
		/* A transfer of one batch is complete even if a signal is pending. */
		if (xfer->at.range == xfer->ranges.nr)
			break;
		if (signal_pending(current)) {
			zcx_xfer_end(xfer, ZCX_SIGNAL, -ERESTARTSYS);
			return;
		}
		if (xfer->detached && xfer->counts.bytes - start >= SLICE_BYTES) {
			zcx_xfer_end(xfer, ZCX_YIELD, 0);
			return;
		}
		cond_resched();
	}
	zcx_xfer_end(xfer, ZCX_DONE, 0);
}

/*
 * A call that waits is done when TCP owns all data. If something else ends that wait,
 * the call reports it. A job waits parked.
 */
static void xfer_drain(struct zcx_xfer *xfer)
{
	enum zcx_verdict verdict = xfer->verdict;
	int error = xfer->error, err;

	if (xfer->dir != ZCX_SEND || (xfer->msg_flags & MSG_DONTWAIT) ||
	    verdict == ZCX_WOULD_BLOCK || verdict == ZCX_BAD_SOCKET)
		return;
	err = zcx_send_drain(xfer);
	if (!err)
		return;
	zcx_xfer_end_socket(xfer, err);
	/* What ended the transfer before is reported, unless the socket has failed. */
	if (verdict != ZCX_DONE && xfer->verdict != ZCX_BAD_SOCKET)
		zcx_xfer_end(xfer, verdict, error);
}

/*
 * Number of pieces that a batch may have. Received pieces are at most as large as a
 * packet, so that a range may need more of them than it has pages.
 */
static unsigned long xfer_pieces(const struct zcx_xfer *xfer)
{
	if (xfer->dir == ZCX_SEND || xfer->ranges.pages <= ZCX_SMALL_PIECES)
		return xfer->ranges.pages;
	return ZCX_BATCH_PIECES;
}

/**
 * zcx_xfer_step - move as many bytes as possible
 * @xfer: a transfer with all its descriptors
 *
 * Waits for the disk if &zcx_gather.disk allows it, and for the socket unless the
 * transfer is nonblocking.
 *
 * Return: how the step ended. After %ZCX_WOULD_BLOCK, %ZCX_MISS, %ZCX_YIELD and
 * %ZCX_SIGNAL another step can continue the transfer.
 */
enum zcx_verdict zcx_xfer_step(struct zcx_xfer *xfer)
{
	/* Its arrays are written before they are read. */
	struct zcx_batch batch __uninitialized;
	struct zcx_reads reads __uninitialized;
	int err;

	err = zcx_batch_init(&batch, xfer_pieces(xfer));
	if (err) {
		zcx_xfer_end(xfer, ZCX_BAD_CALL, err);
		return xfer->verdict;
	}
	xfer->batch = &batch;
	xfer->gather.batch = &batch;
	xfer->gather.reads = &reads;
	zcx_reads_init(&reads);

	trace_zcxfer_start(xfer);
	/* Empty ranges at the start are done. */
	zcx_xfer_advance(xfer, 0);
	xfer_move(xfer);
	zcx_send_push(xfer);
	xfer_drain(xfer);
	zcx_direct_drop(&xfer->gather);
	zcx_batch_free(&batch);
	trace_zcxfer_done(xfer);
	return xfer->verdict;
}

/* True if bytes were sent of range @i, or of a range behind it. */
static bool xfer_has_sent(const struct zcx_xfer *xfer, unsigned int i)
{
	return xfer->dir == ZCX_SEND && xfer->counts.bytes &&
	       (i < xfer->at.range || (i == xfer->at.range && xfer->at.done));
}

/**
 * zcx_xfer_finish - complete what zcx_report() reports
 * @xfer: a transfer that has ended
 *
 * Does not sleep.
 */
void zcx_xfer_finish(struct zcx_xfer *xfer)
{
	const struct zcx_file *file;

	for (file = zcx_ranges_files(&xfer->ranges); file; file = file->next)
		if (xfer_has_sent(xfer, file->first))
			xfer->changes |= zcx_file_changes(fd_file(file->fd),
							  file->dated,
							  &file->ctime);
}

/* What every read of a file owes to its watchers and to its access time. */
static void file_end_read(const struct zcx_file *file)
{
	fsnotify_access(fd_file(file->fd));
	file_accessed(fd_file(file->fd));
}

/**
 * zcx_xfer_release - release what a transfer holds
 * @xfer: the transfer
 *
 * Drops the references to its files, and keeps everything that zcx_report() needs.
 */
void zcx_xfer_release(struct zcx_xfer *xfer)
{
	const struct zcx_file *file;

	for (file = zcx_ranges_files(&xfer->ranges); file; file = file->next)
		if (xfer_has_sent(xfer, file->first))
			file_end_read(file);
	zcx_ranges_free(&xfer->ranges);
	zcx_release_put(xfer->release);

	zcx_stat_add(descs, xfer->ranges.nr);
	zcx_stat_add(bytes_referenced, xfer->counts.referenced);
	zcx_stat_add(bytes_copied, xfer->counts.copied);
	zcx_stat_add(socket_calls, xfer->counts.socket_calls);
	zcx_stat_add(transfers_active, -1);
}

/**
 * zcx_xfer_miss_is_certain - check whether a miss is certain without waiting
 * @xfer: a transfer whose last step ended with %ZCX_MISS
 *
 * Return: true if the next byte is not in memory; false if only a task that may block
 * can establish that.
 */
bool zcx_xfer_miss_is_certain(const struct zcx_xfer *xfer)
{
	return zcx_range_source(&xfer->ranges.range[xfer->at.range])->await;
}

/**
 * zcx_xfer_await - start to read the next page, and be notified when it is in memory
 * @xfer: a transfer whose last step ended with %ZCX_MISS
 * @wait: called when the page is unlocked; this cannot be cancelled
 *
 * Return: -EIOCBQUEUED if @wait will be called; 0 if the page is in memory by now;
 * -EAGAIN if only a task that may block can wait for it.
 */
int zcx_xfer_await(struct zcx_xfer *xfer, struct wait_page_queue *wait)
{
	const struct zcx_range *range = &xfer->ranges.range[xfer->at.range];
	const struct zcx_source_ops *ops = zcx_range_source(range);

	if (!ops->await)
		return -EAGAIN;
	return ops->await(&xfer->gather, range, xfer->at.done, wait);
}
