// SPDX-License-Identifier: GPL-2.0-only
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

static int measure(struct lab_transfer *t, unsigned int m, unsigned int k,
		   const char *bytes, double bytes_per_s)
{
	const struct peer_options options = { buffers[k].bytes, bytes_per_s };
	const struct lab_range all = { .len = BYTES };
	struct sample *best = &measured[k][m];
	struct peer_times times;

	if (peer_send(direct_methods[m].lab, t, &all, 1, &options, bytes, &times))
		return -1;
	if (!best->wall_ns || times.wall_ns < best->wall_ns)
		*best = (struct sample) { times.cpu_ns, times.wall_ns, NO_COUNTS };
	return 0;
}

static int measure_all(struct bench *b, struct lab_transfer *t, const char *bytes,
		       double bytes_per_s)
{
	unsigned int i, m;

	for (i = 0; i < b->samples * NR_BUFFERS * NR_DIRECT; i++) {
		m = i % NR_DIRECT;
		if (measure(t, m, i / NR_DIRECT % NR_BUFFERS, bytes, bytes_per_s)) {
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
