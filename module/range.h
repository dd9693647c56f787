/* SPDX-License-Identifier: GPL-2.0-only */
/* The ranges of a transfer, the files that they belong to, and a position in them. */
#ifndef _ZCX_RANGE_H
#define _ZCX_RANGE_H

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/types.h>

#include "base.h"

/* Maximum number of ranges that need no allocation. */
#define ZCX_SMALL_RANGES	8

/**
 * enum zcx_source - where the bytes of a range come from, if they are sent
 * @ZCX_SOURCE_MEMORY: the caller's memory
 * @ZCX_SOURCE_COPY: a copy of the caller's memory, made when a job was submitted
 * @ZCX_SOURCE_PINNED: pinned pages of the caller's memory
 * @ZCX_SOURCE_CACHE: the page cache, walked directly
 * @ZCX_SOURCE_SPLICE: the file's own splice_read
 * @ZCX_SOURCE_DIRECT: direct I/O
 *
 * Each is an index of zcx_sources[].
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
 * @next: next file of the transfer, or NULL
 * @fd: the open file, held as long as the transfer
 * @number: file descriptor in the caller's table
 * @first: index of the first range of the file
 * @source: source of the file's bytes, if they are sent
 * @reason: copy reason (&enum zcxfer_copied bit) if all bytes must be copied, or zero
 * @align: alignment of direct reads and writes, a power of two; 0 without direct I/O
 * @copybreak: length in bytes below which ranges are copied
 * @dated: true if a later change of the file will show in its ctime
 * @ctime: the file's ctime when the transfer began
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
 * @pos: start of the range: a file offset or a user address; for a copy its kernel
 *	address; for pinned pages the address of their &struct zcx_pin
 * @len: length in bytes
 * @source: source of the bytes
 * @reason: copy reason (&enum zcxfer_copied bit) if the bytes must be copied, or zero
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
 * @total: sum of the lengths, in bytes
 * @pages: upper bound of the number of pages that the ranges touch
 * @copied: bytes of the caller's memory that the transfer has copied in advance
 * @nr_files: number of files
 * @last_file: last file of the ranges, NULL if there is none
 * @first_file: first file of the ranges
 * @small: storage for @range in a small transfer
 */
struct zcx_ranges {
	unsigned int nr;
	struct zcx_range *range;
	u64 total;
	unsigned long pages;
	size_t copied;
	unsigned int nr_files;
	struct zcx_file *last_file;
	struct zcx_file first_file;
	struct zcx_range small[ZCX_SMALL_RANGES];
};

/**
 * struct zcx_cursor - a position in the ranges of a transfer
 * @range: index of a range, or the number of ranges at the end
 * @done: number of bytes of this range that are behind the cursor
 */
struct zcx_cursor {
	unsigned int range;
	u64 done;
};

/**
 * zcx_cursor_advance - advance a cursor
 * @cursor: the cursor
 * @ranges: the ranges
 * @bytes: number of bytes, at most those in front of the cursor
 *
 * The cursor stops at a byte or behind the last range, but never in an empty range.
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
 * zcx_ranges_files - get the files of ranges
 * @ranges: the ranges
 *
 * Return: the first file, which links to the others, or NULL if there is none.
 */
static inline struct zcx_file *zcx_ranges_files(struct zcx_ranges *ranges)
{
	return ranges->last_file ? &ranges->first_file : NULL;
}

/**
 * zcx_range_file - get the file of a range
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

/* Current size of the file of a range. */
static inline loff_t zcx_range_eof(const struct zcx_range *range)
{
	return i_size_read(zcx_range_file(range)->f_mapping->host);
}

/**
 * zcx_ranges_size - memory for ranges
 * @nr: number of ranges
 *
 * Return: bytes, beyond those in &struct zcx_ranges.
 */
static inline size_t zcx_ranges_size(unsigned int nr)
{
	return nr > ZCX_SMALL_RANGES ? nr * sizeof(struct zcx_range) : 0;
}

/**
 * zcx_ranges_held - memory that resolved ranges hold
 * @ranges: the ranges
 *
 * Return: bytes, beyond those in &struct zcx_ranges, and zcx_ranges_size().
 */
static inline size_t zcx_ranges_held(const struct zcx_ranges *ranges)
{
	unsigned int others = ranges->nr_files ? ranges->nr_files - 1 : 0;

	return ranges->copied + others * sizeof(struct zcx_file);
}

#endif /* _ZCX_RANGE_H */
