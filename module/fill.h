/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP's packets, filled with the pieces of a batch: see fill.c. */
#ifndef _ZCX_FILL_H
#define _ZCX_FILL_H

#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/socket.h>

#include "batch.h"

/**
 * struct zcx_fill - a message whose bytes fill_packet() puts into packets
 * @msg: the message; its iterator runs over the pieces of @batch
 * @ubuf: the ubuf_info of @msg if no release of the pages is reported
 * @sk: the socket
 * @batch: the batch, whose references the packets take over
 * @refused: true if the message ended early because the socket could not be charged
 */
struct zcx_fill {
	struct msghdr msg;
	struct ubuf_info ubuf;
	struct sock *sk;
	struct zcx_batch *batch;
	bool refused;
};

bool zcx_fill_init(struct zcx_fill *fill, const struct socket *sock,
		   struct zcx_batch *batch, unsigned int flags,
		   struct ubuf_info *ubuf);

#endif /* _ZCX_FILL_H */
