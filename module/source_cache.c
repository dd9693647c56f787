// SPDX-License-Identifier: GPL-2.0
/*
 * The page cache as a source, walked directly.
 *
 * Only the easy part is done here: folios that are in the cache and up to date.
 * That needs no lock, just a reference. Everything else (reading from the disk,
 * waiting, partly written folios, errors) is left to the file's own
 * splice_read. mm/filemap.c:filemap_splice_read() is what the two together are
 * like.
 */
#include <linux/backing-dev.h>
#include <linux/blkdev.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/swap.h>

#include "internal.h"

/* The cached part of a range that comes next. */
struct cache_walk {
	struct zcx_xfer *xfer;
	const struct zcx_range *range;
	struct address_space *mapping;
	loff_t pos;
	loff_t end;
};

static struct file_ra_state *cache_ra(struct cache_walk *walk)
{
	struct zcx_xfer *xfer = walk->xfer;

	if (xfer->ra_range != xfer->range) {
		file_ra_state_init(&xfer->ra, walk->mapping);
		xfer->ra_range = xfer->range;
	}
	return &xfer->ra;
}

static pgoff_t pages_left(const struct cache_walk *walk)
{
	return ((walk->end - 1) >> PAGE_SHIFT) - (walk->pos >> PAGE_SHIFT) + 1;
}

/* A marked folio: the reader has come near the end of what was read ahead. */
static void cache_readahead_more(struct cache_walk *walk, struct folio *folio)
{
	DEFINE_READAHEAD(ractl, walk->range->file, cache_ra(walk),
			 walk->mapping, folio->index);

	page_cache_async_ra(&ractl, folio, pages_left(walk));
}

/*
 * Add one folio; the reference to it goes to the batch or is put. Returns how
 * many bytes were added.
 */
static ssize_t cache_add(struct cache_walk *walk, struct folio *folio)
{
	struct zcx_batch *batch = &walk->xfer->batch;
	size_t offset = offset_in_folio(folio, walk->pos);
	ssize_t len;

	/* After uptodate is known: a shorter file has shown its zeros by now. */
	len = min3((loff_t)(folio_size(folio) - offset),
		   i_size_read(walk->mapping->host) - walk->pos,
		   walk->end - walk->pos);
	len = min_t(ssize_t, len, zcx_batch_room(batch));
	if (len <= 0) {
		folio_put(folio);
		return 0;
	}

	if (folio_test_readahead(folio))
		cache_readahead_more(walk, folio);
	folio_mark_accessed(folio);
	if (mapping_writably_mapped(walk->mapping))
		flush_dcache_folio(folio);

	if (!walk->range->why) {
		zcx_batch_reference(batch, &folio->page, offset, len, 0);
	} else {
		len = zcx_batch_copy(batch, folio, offset, len,
				     walk->range->why);
		folio_put(folio);
	}
	return len;
}

/* Add what is there. Returns how many bytes were added. */
static ssize_t cache_take(struct cache_walk *walk)
{
	loff_t end = min_t(loff_t, walk->end,
			   walk->pos + zcx_batch_room(&walk->xfer->batch));
	pgoff_t index = walk->pos >> PAGE_SHIFT;
	struct folio_batch folios;
	bool usable = true;
	ssize_t taken = 0;
	unsigned int i;

	folio_batch_init(&folios);
	filemap_get_folios_contig(walk->mapping, &index,
				  (end - 1) >> PAGE_SHIFT, &folios);

	for (i = 0; i < folio_batch_count(&folios); i++) {
		struct folio *folio = folios.folios[i];
		ssize_t n;

		usable = usable && folio_test_uptodate(folio);
		if (!usable) {
			folio_put(folio);
			continue;
		}
		n = cache_add(walk, folio);
		if (n < 0)
			return taken ?: n;
		walk->pos += n;
		taken += n;
	}
	return taken;
}

/*
 * Get the next page from the disk. The readahead comes from here, with the
 * transfer's own state; the file's splice_read then finds its pages and waits
 * for them.
 */
static ssize_t cache_fill(struct cache_walk *walk)
{
	DEFINE_READAHEAD(ractl, walk->range->file, cache_ra(walk),
			 walk->mapping, walk->pos >> PAGE_SHIFT);
	ssize_t n;

	if (!filemap_range_has_page(walk->mapping, walk->pos, walk->pos))
		page_cache_sync_ra(&ractl, pages_left(walk));
	n = zcx_splice_gather(walk->xfer, walk->range,
			      walk->pos - walk->range->pos, true);
	if (n > 0)
		walk->xfer->ra.prev_pos = walk->pos + n - 1;
	return n;
}

ssize_t zcx_cache_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			 u64 done, bool wait)
{
	struct cache_walk walk = {
		.xfer = xfer,
		.range = range,
		.mapping = range->file->f_mapping,
		.pos = range->pos + done,
		.end = range->pos + range->len,
	};
	loff_t start = walk.pos;
	ssize_t n = 0;

	while (walk.pos < walk.end && zcx_batch_room(&xfer->batch)) {
		if (walk.pos >= i_size_read(walk.mapping->host)) {
			n = 0;
			break;
		}
		n = cache_take(&walk);
		if (n < 0)
			break;
		if (n > 0)
			continue;
		n = -EAGAIN;
		if (!wait || walk.pos > start)
			break;
		n = cache_fill(&walk);
		if (n <= 0)
			break;
		walk.pos += n;
	}
	return walk.pos > start ? walk.pos - start : n;
}

/**
 * zcx_cache_readahead - start reading a range that is about to be sent
 * @range: a range of %ZCX_SOURCE_CACHE
 *
 * Starts I/O for what is missing in the first window of the range and does not
 * wait for it. The window is the device's (read_ahead_kb).
 */
void zcx_cache_readahead(const struct zcx_range *range)
{
	struct address_space *mapping = range->file->f_mapping;
	loff_t end = min_t(loff_t, range->pos + range->len,
			   i_size_read(mapping->host));
	pgoff_t first = range->pos >> PAGE_SHIFT;
	unsigned long nr, hit;

	if (range->pos >= end)
		return;
	nr = ((end - 1) >> PAGE_SHIFT) - first + 1;
	nr = min_t(unsigned long, nr,
		   max(inode_to_bdi(mapping->host)->ra_pages, 1UL));

	rcu_read_lock();
	hit = page_cache_next_miss(mapping, first, nr) - first;
	rcu_read_unlock();
	if (hit < nr) {
		struct file_ra_state ra;
		DEFINE_READAHEAD(ractl, range->file, &ra, mapping, first + hit);

		file_ra_state_init(&ra, mapping);
		page_cache_sync_ra(&ractl, nr - hit);
	}
}
