/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of the counters, for the module and for programs that read them from
 * /sys/kernel/debug/zcxfer/stats, a name and a number per line.
 */
#ifndef _ZCX_COUNTERS_H
#define _ZCX_COUNTERS_H

/* What has happened since the module was loaded. */
#define ZCX_COUNTERS(counter)						\
	counter(transfers)		/* begun */			\
	counter(descs)			/* of ended transfers */	\
	counter(bytes_referenced)	/* moved by reference */	\
	counter(bytes_copied)						\
	counter(socket_calls)						\
	counter(refs_taken)		/* of pages, by batches */	\
	counter(refs_released)

/*
 * What is held now. With nothing in flight each is zero, and refs_taken equals
 * refs_released: anything else is a leak.
 */
#define ZCX_GAUGES(gauge)						\
	gauge(transfers_active)		/* begun and not yet ended */	\
	gauge(files_held)		/* open files, by transfers */	\
	gauge(reads_held)		/* direct, in flight or not yet sent */ \
	gauge(leases_held)		/* files, of transfers or their pages */ \
	gauge(pages_pinned)		/* of callers' memory */	\
	gauge(jobs_held)		/* not over, or not read */

#endif /* _ZCX_COUNTERS_H */
