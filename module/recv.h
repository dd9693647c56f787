/* SPDX-License-Identifier: GPL-2.0-only */
/* A batch out of the socket: see recv.c. */
#ifndef _ZCX_RECV_H
#define _ZCX_RECV_H

#include <linux/types.h>

#include "transfer.h"

ssize_t zcx_recv_peek(struct zcx_xfer *xfer, size_t max);
ssize_t zcx_recv_peek_blocks(struct zcx_xfer *xfer, size_t max, u32 align);
int zcx_recv_consume(struct zcx_xfer *xfer, size_t len);
ssize_t zcx_recv_memory(struct zcx_xfer *xfer, const struct zcx_range *range,
			u64 done);

#endif /* _ZCX_RECV_H */
