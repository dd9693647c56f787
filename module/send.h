/* SPDX-License-Identifier: GPL-2.0-only */
/* A batch into the socket: see send.c. */
#ifndef _ZCX_SEND_H
#define _ZCX_SEND_H

#include <linux/types.h>

#include "transfer.h"

int zcx_send(struct zcx_xfer *xfer, bool more, size_t *sent);
void zcx_send_push(struct zcx_xfer *xfer);
int zcx_send_drain(struct zcx_xfer *xfer);

#endif /* _ZCX_SEND_H */
