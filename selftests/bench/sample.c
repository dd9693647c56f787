// SPDX-License-Identifier: GPL-2.0
/*
 * One sample: as many responses as make a measurable time.
 *
 * The sender's CPU time is taken around the sending of a batch alone. Then it
 * waits, unmeasured, until the receiver has drained the batch: what a wake-up
 * costs when a socket is full depends on how the two processes happen to meet,
 * not on the method. A batch fits into the socket's buffers; only responses
 * that are larger than those meet a full socket, by every method.
 */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "../../userspace/lab/mark.h"

/*
 * Short, so that among the many samples there are some that nothing else on
 * the machine disturbed.
 */
#define SAMPLE_NS	20e6
#define MAX_RESPONSES	4000

/** now - a clock, in nanoseconds */
double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* The receiver says that a batch is through. */
static int wait_for_sink(struct bench *b)
{
	char byte;

	if (!b->batch || read(b->ack, &byte, 1) == 1)
		return 0;
	errno = EPIPE;
	return -1;
}

/**
 * sample_responses - how many responses make a sample
 * @b: the bench
 * @cpu_ns: what one takes
 */
unsigned int sample_responses(const struct bench *b, double cpu_ns)
{
	double n = SAMPLE_NS / (cpu_ns > 0 ? cpu_ns : 1);

	if (n > MAX_RESPONSES)
		n = MAX_RESPONSES;
	return n > b->batch ? n : b->batch;
}

static int send_marked(struct bench *b, int (*send)(struct bench *b))
{
	int err;

	mark(MARK_ON);
	err = send(b);
	mark(MARK_OFF);
	return err;
}

/**
 * sample_take - take a sample
 * @b: the bench, connected
 * @send: the method
 * @responses: about how many: they are sent in whole batches
 * @best: the best sample so far; all zero if this is the first
 *
 * Return: 0, or -1 with errno.
 */
int sample_take(struct bench *b, int (*send)(struct bench *b),
		unsigned int responses, struct sample *best)
{
	unsigned int batch = b->batch ?: responses;
	double cpu = 0, wall = now(CLOCK_MONOTONIC);
	unsigned int sent, i;

	for (sent = 0; sent < responses; sent += batch) {
		cpu -= now(CLOCK_PROCESS_CPUTIME_ID);
		for (i = 0; i < batch; i++)
			if (send_marked(b, send))
				return -1;
		cpu += now(CLOCK_PROCESS_CPUTIME_ID);
		if (wait_for_sink(b))
			return -1;
	}
	cpu /= sent;
	wall = (now(CLOCK_MONOTONIC) - wall) / sent;
	if (!best->cpu_ns || cpu < best->cpu_ns)
		best->cpu_ns = cpu;
	if (!best->wall_ns || wall < best->wall_ns)
		best->wall_ns = wall;
	return 0;
}
