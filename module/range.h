/* SPDX-License-Identifier: GPL-2.0 */
/* The ranges of a transfer, the files that they belong to, and a position in them. */
#ifndef _ZCX_RANGE_H
#define _ZCX_RANGE_H

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/types.h>

#include "base.h"

/* Ranges that need no allocation. */
#define ZCX_SMALL_RANGES	8

/**
 * enum zcx_source - where the bytes of a range come from, if they are sent
 * @ZCX_SOURCE_MEMORY: the caller's memory
 * @ZCX_SOURCE_COPY: a copy of it, made when the transfer began
 * @ZCX_SOURCE_PINNED: its pages
 * @ZCX_SOURCE_CACHE: the page cache, walked directly
 * @ZCX_SOURCE_SPLICE: the file's own splice_read
 * @ZCX_SOURCE_DIRECT: direct I/O
 *
 * An index of zcx_sources[].
 */
enum zcx_source {
	ZCX_SOURCE_MEMORY,
	ZCX_SOURCE_COPY,
	ZCX_SOURCE_PINNED,
	ZCX_SOURCE_CACHE,
	ZCX_SOURCE_SPLICE,
	ZCX_SOURCE_DIRECT,
};

/**
 * struct zcx_file - a file that ranges belong to
 * @next: the next file of the transfer, or NULL
 * @fd: the open file, held as long as the transfer
 * @number: its descriptor in the caller's table
 * @first: index of its first range
 * @source: where its bytes come from, if they are sent
 * @reason: the &enum zcxfer_copied bit if all of them must be copied, otherwise zero
 * @align: alignment of direct reads and writes, a power of two; 0 if there are none
 * @copybreak: ranges shorter than this many bytes are copied
 * @dated: a later change of the file will show in its ctime
 * @ctime: the ctime when the transfer began
 */
struct zcx_file {
	struct zcx_file *next;
	struct fd fd;
	int number;
	unsigned int first;
	enum zcx_source source;
	u8 reason;
	u32 align;
	unsigned int copybreak;
	bool dated;
	struct timespec64 ctime;
};

/**
 * struct zcx_range - a checked descriptor
 * @file: the file, NULL for memory
 * @pos: start of the range: a file offset or a user address; for a copy a kernel
 *	address; for pinned pages that of their &struct zcx_pin
 * @len: length in bytes
 * @source: where the bytes come from
 * @reason: the &enum zcxfer_copied bit if they must be copied, otherwise zero
 */
struct zcx_range {
	struct zcx_file *file;
	u64 pos;
	u64 len;
	enum zcx_source source;
	u8 reason;
};

static_assert(sizeof(struct zcx_range) == 32);

/**
 * struct zcx_ranges - the ranges of a transfer
 * @nr: number of ranges
 * @range: the ranges, in order
 * @total: sum of their lengths, in bytes
 * @pages: upper bound of the pages that they touch
 * @copied: bytes of memory that the transfer holds a copy of
 * @last_file: the last of their files, NULL if there is none
 * @first_file: the first of their files
 * @small: @range of a small transfer
 */
struct zcx_ranges {
	unsigned int nr;
	struct zcx_range *range;
	u64 total;
	unsigned long pages;
	size_t copied;
	struct zcx_file *last_file;
	struct zcx_file first_file;
	struct zcx_range small[ZCX_SMALL_RANGES];
};

/**
 * struct zcx_cursor - a position in the ranges of a transfer
 * @range: index of a range; the number of ranges at the end
 * @done: bytes of it that are behind the cursor
 */
struct zcx_cursor {
	unsigned int range;
	u64 done;
};

/**
 * zcx_cursor_advance - advance a cursor
 * @cursor: the cursor
 * @ranges: the ranges
 * @bytes: how far; not more than there are
 *
 * The cursor stops at a byte, never in an empty range, or behind the last range.
 */
static inline void zcx_cursor_advance(struct zcx_cursor *cursor,
				      const struct zcx_ranges *ranges,
				      u64 bytes)
{
	const struct zcx_range *r = &ranges->range[cursor->range];
	const struct zcx_range *end = &ranges->range[ranges->nr];

	for (bytes += cursor->done; r < end && bytes >= r->len; r++)
		bytes -= r->len;
	cursor->range = r - ranges->range;
	cursor->done = bytes;
}

/**
 * zcx_ranges_files - files of ranges
 * @ranges: the ranges
 *
 * Return: the first file, which links to the others, or NULL if there is none.
 */
static inline struct zcx_file *zcx_ranges_files(struct zcx_ranges *ranges)
{
	return ranges->last_file ? &ranges->first_file : NULL;
}

/**
 * zcx_range_file - file of a range
 * @range: a range that is not memory
 *
 * Return: the file, held as long as the transfer.
 */
static inline struct file *zcx_range_file(const struct zcx_range *range)
{
	return fd_file(range->file->fd);
}

/* File offset behind the last byte of a range. */
static inline loff_t zcx_range_end(const struct zcx_range *range)
{
	return range->pos + range->len;
}

/* Present size of the file of a range. */
static inline loff_t zcx_range_eof(const struct zcx_range *range)
{
	return i_size_read(zcx_range_file(range)->f_mapping->host);
}

#endif /* _ZCX_RANGE_H */
