// SPDX-License-Identifier: GPL-2.0-only
/* A method that sends a response: counted, or timed by samples. */
#include <string.h>

#include "bench.h"

/*
 * CPU time of a sample. Short, so that some of the many samples are not disturbed by
 * anything else on the machine.
 */
#define SAMPLE_NS	20e6
#define MAX_RESPONSES	4000

#define CHUNK		(128 * KIB)	/* of methods with a buffer */

/*
 * Room for a whole batch, twice: only a response that is larger meets a full socket, by
 * every method.
 */
#define SOCKET_BUFFER	(8 * MIB)

static struct run run_of(struct bench *b, const struct lab_method *method,
			 enum take take, struct lab_row *row)
{
	struct run run = {
		.task = {
			.method = method,
			.route = &b->route,
			.source = &b->source,
			.ranges = b->ranges,
			.nr = b->nr,
			.chunk = CHUNK,
			.take = take,
			.buffers = SOCKET_BUFFER,
		},
		.as_is = true,
		.row = row,
	};
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		run.task.len += b->ranges[i].len;
	*row = (struct lab_row){ .method = method };
	/* All bits set is LAB_UNKNOWN. */
	memset(row->count, 0xff, sizeof(row->count));
	return run;
}

/**
 * count_start - have the kernel count
 * @b: the bench
 *
 * Return: 0, or -1 after a message: then nothing is counted.
 */
int count_start(struct bench *b)
{
	if (events_open())
		return -1;
	b->counting = true;
	if (!run_calibrate(&b->route, &b->source))
		return 0;
	count_stop(b);
	return -1;
}

/**
 * count_stop - undo count_start(), before anything is timed
 * @b: the bench
 */
void count_stop(struct bench *b)
{
	events_close();
	b->counting = false;
}

/**
 * count_method - send responses, compare them if that is asked for, and count
 * @b: the bench
 * @method: the method
 * @take: what the receiver does
 * @responses: how many
 * @row: &lab_row.wrong is set
 * @counts: filled in if the kernel counts, of one response
 *
 * Return: 0 or -1.
 */
int count_method(struct bench *b, const struct lab_method *method,
		 enum take take, unsigned int responses, struct lab_row *row,
		 struct counts *counts)
{
	struct run run = run_of(b, method, take, row);
	const __u64 *count = row->count;

	row->len = run.task.len * responses;
	run.task.responses = responses;
	run.traced = b->counting;
	*counts = NO_COUNTS;
	if (run_once(&run))
		return -1;
	if (b->counting)
		*counts = (struct counts) {
			.syscalls = (double)count[LAB_SYSCALLS] / responses,
			.bytes_copied = (double)(count[LAB_READ_COPY] +
						 count[LAB_SEND_COPY]) / responses,
			.socket_calls = (double)count[LAB_SEND_CALLS] / responses,
		};
	return 0;
}

/**
 * sampler_open - connect a method to a receiver
 * @s: set
 * @b: the bench
 * @method: the method
 * @take: what the receiver does
 *
 * Return: 0, or -1 with the error in the row.
 */
int sampler_open(struct sampler *s, struct bench *b, const struct lab_method *method,
		 enum take take)
{
	s->run = run_of(b, method, take, &s->row);
	s->run.task.batch = b->batch;
	return run_open(&s->run);
}

/**
 * sampler_take - take a sample
 * @s: an open sampler
 * @responses: about how many
 * @best: its times become less, if this sample took less
 *
 * Return: 0, or -1 with the error in the row.
 */
int sampler_take(struct sampler *s, unsigned int responses, struct sample *best)
{
	struct report report;

	if (run_sample(&s->run, responses, &report))
		return -1;
	sample_improve(best, report.cpu_ns, report.wall_ns);
	return 0;
}

/**
 * sampler_calibrate - warm up, and find how many responses make a sample
 * @s: an open sampler
 *
 * Return: the number, or 0 with the error in the row.
 */
unsigned int sampler_calibrate(struct sampler *s)
{
	struct sample first = { 0 };
	double n;

	if (sampler_take(s, 1, &first))
		return 0;
	n = SAMPLE_NS / (first.cpu_ns > 0 ? first.cpu_ns : 1);
	if (n > MAX_RESPONSES)
		n = MAX_RESPONSES;
	return n > s->run.task.batch ? n : s->run.task.batch;
}

/**
 * sampler_close - end a sampler
 * @s: the sampler, open
 *
 * Return: 0, or -1 with the error in the row.
 */
int sampler_close(struct sampler *s)
{
	return run_close(&s->run, s->row.wrong[0]);
}

/**
 * sample_improve - keep the least of each time
 * @best: the least so far, 0 at first
 * @cpu_ns: a new CPU time
 * @wall_ns: a new wall-clock time
 */
void sample_improve(struct sample *best, double cpu_ns, double wall_ns)
{
	if (!best->cpu_ns || cpu_ns < best->cpu_ns)
		best->cpu_ns = cpu_ns;
	if (!best->wall_ns || wall_ns < best->wall_ns)
		best->wall_ns = wall_ns;
}
