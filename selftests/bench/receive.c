// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive direction: a stream into ranges of a file. The peer never stops sending;
 * the CPU time of the receiver alone is measured, which is this process.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../userspace/lab/methods/common.h"
#include "bench.h"

#define FILE_SIZE	(256 * MIB)
#define CHUNK		(128 * KIB)	/* of recv() and splice() */
#define BLOCK		MIB		/* the stream repeats it */
#define SAMPLE_NS	100e6

/* What is received, and by how much zcxfer must be faster than the others. */
static const struct {
	const char *name;
	size_t len;
	unsigned int count;
	double goals[3];	/* recv+pwrite, recv to mmap, splice */
} streams[] = {
	/* The file four times over: no guest has memory for more. */
	{ "1 GiB", 256 * MIB, 4, { 1.3, 0, 1 } },
	{ "64 KiB x 64", 64 * KIB, 64, { 1.3, 0, 2 } },
	{ "4 KiB x 512", 4 * KIB, 512, { 1.3, 0, 2 } },
};

#define NR_STREAMS	(sizeof(streams) / sizeof(*streams))

/* Of the receiver, which is this process. */
static struct receiver {
	int dev;
	int sock;
	int file;
	char *map;		/* the file, faulted in */
	char *buffer;
	int pipe[2];		/* for splice */
	struct lab_range ranges[LAB_MAX_RANGES];
	unsigned int nr;
	unsigned int calls;	/* system calls of the sample */
	struct zcxfer_result result;
} receiver;

static char *block;

static int receive_pwrite(struct receiver *r, struct lab_range left)
{
	while (left.len) {
		ssize_t n = recv(r->sock, r->buffer, lab_min(left.len, CHUNK), 0);

		if (n <= 0 || pwrite(r->file, r->buffer, n, left.offset) != n)
			return -1;
		lab_advance(&left, n);
		r->calls += 2;
	}
	return 0;
}

static int receive_mmap(struct receiver *r, struct lab_range left)
{
	while (left.len) {
		ssize_t n = recv(r->sock, r->map + left.offset, left.len, MSG_WAITALL);

		if (n <= 0)
			return -1;
		lab_advance(&left, n);
		r->calls++;
	}
	return 0;
}

static int receive_splice(struct receiver *r, struct lab_range left)
{
	while (left.len) {
		ssize_t n = splice(r->sock, NULL, r->pipe[1], NULL,
				   lab_min(left.len, CHUNK), SPLICE_F_MOVE);

		if (n <= 0)
			return -1;
		left.len -= n;
		r->calls++;
		for (; n > 0; r->calls++) {
			ssize_t w = splice(r->pipe[0], NULL, r->file, &left.offset, n,
					   SPLICE_F_MOVE);

			if (w <= 0)
				return -1;
			n -= w;
		}
	}
	return 0;
}

/* All ranges at once. */
static int receive_zcxfer(struct receiver *r)
{
	int err = zcxfer_recv(r->dev, r->sock, lab_descs(r->file, r->ranges, r->nr), r->nr,
			      0, &r->result);

	r->calls++;
	if (err)
		errno = -err;
	return err || r->result.stop != ZCXFER_STOP_DONE ? -1 : 0;
}

static const struct {
	const char *name;
	int (*receive)(struct receiver *r, struct lab_range left);
} receivers[] = {
	{ "recv+pwrite", receive_pwrite },
	{ "recv to mmap", receive_mmap },
	{ "splice", receive_splice },
	{ "zcxfer", NULL },
};

#define NR_RECEIVERS	(sizeof(receivers) / sizeof(*receivers))
#define ZCXFER		(NR_RECEIVERS - 1)

static struct sample measured[NR_STREAMS][NR_RECEIVERS];

static int receive_all(unsigned int m)
{
	unsigned int i;

	if (m == ZCXFER)
		return receive_zcxfer(&receiver);
	for (i = 0; i < receiver.nr; i++)
		if (receivers[m].receive(&receiver, receiver.ranges[i]))
			return -1;
	return 0;
}

/* The other end: sends the block again and again, until the receiver closes. */
static int feed(int listener, void *arg)
{
	int sock = accept(listener, NULL, NULL);

	while (send(sock, arg, BLOCK, MSG_NOSIGNAL) == (ssize_t)BLOCK)
		;
	return 0;
}

/* Spread over the file, in an order that no readahead detects. */
static void place(unsigned int shape)
{
	unsigned int i, count = streams[shape].count;
	size_t stride = FILE_SIZE / count;

	receiver.nr = count;
	for (i = 0; i < count; i++) {
		size_t offset = streams[shape].len == FILE_SIZE ? 0 :
				(i * 7 % count) * stride;

		receiver.ranges[i] = (struct lab_range){ offset, streams[shape].len };
	}
}

static size_t response_bytes(unsigned int shape)
{
	return streams[shape].len * streams[shape].count;
}

/* True if the response that began at @start of the stream is where it belongs. */
static bool content_is_right(size_t start)
{
	unsigned int i;

	for (i = 0; i < receiver.nr; i++) {
		struct lab_range left = receiver.ranges[i];

		while (left.len) {
			size_t at = start % BLOCK;
			size_t n = lab_min(left.len, BLOCK - at);

			if (memcmp(receiver.map + left.offset, block + at, n))
				return false;
			lab_advance(&left, n);
			start += n;
		}
	}
	return true;
}

