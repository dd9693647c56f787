// SPDX-License-Identifier: GPL-2.0-only
/* The counters of stats.h, summed over all CPUs and shown in debugfs. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "stats.h"

DEFINE_PER_CPU(struct zcx_stats, zcx_stats);

static struct dentry *stats_dir;

#define STAT(name)	{ #name, offsetof(struct zcx_stats, name) },

static const struct {
	const char *name;
	size_t offset;
} stat_names[] = {
	ZCX_COUNTERS(STAT)
	ZCX_GAUGES(STAT)
};

static s64 stat_sum(size_t offset)
{
	s64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *(s64 *)((void *)per_cpu_ptr(&zcx_stats, cpu) + offset);
	return sum;
}

static int stats_show(struct seq_file *m, void *unused)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(stat_names); i++)
		seq_printf(m, "%s %lld\n", stat_names[i].name,
			   stat_sum(stat_names[i].offset));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* Errors of debugfs are ignored: the module works without it. */
void zcx_stats_init(void)
{
	stats_dir = debugfs_create_dir("zcxfer", NULL);
	debugfs_create_file("stats", 0444, stats_dir, NULL, &stats_fops);
}

void zcx_stats_exit(void)
{
	debugfs_remove(stats_dir);
}
