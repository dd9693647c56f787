// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shapes for a counter of instructions: a section for each shape and method, in
 * which each response is an interval (mark.h). Nothing is timed.
 */
#include <stdio.h>

#include "../../userspace/lab/mark.h"
#include "bench.h"

/* A median of so many; of those that are long, fewer. */
#define RESPONSES	25
#define BYTES		(256 * MIB)
/* So many bytes, at most, open the congestion window of a new connection. */
#define WARM_UP		(16 * MIB)
#define MAX_WARM_UP	100

static unsigned int responses_of(const struct shape *shape)
{
	size_t n = BYTES / (shape->len * shape->count);

	return n < 3 ? 3 : n > RESPONSES ? RESPONSES : n;
}

static unsigned int warm_up_of(const struct shape *shape)
{
	size_t n = WARM_UP / (shape->len * shape->count) ?: 1;

	return n < MAX_WARM_UP ? n : MAX_WARM_UP;
}

/* The first sample warms up, in a section without a name. */
static int send_section(struct sampler *s, const struct shape *shape, const char *method,
			FILE *names)
{
	struct sample ignored = { 0 };

	if (sampler_take(s, warm_up_of(shape), &ignored))
		return -1;
	mark(MARK_SECTION);
	fprintf(names, "%s\t%s\n", shape->name, method);
	if (sampler_take(s, responses_of(shape), &ignored))
		return -1;
	mark(MARK_SECTION);
	fprintf(names, "\n");
	return 0;
}

static int send_shape(struct bench *b, const struct shape *shape, FILE *names)
{
	struct sampler s;
	unsigned int m;

	if (shape_place(b, shape))
		return -1;
	for (m = 0; m < NR_METHODS; m++) {
		if (left_out(b, m) || methods[m].extra)
			continue;
		if (sampler_open(&s, b, methods[m].lab, TAKE_DISCARD) ||
		    send_section(&s, shape, methods[m].name, names) |
		    sampler_close(&s)) {
			lab_error("%s, %s: %s", shape->name, methods[m].name,
				  s.row.wrong);
			return -1;
		}
	}
	return 0;
}

/**
 * sections_run - send the shapes, marked
 * @b: the bench
 * @only: name of the only shape to send, or NULL
 * @path: a file for the names of the sections, a line each, "shape<TAB>method", empty
 *	for a section that does not count
 *
 * Return: 0 or -1 after a message.
 */
int sections_run(struct bench *b, const char *only, const char *path)
{
	FILE *names = fopen(path, "w");
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
	if (b->module && many_wanted(only) && !err)
		err = many_run(b, only, names);
	return fclose(names) || err ? -1 : 0;
}
