// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page cache as a source, walked directly.
 *
 * Folios that are cached and up to date need no lock, only a reference. Missing folios
 * are read by readahead and waited for. Folios that are not up to date even then
 * (partly written ones, errors) are left to the file's own splice_read. Together this
 * does what mm/filemap.c:filemap_splice_read() does.
 */
#include <linux/blkdev.h>
#include <linux/pagemap.h>
#include <linux/swap.h>
#include <linux/uio.h>

#include "cache.h"
#include "source.h"

static struct address_space *range_mapping(const struct zcx_range *range)
{
	return zcx_range_file(range)->f_mapping;
}

/* Number of pages from the one at @pos to the end of the range. */
static pgoff_t range_pages_left(const struct zcx_range *range, loff_t pos)
{
	return ((zcx_range_end(range) - 1) >> PAGE_SHIFT) - (pos >> PAGE_SHIFT) + 1;
}

/*
 * Number of pages to request from readahead at @pos. Readahead would take a request
 * beyond the window for one large read, which may exceed the window.
 */
static pgoff_t cache_wanted(const struct file_ra_state *ra,
			    const struct zcx_range *range, loff_t pos)
{
	return clamp(range_pages_left(range, pos), 1UL, max(ra->ra_pages, 1U));
}

/* The window is that of the caller, otherwise that of the device. */
static void cache_ra_init(const struct zcx_gather *gather,
			  const struct zcx_range *range,
			  struct file_ra_state *ra)
{
	*ra = (struct file_ra_state) { };
	file_ra_state_init(ra, range_mapping(range));
	if (gather->ra_pages)
		ra->ra_pages = gather->ra_pages;
}

static struct file_ra_state *cache_ra(struct zcx_gather *gather,
				      const struct zcx_range *range)
{
	unsigned int index = range - gather->ranges->range;

	if (gather->ra_range != index) {
		cache_ra_init(gather, range, &gather->ra);
		gather->ra_range = index;
	}
	return &gather->ra;
}

/*
 * Number of bytes from @pos to @end that may be taken from the folio: none if it is not
 * up to date. The file size is read only after that check, so that bytes that a
 * truncation has zeroed are not taken (see mm/filemap.c:filemap_read()).
 */
static size_t cache_usable(const struct address_space *mapping,
			   struct folio *folio, loff_t pos, loff_t end)
{
	if (!folio_test_uptodate(folio))
		return 0;
	end = min(end, i_size_read(mapping->host));
	return end > pos ? end - pos : 0;
}

/* Every reader of a folio must do this, for reclaim and for the data cache. */
static void cache_touch(struct address_space *mapping, struct folio *folio)
{
	folio_mark_accessed(folio);
	if (mapping_writably_mapped(mapping))
		flush_dcache_folio(folio);
}

/* The range behind @range if its bytes come from the same cache, otherwise NULL. */
static const struct zcx_range *range_behind(const struct zcx_gather *gather,
					    const struct zcx_range *range)
{
	const struct zcx_range *next = range + 1;

	return next < gather->ranges->range + gather->ranges->nr &&
	       next->file == range->file && next->source == ZCX_SOURCE_CACHE ?
	       next : NULL;
}

/* A folio that is marked for readahead, with a reference, and its range. */
struct cache_mark {
	const struct zcx_range *range;
	struct folio *folio;
};

/* After a reset, xas_next() would do the same, but only via its frozen index. */
static void *cache_next(struct xa_state *xas)
{
	return xas->xa_node == XAS_RESTART ? xas_load(xas) : xas_next(xas);
}

/*
 * Add bytes of a folio to the batch: by reference, which the batch takes over from the
 * caller, or as a copy. Returns the number of bytes added.
 */
static size_t cache_add(struct zcx_batch *batch, struct folio *folio,
			size_t offset, size_t len, u8 reason)
{
	if (reason)
		return zcx_batch_copy_now(batch, folio_address(folio) + offset,
					  len, reason);
	zcx_batch_add(batch, &folio->page, offset, len, 0);
	return len;
}

/*
 * Take cached bytes from @pos of @range on, and from the ranges behind it. This is
 * mm/filemap.c:filemap_get_read_batch() with the batch in the place of its
 * folio_batch; like it, the walk ends behind a folio that is marked for readahead. The
 * walk must not sleep, so copies end where the memory of zcx_batch_refill() ends.
 *
 * The walk goes on only from the end of a folio. A partly taken folio contained EOF.
 * The file may have grown since, so continuing would skip bytes.
 */
