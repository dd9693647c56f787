// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thread serves connections with cached files, alone, and then beside connections
 * that get ranges of a slow disk: how long the former wait, from one acknowledgment
 * until all of the next transfer has arrived, as their peer sees it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loop.h"

#define NR_HOT		16u	/* connections */
#define NR_COLD		8u
#define RUN_NS		1.5e9
/* The ranges are further apart than the readahead window. */
#define RANGES		64u
#define STRIDE		(256 * KIB)
/* A transfer that takes less was not cold. */
#define COLD_NS		10e6
/* The most that the latency may grow beside the disk, in times. */
#define GOAL		1.5

static const struct service * const services[] = { &service_sendfile, &service_jobs };

#define NR_SERVICES		(sizeof(services) / sizeof(*services))
#define NR_RUNS		(2 * NR_SERVICES)	/* alone, and beside */

/* The result of a run. */
struct seen {
	double p50, p99;
	double cold_p50;
	unsigned int nr_hot, nr_cold;
};

static struct seen measured[NR_RUNS];
static struct small_files small;
static struct latencies *hot, *cold;
static struct loop loop;
static int disk;
static char *cold_bytes;

/* No two connections have a range in common. */
static unsigned int range_of(unsigned int conn, unsigned int transfer)
{
	return (conn - NR_HOT + transfer * NR_COLD) % RANGES;
}

static void choose(struct conn *c, unsigned int index)
{
	if (index < NR_HOT) {
		small_choose(&small, c, index);
		return;
	}
	c->file = disk;
	c->offset = range_of(index, c->begun) * STRIDE;
	posix_fadvise(disk, c->offset, LOOP_LEN, POSIX_FADV_DONTNEED);
}

static const char *expected(unsigned int conn, unsigned int transfer)
{
	if (conn < NR_HOT)
		return small_expected(&small, conn, transfer);
	return cold_bytes + range_of(conn, transfer) * LOOP_LEN;
}

static struct latencies *latencies(unsigned int conn)
{
	return conn < NR_HOT ? hot : cold;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* As many of a thousand were as fast, or faster. */
static double quantile(struct latencies *of, unsigned int thousandths)
{
	if (!of->nr)
		return 0;
	qsort(of->ns, of->nr, sizeof(*of->ns), by_value);
	return of->ns[(unsigned long)(of->nr - 1) * thousandths / 1000];
}

/* Keep the run that was disturbed least. */
static int keep(struct seen *best)
{
	double p99 = quantile(hot, 990);

	if (best->p99 && best->p99 <= p99)
		return 0;
	*best = (struct seen) {
		.p50 = quantile(hot, 500),
		.p99 = p99,
		.cold_p50 = quantile(cold, 500),
		.nr_hot = hot->nr,
		.nr_cold = cold->nr,
	};
	if (best->nr_cold && best->cold_p50 < COLD_NS) {
		printf("the cold ranges were in memory\n");
		return -1;
	}
	return 0;
}

/* A run, or, in the first round, a comparison of what is sent. */
static int measure(unsigned int run, unsigned int round)
{
	struct crowd crowd = {
		.nr = run % 2 ? NR_HOT + NR_COLD : NR_HOT,
		.expected = expected,
		.compare = !round,
		.latencies = latencies,
	};
	int err;

	hot->nr = 0;
	cold->nr = 0;
	err = crowd_start(&crowd, &loop);
	loop.choose = choose;
	loop.service = services[run / 2];
	if (err || loop.service->open(&loop))
		return -1;
	err = round ? loop_run(&loop, RUN_NS) : loop_verify(&loop);
	loop.service->close(&loop);
	if (crowd_end(&crowd, &loop) || err)
		return -1;
	return round ? keep(&measured[run]) : 0;
}

static void print_table(void)
{
	unsigned int run;

	printf("\n%lu KiB from memory on %u connections, alone, and beside %u from a disk: ms\n",
	       LOOP_LEN / KIB, NR_HOT, NR_COLD);
	printf("  %-28s %8s %8s %8s %10s %8s\n", "", "p50", "p99", "times",
	       "cold p50", "cold/s");
	for (run = 0; run < NR_RUNS; run++) {
		const struct seen *s = &measured[run];
		double times = s->p99 / measured[run - run % 2].p99;

		printf("  %-18s %-9s %8.2f %8.2f", services[run / 2]->name,
		       run % 2 ? "beside" : "alone", s->p50 / 1e6,
		       s->p99 / 1e6);
		if (run % 2)
			printf(" %7.2fx %10.1f %8.0f", times,
			       s->cold_p50 / 1e6, s->nr_cold * 1e9 / RUN_NS);
		if (run % 2 && services[run / 2] == &service_jobs)
			printf(" (goal %.1fx) %s", GOAL,
			       times <= GOAL ? "ok" : "MISS");
		printf("\n");
	}
}

static int read_disk(const char *path)
{
	unsigned int i;

	disk = open(path, O_RDONLY);
	cold_bytes = malloc(RANGES * LOOP_LEN);
	for (i = 0; i < RANGES; i++)
		if (pread(disk, cold_bytes + i * LOOP_LEN, LOOP_LEN,
			  i * STRIDE) != (ssize_t)LOOP_LEN)
			return -1;
	return 0;
}

/* Shared with the other end, which measures the latencies. */
static struct latencies *map_latencies(void)
{
	return mmap(NULL, sizeof(struct latencies), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/**
 * hot_run - measure cached files beside cold ranges
 * @b: the bench
 * @beside: a path in the folder where the cached files are made
 * @path: a disk, or a file on one, of 16 MiB at least; slow
 *
 * Return: how many contents are wrong.
 */
int hot_run(struct bench *b, const char *beside, const char *path)
{
	unsigned int i;

	fprintf(stderr, "-- hot beside cold from %s\n", path);
	hot = map_latencies();
	cold = map_latencies();
	if (hot == MAP_FAILED || cold == MAP_FAILED ||
	    small_make(&small, beside) || read_disk(path)) {
		perror(path);
		return 1;
	}
	for (i = 0; i < (b->samples + 1) * NR_RUNS; i++)
		if (measure(i % NR_RUNS, i / NR_RUNS)) {
			printf("hot beside cold, %s: content differs, or failed: %s\n",
			       services[i % NR_RUNS / 2]->name, strerror(errno));
			return 1;
		}
	print_table();
	small_close(&small);
	free(cold_bytes);
	close(disk);
	munmap(hot, sizeof(*hot));
	munmap(cold, sizeof(*cold));
	return 0;
}

/**
 * hot_json - what hot_run() measured
 * @object: called for each run, for half of the transfers and for 99 %
 * @file: passed to @object
 */
void hot_json(json_writer *object, FILE *file)
{
	static const char * const shapes[][2] = {
		{ "hot, p50", "hot, p99" },
		{ "hot beside cold, p50", "hot beside cold, p99" },
	};
	unsigned int run, k;

	for (run = 0; run < NR_RUNS; run++)
		for (k = 0; k < 2; k++) {
			const struct seen *s = &measured[run];
			const struct sample sample = {
				-1, k ? s->p99 : s->p50, NO_COUNTS
			};

			object(file, shapes[run % 2][k], LOOP_LEN, NR_HOT,
			       "acks", services[run / 2]->name, &sample);
		}
}
