// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of a slow disk that are not in the page cache: how long the caller that sends
 * them is blocked, and how long it takes until they have arrived.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../../userspace/lab/methods/common.h"
#include "../../userspace/lab/methods/methods.h"
#include "bench.h"

#define RANGES		32
#define LEN		(16 * KIB)
#define STRIDE		(512 * KIB)
/* Times faster than one sendfile after another. */
#define GOAL		5.0

static int dev;

/* Returns before the job has completed: the peer's byte shows that it has. */
static int submit(struct lab_transfer *t, const struct lab_range *ranges, unsigned int nr)
{
	struct zcxfer_transfer transfer = {
		.sock_fd = t->sock,
		.nr_descs = nr,
		.descs = (uintptr_t)lab_descs(t->file, ranges, nr),
	};

	return zcxfer_submit_job(dev, ZCXFER_OP_SEND, 0, &transfer);
}

static void complete(struct lab_transfer *t)
{
	struct zcxfer_completion done;

	(void)t;
	zcxfer_completions(dev, &done, 1);
}

static const struct lab_method job = { .sendv = submit, .finish = complete };

static const struct method cold_methods[] = {
	{ .name = "sendfile, one by one", .lab = &lab_sendfile },
	{ .name = "zcxfer", .lab = &lab_zcxfer },
	{ .name = "zcxfer, a job", .lab = &job },
};

#define NR_COLD		(sizeof(cold_methods) / sizeof(*cold_methods))

static struct sample measured[NR_COLD];
static double blocked_ns[NR_COLD];

static int measure(struct lab_transfer *t, const struct lab_range *ranges,
		   unsigned int m, const char *bytes)
{
	static const struct peer_options options;
	struct sample *best = &measured[m];
	struct peer_times times;

	if (posix_fadvise(t->file, 0, 0, POSIX_FADV_DONTNEED) ||
	    peer_send(cold_methods[m].lab, t, ranges, RANGES, &options, bytes, &times))
		return -1;
	if (!best->wall_ns || times.wall_ns < best->wall_ns) {
		*best = (struct sample) { -1, times.wall_ns, NO_COUNTS };
		blocked_ns[m] = times.blocked_ns;
	}
	return 0;
}

static void print_table(void)
{
	unsigned int i;

	printf("\n%d cold ranges of %lu KiB, ms: until the call returns, until all has arrived\n",
	       RANGES, LEN / KIB);
	for (i = 0; i < NR_COLD; i++) {
		double times = measured[0].wall_ns / measured[i].wall_ns;

		printf("  %-22s %8.1f %8.1f %6.1fx%s\n", cold_methods[i].name,
		       blocked_ns[i] / 1e6, measured[i].wall_ns / 1e6, times,
		       !i ? "" : times >= GOAL ? " ok" : " MISS");
	}
}

static int read_ranges(int file, char *bytes, struct lab_range *ranges)
{
	unsigned int i;

	for (i = 0; i < RANGES; i++) {
		ranges[i] = (struct lab_range){ i * STRIDE, LEN };
		if (pread(file, bytes + i * LEN, LEN, i * STRIDE) != LEN)
			return -1;
	}
	return 0;
}

/**
 * cold_run - measure how long callers wait for a slow disk
 * @b: the bench
 * @path: a disk, or a file on one, of 16 MiB at least
 *
 * Return: how many contents are wrong.
 */
int cold_run(struct bench *b, const char *path)
{
	static char bytes[RANGES * LEN];
	struct lab_transfer t = { .path = path, .file = open(path, O_RDONLY) };
	struct lab_range ranges[RANGES];
	unsigned int i;

	dev = zcxfer_open();
	fprintf(stderr, "-- sending cold ranges from %s\n", path);
	if (dev < 0 || read_ranges(t.file, bytes, ranges)) {
		perror(path);
		return 1;
	}
	for (i = 0; i < b->samples * NR_COLD; i++)
		if (measure(&t, ranges, i % NR_COLD, bytes)) {
			printf("%s: content differs, or failed\n",
			       cold_methods[i % NR_COLD].name);
			return 1;
		}
	print_table();
	close(t.file);
	close(dev);
	return 0;
}

/**
 * cold_json - what cold_run() measured
 * @object: called for each method
 * @file: passed to @object
 */
void cold_json(json_writer *object, FILE *file)
{
	unsigned int i;

	for (i = 0; i < NR_COLD; i++)
		object(file, "cold", LEN, RANGES, "compares", cold_methods[i].name,
		       &measured[i]);
}
