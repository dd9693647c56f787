/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of zcxfer-lab, beside the core. */
#ifndef ZCXFER_LAB_INTERNAL_H
#define ZCXFER_LAB_INTERNAL_H

#include "core.h"

/* expect.c */
void expect_check(struct lab_row *row, const struct source *source);

/* explain.c */
double explain_cpu_copies(const struct lab_row *row);
double explain_dma_copies(const struct lab_row *row);
void explain(struct lab_row *row);

/* The options of `zcxfer lab`. */
struct plan {
	const struct lab_method **methods;
	size_t nr_methods;
	bool caches[LAB_NR_CACHES];
	size_t size;
	unsigned int samples;
	const char *dir;
	const char *pair;
	bool trace;
};

/* names.c */
extern const char *const route_names[LAB_NR_ROUTES];
extern const char *const cache_names[LAB_NR_CACHES];
extern const char *const count_names[LAB_NR_COUNTS];

/* The options of its output. */
struct output {
	const char *json;
	const char *csv;
	bool tap;
	bool verbose;
};

/* options.c */
int parse_options(int argc, char **argv, struct plan *plan, struct output *output);
int choose_methods(struct plan *plan, char **names, int nr);
const struct lab_experiment *find_experiment(const char *name);

/* sections.c */
struct lab_row *sections_run(const struct plan *plan, struct source *source, size_t *nr);

/* table.c, tap.c, json.c, csv.c */
void table_print(FILE *out, const struct lab_row *rows, size_t nr, bool verbose);
void tap_print(FILE *out, const struct lab_row *rows, size_t nr);
int json_write(const char *path, const struct lab_row *rows, size_t nr,
	       const struct source *source);
int csv_write(const char *path, const struct lab_row *rows, size_t nr);

#endif /* ZCXFER_LAB_INTERNAL_H */
