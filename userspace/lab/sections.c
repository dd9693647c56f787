// SPDX-License-Identifier: GPL-2.0-only
/*
 * All sections: a section is all methods on one route, with the file in the page cache
 * or not. There are two passes: the first checks and counts, and the second, with the
 * counters off, measures times.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A row that takes longer is not timed again: a Java machine starts slowly. */
#define ROW_SECONDS	2

#define MAX_SECTIONS	(LAB_NR_ROUTES * LAB_NR_CACHES)

struct section {
	enum lab_route route;
	enum lab_cache cache;
	struct lab_row *rows;
};

/* The state of a measurement. */
struct lab {
	const struct plan *plan;
	struct source *source;
	struct section sections[MAX_SECTIONS];
	size_t nr_sections;
	bool calibrated;
	double start;
};

typedef int step(struct lab *lab, struct route *route, struct lab_row *row);

/* Without scatter-gather, the disk makes no difference: that section is left out. */
static void choose_sections(struct lab *lab)
{
	bool both = lab->plan->caches[LAB_WARM] && lab->plan->caches[LAB_COLD];
	int route, cache;

	for (route = 0; route < LAB_NR_ROUTES; route++)
		for (cache = 0; cache < LAB_NR_CACHES; cache++) {
			if (!lab->plan->caches[cache] ||
			    (both && route == LAB_NIC_NO_SG && cache == LAB_COLD))
				continue;
			lab->sections[lab->nr_sections].route = route;
			lab->sections[lab->nr_sections++].cache = cache;
		}
}

static struct lab_row *make_rows(struct lab *lab)
{
	size_t nr = lab->plan->nr_methods, s, m;
	struct lab_row *rows = calloc(nr * lab->nr_sections, sizeof(*rows));

	for (s = 0; rows && s < lab->nr_sections; s++) {
		lab->sections[s].rows = rows + s * nr;
		for (m = 0; m < nr; m++) {
			struct lab_row *row = &lab->sections[s].rows[m];

			row->method = lab->plan->methods[m];
			row->route = lab->sections[s].route;
			row->cache = lab->sections[s].cache;
			row->len = lab->plan->size;
			row->skipped = row->method->missing ? row->method->missing() : NULL;
			/* All bits set is LAB_UNKNOWN. */
			memset(row->count, 0xff, sizeof(row->count));
		}
	}
	return rows;
}

/*
 * A violation of what the kernel determines shows in each run; a packet that is sent
 * again, or another program's activity, does not.
 */
#define MAX_TRIES	2

static int check_row(struct lab *lab, struct route *route, struct lab_row *row)
{
	int tries;

	if (lab->plan->trace && !lab->calibrated) {
		if (run_calibrate(route, lab->source))
			return -1;
		lab->calibrated = true;
	}
	for (tries = 0; tries < MAX_TRIES; tries++) {
		row->wrong[0] = 0;
		if (run_checked(route, lab->source, row, lab->plan->trace))
			break;
		expect_check(row, lab->source);
		if (!row->wrong[0])
			break;
	}
	explain(row);
	return 0;
}

static int time_row(struct lab *lab, struct route *route, struct lab_row *row)
{
	double start = lab_seconds();
	unsigned int i;

	for (i = 0; i < lab->plan->samples && !lab_interrupted; i++)
		if (run_timed(route, lab->source, row) ||
		    lab_seconds() - start > ROW_SECONDS)
			break;
	return 0;
}

static int each_row(struct lab *lab, struct section *section, struct route *route,
		    const char *doing, step *step)
{
	size_t m;

	for (m = 0; m < lab->plan->nr_methods && !lab_interrupted; m++) {
		struct lab_row *row = &section->rows[m];

		/* Rows that failed are not timed. */
		if (row->skipped || row->wrong[0])
			continue;
		fprintf(stderr, "-- [%3.0f s] %s, %s, %s: %s\n", lab_seconds() - lab->start,
			doing, route_names[row->route], cache_names[row->cache],
			row->method->title);
		if (step(lab, route, row))
			return -1;
	}
	return 0;
}

/* The text is copied because the rows outlive the route. */
static void skip_rows(struct lab *lab, struct section *section, const char *problem)
{
	const char *text = strdup(problem) ?: "out of memory";
	size_t m;

	for (m = 0; m < lab->plan->nr_methods; m++)
		if (!section->rows[m].skipped)
			section->rows[m].skipped = text;
}

static int each_section(struct lab *lab, const char *doing, step *step)
{
	static struct route route;
	const char *problem;
	size_t s;
	int err = 0;

	for (s = 0; s < lab->nr_sections && !err && !lab_interrupted; s++) {
		problem = route_open(&route, lab->sections[s].route, lab->plan->pair);
		if (problem)
			fprintf(stderr, "-- %s: %s\n", route_names[lab->sections[s].route],
				problem);
		/* Rows that have been counted are kept. */
		if (problem && step == check_row)
			skip_rows(lab, &lab->sections[s], problem);
		else if (!problem)
			err = each_row(lab, &lab->sections[s], &route, doing, step);
		route_close(&route);
	}
	return err;
}

static int check_all(struct lab *lab)
{
	int err;

	if (!lab->plan->trace)
		return each_section(lab, "checking", check_row);
	if (lab_interrupted)
		return -1;
	fprintf(stderr, "-- switching the kernel's counters on\n");
	err = events_open();
	if (err) {
		lab_error("--no-trace counts nothing, and needs no root");
		return err;
	}
	err = each_section(lab, "counting", check_row);
	events_close();
	return err;
}

/**
 * sections_run - measure all rows
 * @plan: the methods, and how they are measured
 * @source: the file, made
 * @nr: set to the number of rows
 *
 * Return: the rows, or NULL after a message.
 */
struct lab_row *sections_run(const struct plan *plan, struct source *source, size_t *nr)
{
	struct lab lab = { .plan = plan, .source = source, .start = lab_seconds() };
	struct lab_row *rows;

	choose_sections(&lab);
	rows = make_rows(&lab);
	*nr = plan->nr_methods * lab.nr_sections;
	if (!rows) {
		lab_error("out of memory");
		return NULL;
	}
	if (check_all(&lab) || (plan->samples && each_section(&lab, "timing", time_row))) {
		free(rows);
		return NULL;
	}
	return rows;
}
