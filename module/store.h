/* SPDX-License-Identifier: GPL-2.0-only */
/* A batch into files: see store.c. */
#ifndef _ZCX_STORE_H
#define _ZCX_STORE_H

#include <linux/types.h>

#include "transfer.h"

int zcx_store(struct zcx_xfer *xfer, size_t *stored);

#endif /* _ZCX_STORE_H */