static size_t cache_walk(struct zcx_gather *gather, const struct zcx_range *range,
			 loff_t pos, struct cache_mark *mark)
{
	struct address_space *mapping = range_mapping(range);
	XA_STATE(xas, &mapping->i_pages, pos >> PAGE_SHIFT);
	struct zcx_batch *batch = gather->batch;
	size_t before = batch->bytes, room = zcx_batch_room(batch), n;
	loff_t range_end = zcx_range_end(range);
	struct folio *folio;

	rcu_read_lock();
	for (folio = xas_load(&xas); folio; folio = cache_next(&xas)) {
		loff_t start, end;

		if (xas_retry(&xas, folio))
			continue;
		if (xa_is_value(folio) || xa_is_sibling(folio))
			break;
		if (!folio_try_get(folio))
			goto retry;
		if (unlikely(folio != xas_reload(&xas)))
			goto put_folio;

		start = folio_pos(folio);
		end = start + folio_size(folio);
		n = cache_usable(mapping, folio, pos, min(end, range_end));
		n = min(n, room);
		if (n) {
			cache_touch(mapping, folio);
			n = cache_add(batch, folio, pos - start, n, range->reason);
		}
		if (n && folio_test_readahead(folio)) {
			folio_get(folio);
			*mark = (struct cache_mark) { range, folio };
		}
		if (!n || range->reason)
			folio_put(folio);
		room = zcx_batch_room(batch);
		if (!n || mark->folio || !room)
			break;
		pos += n;
		if (pos < range_end) {
			if (pos < end)
				break;
			xas_advance(&xas, (end >> PAGE_SHIFT) - 1);
			continue;
		}
		range = range_behind(gather, range);
		if (!range)
			break;
		range_end = zcx_range_end(range);
		pos = range->pos;
		xas_set(&xas, pos >> PAGE_SHIFT);
		continue;
put_folio:
		folio_put(folio);
retry:
		xas_reset(&xas);
	}
	rcu_read_unlock();
	return batch->bytes - before;
}

/* The walk has reached a folio that is marked for readahead: start the next one. */
static void cache_read_on(struct zcx_gather *gather, const struct cache_mark *mark)
{
	const struct zcx_range *range = mark->range;
	DEFINE_READAHEAD(ractl, zcx_range_file(range), cache_ra(gather, range),
			 range_mapping(range), mark->folio->index);

	if (gather->disk == ZCX_DISK_NEVER || gather->dontcache)
		return;
	page_cache_async_ra(&ractl, mark->folio,
			    cache_wanted(ractl.ra, range,
					 folio_pos(mark->folio)));
}

/* Take cached bytes from @pos on. Returns the number of bytes, or -ENOMEM. */
static ssize_t cache_take(struct zcx_gather *gather, const struct zcx_range *range,
			  loff_t pos)
{
	struct cache_mark mark = { };
	size_t n;

	if (range->reason && !zcx_batch_refill(zcx_range_end(range) - pos))
		return -ENOMEM;
	n = cache_walk(gather, range, pos, &mark);
	if (mark.folio) {
		cache_read_on(gather, &mark);
		folio_put(mark.folio);
	}
	return n;
}

/* Take the page at @pos by the file's own splice_read, whatever its state is. */
static ssize_t cache_splice(struct zcx_gather *gather,
			    const struct zcx_range *range, loff_t pos)
{
	struct zcx_range page = *range;

	page.pos = pos;
	page.len = min_t(u64, zcx_range_end(range) - pos,
			 PAGE_SIZE - offset_in_page(pos));
	return zcx_source_splice.gather(gather, &page, 0, true);
}

/* Start reading a missing page at @pos, with the transfer's own readahead state. */
static void cache_start(struct zcx_gather *gather, const struct zcx_range *range,
			loff_t pos)
{
	struct address_space *mapping = range_mapping(range);
	DEFINE_READAHEAD(ractl, zcx_range_file(range), cache_ra(gather, range),
			 mapping, pos >> PAGE_SHIFT);

	if (!filemap_range_has_page(mapping, pos, pos))
		page_cache_sync_ra(&ractl, cache_wanted(ractl.ra, range, pos));
	gather->ra.prev_pos = pos;
}

