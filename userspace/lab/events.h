/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's counters for the lab, by thread, interface or disk. */
#ifndef ZCXFER_LAB_EVENTS_H
#define ZCXFER_LAB_EVENTS_H

#include "tracefs.h"

/* Mostly for threads: each run has some, and a Java machine dozens. */
#define EVENT_MAX_LINES	4096

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
	EVENT_MODULE,
	EVENT_COW,
	EVENT_SKB_BITS,
	EVENT_SKB_CSUM,
	EVENT_SKB_UBUFS,
	EVENT_DISK,
	EVENT_NIC,
	NR_EVENTS
};

/* The histogram of an event, sorted by its keys. */
struct event_table {
	unsigned int nr;
	struct hist_line lines[EVENT_MAX_LINES];
};

const struct hist_line *events_line(const struct event_table *table, const char *key);
int events_take(struct event_table tables[NR_EVENTS]);

#endif /* ZCXFER_LAB_EVENTS_H */
