/* SPDX-License-Identifier: GPL-2.0-only */
/* Cancelling the jobs of a queue: see cancel.c. */
#ifndef _ZCX_CANCEL_H
#define _ZCX_CANCEL_H

#include "queue.h"

int zcx_queue_cancel(struct zcx_queue *queue, u64 user_data);
void zcx_queue_cancel_owner(struct zcx_queue *queue, const void *owner);
bool zcx_queue_lost_owner(struct zcx_queue *queue);
bool zcx_queue_abandon(struct zcx_entry *entry);
void zcx_queue_close(struct zcx_queue *queue);

#endif /* _ZCX_CANCEL_H */
