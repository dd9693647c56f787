// SPDX-License-Identifier: GPL-2.0
/*
 * A slow disk into a socket that is as slow: past the page cache, one after the
 * other or both at once. Measured is the time that passes.
 *
 * A socket goes on sending what is in its buffer while the next is read: with one
 * that holds what is read at a time read + send overlap as well. So it is measured
 * with such a socket, and with one that has less.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define BYTES		(16 * MIB)
#define CHUNK		(512 * KIB)	/* of read() and send() */

static char *chunk;

static int by_read(struct bench *b)
{
	size_t done = 0;

	while (done < BYTES) {
		ssize_t n = pread(b->file, chunk, CHUNK, done);

		if (n <= 0 || send(b->sock, chunk, n, 0) != n)
			return -1;
		done += n;
	}
	return 0;
}

static int by_sendfile(struct bench *b)
{
	off_t offset = 0;

	while (offset < (off_t)BYTES)
		if (sendfile(b->sock, b->file, &offset, BYTES - offset) <= 0)
			return -1;
	return 0;
}

static int by_zcxfer(struct bench *b)
{
	if (transfer(b, ZCXFER_IOC_SEND, ZCXFER_F_DIRECT))
		return -1;
	return b->result.bytes_referenced == BYTES ? 0 : -1;
}

static const struct {
	const char *name;
	int (*send)(struct bench *b);
} ways[] = {
	{ "O_DIRECT read+send", by_read },
	{ "O_DIRECT sendfile", by_sendfile },
	{ "zcxfer --direct", by_zcxfer },
};

#define NR_WAYS		(sizeof(ways) / sizeof(*ways))

static const struct {
	const char *name;
	int bytes;		/* 0: the kernel's own */
	double goal;		/* of the time of the first way */
} buffers[] = {
	{ "32 KiB", 32 * KIB, 0.65 },
	{ "the kernel's own", 0, 1.05 },
};

#define NR_BUFFERS	(sizeof(buffers) / sizeof(*buffers))

static struct sample measured[NR_BUFFERS][NR_WAYS];

/* From the first read until the other end has all of it. */
static int measure(struct bench *b, unsigned int way, char *bytes,
		   double bytes_per_s, unsigned int buffer)
{
	struct sample *best = &measured[buffer][way];
	struct expected expected = { bytes, BYTES };
	unsigned long long pace = bytes_per_s;
	pid_t pid = peer_start(b, buffers[buffer].bytes, peer_compare,
			       &expected);
	double wall, cpu;
	char byte;
	int err;

	if (pid < 0 || setsockopt(b->sock, SOL_SOCKET, SO_MAX_PACING_RATE,
				  &pace, sizeof(pace)))
		return -1;
	wall = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	err = ways[way].send(b) || recv(b->sock, &byte, 1, 0) != 1;
	wall = now(CLOCK_MONOTONIC) - wall;
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (peer_end(b, pid) || err)
		return -1;
	if (!best->wall_ns || wall < best->wall_ns)
		*best = (struct sample) { cpu, wall, { -1, -1, -1 } };
	return 0;
}

static void print_table(double bytes_per_s)
{
	unsigned int w, k;

	printf("\n%lu MiB, disk and socket of %.0f MB/s: ms, and times the first\n",
	       BYTES / MIB, bytes_per_s / 1e6);
	for (k = 0; k < NR_BUFFERS; k++) {
		const struct sample *of = measured[k];

		printf("buffers: %s\n", buffers[k].name);
		for (w = 0; w < NR_WAYS; w++) {
			double times = of[w].wall_ns / of[0].wall_ns;

			printf("  %-20s %8.0f %5.2fx%s\n", ways[w].name,
			       of[w].wall_ns / 1e6, times, w < NR_WAYS - 1 ? "" :
			       times <= buffers[k].goal ? " ok" : " MISS");
		}
	}
}

/**
 * direct_run - measure how disk and socket overlap
 * @b: the bench; its file is taken over
 * @path: a disk, or a file on one, of 16 MiB at least; slow
 *
 * Return: how much is wrong.
 */
int direct_run(struct bench *b, const char *path)
{
	unsigned int round, w, k;
	double bytes_per_s;
	char *expected;

	b->file = open(path, O_RDONLY | O_DIRECT);
	b->ranges[0] = (struct range) { 0, BYTES };
	b->nr = 1;
	if (posix_memalign((void **)&chunk, 4096, CHUNK) ||
	    posix_memalign((void **)&expected, 4096, BYTES) || b->file < 0) {
		perror(path);
		return 1;
	}
	fprintf(stderr, "-- sending directly from %s\n", path);
	bytes_per_s = now(CLOCK_MONOTONIC);
	for (size_t done = 0; done < BYTES; done += CHUNK)
		if (pread(b->file, expected + done, CHUNK, done) != CHUNK) {
			perror(path);
			return 1;
		}
	bytes_per_s = BYTES / ((now(CLOCK_MONOTONIC) - bytes_per_s) / 1e9);
	for (round = 0; round < b->samples * NR_BUFFERS * NR_WAYS; round++) {
		w = round % NR_WAYS;
		k = round / NR_WAYS % NR_BUFFERS;
		if (measure(b, w, expected, bytes_per_s, k)) {
			printf("%s: content differs, or failed\n",
			       ways[w].name);
			return 1;
		}
	}
	print_table(bytes_per_s);
	free(expected);
	free(chunk);
	close(b->file);
	return 0;
}

/**
 * direct_json - what direct_run() measured
 * @object: called for each way
 * @file: handed on
 */
void direct_json(json_writer *object, FILE *file)
{
	unsigned int w, k;

	for (k = 0; k < NR_BUFFERS; k++)
		for (w = 0; w < NR_WAYS; w++)
			object(file, "direct", BYTES, 1, buffers[k].name,
			       ways[w].name, &measured[k][w]);
}
