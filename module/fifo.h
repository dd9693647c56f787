/* SPDX-License-Identifier: GPL-2.0 */
/* The order of jobs that share a socket and a direction: see fifo.c. */
#ifndef _ZCX_FIFO_H
#define _ZCX_FIFO_H

#include <linux/hashtable.h>
#include <linux/types.h>

struct zcx_entry;

/**
 * struct zcx_fifos - the FIFOs of a queue
 * @heads: the head of each, by &zcx_entry.fifo
 */
struct zcx_fifos {
	DECLARE_HASHTABLE(heads, 8);
};

void zcx_fifo_join(struct zcx_fifos *fifos, struct zcx_entry *entry);
void zcx_fifo_leave(struct zcx_fifos *fifos, struct zcx_entry *entry, bool gap);

#endif /* _ZCX_FIFO_H */
