// SPDX-License-Identifier: GPL-2.0
/*
 * The shapes for who counts instructions: a section for each shape and method, in
 * which each response is an interval (mark.h). Nothing is timed.
 */
#include <stdio.h>

#include "bench.h"
#include "../../userspace/lab/mark.h"

/* A median of so many; of those that are long, fewer. */
#define RESPONSES	25
#define BYTES		(256 * MIB)

static unsigned int responses_of(const struct shape *shape)
{
	size_t n = BYTES / (shape->len * shape->count);

	return n < 3 ? 3 : n > RESPONSES ? RESPONSES : n;
}

/* One sample warms up, in a section that has no name. */
static int send_section(struct bench *b, const struct shape *shape,
			unsigned int m, FILE *names)
{
	struct sample ignored = { 0 };

	if (sample_take(b, methods[m].send, 1, &ignored))
		return -1;
	mark(MARK_SECTION);
	fprintf(names, "%s\t%s\n", shape->name, methods[m].name);
	if (sample_take(b, methods[m].send, responses_of(shape), &ignored))
		return -1;
	mark(MARK_SECTION);
	fprintf(names, "\n");
	return 0;
}

static int send_shape(struct bench *b, const struct shape *shape, FILE *names)
{
	pid_t pid;
	unsigned int m;

	shape_place(b, shape);
	pid = sink_start(b, SINK_DISCARD, 0);
	if (pid < 0)
		return -1;
	for (m = 0; m < NR_METHODS; m++) {
		if (left_out(b, m) || methods[m].extra)
			continue;
		if (send_section(b, shape, m, names))
			return -1;
	}
	return sink_end(b, pid);
}

/**
 * sections_run - send the shapes, marked
 * @b: the bench
 * @only: name of the one shape to send, or NULL for all
 * @path: a file for the names of the sections, a line each, "shape<TAB>method";
 *	those of empty lines do not count
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
		if (!shape_wanted(&shapes[i], only))
			continue;
		fprintf(stderr, "-- %s\n", shapes[i].name);
		err = send_shape(b, &shapes[i], names);
		if (err)
			perror(shapes[i].name);
	}
	return fclose(names) || err ? -1 : 0;
}
