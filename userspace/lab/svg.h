/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pictures as SVG: what bars.c and path.c share. A picture is drawn into memory
 * and becomes a file, whole or not at all, when it is closed.
 */
#ifndef ZCXFER_LAB_SVG_H
#define ZCXFER_LAB_SVG_H

#include <stdio.h>

#include <linux/types.h>

#include "lab.h"

#define SVG_WIDTH	720
#define SVG_MARGIN	16
/* How far lines of text are apart, of the font's size. */
#define SVG_LINE	1.3

/**
 * struct svg - a picture being drawn
 * @body: what is drawn so far
 * @text: the same, as memory
 * @len: its length
 * @path: the file it becomes
 * @err: what went wrong so far, or 0
 */
struct svg {
	FILE *body;
	char *text;
	size_t len;
	char *path;
	int err;
};

/**
 * struct svg_text - where and how a text is written
 * @x: where it begins, or ends, or has its middle, as @anchor says
 * @y: its base line
 * @width: what it may take; a longer one is made smaller, and cut at last
 * @size: of the font
 * @style: classes of the style sheet, of which "bold" makes it wider
 * @anchor: "start", "middle" or "end"; "start" if NULL
 */
struct svg_text {
	double x;
	double y;
	double width;
	double size;
	const char *style;
	const char *anchor;
};

struct svg_point {
	double x;
	double y;
};

/* What moves the bytes. */
enum svg_kind {
	SVG_CPU,
	SVG_DMA,
	SVG_REF,	/* nothing: a reference is passed on */
};

/* svg.c */
int svg_open(struct svg *svg, const char *dir, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int svg_close(struct svg *svg, double height, const char *title, const char *desc);
void svg_put(struct svg *svg, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void svg_write(struct svg *svg, const struct svg_text *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int svg_wrap(struct svg *svg, const struct svg_text *at, const char *text);
void svg_element(struct svg *svg, const char *name, const char *text);

/* svg_line.c */
void svg_arrow(struct svg *svg, const struct svg_point *at, int nr, enum svg_kind kind,
	       double share);
const char *svg_kind_class(enum svg_kind kind);

/* svg_words.c */
double svg_share(const struct lab_row *row, enum lab_count count);
const char *svg_bytes(__u64 bytes, char text[24]);
const char *svg_route_words(enum lab_route route);
char *svg_words(void (*write)(FILE *file, const void *of), const void *of);

/* svg_style.c */
void svg_style(FILE *file);

#endif /* ZCXFER_LAB_SVG_H */
