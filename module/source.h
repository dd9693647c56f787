/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources: where the bytes of a range come from. Each source is a file of its own. The
 * engine knows them only by this header.
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

/* Maximum number of direct reads, each of a batch, that are queued ahead. */
#define ZCX_READS		4

/**
 * enum zcx_disk - what a source may do about data that is not in memory
 * @ZCX_DISK_NEVER: stop in front of it
 * @ZCX_DISK_START: start to read it, and stop in front of it
 * @ZCX_DISK_WAIT: read it, and wait for it
 */
enum zcx_disk {
	ZCX_DISK_NEVER,
	ZCX_DISK_START,
	ZCX_DISK_WAIT,
};

/**
 * struct zcx_reads - direct reads, in the order of the stream
 * @queue: ring of reads: those queued ahead, and one that is needed before them
 * @first: index of the first read
 * @nr: number of reads
 * @next: position at which the next read to be queued begins
 */
struct zcx_reads {
	struct zcx_read *queue[ZCX_READS + 1];
	unsigned int first;
	unsigned int nr;
	struct zcx_cursor next;
};

/* The ring is written before it is read. */
static inline void zcx_reads_init(struct zcx_reads *reads)
{
	reads->first = 0;
	reads->nr = 0;
	reads->next = (struct zcx_cursor) { };
}

/**
 * struct zcx_gather - what a source sees of a transfer
 * @ranges: all ranges
 * @batch: batch to append bytes to, set only during a step
 * @disk: what the source may do about data that is not in memory
 * @may_block: true if the task may sleep in the file's own code, as for a page lock
 * @dontcache: true to use cached data but to add nothing to the page cache
 * @socket_blocks: true if a send waits for room in the socket. Otherwise the socket may
 *	refuse bytes at any time, and direct reads ahead of it would be repeated
 * @read_ahead: true if readahead of all ranges was started
 * @ra_range: index of the range that @ra belongs to
 * @ra_pages: readahead window of the caller in pages, 0 for that of the device
 * @ra: readahead state, apart from the one in struct file so that transfers that
 *	share a file do not disturb each other
 * @reads: direct reads, set only during a step
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
 * struct zcx_source_ops - operations of a source
 * @gather: append bytes of @range, from byte @done on, to the batch, until the range
 *	ends or the batch is full; may continue with following ranges of the same
 *	source. Waits for data only if @wait is true. Returns the number of bytes
 *	appended, also if an error follows them; 0 at the end of the file; -EAGAIN if
 *	it would have to wait; otherwise an error
 * @is_cached: return true if all of a file is in memory, so that @readahead would do
 *	nothing. NULL if there is no @readahead
 * @readahead: start to read the part of @range from @done on that is not in memory,
 *	looking at @max pages at most; does not wait. NULL if the source has nothing
 *	to read ahead
 * @await: start to read the page at byte @done of @range, and call @wait when the page is
 *	unlocked. Returns -EIOCBQUEUED if @wait will be called; 0 if the page is in
 *	memory by now; -EAGAIN if only a task can wait. NULL if only a task ever can
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

/* gather.c: indexed by &enum zcx_source */
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
