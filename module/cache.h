/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the bytes of a range that are in the page cache: see cache.c. */
#ifndef _ZCX_CACHE_H
#define _ZCX_CACHE_H

#include <linux/types.h>

#include "range.h"

u64 zcx_cache_hit(const struct zcx_range *range, u64 done, unsigned long max);
u64 zcx_cache_miss(const struct zcx_range *range, u64 done, unsigned long max);
unsigned long zcx_cache_pages_present(const struct zcx_range *range, pgoff_t first,
				      unsigned long nr);
bool zcx_cache_is_whole(const struct zcx_file *file);

#endif /* _ZCX_CACHE_H */
