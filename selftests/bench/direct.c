// SPDX-License-Identifier: GPL-2.0
/*
 * A slow disk into a socket that is as slow, past the page cache: disk and socket take
 * turns, or work at the same time. The wall-clock time is measured.
 *
 * A socket sends what is in its buffer while the next bytes are read: if the buffer
 * holds a chunk read + send overlap as well. So it is measured with such a socket, and
 * with one that has a smaller buffer.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../userspace/lab/methods/common.h"
#include "../../userspace/lab/methods/methods.h"
#include "bench.h"

#define BYTES		(16 * MIB)
#define CHUNK		(512 * KIB)	/* of read() and send() */

static const struct method direct_methods[] = {
	{ .name = "O_DIRECT read+send", .lab = &lab_direct },
	{ .name = "O_DIRECT sendfile", .lab = &lab_sendfile },
	{ .name = "zcxfer --direct", .lab = &lab_zcxfer_direct },
};

#define NR_DIRECT	(sizeof(direct_methods) / sizeof(*direct_methods))

static const struct {
	const char *name;
	int bytes;		/* 0: the kernel's default */
	double goal;		/* of the time of the first method */
} buffers[] = {
	{ "32 KiB", 32 * KIB, 0.65 },
	{ "the kernel's own", 0, 1.05 },
};

#define NR_BUFFERS	(sizeof(buffers) / sizeof(*buffers))

static struct sample measured[NR_BUFFERS][NR_DIRECT];

/* Until the other end has all of it. */
static int send_all(const struct lab_method *method, struct lab_transfer *t,
		    struct sample *one)
{
	const struct lab_range all = { .len = BYTES };
	char byte;
	int err;

	one->wall_ns = -lab_ns(CLOCK_MONOTONIC);
	one->cpu_ns = -lab_ns(CLOCK_PROCESS_CPUTIME_ID);
	err = lab_send(method, t, &all, 1);
	err = err || recv(t->sock, &byte, 1, 0) != 1;
	one->wall_ns += lab_ns(CLOCK_MONOTONIC);
	one->cpu_ns += lab_ns(CLOCK_PROCESS_CPUTIME_ID);
	return err;
}

static int send_paced(const struct lab_method *method, struct lab_transfer *t,
		      unsigned long long pace, struct sample *one)
{
	int err;

	if (t->sock < 0 || setsockopt(t->sock, SOL_SOCKET, SO_MAX_PACING_RATE, &pace,
				      sizeof(pace)))
		return -1;
	err = method->prepare ? method->prepare(t) : 0;
	if (err)
		return err;
	err = send_all(method, t, one);
	if (method->finish)
		method->finish(t);
	return err;
}

static int measure(struct lab_transfer *t, unsigned int method, char *bytes,
		   double bytes_per_s, unsigned int buffer)
{
	struct sample *best = &measured[buffer][method];
	struct sample one = { .counts = NO_COUNTS };
	struct expected expected = { bytes, BYTES };
	struct peer peer = { .buffers = buffers[buffer].bytes };
	int err;

	if (peer_start(&peer, peer_compare, &expected))
		return -1;
	t->sock = peer_connect(&peer);
	err = send_paced(direct_methods[method].lab, t, bytes_per_s, &one);
	close(t->sock);
	if (peer_end(&peer) || err)
		return -1;
	if (!best->wall_ns || one.wall_ns < best->wall_ns)
		*best = one;
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
		for (w = 0; w < NR_DIRECT; w++) {
			double times = of[w].wall_ns / of[0].wall_ns;

			printf("  %-20s %8.0f %5.2fx%s\n", direct_methods[w].name,
			       of[w].wall_ns / 1e6, times, w < NR_DIRECT - 1 ? "" :
			       times <= buffers[k].goal ? " ok" : " MISS");
		}
	}
}

/* Returns how fast that was, in bytes per second, or 0. */
static double read_all(int file, char *bytes)
{
	double start = lab_ns(CLOCK_MONOTONIC);
	size_t done;

	for (done = 0; done < BYTES; done += CHUNK)
		if (pread(file, bytes + done, CHUNK, done) != CHUNK)
			return 0;
	return BYTES / ((lab_ns(CLOCK_MONOTONIC) - start) / 1e9);
}

static int measure_all(struct bench *b, struct lab_transfer *t, char *bytes,
		       double bytes_per_s)
{
	unsigned int i, m, k;

	for (i = 0; i < b->samples * NR_BUFFERS * NR_DIRECT; i++) {
		m = i % NR_DIRECT;
		k = i / NR_DIRECT % NR_BUFFERS;
		if (measure(t, m, bytes, bytes_per_s, k)) {
			printf("%s: content differs, or failed\n", direct_methods[m].name);
			return 1;
		}
	}
	print_table(bytes_per_s);
	return 0;
}

/**
 * direct_run - measure direct I/O
 * @b: the bench
 * @path: a disk, or a file on one, of 16 MiB at least; slow
 *
 * Return: how many contents are wrong.
 */
int direct_run(struct bench *b, const char *path)
{
	struct lab_transfer t = {
		.path = path,
		.file = open(path, O_RDONLY | O_DIRECT),
		.len = BYTES,
		.chunk = CHUNK,
	};
	char *bytes = lab_buffer(BYTES);
	double bytes_per_s;
	int failures = 1;

	fprintf(stderr, "-- sending directly from %s\n", path);
	bytes_per_s = bytes ? read_all(t.file, bytes) : 0;
	if (bytes_per_s)
		failures = measure_all(b, &t, bytes, bytes_per_s);
	else
		perror(path);
	free(bytes);
	close(t.file);
	return failures;
}

/**
 * direct_json - what direct_run() measured
 * @object: called for each method
 * @file: passed to @object
 */
void direct_json(json_writer *object, FILE *file)
{
	unsigned int w, k;

	for (k = 0; k < NR_BUFFERS; k++)
		for (w = 0; w < NR_DIRECT; w++)
			object(file, "direct", BYTES, 1, buffers[k].name,
			       direct_methods[w].name, &measured[k][w]);
}
