/* SPDX-License-Identifier: GPL-2.0-only */
/* Jobs through io_uring: see uring.c. */
#ifndef _ZCX_URING_H
#define _ZCX_URING_H

struct io_uring_cmd;
struct zcx_queue;

int zcx_uring_cmd(struct zcx_queue *queue, struct io_uring_cmd *cmd,
		  unsigned int issue_flags);

#endif /* _ZCX_URING_H */
