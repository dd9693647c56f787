/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving bytes from the socket to ranges: see scatter.c. */
#ifndef _ZCX_SCATTER_H
#define _ZCX_SCATTER_H

#include "transfer.h"

bool zcx_scatter(struct zcx_xfer *xfer);

#endif /* _ZCX_SCATTER_H */
