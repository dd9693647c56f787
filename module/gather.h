/* SPDX-License-Identifier: GPL-2.0-only */
/* Filling a batch from ranges: see gather.c. */
#ifndef _ZCX_GATHER_H
#define _ZCX_GATHER_H

#include "source.h"

/*
 * Maximum number of pages that readahead of all ranges of a transfer may start to read
 * before the first byte is sent. With pages of 4 KiB that is at least one page of each
 * range.
 */
#define ZCX_READAHEAD_PAGES	(SZ_32M / PAGE_SIZE)

/**
 * enum zcx_gathered - how gathering ended, if not by an error
 * @ZCX_GATHERED_PART: more bytes follow: the batch is full, or a disk reads them
 * @ZCX_GATHERED_ALL: the batch contains the end of the last range
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
