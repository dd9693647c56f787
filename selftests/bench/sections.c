// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shapes for a counter of instructions: a section for each shape and method, in
 * which each response is an interval (mark.h). Nothing is timed.
 */
#include <stdio.h>
#include <string.h>

#include "../../userspace/lab/mark.h"
#include "bench.h"

/* The methods take turns, so that the state of the machine is the same for all. */
#define ROUNDS		3
/* Of a round; of those that are long, fewer. */
#define RESPONSES	8
#define BYTES		(85 * MIB)
/* So many bytes, at most, open the congestion window of a new connection. */
#define WARM_UP		(16 * MIB)
#define MAX_WARM_UP	100

static unsigned int responses_of(const struct shape *shape)
{
	size_t n = BYTES / (shape->len * shape->count) ?: 1;

	return n > RESPONSES ? RESPONSES : n;
}

static unsigned int warm_up_of(const struct shape *shape)
{
	size_t n = WARM_UP / (shape->len * shape->count) ?: 1;

	return n < MAX_WARM_UP ? n : MAX_WARM_UP;
}

static bool is_sent(const struct bench *b, unsigned int m)
{
	return !left_out(b, m) && !methods[m].extra;
}

/* One connection for each method. */
static int open_samplers(struct bench *b, const struct shape *shape,
			 struct sampler *samplers)
{
	struct sample ignored = { 0 };
	unsigned int m;
	int err = 0;

	for (m = 0; m < NR_METHODS && !err; m++)
		if (is_sent(b, m))
			err = sampler_open(&samplers[m], b, methods[m].lab, TAKE_DISCARD) ?:
			      sampler_take(&samplers[m], warm_up_of(shape), &ignored);
	return err;
}

static int send_rounds(struct bench *b, const struct shape *shape,
		       struct sampler *samplers)
{
	struct sample ignored = { 0 };
	unsigned int round, m;
	int err = 0;

	for (round = 0; round < ROUNDS; round++) {
		mark(MARK_AGAIN);
		for (m = 0; m < NR_METHODS && !err; m++) {
			if (!is_sent(b, m))
				continue;
			mark(MARK_SECTION);
			err = sampler_take(&samplers[m], responses_of(shape), &ignored);
		}
	}
	return err;
}

static int send_shape(struct bench *b, const struct shape *shape, FILE *names)
{
	const char *route = b->route.kind == LAB_LOOPBACK ? "loopback" : "NICs";
	static struct sampler samplers[NR_METHODS];
	unsigned int m;
	int err;

	if (shape_place(b, shape))
		return -1;
	memset(samplers, 0, sizeof(samplers));
	mark(MARK_GROUP);
	err = open_samplers(b, shape, samplers) ?: send_rounds(b, shape, samplers);
	for (m = 0; m < NR_METHODS; m++) {
		if (!is_sent(b, m))
			continue;
		fprintf(names, "%s\t%s\t%s\n", route, shape->name, methods[m].name);
		err |= sampler_close(&samplers[m]);
		if (samplers[m].row.wrong[0])
			lab_error("%s, %s: %s", shape->name, methods[m].name,
				  samplers[m].row.wrong);
	}
	return err;
}

/**
 * sections_run - send the shapes, marked
 * @b: the bench
 * @only: name of the only shape to send, or NULL
 * @path: a file; the name of each section is appended, a line each,
 *	"route<TAB>shape<TAB>method"
 *
 * Return: 0 or -1 after a message.
 */
int sections_run(struct bench *b, const char *only, const char *path)
{
	FILE *names = fopen(path, "a");
	unsigned int i;
	int err = 0;

	if (!names) {
		perror(path);
		return -1;
	}
	for (i = 0; i < NR_SHAPES && !err; i++) {
		if (!shape_wanted(b, &shapes[i], only))
			continue;
		fprintf(stderr, "-- %s\n", shapes[i].name);
		err = send_shape(b, &shapes[i], names);
	}
	if (b->module && b->route.kind == LAB_LOOPBACK && many_wanted(only) && !err)
		err = many_run(b, only, names);
	return fclose(names) || err ? -1 : 0;
}
