// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU's emulation (docs/devel/tcg-plugins.rst): counts the instructions
 * that a processor of the guest executes between two marks, which the sender of the bench
 * sets (userspace/lab/mark.h). Unlike a time the number does not depend on the load of the
 * machine.
 *
 * QEMU translates a guest's code by blocks, and the executions of each block are counted.
 * A section has one name; it has as many intervals as there are pairs of marks. Locked
 * are instructions that lock the memory's bus or cache line. Written at the end, to the
 * file of out=:
 *
 *   interval SECTION INSTRUCTIONS LOCKED	in their order
 *   block SECTION ADDRESS INSTRUCTIONS		the mean of the intervals near the median
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lab/mark.h"
#include "qemu-plugin.h"

#define MAX_CPUS	64
#define MAX_INTERVALS	262144
#define MAX_TOUCHED	65536
#define NR_BUCKETS	65536

/* Code of the guest that is executed as a whole. */
struct block {
	struct block *next;
	unsigned long address;
	unsigned int instructions;
	unsigned int locked;
	unsigned long times;		/* in this interval; at the end, in a section */
};

/* How often an interval has executed a block. */
struct count {
	struct block *block;
	unsigned long times;
};

struct interval {
	unsigned int section;
	unsigned long instructions;
	unsigned long locked;
	struct count *counts;
	unsigned int nr;
};

static struct block *blocks[NR_BUCKETS];
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;

/* One processor sets marks at a time, so these need no lock. */
static unsigned int section;	/* 0: nothing is counted */
static unsigned int group, last_section;
static struct interval intervals[MAX_INTERVALS];
static unsigned int nr_intervals;
static struct block *touched[MAX_TOUCHED];
static unsigned int nr_touched;
static bool is_on[MAX_CPUS];

static const char *out;

static void executed(unsigned int cpu, void *arg)
{
	struct block *block = arg;

	if (!is_on[cpu % MAX_CPUS])
		return;
	if (!block->times++ && nr_touched < MAX_TOUCHED)
		touched[nr_touched++] = block;
}

static void marked_group(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	group = last_section;
	section = 0;
}

static void marked_again(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	section = group;
}

static void marked_section(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	if (++section > last_section)
		last_section = section;
}

static void marked_on(unsigned int cpu, void *arg)
{
	(void)arg;
	is_on[cpu % MAX_CPUS] = section && nr_intervals < MAX_INTERVALS;
}

static void marked_off(unsigned int cpu, void *arg)
{
	struct interval *interval = &intervals[nr_intervals];

	(void)arg;
	if (!is_on[cpu % MAX_CPUS])
		return;
	is_on[cpu % MAX_CPUS] = false;
	interval->section = section;
	interval->counts = malloc(nr_touched * sizeof(*interval->counts));
	if (!interval->counts)
		abort();
	for (; interval->nr < nr_touched; interval->nr++) {
		struct block *block = touched[interval->nr];

		interval->counts[interval->nr] = (struct count){ block, block->times };
		interval->instructions += block->times * block->instructions;
		interval->locked += block->times * block->locked;
		block->times = 0;
	}
	nr_touched = 0;
	nr_intervals++;
}

/* Legacy prefixes and a REX prefix come first; xchg with memory locks without a prefix. */
static bool is_locked(struct qemu_plugin_insn *insn)
{
	const unsigned char *bytes = qemu_plugin_insn_data(insn);
	size_t i, size = qemu_plugin_insn_size(insn);

	for (i = 0; i + 1 < size; i++) {
		if (bytes[i] == 0xf0)
			return true;
		if (!memchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf2\xf3", bytes[i], 10) &&
		    (bytes[i] & 0xf0) != 0x40)
			break;
	}
	return (bytes[i] & 0xfe) == 0x86 && i + 1 < size && bytes[i + 1] < 0xc0;
}

/* A mark is nopl OPERAND(%rax,%rax,1), with an operand of enum mark. */
static void find_mark(struct qemu_plugin_insn *insn)
{
	static const unsigned char nopl[] = { 0x0f, 0x1f, 0x84, 0x00 };
	const unsigned char *bytes = qemu_plugin_insn_data(insn);
	executed_cb *cb;
	int operand;

	if (qemu_plugin_insn_size(insn) != sizeof(nopl) + sizeof(operand) ||
	    memcmp(bytes, nopl, sizeof(nopl)))
		return;
	memcpy(&operand, bytes + sizeof(nopl), sizeof(operand));
	switch (operand) {
	case MARK_GROUP:
		cb = marked_group;
		break;
	case MARK_AGAIN:
		cb = marked_again;
		break;
	case MARK_SECTION:
		cb = marked_section;
		break;
	case MARK_ON:
		cb = marked_on;
		break;
	case MARK_OFF:
		cb = marked_off;
		break;
	default:
		return;
	}
	qemu_plugin_register_vcpu_insn_exec_cb(insn, cb, 0, NULL);
}

/* Code that is translated more than once is one block. */
static struct block *block_of(unsigned long address, unsigned int instructions,
			      unsigned int locked)
{
	struct block **bucket = &blocks[(address ^ address >> 16) % NR_BUCKETS];
	struct block *b;

	for (b = *bucket; b; b = b->next)
		if (b->address == address && b->instructions == instructions)
			return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->address = address;
	b->instructions = instructions;
	b->locked = locked;
	b->next = *bucket;
	*bucket = b;
	return b;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb), locked = 0;
	struct block *block;

	(void)id;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		find_mark(insn);
		locked += is_locked(insn);
	}
	pthread_mutex_lock(&blocks_lock);
	block = block_of(qemu_plugin_tb_vaddr(tb), n, locked);
	pthread_mutex_unlock(&blocks_lock);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, 0, block);
}

static int compare(const void *a, const void *b)
{
	const struct interval *one = *(struct interval * const *)a;
	const struct interval *other = *(struct interval * const *)b;

	return (one->instructions > other->instructions) -
	       (one->instructions < other->instructions);
}

/* The middle half: an interrupt makes an interval longer, and another one is shorter. */
static void write_section(FILE *file, unsigned int nr)
{
	static struct interval *sorted[MAX_INTERVALS];
	unsigned int i, k, n = 0, skip;
	struct block *b;

	for (i = 0; i < nr_intervals; i++)
		if (intervals[i].section == nr)
			sorted[n++] = &intervals[i];
	qsort(sorted, n, sizeof(*sorted), compare);
	skip = n / 4;
	for (i = skip; i < n - skip; i++)
		for (k = 0; k < sorted[i]->nr; k++)
			sorted[i]->counts[k].block->times += sorted[i]->counts[k].times;
	for (i = 0; i < NR_BUCKETS; i++)
		for (b = blocks[i]; b; b = b->next) {
			if (b->times)
				fprintf(file, "block %u %lx %.2f\n", nr, b->address,
					1.0 * b->times * b->instructions / (n - 2 * skip));
			b->times = 0;
		}
}

static void write_all(plugin_id id, void *arg)
{
	FILE *file = fopen(out, "w");
	unsigned int i;

	(void)id;
	(void)arg;
	if (!file) {
		perror(out);
		return;
	}
	for (i = 0; i < nr_intervals; i++)
		fprintf(file, "interval %u %lu %lu\n", intervals[i].section,
			intervals[i].instructions, intervals[i].locked);
	for (i = 1; i <= last_section; i++)
		write_section(file, i);
	fclose(file);
}

EXPORT int qemu_plugin_version = 1;

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc,
			       char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "the plugin takes out=FILE\n");
		return 1;
	}
	out = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, write_all, NULL);
	return 0;
}
