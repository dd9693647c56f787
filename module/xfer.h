/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine: see xfer.c. */
#ifndef _ZCX_XFER_H
#define _ZCX_XFER_H

#include <linux/net.h>
#include <linux/types.h>

#include "transfer.h"

struct wait_page_queue;
struct zcx_user;

int zcx_xfer_init(struct zcx_xfer *xfer, enum zcx_direction dir, bool detached,
		  struct socket *sock, struct zcx_user *user,
		  const struct zcxfer_transfer *call);
int zcx_xfer_add(struct zcx_xfer *xfer, const struct zcxfer_desc *descs,
		 unsigned int nr);
enum zcx_verdict zcx_xfer_step(struct zcx_xfer *xfer);
bool zcx_xfer_miss_is_certain(const struct zcx_xfer *xfer);
int zcx_xfer_await(struct zcx_xfer *xfer, struct wait_page_queue *wait);
void zcx_xfer_finish(struct zcx_xfer *xfer);
void zcx_xfer_release(struct zcx_xfer *xfer);

#endif /* _ZCX_XFER_H */
