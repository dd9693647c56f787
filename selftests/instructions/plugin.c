// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU's emulation (docs/devel/tcg-plugins.rst): counts the instructions
 * that a processor of the guest executes between two marks, which the sender of the bench
 * sets (userspace/lab/mark.h). Unlike a time the number does not depend on the load of the
 * machine.
 *
 * QEMU translates a guest's code by blocks, and the executions of each block are counted.
 * A section has one name; it has as many intervals as there are pairs of marks. Written at
 * the end, to the file of out=:
 *
 *   interval SECTION INSTRUCTIONS		in their order
 *   block SECTION ADDRESS INSTRUCTIONS		the sum over all intervals
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lab/mark.h"
#include "qemu-plugin.h"

#define MAX_CPUS	64
#define MAX_SECTIONS	256
#define MAX_INTERVALS	65536
#define NR_BUCKETS	65536

/* Code of the guest that is executed as a whole. */
struct block {
	struct block *next;
	unsigned long address;
	unsigned int instructions;
	unsigned long times[MAX_SECTIONS];
};

struct interval {
	unsigned int section;
	unsigned long instructions;
};

static struct block *blocks[NR_BUCKETS];
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;

/* One processor sets marks at a time, so these need no lock. */
static unsigned int section;
static struct interval intervals[MAX_INTERVALS];
static unsigned int nr_intervals;
static bool is_on[MAX_CPUS];

static const char *out;

static void executed(unsigned int cpu, void *arg)
{
	struct block *block = arg;

	if (!is_on[cpu % MAX_CPUS])
		return;
	block->times[section]++;
	intervals[nr_intervals].instructions += block->instructions;
}

static void marked_section(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	if (section < MAX_SECTIONS - 1)
		section++;
}

static void marked_on(unsigned int cpu, void *arg)
{
	(void)arg;
	intervals[nr_intervals].section = section;
	intervals[nr_intervals].instructions = 0;
	is_on[cpu % MAX_CPUS] = true;
}

static void marked_off(unsigned int cpu, void *arg)
{
	(void)arg;
	if (is_on[cpu % MAX_CPUS] && nr_intervals < MAX_INTERVALS - 1)
		nr_intervals++;
	is_on[cpu % MAX_CPUS] = false;
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
static struct block *block_of(unsigned long address, unsigned int instructions)
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
	b->next = *bucket;
	*bucket = b;
	return b;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	struct block *block;

	(void)id;
	for (i = 0; i < n; i++)
		find_mark(qemu_plugin_tb_get_insn(tb, i));
	pthread_mutex_lock(&blocks_lock);
	block = block_of(qemu_plugin_tb_vaddr(tb), n);
	pthread_mutex_unlock(&blocks_lock);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, 0, block);
}

static void write_block(FILE *file, const struct block *b)
{
	unsigned int i;

	for (i = 0; i < MAX_SECTIONS; i++)
		if (b->times[i])
			fprintf(file, "block %u %lx %lu\n", i, b->address,
				b->times[i] * b->instructions);
}

static void write_all(plugin_id id, void *arg)
{
	FILE *file = fopen(out, "w");
	const struct block *b;
	unsigned int i;

	(void)id;
	(void)arg;
	if (!file) {
		perror(out);
		return;
	}
	for (i = 0; i < nr_intervals; i++)
		fprintf(file, "interval %u %lu\n", intervals[i].section,
			intervals[i].instructions);
	for (i = 0; i < NR_BUCKETS; i++)
		for (b = blocks[i]; b; b = b->next)
			write_block(file, b);
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
