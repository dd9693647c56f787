/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's counters: see stats.c. */
#ifndef _ZCX_STATS_H
#define _ZCX_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "counters.h"

#define ZCX_STAT_MEMBER(name)	s64 name;

/* The counters of a CPU. Only the sum over all CPUs has a meaning. */
struct zcx_stats {
	ZCX_COUNTERS(ZCX_STAT_MEMBER)
	ZCX_GAUGES(ZCX_STAT_MEMBER)
};

DECLARE_PER_CPU(struct zcx_stats, zcx_stats);

#define zcx_stat_add(name, n)	this_cpu_add(zcx_stats.name, (n))

void zcx_stats_init(void);
void zcx_stats_exit(void);

#endif /* _ZCX_STATS_H */
