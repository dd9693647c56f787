// SPDX-License-Identifier: GPL-2.0
/* The shapes: counted and compared first, then timed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

/*
 * Small shapes take samples for so long, to find undisturbed ones; and all
 * shapes are timed so often, because other work on the machine lasts seconds.
 */
#define SHAPE_NS	4e9
#define PASSES		2

const struct shape shapes[NR_SHAPES] = {
	{ "256 MiB x 1", 256 * MIB, 1, 1 },
	{ "16 MiB x 1", 16 * MIB, 1, 1 },
	{ "1 MiB x 1", MIB, 1, 1 },
	{ "64 KiB x 1", 64 * KIB, 1, 1 },
	{ "4 KiB x 1", 4 * KIB, 1, 1 },
	{ "64 KiB x 64", 64 * KIB, 64, 2 },
	{ "4 KiB x 64", 4 * KIB, 64, 4 },
	{ "1000 B x 64", 1000, 64, 5 },
	{ "4 KiB x 512", 4 * KIB, 512, 4 },
	{ "512 B x 512", 512, 512, 5 },
};

static int failures;

static void fail(const char *shape, const char *method, const char *what)
{
	printf("FAILED: %s, %s: %s\n", shape, method, what);
	failures++;
}

/**
 * shape_place - choose the ranges of a shape, and the batch
 * @b: the bench, its file is open
 * @shape: the shape
 *
 * Scattered: every range in a slot of its own, the slots in mixed order.
 */
void shape_place(struct bench *b, const struct shape *shape)
{
	size_t slot = (b->file_size - shape->len) / shape->count;
	unsigned int i;

	for (i = 0; i < shape->count; i++) {
		/* 211 has no divisor in common with any count here. */
		size_t k = (size_t)i * 211 % shape->count;
		size_t offset = shape->count == 1 ? 0 : k * slot / 4096 * 4096;

		/* Ranges of less than a page start anywhere in one. */
		if (shape->len < 4096)
			offset += k * 136 % (4096 - shape->len);
		b->ranges[i].offset = offset;
		b->ranges[i].len = shape->len;
	}
	b->nr = shape->count;
	b->batch = MIB / (shape->len * shape->count) ?: 1;
}

/* What the counters of zcxfer must be, on every machine. */
static void check_counts(const struct bench *b, const struct shape *shape,
			 const struct counts *c)
{
	const char *name = methods[method_zcxfer].name;

	if (counting && c->syscalls != 1)
		fail(shape->name, name, "not one system call");
	if (shape->len >= b->copybreak && c->bytes_copied)
		fail(shape->name, name, "bytes were copied");
	if (shape->count == 1 &&
	    c->socket_calls > shape->len / (256 * KIB) + 1)
		fail(shape->name, name, "too many calls into the socket");
}

/* Some responses, counted if the kernel can. */
static int send_counted(struct bench *b, unsigned int m,
			unsigned int responses, struct counts *counts)
{
	if (counting)
		return count_run(b, methods[m].send, responses, counts);
	while (responses--)
		if (methods[m].send(b))
			return -1;
	return 0;
}

/* Content and counters of one method, untimed. */
static void verify_method(struct bench *b, const struct shape *shape,
			  unsigned int m, struct counts *c)
{
	unsigned int responses = shape->len > MIB ? 1 : 4;
	pid_t pid = sink_start(b, SINK_COMPARE, responses);

	if (pid < 0) {
		fail(shape->name, methods[m].name, "no loopback connection");
		return;
	}
	if (send_counted(b, m, responses, c))
		fail(shape->name, methods[m].name, strerror(errno));
	if (sink_end(b, pid))
		fail(shape->name, methods[m].name, "content differs");
	if (m == method_zcxfer) {
		/* A copy between kernel pages has no iterator. */
		c->bytes_copied = b->result.bytes_copied;
		c->socket_calls = b->result.socket_calls;
		check_counts(b, shape, c);
	}
}

/* Warm up, and learn how many responses make a sample. */
static int calibrate(struct bench *b, unsigned int m, unsigned int *responses)
{
	struct sample first = { 0 };

	if (sample_take(b, methods[m].send, 1, &first))
		return -1;
	*responses = sample_responses(b, first.cpu_ns);
	return 0;
}

/* One sample of one method; the first only warms up. */
static int time_method(struct bench *b, unsigned int m, unsigned int *responses,
		       struct sample *best)
{
	if (!*responses)
		return calibrate(b, m, responses);
	return sample_take(b, methods[m].send, *responses, best);
}

/* The methods take turns, so that a disturbance meets all of them. */
static void time_rounds(struct bench *b, const struct shape *shape,
			struct sample *samples)
{
	double end = now(CLOCK_MONOTONIC) + SHAPE_NS;
	unsigned int responses[NR_METHODS] = { 0 };
	unsigned int round, m;

	for (round = 0; round <= b->samples || now(CLOCK_MONOTONIC) < end;
	     round++) {
		for (m = 0; m < NR_METHODS; m++) {
			if (left_out(b, m) ||
			    !time_method(b, m, &responses[m], &samples[m]))
				continue;
			fail(shape->name, methods[m].name, strerror(errno));
			return;
		}
	}
}

static void time_shape(struct bench *b, const struct shape *shape,
		       enum sink sink, struct sample *samples)
{
	pid_t pid = sink_start(b, sink, 0);

	if (pid < 0) {
		fail(shape->name, "all", "no loopback connection");
		return;
	}
	time_rounds(b, shape, samples);
	sink_end(b, pid);
}

/** shape_wanted - is this the one shape to run, or are all? */
bool shape_wanted(const struct shape *shape, const char *only)
{
	return !only || !strcmp(only, shape->name);
}

static void verify_shapes(struct bench *b, const char *only,
			  struct row rows[2][NR_SHAPES])
{
	unsigned int i, m;

	for (i = 0; i < NR_SHAPES; i++) {
		if (!shape_wanted(&shapes[i], only))
			continue;
		fprintf(stderr, "-- counting %s\n", shapes[i].name);
		shape_place(b, &shapes[i]);
		for (m = 0; m < NR_METHODS; m++) {
			struct counts c = { -1, -1, -1 };

			if (!left_out(b, m))
				verify_method(b, &shapes[i], m, &c);
			rows[0][i].of[m].counts = c;
			rows[1][i].of[m].counts = c;
		}
	}
}

static void time_shapes(struct bench *b, const char *only, unsigned int sinks,
			struct row rows[2][NR_SHAPES])
{
	unsigned int i, k;

	for (i = 0; i < NR_SHAPES; i++) {
		if (!shape_wanted(&shapes[i], only))
			continue;
		fprintf(stderr, "-- timing %s\n", shapes[i].name);
		shape_place(b, &shapes[i]);
		for (k = SINK_DISCARD; k <= SINK_READ; k++)
			if (sinks & 1 << k)
				time_shape(b, &shapes[i], k, rows[k][i].of);
	}
}

/**
 * shapes_run - verify and time the shapes
 * @b: the bench
 * @only: name of the one shape to run, or NULL for all
 * @sinks: which receivers, bits 1 << SINK_DISCARD and 1 << SINK_READ
 * @rows: filled in, for each receiver
 *
 * Return: how many counters or contents are wrong.
 */
int shapes_run(struct bench *b, const char *only, unsigned int sinks,
	       struct row rows[2][NR_SHAPES])
{
	unsigned int pass;

	verify_shapes(b, only, rows);
	stop_counting();
	for (pass = 0; pass < PASSES; pass++)
		time_shapes(b, only, sinks, rows);
	return failures;
}
