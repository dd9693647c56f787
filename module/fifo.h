/* SPDX-License-Identifier: GPL-2.0-only */
/* The order of jobs that share a socket and a direction: see fifo.c. */
#ifndef _ZCX_FIFO_H
#define _ZCX_FIFO_H

#include <linux/hashtable.h>
#include <linux/spinlock.h>

struct zcx_entry;

/**
 * struct zcx_fifos - the FIFOs of a queue
 * @lock: the queue's lock, which callers hold
 * @heads: the head of each FIFO, by &zcx_entry.fifo
 */
struct zcx_fifos {
	spinlock_t *lock;	/* protects all entries of the queue */
	DECLARE_HASHTABLE(heads, 8);
};

void zcx_fifos_init(struct zcx_fifos *fifos, spinlock_t *lock);
void zcx_fifo_join(struct zcx_fifos *fifos, struct zcx_entry *entry);
void zcx_fifo_leave(struct zcx_fifos *fifos, struct zcx_entry *entry, bool gap);

#endif /* _ZCX_FIFO_H */
