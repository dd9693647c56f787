/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sources: where the bytes of a range come from. Each is a file of its own, and this
 * header is all that the engine knows of them.
 */
#ifndef _ZCX_SOURCE_H
#define _ZCX_SOURCE_H

#include <linux/fs.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "batch.h"
#include "range.h"

struct wait_page_queue;
struct zcx_release;

/* Direct reads that are queued ahead, of a batch each. */
#define ZCX_READS		4

/**
 * enum zcx_disk - what a source may do about data that is not in memory
 * @ZCX_DISK_NEVER: stop there
 * @ZCX_DISK_START: start to read it, and stop there
 * @ZCX_DISK_WAIT: read it, and wait for it
 */
enum zcx_disk {
	ZCX_DISK_NEVER,
	ZCX_DISK_START,
	ZCX_DISK_WAIT,
};

/**
 * struct zcx_reads - direct reads, in the order of the stream
 * @queue: a ring of them: those that are queued ahead, and one needed before them
 * @first: index of the oldest
 * @nr: number of reads
 * @next: where the read after the last one begins
 */
struct zcx_reads {
	struct zcx_read *queue[ZCX_READS + 1];
	unsigned int first;
	unsigned int nr;
	struct zcx_cursor next;
};

/**
 * struct zcx_gather - what a source sees of a transfer
 * @ranges: all ranges
 * @batch: where it appends bytes; only during a step
 * @disk: what it may do about data that is not in memory
 * @may_block: the task may sleep in the file's own code, as for a page lock
 * @dontcache: cached data is used, but nothing is added to the page cache
 * @socket_blocks: the socket waits for room. Otherwise it may refuse bytes at any time,
 *	and what was read directly ahead of it would be read again
 * @read_ahead: readahead of all ranges was started
 * @ra_range: index of the range that @ra is about
 * @ra_pages: readahead window that the caller asked for, 0: the device's
 * @ra: readahead state, apart from the one in struct file so that transfers that
 *	share a file do not disturb each other
 * @reads: direct reads; only during a step
 */
struct zcx_gather {
	const struct zcx_ranges *ranges;
	struct zcx_batch *batch;
	enum zcx_disk disk;
	bool may_block;
	bool dontcache;
	bool socket_blocks;
	bool read_ahead;
	unsigned int ra_range;
	unsigned long ra_pages;
	struct file_ra_state ra;
	struct zcx_reads *reads;
};

/**
 * struct zcx_source_ops - a source
 * @gather: append bytes of @range, from byte @done on, to the batch, until the range
 *	ends or the batch is full; may go on with following ranges of the same source.
 *	Waits for data only if @wait. Returns the number of bytes appended; 0 at the
 *	end of the file; -EAGAIN if it would have to wait and must not; otherwise an
 *	error. What was appended before an error stays, and is returned
 * @is_cached: true if all of a file is in memory, so that @readahead would do nothing.
 *	NULL if there is no @readahead
 * @readahead: start to read the part of @range from @done on that is not in memory,
 *	looking at @max pages at most; does not wait. NULL if the source has nothing
 *	to read ahead
 * @await: read the page at byte @done of @range, and have @wait called when it is
 *	unlocked. Returns -EIOCBQUEUED if it will be; 0 if the page is there by now;
 *	-EAGAIN if only a task can wait. NULL if that is always so
 */
struct zcx_source_ops {
	ssize_t (*gather)(struct zcx_gather *gather,
			  const struct zcx_range *range, u64 done, bool wait);
	bool (*is_cached)(const struct zcx_file *file);
	void (*readahead)(const struct zcx_gather *gather,
			  const struct zcx_range *range, u64 done,
			  unsigned long max);
	int (*await)(struct zcx_gather *gather, const struct zcx_range *range,
		     u64 done, struct wait_page_queue *wait);
};

extern const struct zcx_source_ops zcx_source_memory, zcx_source_copy,
	zcx_source_pinned, zcx_source_cache, zcx_source_splice,
	zcx_source_direct;

/* gather.c: by &enum zcx_source */
extern const struct zcx_source_ops *const zcx_sources[];

/* The source of a range. */
static inline const struct zcx_source_ops *
zcx_range_source(const struct zcx_range *range)
{
	return zcx_sources[range->source];
}

/* source_memory.c */
int zcx_memory_copy(struct zcx_ranges *ranges, struct zcx_range *range);
void zcx_memory_free(struct zcx_ranges *ranges);

/* source_pinned.c */
int zcx_memory_pin(struct zcx_release *release, struct zcx_range *range);

/* source_direct.c */
void zcx_direct_drop(struct zcx_gather *gather);

#endif /* _ZCX_SOURCE_H */
