/* SPDX-License-Identifier: GPL-2.0-only */
/* The reader's side of a queue: see completion.c. */
#ifndef _ZCX_COMPLETION_H
#define _ZCX_COMPLETION_H

#include <linux/poll.h>

#include "queue.h"

ssize_t zcx_completion_read(struct zcx_queue *queue, char __user *buf,
			    size_t count);
int zcx_completion_wait(struct zcx_queue *queue);
__poll_t zcx_completion_poll(struct zcx_queue *queue, struct file *file,
			     struct poll_table_struct *wait);

#endif /* _ZCX_COMPLETION_H */
