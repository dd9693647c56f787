/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel counts for the lab, each of it by thread, interface or disk. */
#ifndef ZCXFER_LAB_EVENTS_H
#define ZCXFER_LAB_EVENTS_H

#include "tracefs.h"

#define EVENT_MAX_LINES	512

enum event {
	EVENT_SYSCALL,
	EVENT_FAULT,
	EVENT_KERNEL_FAULT,
	EVENT_SWITCH,
	EVENT_READ,
	EVENT_CALL,
	EVENT_SENT,
	EVENT_SPLICED,
	EVENT_PINNED,
	EVENT_COW,
	EVENT_SKB_BITS,
	EVENT_SKB_CSUM,
	EVENT_SKB_UBUFS,
	EVENT_DISK,
	EVENT_NIC,
	NR_EVENTS
};

/* The histogram of an event. */
struct event_table {
	unsigned int nr;
	struct hist_line lines[EVENT_MAX_LINES];
};

void events_take(struct event_table tables[NR_EVENTS]);

#endif /* ZCXFER_LAB_EVENTS_H */
