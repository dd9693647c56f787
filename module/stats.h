/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of all transfers since the module was loaded, in
 * /sys/kernel/debug/zcxfer/stats, a name and a number per line. With nothing in flight,
 * transfers_active, files_held, reads_held, leases_held, pages_pinned and jobs_held
 * are zero, and refs_taken equals refs_released: anything else is a leak.
 */
#ifndef _ZCX_STATS_H
#define _ZCX_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

/**
 * struct zcx_stats - the counters of a CPU
 * @transfers: transfers begun
 * @transfers_active: transfers begun and not yet ended
 * @descs: descriptors of ended transfers
 * @bytes_referenced: bytes moved by reference
 * @bytes_copied: bytes that were copied
 * @socket_calls: calls into sockets
 * @refs_taken: page references that batches took
 * @refs_released: page references that batches dropped
 * @files_held: open files that transfers hold
 * @reads_held: direct reads that are in flight or not yet sent
 * @leases_held: sets of leases, of running transfers and of ended ones whose pages are
 *	not released yet
 * @pages_pinned: pages of callers' memory that are pinned
 * @jobs_held: jobs that are not over, or whose completion was not read
 */
struct zcx_stats {
	s64 transfers;
	s64 transfers_active;
	s64 descs;
	s64 bytes_referenced;
	s64 bytes_copied;
	s64 socket_calls;
	s64 refs_taken;
	s64 refs_released;
	s64 files_held;
	s64 reads_held;
	s64 leases_held;
	s64 pages_pinned;
	s64 jobs_held;
};

DECLARE_PER_CPU(struct zcx_stats, zcx_stats);

#define zcx_stat_add(name, n)	this_cpu_add(zcx_stats.name, (n))

void zcx_stats_init(void);
void zcx_stats_exit(void);

#endif /* _ZCX_STATS_H */
