// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filling a batch from ranges, each by its source.
 *
 * A source waits for the disk only when nothing else is left to do: readahead of all
 * ranges was started, and all bytes before were sent.
 */
#include <linux/blkdev.h>
#include <linux/sched/signal.h>

#include "gather.h"

const struct zcx_source_ops *const zcx_sources[] = {
	[ZCX_SOURCE_MEMORY]	= &zcx_source_memory,
	[ZCX_SOURCE_COPY]	= &zcx_source_copy,
	[ZCX_SOURCE_PINNED]	= &zcx_source_pinned,
	[ZCX_SOURCE_CACHE]	= &zcx_source_cache,
	[ZCX_SOURCE_SPLICE]	= &zcx_source_splice,
	[ZCX_SOURCE_DIRECT]	= &zcx_source_direct,
};

/*
 * Start to read the missing pages of the ranges from the cursor on: on all disks at once,
 * before the transfer waits for the first byte. Each range has its share of the pages
 * that may be in flight, because pages that are read too early may be evicted again
 * before they are sent.
 */
static void gather_readahead(struct zcx_gather *gather, struct zcx_cursor at)
{
	const struct zcx_ranges *ranges = gather->ranges;
	unsigned long share = (gather->ra_pages ?: ZCX_READAHEAD_PAGES) /
			      (ranges->nr - at.range);
	const struct zcx_file *file = NULL;
	struct blk_plug plug;
	bool cached = false;

	blk_start_plug(&plug);
	for (; at.range < ranges->nr; at.range++, at.done = 0) {
		const struct zcx_range *range = &ranges->range[at.range];
		const struct zcx_source_ops *ops = zcx_range_source(range);

		if (!ops->readahead)
			continue;
		if (range->file != file) {
			file = range->file;
			cached = ops->is_cached(file);
		}
		if (cached)
			continue;
		if (fatal_signal_pending(current))
			break;
		ops->readahead(gather, range, at.done, share);
		cond_resched();
	}
	blk_finish_plug(&plug);
	gather->read_ahead = true;
}

/**
 * zcx_gather - fill the batch of a step
 * @gather: the transfer, as sources see it
 * @at: position to begin at
 *
 * Return: an &enum zcx_gathered, or the error of a source, in which case the batch holds
 * the bytes before the error.
 */
int zcx_gather(struct zcx_gather *gather, struct zcx_cursor at)
{
	const struct zcx_ranges *ranges = gather->ranges;
	struct zcx_batch *batch = gather->batch;

	while (at.range < ranges->nr && zcx_batch_room(batch)) {
		const struct zcx_range *range = &ranges->range[at.range];
		bool wait = gather->disk == ZCX_DISK_WAIT &&
			    gather->read_ahead && !batch->nr;
		ssize_t n = zcx_range_source(range)->gather(gather, range,
							    at.done, wait);

		if (n == -EAGAIN && !wait)
			break;
		if (n <= 0)
			return n ?: ZCX_GATHERED_EOF;
		zcx_cursor_advance(&at, ranges, n);
	}
	if (at.range == ranges->nr)
		return ZCX_GATHERED_ALL;
	if (gather->disk != ZCX_DISK_NEVER && !gather->read_ahead) {
		gather_readahead(gather, at);
		return ZCX_GATHERED_PART;
	}
	return gather->disk == ZCX_DISK_WAIT || batch->nr ?
	       ZCX_GATHERED_PART : ZCX_GATHERED_MISS;
}
