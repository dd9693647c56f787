// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many small transfers at once: as many connections as the queue is deep, a
 * transfer of a file of 16 KiB in flight on each. The CPU time of each, as cpu.c
 * defines it, and their number per second are measured.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"

/* Short, and several of the same connections, for the reason that sample.c gives. */
#define SAMPLE_NS	50e6
#define SAMPLES		6

/* With which others a service is compared. */
enum kind { KIND_OTHER, KIND_CALL, KIND_ASYNC };

/* A service that is added here is measured and compared. */
static const struct {
	const struct service *service;
	enum kind kind;
} services[] = {
	{ &service_sendfile, KIND_OTHER },
	{ &service_splice, KIND_OTHER },
	{ &service_zcxfer, KIND_CALL },
	{ &service_jobs, KIND_ASYNC },
	{ &service_uring, KIND_ASYNC },
};

#define NR_SERVICES		(sizeof(services) / sizeof(*services))

/* How many times less CPU the best of a kind must take than the best of the others. */
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

static struct sample measured[NR_DEPTHS][NR_SERVICES];
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

	/* The run before leaves work behind, most of all a ring that was closed. */
	usleep(20000);
	cpu_start(&since, &own, 1);
	wall = lab_ns(CLOCK_MONOTONIC);
	if (loop_run(l, SAMPLE_NS))
		return -1;
	wall = (lab_ns(CLOCK_MONOTONIC) - wall) / l->done;
	cpu = cpu_stop(&since) / l->done;
	sample_improve(best, cpu, wall);
	best->counts = NO_COUNTS;
	return 0;
}

/* The first lap pays for what is set up once. */
static int samples(struct loop *l, struct sample *best)
{
	int err = loop_run(l, 0);
	unsigned int i;

	for (i = 0; i < SAMPLES && !err; i++)
		err = sample(l, best);
	return err;
}

/* Samples of one service, or, in the first round, a comparison of what it sends. */
static int measure(unsigned int depth, unsigned int w,
		   unsigned int round)
{
	struct crowd crowd = {
		.nr = depths[depth].conns,
		.expected = expected,
		.compare = !round,
	};
	int err = crowd_start(&crowd, &loop);

	loop.choose = choose;
	loop.service = services[w].service;
	if (err || loop.service->open(&loop))
		return -1;
	err = round ? samples(&loop, &measured[depth][w]) : loop_verify(&loop);
	loop.service->close(&loop);
	return crowd_end(&crowd, &loop) || err ? -1 : 0;
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
	for (w = 0; w < NR_SERVICES; w++) {
		printf("  %-18s", services[w].service->name);
		for (d = 0; d < NR_DEPTHS; d++)
			printf(" %9.1f %6.0f", measured[d][w].cpu_ns / 1e3,
			       1e9 / measured[d][w].wall_ns);
		printf("\n");
	}
}

/* The service of a kind that takes the least CPU time; each kind has one. */
static unsigned int best_of(unsigned int depth, enum kind kind)
{
	const struct sample *s = measured[depth];
	unsigned int w, best = NR_SERVICES;

	for (w = 0; w < NR_SERVICES; w++)
		if (services[w].kind == kind &&
		    (best == NR_SERVICES || s[w].cpu_ns < s[best].cpu_ns))
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
		       services[own].service->name, ratio, services[other].service->name);
		if (goal)
			printf(" (goal %.1fx) %s", goal,
			       ratio >= goal ? "ok" : "MISS");
		printf("\n");
	}
}

/**
 * depth_run - measure transfers by their number at a time
 * @b: the bench
 * @beside: a path in the folder where the files are made
 *
 * Return: how many contents are wrong.
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
		for (i = 0; i < (b->samples + 1) * NR_SERVICES; i++)
			if (measure(d, i % NR_SERVICES, i / NR_SERVICES)) {
				printf("%u connections, %s: content differs, or failed: %s\n",
				       depths[d].conns,
				       services[i % NR_SERVICES].service->name,
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
 * @object: called for each service at each depth
 * @file: passed to @object
 */
void depth_json(json_writer *object, FILE *file)
{
	unsigned int d, w;

	for (d = 0; d < NR_DEPTHS; d++)
		for (w = 0; w < NR_SERVICES; w++)
			object(file, "depth", LOOP_LEN, depths[d].conns,
			       "acks", services[w].service->name, &measured[d][w]);
}
