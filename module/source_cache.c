// SPDX-License-Identifier: GPL-2.0
/*
 * The page cache as a source, walked directly.
 *
 * Folios that are in the cache and up to date need no lock, just a reference;
 * those that are not are read ahead and waited for. What is still not up to date
 * after that (partly written folios, errors) is left to the file's own
 * splice_read. mm/filemap.c:filemap_splice_read() is what all that together is
 * like.
 */
#include <linux/blkdev.h>
#include <linux/pagemap.h>
#include <linux/swap.h>
#include <linux/uio.h>

#include "internal.h"

static struct address_space *range_mapping(const struct zcx_range *range)
{
	return zcx_range_file(range)->f_mapping;
}

/* Pages from the one at @pos to the end of the range. */
static pgoff_t range_pages_left(const struct zcx_range *range, loff_t pos)
{
	return ((zcx_range_end(range) - 1) >> PAGE_SHIFT) - (pos >> PAGE_SHIFT) + 1;
}

/*
 * How many pages to ask readahead for at @pos. What is asked for beyond the
 * window would be taken for one large read, which may be larger than that.
 */
static pgoff_t cache_wanted(const struct file_ra_state *ra,
			    const struct zcx_range *range, loff_t pos)
{
	return clamp(range_pages_left(range, pos), 1UL, max(ra->ra_pages, 1U));
}

/* The window is the caller's, or else the device's. */
static void cache_ra_init(const struct zcx_xfer *xfer,
			  const struct zcx_range *range,
			  struct file_ra_state *ra)
{
	*ra = (struct file_ra_state) { };
	file_ra_state_init(ra, range_mapping(range));
	if (xfer->ra_pages)
		ra->ra_pages = xfer->ra_pages;
}

static struct file_ra_state *cache_ra(struct zcx_xfer *xfer,
				      const struct zcx_range *range)
{
	unsigned int index = range - xfer->ranges;

	if (xfer->ra_range != index) {
		cache_ra_init(xfer, range, &xfer->ra);
		xfer->ra_range = index;
	}
	return &xfer->ra;
}

/*
 * How many bytes from @pos to @end may be taken from this folio? None if it is not
 * up to date. The size of the file is looked at only after that is known: a
 * page that a truncate has zeroed then does not count.
 */
static size_t cache_usable(const struct address_space *mapping,
			   struct folio *folio, loff_t pos, loff_t end)
{
	if (!folio_test_uptodate(folio))
		return 0;
	end = min(end, i_size_read(mapping->host));
	return end > pos ? end - pos : 0;
}

/* What every reader of a folio owes to reclaim and to the data cache. */
static void cache_touch(struct address_space *mapping, struct folio *folio)
{
	folio_mark_accessed(folio);
	if (mapping_writably_mapped(mapping))
		flush_dcache_folio(folio);
}

/* The range behind @range, if its bytes come from the same cache; else NULL. */
static const struct zcx_range *range_behind(const struct zcx_xfer *xfer,
					    const struct zcx_range *range)
{
	const struct zcx_range *next = range + 1;

	return next < xfer->ranges + xfer->nr_ranges &&
	       next->file == range->file && next->source == ZCX_SOURCE_CACHE ?
	       next : NULL;
}

/* A folio that was marked for readahead, with a reference. */
struct cache_mark {
	const struct zcx_range *range;
	struct folio *folio;
};

/* xas_next() would get there as well, with an index to be kept from moving. */
static void *cache_next(struct xa_state *xas)
{
	return xas->xa_node == XAS_RESTART ? xas_load(xas) : xas_next(xas);
}

/*
 * Add bytes of a folio to the batch: by a reference, which the caller has and the batch
 * takes over, or a copy. Returns how many.
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
 * Take what is there from @pos of @range on, and in the ranges behind it. This is
 * mm/filemap.c:filemap_get_read_batch() with the batch in the place of its
 * folio_batch; like it, it ends behind a folio that is marked for readahead. To
 * copy, it ends where the memory does that has been allocated: this may not sleep.
 *
 * It goes on only from the end of a folio. One of which less was taken had the end of
 * the file: the file may have grown since, and what was not taken is not to be left out.
 */
