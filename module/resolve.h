/* SPDX-License-Identifier: GPL-2.0-only */
/* Resolving descriptors into files and ranges: see resolve.c. */
#ifndef _ZCX_RESOLVE_H
#define _ZCX_RESOLVE_H

#include "transfer.h"

int zcx_ranges_alloc(struct zcx_ranges *ranges, unsigned int max);
int zcx_ranges_add(struct zcx_xfer *xfer, const struct zcxfer_desc *descs,
		   unsigned int nr);
void zcx_ranges_free(struct zcx_ranges *ranges);

#endif /* _ZCX_RESOLVE_H */
