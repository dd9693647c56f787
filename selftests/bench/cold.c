// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges of a slow disk that are not in the page cache: how long the caller that sends
 * them is blocked, and how long it takes until they have arrived.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../userspace/lab/methods/common.h"
#include "../../userspace/lab/methods/methods.h"
#include "bench.h"

#define RANGES		32
#define LEN		(16 * KIB)
#define STRIDE		(512 * KIB)
/* Times faster than one sendfile after another. */
#define GOAL		5.0

/* The last has no method of the lab: submission and completion are timed apart. */
static const struct method cold_methods[] = {
	{ .name = "sendfile, one by one", .lab = &lab_sendfile },
	{ .name = "zcxfer", .lab = &lab_zcxfer },
	{ .name = "zcxfer, a job", .lab = NULL },
};

#define NR_COLD		(sizeof(cold_methods) / sizeof(*cold_methods))

static struct sample measured[NR_COLD];
static double held_ns[NR_COLD];

static int submit(int dev, struct lab_transfer *t, const struct lab_range *ranges)
{
	struct zcxfer_transfer transfer = {
		.sock_fd = t->sock,
		.nr_descs = RANGES,
		.descs = (uintptr_t)lab_descs(t->file, ranges, RANGES),
	};

	return zcxfer_submit(dev, ZCXFER_OP_SEND, 0, &transfer);
}

static int complete(int dev)
{
	struct zcxfer_completion done;

	return zcxfer_completions(dev, &done, 1) != 1 ||
	       done.result.stop != ZCXFER_STOP_DONE ? -1 : 0;
}

/* Until the other end has all of it; @held is set to the time until the call returned. */
static int send_all(int dev, const struct lab_method *method, struct lab_transfer *t,
		    const struct lab_range *ranges, double *held, double *wall)
{
	double start = lab_ns(CLOCK_MONOTONIC);
	char byte;
	int err;

	err = method ? lab_send(method, t, ranges, RANGES) : submit(dev, t, ranges);
	*held = lab_ns(CLOCK_MONOTONIC) - start;
	if (!method)
		err = err ?: complete(dev);
	err = err || recv(t->sock, &byte, 1, 0) != 1;
	*wall = lab_ns(CLOCK_MONOTONIC) - start;
	return err;
}

static int measure(int dev, struct lab_transfer *t, const struct lab_range *ranges,
		   unsigned int m, struct expected *expected)
{
	const struct lab_method *method = cold_methods[m].lab;
	struct sample *best = &measured[m];
	struct peer peer = { .buffers = 0 };
	double held = 0, wall = 0;
	int err;

	if (peer_start(&peer, peer_compare, expected))
		return -1;
	t->sock = peer_connect(&peer);
	err = method && method->prepare ? method->prepare(t) : 0;
	err = err ?: posix_fadvise(t->file, 0, 0, POSIX_FADV_DONTNEED);
	err = err ?: send_all(dev, method, t, ranges, &held, &wall);
	if (method && method->finish)
		method->finish(t);
	close(t->sock);
	if (peer_end(&peer) || err)
		return -1;
	if (!best->wall_ns || wall < best->wall_ns) {
		*best = (struct sample) { -1, wall, NO_COUNTS };
		held_ns[m] = held;
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
		       held_ns[i] / 1e6, measured[i].wall_ns / 1e6, times,
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
	struct expected expected = { bytes, sizeof(bytes) };
	struct lab_range ranges[RANGES];
	int dev = zcxfer_open();
	unsigned int i;

	fprintf(stderr, "-- sending cold ranges from %s\n", path);
	if (dev < 0 || read_ranges(t.file, bytes, ranges)) {
		perror(path);
		return 1;
	}
	for (i = 0; i < b->samples * NR_COLD; i++)
		if (measure(dev, &t, ranges, i % NR_COLD, &expected)) {
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
