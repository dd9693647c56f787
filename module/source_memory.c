// SPDX-License-Identifier: GPL-2.0-only
/*
 * The caller's memory as a source. It is copied: the caller could change or free a page
 * while the socket still references it, and a synchronous call has no way to report
 * the release. A detached transfer copies the memory when it begins, because it
 * outlives the call.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "source.h"

/* Most memory that a detached transfer holds a copy of. */
#define MAX_COPIED	SZ_1M

static ssize_t memory_gather(struct zcx_gather *gather,
			     const struct zcx_range *range, u64 done,
			     bool wait)
{
	const char __user *from = u64_to_user_ptr(range->pos + done);
	struct zcx_batch *batch = gather->batch;
	u64 left = range->len - done;
	ssize_t gathered = 0;

	while (left && zcx_batch_room(batch)) {
		size_t n = min_t(u64, left, zcx_batch_room(batch));
		void *to = zcx_batch_reserve(&n);
		size_t copied;

		if (!to)
			return gathered ?: -ENOMEM;
		copied = n - copy_from_user(to, from + gathered, n);
		if (!copied)
			return gathered ?: -EFAULT;
		zcx_batch_commit(batch, copied, range->reason);
		gathered += copied;
		left -= copied;
	}
	return gathered;
}

/**
 * zcx_memory_copy - copy a range of memory now
 * @ranges: the ranges of a detached transfer
 * @range: a range of the caller's memory; becomes a range of the copy, which
 *	zcx_memory_free() frees
 *
 * Return: 0, -EFAULT, -ENOMEM, or -EMSGSIZE if the copies of the transfer would exceed
 * %MAX_COPIED bytes.
 */
int zcx_memory_copy(struct zcx_ranges *ranges, struct zcx_range *range)
{
	void *copy = NULL;

	if (range->len > MAX_COPIED - ranges->copied)
		return -EMSGSIZE;
	if (range->len) {
		copy = kvmalloc(range->len, GFP_KERNEL_ACCOUNT);
		if (!copy)
			return -ENOMEM;
	}
	if (copy_from_user(copy, u64_to_user_ptr(range->pos), range->len)) {
		kvfree(copy);
		return -EFAULT;
	}
	range->source = ZCX_SOURCE_COPY;
	range->pos = (unsigned long)copy;
	ranges->copied += range->len;
	return 0;
}

/**
 * zcx_memory_free - free the copies of memory
 * @ranges: the ranges
 */
void zcx_memory_free(struct zcx_ranges *ranges)
{
	unsigned int i;

	for (i = 0; ranges->copied && i < ranges->nr; i++)
		if (ranges->range[i].source == ZCX_SOURCE_COPY)
			kvfree((void *)(unsigned long)ranges->range[i].pos);
}

static ssize_t copy_gather(struct zcx_gather *gather,
			   const struct zcx_range *range, u64 done, bool wait)
{
	const void *copy = (void *)(unsigned long)range->pos;

	return zcx_batch_copy(gather->batch, copy + done, range->len - done,
			      range->reason);
}

const struct zcx_source_ops zcx_source_memory = {
	.gather	= memory_gather,
};

const struct zcx_source_ops zcx_source_copy = {
	.gather	= copy_gather,
};