/* Responses for so long. */
static int sample(unsigned int shape, unsigned int m, double until_ns)
{
	struct sample *best = &measured[shape][m];
	double cpu = lab_ns(CLOCK_PROCESS_CPUTIME_ID), wall = lab_ns(CLOCK_MONOTONIC);
	unsigned int n = 0;

	receiver.calls = 0;
	do {
		if (receive_all(m))
			return -1;
		n++;
	} while (lab_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu < until_ns);
	sample_improve(best, (lab_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu) / n,
		       (lab_ns(CLOCK_MONOTONIC) - wall) / n);
	best->counts.syscalls = (double)receiver.calls / n;
	return 0;
}

static int verify(unsigned int shape, unsigned int m)
{
	struct counts *counts = &measured[shape][m].counts;
	bool zcxfer = m == ZCXFER;

	/* Twice: the second begins in the middle of the stream. */
	if (receive_all(m) || receive_all(m)) {
		printf("%s: %s: %s\n", streams[shape].name, receivers[m].name,
		       strerror(errno));
		return 1;
	}
	counts->bytes_copied = zcxfer ? (double)response_bytes(shape) +
			       receiver.result.bytes_copied : -1;
	counts->socket_calls = zcxfer ? (double)receiver.result.socket_calls : -1;
	if (!content_is_right(response_bytes(shape)) ||
	    (zcxfer && receiver.result.bytes_copied)) {
		printf("%s: %s: content differs, or was copied twice\n",
		       streams[shape].name, receivers[m].name);
		return 1;
	}
	return 0;
}

static int measure(unsigned int shape, unsigned int m, unsigned int round)
{
	struct peer peer = { .buffers = 0 };
	int failures;

	if (peer_start(&peer, feed, block)) {
		perror("bench: loopback");
		return 1;
	}
	receiver.sock = peer_connect(&peer);
	failures = round ? sample(shape, m, SAMPLE_NS) != 0 : verify(shape, m);
	close(receiver.sock);
	peer_end(&peer);
	return failures;
}

static void print_table(void)
{
	unsigned int i, m;

	printf("\nreceiver CPU, microseconds per response, and times zcxfer's (goal)\n%-12s",
	       "shape");
	for (m = 0; m < NR_RECEIVERS; m++)
		printf(" %24s", receivers[m].name);
	printf("\n");
	for (i = 0; i < NR_STREAMS; i++) {
		double own = measured[i][ZCXFER].cpu_ns;

		printf("%-12s", streams[i].name);
		for (m = 0; m < ZCXFER; m++) {
			double ratio = measured[i][m].cpu_ns / own;
			double goal = streams[i].goals[m];

			printf(" %10.1f %5.2fx", measured[i][m].cpu_ns / 1e3,
			       ratio);
			if (goal)
				printf(" %-7s", ratio >= goal ? "ok" : "MISS");
			else
				printf(" %7s", "");
		}
		printf(" %10.1f\n", own / 1e3);
	}
}

/* A mapping would make smaller folios than write(2). */
static int write_zeros(int fd)
{
	size_t done;

	memset(block, 0, BLOCK);
	for (done = 0; done < FILE_SIZE; done += BLOCK)
		if (write(fd, block, BLOCK) != BLOCK)
			return -1;
	return 0;
}

static int prepare(struct receiver *r, const char *path)
{
	block = malloc(BLOCK);
	r->buffer = malloc(CHUNK);
	r->dev = zcxfer_open();
	r->file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (!block || !r->buffer || r->dev < 0 || pipe(r->pipe) || r->file < 0 ||
	    write_zeros(r->file))
		return -1;
	pattern_fill((__u64 *)block, BLOCK, 0);
	r->map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_POPULATE, r->file, 0);
	return r->map == MAP_FAILED ? -1 : 0;
}

static void finish(struct receiver *r, const char *path)
{
	munmap(r->map, FILE_SIZE);
	close(r->file);
	unlink(path);
	close(r->pipe[0]);
	close(r->pipe[1]);
	close(r->dev);
	free(r->buffer);
	free(block);
}

/**
 * receive_run - measure the receive direction
 * @b: the bench
 * @path: a file to receive into, made here and removed
 *
 * Return: how many contents or counters are wrong.
 */
int receive_run(struct bench *b, const char *path)
{
	unsigned int round, i, m;
	int failures = 0;

	if (prepare(&receiver, path)) {
		perror(path);
		return 1;
	}
	for (i = 0; i < NR_STREAMS && !failures; i++) {
		fprintf(stderr, "-- receiving %s\n", streams[i].name);
		place(i);
		for (round = 0; round <= b->samples && !failures; round++)
			for (m = 0; m < NR_RECEIVERS; m++)
				failures += measure(i, m, round);
	}
	finish(&receiver, path);
	if (!failures)
		print_table();
	return failures;
}

/**
 * receive_json - what receive_run() measured
 * @object: called for each shape and method
 * @file: passed to @object
 */
void receive_json(json_writer *object, FILE *file)
{
	unsigned int i, m;

	for (i = 0; i < NR_STREAMS; i++)
		for (m = 0; m < NR_RECEIVERS; m++)
			object(file, streams[i].name, streams[i].len,
			       streams[i].count, "file", receivers[m].name,
			       &measured[i][m]);
}
