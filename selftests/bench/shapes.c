// SPDX-License-Identifier: GPL-2.0-only
/* The shapes: compared and counted first, then timed. */
#include <stdio.h>
#include <string.h>

#include "bench.h"

/*
 * Samples of a shape are taken for so long, so that some are undisturbed, and all shapes
 * are timed in several passes, because other work on the machine lasts seconds.
 */
#define SHAPE_NS	4e9
#define PASSES		2

/* Of a response from one network interface to another. */
#define NIC_MAX		(4 * MIB)

const struct shape shapes[NR_SHAPES] = {
	{ "256 MiB x 1", 256 * MIB, 1, 1, false },
	{ "16 MiB x 1", 16 * MIB, 1, 1, false },
	{ "1 MiB x 1", MIB, 1, 1, false },
	{ "64 KiB x 1", 64 * KIB, 1, 1, false },
	/* One packet, with the headers. */
	{ "60 KiB x 1", 60 * KIB, 1, 1, false },
	{ "4 KiB x 1", 4 * KIB, 1, 1, false },
	{ "64 KiB x 64", 64 * KIB, 64, 2, false },
	{ "4 KiB x 64", 4 * KIB, 64, 4, false },
	{ "1000 B x 64", 1000, 64, 5, false },
	{ "4 KiB x 512", 4 * KIB, 512, 4, false },
	{ "512 B x 512", 512, 512, 5, false },
	{ "256 MiB x 1 BIG", 256 * MIB, 1, 1, true },
	{ "16 MiB x 1 BIG", 16 * MIB, 1, 1, true },
	{ "1 MiB x 1 BIG", MIB, 1, 1, true },
	{ "64 KiB x 64 BIG", 64 * KIB, 64, 2, true },
};

static int failures;

static void fail(const char *shape, const char *method, const char *what)
{
	printf("FAILED: %s, %s: %s\n", shape, method, what);
	failures++;
}

static int set_packets(const struct bench *b, const struct shape *shape)
{
	int err;

	if (b->route.kind != LAB_LOOPBACK)
		return 0;
	err = nic_set_packet_limit(b->route.interface,
				   shape->big ? NIC_BIG_TCP : NIC_PACKET_LIMIT);
	/* Without rights it is the default already. */
	if (!err || !shape->big)
		return 0;
	lab_error("%s: no packets of more than 64 KiB: %s", shape->name, strerror(-err));
	return -1;
}

/**
 * shape_place - choose the ranges of a shape, the batch, and how long packets may be
 * @b: the bench, its file is made
 * @shape: the shape
 *
 * Scattered: every range in a slot of its own, the slots in mixed order.
 *
 * Return: 0, or -1 after a message.
 */
int shape_place(struct bench *b, const struct shape *shape)
{
	size_t slot = (b->source.len - shape->len) / shape->count;
	unsigned int i;

	for (i = 0; i < shape->count; i++) {
		/* 211 has no divisor in common with any count here. */
		size_t k = (size_t)i * 211 % shape->count;
		size_t offset = shape->count == 1 ? 0 : k * slot / 4096 * 4096;

		/* Ranges of less than a page start anywhere in one. */
		if (shape->len < 4096)
			offset += k * 136 % (4096 - shape->len);
		b->ranges[i] = (struct lab_range){ offset, shape->len };
	}
	b->nr = shape->count;
	b->batch = MIB / (shape->len * shape->count) ?: 1;
	return set_packets(b, shape);
}

/* What the counters of zcxfer must be, on every machine. */
static void check_counts(const struct bench *b, const struct shape *shape,
			 const struct counts *c)
{
	const char *name = methods[method_zcxfer].name;

	if (!b->counting)
		return;
	if (c->syscalls != 1)
		fail(shape->name, name, "not one system call");
	if (shape->len >= b->copybreak && c->bytes_copied)
		fail(shape->name, name, "bytes were copied");
	if (shape->count == 1 &&
	    c->socket_calls > shape->len / (256 * KIB) + 1)
		fail(shape->name, name, "too many calls into the socket");
}

/* Content and counters of one method, untimed. */
static void verify_method(struct bench *b, const struct shape *shape,
			  unsigned int m, struct counts *c)
{
	unsigned int responses = shape->len > MIB ? 1 : 4;
	struct lab_row row;

	if (count_method(b, methods[m].lab, TAKE_COMPARE, responses, &row, c))
		fail(shape->name, methods[m].name, row.wrong);
	else if (m == method_zcxfer)
		check_counts(b, shape, c);
}