/*
 * Take bytes that are not cached yet: start reading them, and wait. A page that is not
 * up to date afterwards is left to the file's splice_read, which reads it once more or
 * returns the error.
 */
static ssize_t cache_fill(struct zcx_gather *gather, const struct zcx_range *range,
			  loff_t pos)
{
	struct folio *folio;
	int err = 0;

	cache_start(gather, range, pos);
	folio = filemap_get_folio(range_mapping(range), pos >> PAGE_SHIFT);
	if (!IS_ERR(folio)) {
		err = folio_wait_locked_killable(folio);
		folio_put(folio);
	}
	return err ?: cache_take(gather, range, pos) ?:
	       cache_splice(gather, range, pos);
}

static ssize_t cache_gather(struct zcx_gather *gather,
			    const struct zcx_range *range, u64 done, bool wait)
{
	const struct zcx_ranges *ranges = gather->ranges;
	struct zcx_cursor at = { range - ranges->range, done };
	ssize_t gathered = 0, n;

	do {
		loff_t pos;

		range = &ranges->range[at.range];
		pos = range->pos + at.done;
		n = cache_take(gather, range, pos);
		if (!n && pos < zcx_range_eof(range))
			n = wait && !gathered ? cache_fill(gather, range, pos) :
						-EAGAIN;
		if (n <= 0)
			break;
		gathered += n;
		zcx_cursor_advance(&at, ranges, n);
	} while (at.range < ranges->nr && zcx_batch_room(gather->batch) &&
		 ranges->range[at.range].source == ZCX_SOURCE_CACHE);
	return gathered ?: n;
}

/*
 * Start reading the page at byte @done, and be notified when it is cached: @wait has a
 * function that is called when the page is unlocked, see io_uring/rw.c:
 * io_async_buf_func(); the call cannot be cancelled. The file's own read_iter does
 * this: it is asked to read, but the data is discarded.
 */
static int cache_await(struct zcx_gather *gather, const struct zcx_range *range,
		       u64 done, struct wait_page_queue *wait)
{
	struct file *file = zcx_range_file(range);
	struct iov_iter nothing;
	struct kiocb iocb;
	ssize_t n;

	if (!(file->f_op->fop_flags & FOP_BUFFER_RASYNC))
		return -EAGAIN;
	init_sync_kiocb(&iocb, file);
	iocb.ki_pos = range->pos + done;
	iocb.ki_flags = (iocb.ki_flags & ~IOCB_DIRECT) | IOCB_WAITQ;
	iocb.ki_waitq = wait;
	cache_start(gather, range, iocb.ki_pos);
	iov_iter_discard(&nothing, ITER_DEST, 1);
	n = file->f_op->read_iter(&iocb, &nothing);
	if (n == -EIOCBQUEUED)
		return n;
	return n < 0 ? -EAGAIN : 0;
}

/* Start I/O for missing pages of the range; the window may be smaller than @max. */
static void cache_readahead(const struct zcx_gather *gather,
			    const struct zcx_range *range, u64 done,
			    unsigned long max)
{
	struct address_space *mapping = range_mapping(range);
	loff_t end = min(zcx_range_end(range), zcx_range_eof(range));
	struct file *file = zcx_range_file(range);
	loff_t pos = range->pos + done;
	pgoff_t first = pos >> PAGE_SHIFT;
	struct file_ra_state ra;
	unsigned long nr, hit;

	if (pos >= end)
		return;
	nr = ((end - 1) >> PAGE_SHIFT) - first + 1;
	cache_ra_init(gather, range, &ra);
	nr = min(nr, max(min_t(unsigned long, max, ra.ra_pages), 1UL));

	hit = zcx_cache_pages_present(range, first, nr);
	if (hit < nr) {
		DEFINE_READAHEAD(ractl, file, &ra, mapping, first + hit);

		/* At the start of a file readahead would exceed the request. */
		ra.ra_pages = nr;
		page_cache_sync_ra(&ractl, nr - hit);
	}
}

const struct zcx_source_ops zcx_source_cache = {
	.gather		= cache_gather,
	.is_cached	= zcx_cache_is_whole,
	.readahead	= cache_readahead,
	.await		= cache_await,
};