static size_t cache_walk(struct zcx_xfer *xfer, const struct zcx_range *range,
			 loff_t pos, struct cache_mark *mark)
{
	struct address_space *mapping = range_mapping(range);
	XA_STATE(xas, &mapping->i_pages, pos >> PAGE_SHIFT);
	struct zcx_batch *batch = xfer->batch;
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
		range = range_behind(xfer, range);
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

/* The reader has come to the folio that was marked to say: read on. */
static void cache_read_on(struct zcx_xfer *xfer, const struct cache_mark *mark)
{
	const struct zcx_range *range = mark->range;
	DEFINE_READAHEAD(ractl, zcx_range_file(range), cache_ra(xfer, range),
			 range_mapping(range), mark->folio->index);

	if (xfer->disk == ZCX_DISK_NEVER || (xfer->flags & ZCXFER_F_DONTCACHE))
		return;
	page_cache_async_ra(&ractl, mark->folio,
			    cache_wanted(ractl.ra, range,
					 folio_pos(mark->folio)));
}

/* Take what is there from @pos on. Returns how many bytes that was. */
static ssize_t cache_take(struct zcx_xfer *xfer, const struct zcx_range *range,
			  loff_t pos)
{
	struct cache_mark mark = { };
	size_t n;

	if (range->reason && !zcx_batch_refill(zcx_range_end(range) - pos))
		return -ENOMEM;
	n = cache_walk(xfer, range, pos, &mark);
	if (mark.folio) {
		cache_read_on(xfer, &mark);
		folio_put(mark.folio);
	}
	return n;
}

/* One page by the file's own splice_read, whatever is the matter with it. */
static ssize_t cache_splice(struct zcx_xfer *xfer,
			    const struct zcx_range *range, loff_t pos)
{
	struct zcx_range page = *range;

	page.pos = pos;
	page.len = min_t(u64, zcx_range_end(range) - pos,
			 PAGE_SIZE - offset_in_page(pos));
	return zcx_splice_gather(xfer, &page, 0, true);
}

/* Have what is not there at @pos read, by the transfer's own readahead state. */
static void cache_start(struct zcx_xfer *xfer, const struct zcx_range *range,
			loff_t pos)
{
	struct address_space *mapping = range_mapping(range);
	DEFINE_READAHEAD(ractl, zcx_range_file(range), cache_ra(xfer, range),
			 mapping, pos >> PAGE_SHIFT);

	if (!filemap_range_has_page(mapping, pos, pos))
		page_cache_sync_ra(&ractl, cache_wanted(ractl.ra, range, pos));
	xfer->ra.prev_pos = pos;
}

/*
 * Take what is not there yet: have it read and wait for it. A page that is not whole
 * afterwards is the file's business: it reads it once more, or knows the error.
 */
static ssize_t cache_fill(struct zcx_xfer *xfer, const struct zcx_range *range,
			  loff_t pos)
{
	struct folio *folio;
	int err = 0;

	cache_start(xfer, range, pos);
	folio = filemap_get_folio(range_mapping(range), pos >> PAGE_SHIFT);
	if (!IS_ERR(folio)) {
		err = folio_wait_locked_killable(folio);
		folio_put(folio);
	}
	return err ?: cache_take(xfer, range, pos) ?:
	       cache_splice(xfer, range, pos);
}

ssize_t zcx_cache_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			 u64 done, bool wait)
{
	unsigned int i = range - xfer->ranges;
	ssize_t gathered = 0, n;

	do {
		loff_t pos;

		range = &xfer->ranges[i];
		pos = range->pos + done;
		n = cache_take(xfer, range, pos);
		if (!n && pos < zcx_range_eof(range))
			n = wait && !gathered ? cache_fill(xfer, range, pos) :
						-EAGAIN;
		if (n <= 0)
			break;
		gathered += n;
		zcx_xfer_move_on(xfer, &i, &done, n);
	} while (i < xfer->nr_ranges && zcx_batch_room(xfer->batch) &&
		 xfer->ranges[i].source == ZCX_SOURCE_CACHE);
	return gathered ?: n;
}

/**
 * zcx_cache_await - have the page read where a transfer is, and be told when it
 *	is there
 * @xfer: the transfer
 * @wait: with a function that the unlocked page calls, see io_uring/rw.c:
 *	io_async_buf_func(); it cannot be taken back
 *
 * A read of nothing, by the file's own read_iter, which knows how to wait so.
 *
 * Return: -EIOCBQUEUED if @wait will be called; 0 if the page is there by now;
 * -EAGAIN if it can only be waited for.
 */