/* One sample of one method; the first only warms up. */
static int time_method(struct sampler *s, unsigned int *responses,
		       struct sample *best)
{
	if (*responses)
		return sampler_take(s, *responses, best);
	*responses = sampler_calibrate(s);
	return *responses ? 0 : -1;
}

/* The methods take turns, so that a disturbance meets all of them. */
static void time_rounds(struct bench *b, const struct shape *shape,
			struct sampler *samplers, struct sample *samples)
{
	double end = lab_ns(CLOCK_MONOTONIC) + SHAPE_NS;
	unsigned int responses[NR_METHODS] = { 0 };
	unsigned int round, m;

	for (round = 0; round <= b->samples || lab_ns(CLOCK_MONOTONIC) < end;
	     round++) {
		for (m = 0; m < NR_METHODS; m++) {
			if (left_out(b, m) ||
			    !time_method(&samplers[m], &responses[m], &samples[m]))
				continue;
			fail(shape->name, methods[m].name, samplers[m].row.wrong);
			return;
		}
	}
}

static int open_samplers(struct bench *b, const struct shape *shape, enum take take,
			 struct sampler *samplers)
{
	unsigned int m;

	for (m = 0; m < NR_METHODS; m++)
		if (!left_out(b, m) && sampler_open(&samplers[m], b, methods[m].lab, take)) {
			fail(shape->name, methods[m].name, samplers[m].row.wrong);
			return -1;
		}
	return 0;
}

static void time_shape(struct bench *b, const struct shape *shape,
		       enum take take, struct sample *samples)
{
	static struct sampler samplers[NR_METHODS];
	unsigned int m;

	memset(samplers, 0, sizeof(samplers));
	if (!open_samplers(b, shape, take, samplers))
		time_rounds(b, shape, samplers, samples);
	for (m = 0; m < NR_METHODS; m++)
		sampler_close(&samplers[m]);
}

/**
 * shape_wanted - check whether a shape is run
 * @b: the bench
 * @shape: the shape
 * @only: the name of the only shape to run, or NULL
 *
 * Return: true if it is.
 */
bool shape_wanted(const struct bench *b, const struct shape *shape, const char *only)
{
	if (only && strcmp(only, shape->name))
		return false;
	/* The network interfaces of an emulator are slow, and have no BIG TCP. */
	return b->route.kind == LAB_LOOPBACK ||
	       (!shape->big && shape->len * shape->count <= NIC_MAX);
}

static void verify_shapes(struct bench *b, const char *only,
			  struct row rows[2][NR_SHAPES])
{
	unsigned int i, m;

	for (i = 0; i < NR_SHAPES; i++) {
		if (lab_interrupted || !shape_wanted(b, &shapes[i], only))
			continue;
		fprintf(stderr, "-- counting %s\n", shapes[i].name);
		if (shape_place(b, &shapes[i])) {
			failures++;
			continue;
		}
		for (m = 0; m < NR_METHODS; m++) {
			struct counts c = NO_COUNTS;

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
		if (lab_interrupted || !shape_wanted(b, &shapes[i], only))
			continue;
		fprintf(stderr, "-- timing %s\n", shapes[i].name);
		if (shape_place(b, &shapes[i]))
			continue;
		for (k = TAKE_DISCARD; k <= TAKE_READ; k++)
			if (sinks & 1 << k)
				time_shape(b, &shapes[i], k, rows[k][i].of);
	}
}

/**
 * shapes_run - verify and time the shapes
 * @b: the bench
 * @only: name of the only shape to run, or NULL
 * @sinks: what the receivers do, bits 1 << TAKE_DISCARD and 1 << TAKE_READ
 * @rows: filled in, for each receiver
 *
 * Return: how many counters or contents are wrong.
 */
int shapes_run(struct bench *b, const char *only, unsigned int sinks,
	       struct row rows[2][NR_SHAPES])
{
	unsigned int pass;

	verify_shapes(b, only, rows);
	count_stop(b);
	for (pass = 0; pass < PASSES; pass++)
		time_shapes(b, only, sinks, rows);
	/* The last shapes have left it changed. */
	set_packets(b, &shapes[0]);
	return failures;
}
