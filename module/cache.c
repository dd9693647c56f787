// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding the bytes of a range that are in the page cache, without a lock and without
 * I/O. Cached pages need not be up to date, and may be evicted at any time.
 */
#include <linux/fs.h>
#include <linux/pagemap.h>

#include "cache.h"

static struct address_space *range_mapping(const struct zcx_range *range)
{
	return zcx_range_file(range)->f_mapping;
}

/**
 * zcx_cache_pages_present - count cached pages before the first missing one
 * @range: a range of a file whose cache may be walked
 * @first: index of the page to start at
 * @nr: number of pages to look at
 *
 * Return: the number of pages.
 */
unsigned long zcx_cache_pages_present(const struct zcx_range *range, pgoff_t first,
				      unsigned long nr)
{
	pgoff_t miss;

	rcu_read_lock();
	miss = page_cache_next_miss(range_mapping(range), first, nr);
	rcu_read_unlock();
	return min(miss - first, nr);
}

/* Number of missing pages, of @nr pages from @first on, before the first cached one. */
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

/* Offset in the range of the end of @nr pages, the first of which contains @done. */
static u64 range_end_of_pages(const struct zcx_range *range, u64 done,
			      unsigned long nr)
{
	u64 end = (((range->pos + done) >> PAGE_SHIFT) + nr) << PAGE_SHIFT;

	return nr ? min(end - range->pos, range->len) : done;
}

/**
 * zcx_cache_hit - find the end of the bytes that are in the page cache
 * @range: a range of a file whose cache may be walked
 * @done: the byte of the range to start at
 * @max: number of pages to look at
 *
 * Return: the first byte of the range that is not cached, or was not looked at.
 */
u64 zcx_cache_hit(const struct zcx_range *range, u64 done, unsigned long max)
{
	pgoff_t first = (range->pos + done) >> PAGE_SHIFT;

	return range_end_of_pages(range, done,
				  zcx_cache_pages_present(range, first, max));
}

/**
 * zcx_cache_miss - find the end of the bytes that are not in the page cache
 * @range: a range of a file whose cache may be walked
 * @done: the byte of the range to start at, whose page counts as missing
 * @max: number of pages to look at
 *
 * Return: the first byte of the range that is cached, or was not looked at.
 */
u64 zcx_cache_miss(const struct zcx_range *range, u64 done, unsigned long max)
{
	pgoff_t first = (range->pos + done) >> PAGE_SHIFT;

	return range_end_of_pages(range, done, 1 +
				  cache_pages_missing(range_mapping(range),
						      first + 1, max - 1));
}

/**
 * zcx_cache_is_whole - check that all of a file is in the page cache
 * @file: a file whose cache may be walked
 *
 * Only compares numbers of pages, so cached pages behind the end of the file hide
 * missing ones. A truncated file may have some for a while. A file with fs-verity keeps
 * its hashes there, so it never counts as whole.
 *
 * Return: true if all pages of the file are cached.
 */
bool zcx_cache_is_whole(const struct zcx_file *file)
{
	struct address_space *mapping = fd_file(file->fd)->f_mapping;

	return !IS_VERITY(mapping->host) &&
	       READ_ONCE(mapping->nrpages) >=
	       DIV_ROUND_UP(i_size_read(mapping->host), PAGE_SIZE);
}
