// SPDX-License-Identifier: GPL-2.0
/*
 * Many small transfers at once: as many connections as the queue is deep, a
 * transfer of a file of 16 KiB in flight on each. How many there are in a second,
 * and what CPU time one takes: see cpu.c for whose.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"

/* Short, and so many of the same connections: see sample.c for why. */
#define SAMPLE_NS	50e6
#define SAMPLES		6

/* How a way is judged. */
enum kind { KIND_OTHER, KIND_CALL, KIND_ASYNC };

/* All the ways there are: what is added here is measured and judged. */
static const struct {
	const struct way *way;
	enum kind kind;
} ways[] = {
	{ &way_sendfile, KIND_OTHER },
	{ &way_splice, KIND_OTHER },
	{ &way_zcxfer, KIND_CALL },
	{ &way_jobs, KIND_ASYNC },
	{ &way_uring, KIND_ASYNC },
};

#define NR_WAYS		(sizeof(ways) / sizeof(*ways))

/* The best of a kind, and how many times less CPU it is to take than others. */
static const struct {
	unsigned int conns;
	enum kind kind;
	double goal;		/* 0: none */
} depths[] = {
	{ 1, KIND_CALL, 1 },
	{ 32, KIND_ASYNC, 1.3 },
	{ 256, KIND_ASYNC, 0 },
};

#define NR_DEPTHS	(sizeof(depths) / sizeof(*depths))

static struct sample measured[NR_DEPTHS][NR_WAYS];
static struct small_files small;
static struct loop loop;

static void choose(struct conn *c, unsigned int index)
{
	small_choose(&small, c, index);
}

static const char *expected(unsigned int conn, unsigned int transfer)
{
	return small_expected(&small, conn, transfer);
}

static int sample(struct loop *l, struct sample *best)
{
	const clockid_t own = CLOCK_PROCESS_CPUTIME_ID;
	static struct cpu since;
	double cpu, wall;

	/* What went before leaves work behind, a ring that was closed most. */
	usleep(20000);
	cpu_start(&since, &own, 1);
	wall = now(CLOCK_MONOTONIC);
	if (loop_run(l, SAMPLE_NS))
		return -1;
	wall = (now(CLOCK_MONOTONIC) - wall) / l->done;
	cpu = cpu_stop(&since) / l->done;
	if (!best->cpu_ns || cpu < best->cpu_ns)
		best->cpu_ns = cpu;
	if (!best->wall_ns || wall < best->wall_ns)
		best->wall_ns = wall;
	best->counts = (struct counts) { -1, -1, -1 };
	return 0;
}

/* The first lap makes what is made once. */
static int samples(struct loop *l, struct sample *best)
{
	int err = loop_run(l, 0);
	unsigned int i;

	for (i = 0; i < SAMPLES && !err; i++)
		err = sample(l, best);
	return err;
}

/* Samples of one way, or, in the first round, a look at what it sends. */
static int measure(struct bench *b, unsigned int depth, unsigned int w,
		   unsigned int round)
{
	struct crowd crowd = {
		.nr = depths[depth].conns,
		.expected = expected,
		.compare = !round,
	};
	pid_t pid = crowd_start(b, &crowd, &loop);
	int err;

	loop.choose = choose;
	loop.way = ways[w].way;
	if (pid < 0 || loop.way->open(&loop))
		return -1;
	err = round ? samples(&loop, &measured[depth][w]) : loop_verify(&loop);
	loop.way->close(&loop);
	return crowd_end(b, pid, &loop) || err ? -1 : 0;
}

static void print_table(void)
{
	unsigned int d, w;

	printf("\nfiles of %lu KiB, one in flight on each connection: CPU us each, number per s\n",
	       LOOP_LEN / KIB);
	printf("%-20s", "connections");
	for (d = 0; d < NR_DEPTHS; d++)
		printf(" %16u", depths[d].conns);
	printf("\n");
	for (w = 0; w < NR_WAYS; w++) {
		printf("  %-18s", ways[w].way->name);
		for (d = 0; d < NR_DEPTHS; d++)
			printf(" %9.1f %6.0f", measured[d][w].cpu_ns / 1e3,
			       1e9 / measured[d][w].wall_ns);
		printf("\n");
	}
}

/* Which of a kind takes the least CPU time; there is one. */
static unsigned int best_of(unsigned int depth, enum kind kind)
{
	const struct sample *s = measured[depth];
	unsigned int w, best = NR_WAYS;

	for (w = 0; w < NR_WAYS; w++)
		if (ways[w].kind == kind &&
		    (best == NR_WAYS || s[w].cpu_ns < s[best].cpu_ns))
			best = w;
	return best;
}

static void print_goals(void)
{
	unsigned int d;

	for (d = 0; d < NR_DEPTHS; d++) {
		unsigned int other = best_of(d, KIND_OTHER);
		unsigned int own = best_of(d, depths[d].kind);
		double ratio = measured[d][other].cpu_ns /
			       measured[d][own].cpu_ns;
		double goal = depths[d].goal;

		printf("%4u: %s takes %.2fx less CPU than %s", depths[d].conns,
		       ways[own].way->name, ratio, ways[other].way->name);
		if (goal)
			printf(" (goal %.1fx) %s", goal,
			       ratio >= goal ? "ok" : "MISS");
		printf("\n");
	}
}

/**
 * depth_run - measure transfers by how many there are at a time
 * @b: the bench
 * @beside: the files are made beside this one
 *
 * Return: how much is wrong.
 */
int depth_run(struct bench *b, const char *beside)
{
	unsigned int d, i;

	if (small_make(&small, beside)) {
		perror(beside);
		return 1;
	}
	for (d = 0; d < NR_DEPTHS; d++) {
		fprintf(stderr, "-- %u connections\n", depths[d].conns);
		for (i = 0; i < (b->samples + 1) * NR_WAYS; i++)
			if (measure(b, d, i % NR_WAYS, i / NR_WAYS)) {
				printf("%u connections, %s: content differs, or failed: %s\n",
				       depths[d].conns,
				       ways[i % NR_WAYS].way->name,
				       strerror(errno));
				return 1;
			}
	}
	small_close(&small);
	print_table();
	print_goals();
	return 0;
}

/**
 * depth_json - what depth_run() measured
 * @object: called for each way at each depth
 * @file: handed on
 */
void depth_json(json_writer *object, FILE *file)
{
	unsigned int d, w;

	for (d = 0; d < NR_DEPTHS; d++)
		for (w = 0; w < NR_WAYS; w++)
			object(file, "depth", LOOP_LEN, depths[d].conns,
			       "acks", ways[w].way->name, &measured[d][w]);
}
