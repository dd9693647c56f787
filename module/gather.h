/* SPDX-License-Identifier: GPL-2.0 */
/* Filling a batch from ranges: see gather.c. */
#ifndef _ZCX_GATHER_H
#define _ZCX_GATHER_H

#include "source.h"

/*
 * Pages that readahead for all ranges of a transfer may start at once, before the first
 * byte is sent: at least one for each of 4096 ranges.
 */
#define ZCX_READAHEAD_PAGES	(SZ_32M / PAGE_SIZE)

/**
 * enum zcx_gathered - how gathering ended, if not by an error
 * @ZCX_GATHERED_PART: more follows: the batch is full, or data is on its way from disk
 * @ZCX_GATHERED_ALL: the end of the last range is in the batch
 * @ZCX_GATHERED_EOF: the file of a range is shorter than the range
 * @ZCX_GATHERED_MISS: the batch is empty, and the step must not wait for data
 */
enum zcx_gathered {
	ZCX_GATHERED_PART,
	ZCX_GATHERED_ALL,
	ZCX_GATHERED_EOF,
	ZCX_GATHERED_MISS,
};

int zcx_gather(struct zcx_gather *gather, struct zcx_cursor at);

#endif /* _ZCX_GATHER_H */
