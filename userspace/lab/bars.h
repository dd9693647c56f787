/* SPDX-License-Identifier: GPL-2.0 */
/* The picture of all methods of a section: what its rows and the rest of it share. */
#ifndef ZCXFER_LAB_BARS_H
#define ZCXFER_LAB_BARS_H

#include "svg.h"

#define TIME_X		210
#define COPIES_X	420
#define COPIES_WIDTH	216

/* The parts of a bar, in the order of the way. */
struct part {
	enum lab_count count;
	const char *class;
	const char *label;
	const char *words;
	const char *on;		/* the class of a text that is read on it */
};

/* The rows of one picture, and what its bars are drawn to the scale of. */
struct section {
	const struct lab_row *rows;
	size_t nr;
	enum lab_route route;
	enum lab_cache cache;
	double least_ns;
	double most_ns;
	double most_copies;
};

/* bars_row.c: parts by the CPU and by DMA, each table ends with {} */
extern const struct part bars_cpu[];
extern const struct part bars_dma[];

double bars_total(const struct lab_row *row, const struct part *part, int *unknown);
double bars_row(struct svg *svg, const struct section *s, const struct lab_row *row, double y);

#endif /* ZCXFER_LAB_BARS_H */
