// SPDX-License-Identifier: GPL-2.0
/*
 * The way back: a stream into ranges of a file. The peer never stops sending;
 * measured is the CPU time of the receiver, which is this process, alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define FILE_SIZE	(256 * MIB)
#define CHUNK		(128 * KIB)	/* of recv() and splice() */
#define BLOCK		MIB		/* the stream repeats it */
#define SAMPLE_NS	100e6

/* What is received, and what the others are to be beaten by. */
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

static unsigned int calls;	/* system calls of the response */
static char *block;

static int receive_pwrite(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		off_t pos = b->ranges[i].offset;
		size_t left = b->ranges[i].len;

		while (left) {
			ssize_t n = recv(b->sock, b->buffer,
					 left < CHUNK ? left : CHUNK, 0);

			if (n <= 0 || pwrite(b->file, b->buffer, n, pos) != n)
				return -1;
			pos += n;
			left -= n;
			calls += 2;
		}
	}
	return 0;
}

static int receive_mmap(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		char *to = b->kept + b->ranges[i].offset;
		size_t left = b->ranges[i].len;

		while (left) {
			ssize_t n = recv(b->sock, to, left, MSG_WAITALL);

			if (n <= 0)
				return -1;
			to += n;
			left -= n;
			calls++;
		}
	}
	return 0;
}

static int receive_splice(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		off_t pos = b->ranges[i].offset;
		size_t left = b->ranges[i].len;

		while (left) {
			ssize_t n = splice(b->sock, NULL, b->pipe[1], NULL,
					   left < CHUNK ? left : CHUNK,
					   SPLICE_F_MOVE);

			if (n <= 0)
				return -1;
			left -= n;
			calls++;
			for (; n > 0; calls++) {
				ssize_t w = splice(b->pipe[0], NULL, b->file,
						   &pos, n, SPLICE_F_MOVE);

				if (w <= 0)
					return -1;
				n -= w;
			}
		}
	}
	return 0;
}

static int receive_zcxfer(struct bench *b)
{
	calls++;
	return transfer(b, ZCXFER_IOC_RECV, 0);
}

static const struct {
	const char *name;
	int (*receive)(struct bench *b);
} receivers[] = {
	{ "recv+pwrite", receive_pwrite },
	{ "recv to mmap", receive_mmap },
	{ "splice", receive_splice },
	{ "zcxfer", receive_zcxfer },
};

#define NR_RECEIVERS	(sizeof(receivers) / sizeof(*receivers))
#define ZCXFER		(NR_RECEIVERS - 1)

static struct sample measured[NR_STREAMS][NR_RECEIVERS];

/* Sends the block again and again, until nobody wants it any more. */
static int feed(const struct bench *b, int sock, void *arg)
{
	(void)b;
	while (send(sock, arg, BLOCK, MSG_NOSIGNAL) == (ssize_t)BLOCK)
		;
	return 0;
}

/* Spread over the file, in an order that no readahead would guess. */
static void place(struct bench *b, unsigned int shape)
{
	unsigned int i, count = streams[shape].count;
	size_t stride = FILE_SIZE / count;

	b->nr = count;
	for (i = 0; i < count; i++) {
		b->ranges[i].len = streams[shape].len;
		b->ranges[i].offset = streams[shape].len == FILE_SIZE ? 0 :
				      (i * 7 % count) * stride;
	}
}

static size_t response_bytes(unsigned int shape)
{
	return streams[shape].len * streams[shape].count;
}

/* Is the response that began at @start of the stream where it belongs? */
static bool content_is_right(const struct bench *b, size_t start)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		size_t done = 0;

		while (done < b->ranges[i].len) {
			size_t at = (start + done) % BLOCK;
			size_t n = b->ranges[i].len - done;

			if (n > BLOCK - at)
				n = BLOCK - at;
			if (memcmp(b->kept + b->ranges[i].offset + done,
				   block + at, n))
				return false;
			done += n;
		}
		start += b->ranges[i].len;
	}
	return true;
}

/* Time responses for so long. */
static int sample(struct bench *b, unsigned int shape, unsigned int m,
		  double until_ns)
{
	struct sample *best = &measured[shape][m];
	double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
	unsigned int n = 0;

	calls = 0;
	do {
		if (receivers[m].receive(b))
			return -1;
		n++;
	} while (now(CLOCK_PROCESS_CPUTIME_ID) - cpu < until_ns);
	cpu = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / n;
	wall = (now(CLOCK_MONOTONIC) - wall) / n;
	if (!best->cpu_ns || cpu < best->cpu_ns)
		best->cpu_ns = cpu;
	if (!best->wall_ns || wall < best->wall_ns)
		best->wall_ns = wall;
	best->counts.syscalls = (double)calls / n;
	return 0;
}

static int verify(struct bench *b, unsigned int shape, unsigned int m)
{
	struct counts *counts = &measured[shape][m].counts;
	bool zcxfer = m == ZCXFER;

	/* Twice: the second begins in the middle of the stream. */
	if (receivers[m].receive(b) || receivers[m].receive(b)) {
		printf("%s: %s: %s\n", streams[shape].name, receivers[m].name,
		       strerror(errno));
		return 1;
	}
	counts->bytes_copied = zcxfer ? (double)response_bytes(shape) +
			       b->result.bytes_copied : -1;
	counts->socket_calls = zcxfer ? (double)b->result.socket_calls : -1;
	if (!content_is_right(b, response_bytes(shape)) ||
	    (zcxfer && b->result.bytes_copied)) {
		printf("%s: %s: content differs, or was copied twice\n",
		       streams[shape].name, receivers[m].name);
		return 1;
	}
	return 0;
}

static int measure(struct bench *b, unsigned int shape, unsigned int m,
		   unsigned int round)
{
	pid_t pid = peer_start(b, 0, feed, block);
	int failures;

	if (pid < 0) {
		perror("bench: loopback");
		return 1;
	}
	failures = round ? sample(b, shape, m, SAMPLE_NS) != 0 :
			   verify(b, shape, m);
	peer_end(b, pid);
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

/* In the large folios that write(2) makes; a mapping would make small ones. */
static int write_zeros(int fd)
{
	size_t done;

	memset(block, 0, BLOCK);
	for (done = 0; done < FILE_SIZE; done += BLOCK)
		if (write(fd, block, BLOCK) != BLOCK)
			return -1;
	return 0;
}

/**
 * receive_run - measure the way back
 * @b: the bench; its file and mapping are taken over
 * @path: a file to receive into, made here and removed
 *
 * Return: how many contents or counters are wrong.
 */
int receive_run(struct bench *b, const char *path)
{
	unsigned int round, i, m;
	int failures = 0;
	__u64 state = 1;

	block = malloc(BLOCK);
	b->file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (!block || b->file < 0 || write_zeros(b->file)) {
		perror(path);
		return 1;
	}
	fill_block(block, &state);
	b->kept = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, b->file, 0);
	for (i = 0; i < NR_STREAMS && !failures; i++) {
		fprintf(stderr, "-- receiving %s\n", streams[i].name);
		place(b, i);
		for (round = 0; round <= b->samples && !failures; round++)
			for (m = 0; m < NR_RECEIVERS; m++)
				failures += measure(b, i, m, round);
	}
	munmap(b->kept, FILE_SIZE);
	close(b->file);
	unlink(path);
	free(block);
	if (!failures)
		print_table();
	return failures;
}

/**
 * receive_json - what receive_run() measured
 * @object: called for each shape and method
 * @file: handed on
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
