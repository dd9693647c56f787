// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges that are not in memory, of a slow disk: how long who sends them is held
 * up, and how long it takes until they have arrived.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define RANGES		32
#define LEN		(16 * KIB)
#define STRIDE		(512 * KIB)
/* Times faster than one sendfile after another. */
#define GOAL		5.0

/* Each begins; what is to be waited for comes after it. */
static int by_sendfile(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		off_t offset = b->ranges[i].offset;

		if (sendfile(b->sock, b->file, &offset, LEN) != LEN)
			return -1;
	}
	return 0;
}

static int by_zcxfer(struct bench *b)
{
	return transfer(b, ZCXFER_IOC_SEND, 0);
}

static int nothing_more(struct bench *b)
{
	(void)b;
	return 0;
}

static const struct {
	const char *name;
	int (*begin)(struct bench *b);
	int (*end)(struct bench *b);
} ways[] = {
	{ "sendfile, one by one", by_sendfile, nothing_more },
	{ "zcxfer", by_zcxfer, nothing_more },
	{ "zcxfer, a job", transfer_submit, transfer_complete },
};

#define NR_WAYS		(sizeof(ways) / sizeof(*ways))

static struct sample measured[NR_WAYS];
static double held_ns[NR_WAYS];

static int measure(struct bench *b, unsigned int way, struct expected *expected)
{
	struct sample *best = &measured[way];
	pid_t pid = peer_start(b, 0, peer_compare, expected);
	double start, held, wall;
	char byte;
	int err;

	if (pid < 0 || posix_fadvise(b->file, 0, 0, POSIX_FADV_DONTNEED))
		return -1;
	start = now(CLOCK_MONOTONIC);
	err = ways[way].begin(b);
	held = now(CLOCK_MONOTONIC) - start;
	err = err || ways[way].end(b) || recv(b->sock, &byte, 1, 0) != 1;
	wall = now(CLOCK_MONOTONIC) - start;
	if (peer_end(b, pid) || err)
		return -1;
	if (!best->wall_ns || wall < best->wall_ns) {
		*best = (struct sample) { -1, wall, { -1, -1, -1 } };
		held_ns[way] = held;
	}
	return 0;
}

/**
 * cold_run - measure who waits for a slow disk
 * @b: the bench; its file is taken over
 * @path: a disk, or a file on one, of 16 MiB at least
 *
 * Return: how much is wrong.
 */
int cold_run(struct bench *b, const char *path)
{
	char *bytes = malloc(RANGES * LEN);
	struct expected expected = { bytes, RANGES * LEN };
	unsigned int i;

	fprintf(stderr, "-- sending what is not in memory from %s\n", path);
	b->file = open(path, O_RDONLY);
	b->nr = RANGES;
	for (i = 0; i < RANGES; i++) {
		b->ranges[i] = (struct range) { i * STRIDE, LEN };
		if (pread(b->file, bytes + i * LEN, LEN, i * STRIDE) != LEN) {
			perror(path);
			return 1;
		}
	}
	for (i = 0; i < b->samples * NR_WAYS; i++)
		if (measure(b, i % NR_WAYS, &expected)) {
			printf("%s: content differs, or failed\n",
			       ways[i % NR_WAYS].name);
			return 1;
		}

	printf("\n%d cold ranges of %lu KiB, ms: the caller is held up, all is there\n",
	       RANGES, LEN / KIB);
	for (i = 0; i < NR_WAYS; i++) {
		double times = measured[0].wall_ns / measured[i].wall_ns;

		printf("  %-22s %8.1f %8.1f %6.1fx%s\n", ways[i].name,
		       held_ns[i] / 1e6, measured[i].wall_ns / 1e6, times,
		       !i ? "" : times >= GOAL ? " ok" : " MISS");
	}
	free(bytes);
	close(b->file);
	return 0;
}

/**
 * cold_json - what cold_run() measured
 * @object: called for each way
 * @file: handed on
 */
void cold_json(json_writer *object, FILE *file)
{
	unsigned int i;

	for (i = 0; i < NR_WAYS; i++)
		object(file, "cold", LEN, RANGES, "compares", ways[i].name,
		       &measured[i]);
}