int zcx_cache_await(struct zcx_xfer *xfer, struct wait_page_queue *wait)
{
	const struct zcx_range *range = &xfer->ranges[xfer->range];
	struct file *file = zcx_range_file(range);
	struct iov_iter nothing;
	struct kiocb iocb;
	ssize_t n;

	if (range->source != ZCX_SOURCE_CACHE ||
	    !(file->f_op->fop_flags & FOP_BUFFER_RASYNC))
		return -EAGAIN;
	init_sync_kiocb(&iocb, file);
	iocb.ki_pos = range->pos + xfer->done;
	iocb.ki_flags = (iocb.ki_flags & ~IOCB_DIRECT) | IOCB_WAITQ;
	iocb.ki_waitq = wait;
	cache_start(xfer, range, iocb.ki_pos);
	iov_iter_discard(&nothing, ITER_DEST, 1);
	n = file->f_op->read_iter(&iocb, &nothing);
	if (n == -EIOCBQUEUED)
		return n;
	return n < 0 ? -EAGAIN : 0;
}

/* How many of @nr pages from @first on are there, up to the first that is not? */
static unsigned long cache_pages_there(struct address_space *mapping,
				       pgoff_t first, unsigned long nr)
{
	pgoff_t miss;

	rcu_read_lock();
	miss = page_cache_next_miss(mapping, first, nr);
	rcu_read_unlock();
	return min(miss - first, nr);
}

/* How many of @nr pages from @first on are not, up to the first that is? */
static unsigned long cache_pages_missing(struct address_space *mapping,
					 pgoff_t first, unsigned long nr)
{
	XA_STATE(xas, &mapping->i_pages, first);
	void *entry;

	rcu_read_lock();
	do {
		entry = xas_find(&xas, first + nr - 1);
	} while (xas_retry(&xas, entry) || xa_is_value(entry));
	rcu_read_unlock();
	return entry ? xas.xa_index - first : nr;
}

/* The end of @nr pages from the one of @done on, as bytes of the range. */
static u64 range_end_of_pages(const struct zcx_range *range, u64 done,
			      unsigned long nr)
{
	u64 end = (((range->pos + done) >> PAGE_SHIFT) + nr) << PAGE_SHIFT;

	return nr ? min(end - range->pos, range->len) : done;
}

/**
 * zcx_cache_hit - how far does what is in the page cache reach?
 * @range: a range of a file whose cache may be walked
 * @done: where to begin
 * @max: pages to look at
 *
 * What is there need not be up to date, nor stay there.
 *
 * Return: the first byte of the range that is not, or that was not looked at.
 */
u64 zcx_cache_hit(const struct zcx_range *range, u64 done, unsigned long max)
{
	pgoff_t first = (range->pos + done) >> PAGE_SHIFT;

	return range_end_of_pages(range, done,
				  cache_pages_there(range_mapping(range), first,
						    max));
}

/**
 * zcx_cache_miss - how far does what is not in the page cache reach?
 * @range: a range of a file whose cache may be walked
 * @done: where to begin; that page counts as not there
 * @max: pages to look at
 *
 * Return: the first byte of the range that is there, or that was not looked at.
 */
u64 zcx_cache_miss(const struct zcx_range *range, u64 done, unsigned long max)
{
	pgoff_t first = (range->pos + done) >> PAGE_SHIFT;

	return range_end_of_pages(range, done, 1 +
				  cache_pages_missing(range_mapping(range),
						      first + 1, max - 1));
}

/**
 * zcx_cache_is_whole - is all of a file in the page cache?
 * @file: a file whose cache may be walked
 *
 * By number: pages behind the end of the file count for others. A file that has been
 * truncated may have some for a while; one with fs-verity keeps its hashes there. And
 * what is there need not stay.
 *
 * Return: true if so.
 */
bool zcx_cache_is_whole(const struct zcx_file *file)
{
	struct address_space *mapping = fd_file(file->fd)->f_mapping;

	return !IS_VERITY(mapping->host) &&
	       READ_ONCE(mapping->nrpages) >=
	       DIV_ROUND_UP(i_size_read(mapping->host), PAGE_SIZE);
}

/**
 * zcx_cache_readahead - start reading a range that is about to be sent
 * @xfer: the transfer
 * @range: a range of %ZCX_SOURCE_CACHE
 * @done: how much of it is not wanted any more
 * @max: how many pages to look at; the window may be smaller
 *
 * Starts I/O for what is missing there and does not wait for it.
 */
void zcx_cache_readahead(const struct zcx_xfer *xfer,
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
	cache_ra_init(xfer, range, &ra);
	nr = min(nr, max(min_t(unsigned long, max, ra.ra_pages), 1UL));

	hit = cache_pages_there(mapping, first, nr);
	if (hit < nr) {
		DEFINE_READAHEAD(ractl, file, &ra, mapping, first + hit);

		/* No more than that, also where a file begins. */
		ra.ra_pages = nr;
		page_cache_sync_ra(&ractl, nr - hit);
	}
}
