// SPDX-License-Identifier: GPL-2.0
/*
 * Arrows. What moves the bytes is told by the colour and, for those who do not see it,
 * by the line: one line, a double line, dashes.
 */
#include "svg.h"

#define CORNER		10
/* How long an arrow's head is, and half of how wide. */
#define HEAD		12
#define HEAD_WIDTH	8

static const struct {
	const char *class;
	double width;
	double hollow;
} kinds[] = {
	[SVG_CPU] = { "cpu", 5, 0 },
	[SVG_DMA] = { "dma", 8, 3.5 },
	[SVG_REF] = { "ref", 2.2, 0 },
};

/** svg_kind_class() - the class of the style sheet */
const char *svg_kind_class(enum svg_kind kind)
{
	return kinds[kind].class;
}

/* The point that is @by nearer. All lines are level or upright. */
static struct svg_point toward(struct svg_point from, struct svg_point to, double by)
{
	if (to.x == from.x)
		from.y += to.y < from.y ? -by : by;
	else
		from.x += to.x < from.x ? -by : by;
	return from;
}

/* A line along the points, round at the corners, that leaves room for the head. */
static void put_line(struct svg *svg, const struct svg_point *at, int nr, const char *class,
		     double width)
{
	struct svg_point end = toward(at[nr - 1], at[nr - 2], HEAD);
	int i;

	svg_put(svg, "<path class=\"%s\" stroke-width=\"%.1f\" d=\"M%.1f %.1f", class, width,
		at[0].x, at[0].y);
	for (i = 1; i < nr - 1; i++) {
		struct svg_point before = toward(at[i], at[i - 1], CORNER);
		struct svg_point after = toward(at[i], at[i + 1], CORNER);

		svg_put(svg, "L%.1f %.1fQ%.1f %.1f %.1f %.1f", before.x, before.y,
			at[i].x, at[i].y, after.x, after.y);
	}
	svg_put(svg, "L%.1f %.1f\"/>\n", end.x, end.y);
}

/* A triangle whose base is across the line. */
static void put_head(struct svg *svg, struct svg_point tip, struct svg_point before)
{
	struct svg_point base = toward(tip, before, HEAD);
	double dx = tip.x == before.x ? HEAD_WIDTH : 0;
	double dy = HEAD_WIDTH - dx;

	svg_put(svg, "<path class=\"solid\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fZ\"/>\n",
		tip.x, tip.y, base.x + dx, base.y + dy, base.x - dx, base.y - dy);
}

/**
 * svg_arrow() - add an arrow
 * @svg: the picture
 * @at: the points it goes along, level or upright from each to the next
 * @nr: how many these are
 * @kind: what moves the bytes
 * @share: of the file: a part is a thinner line
 */
void svg_arrow(struct svg *svg, const struct svg_point *at, int nr, enum svg_kind kind,
	       double share)
{
	double part = share < 0.9 ? 0.4 + 0.6 * share : 1;

	put_line(svg, at, nr, "stroke", kinds[kind].width * part);
	if (kinds[kind].hollow)
		put_line(svg, at, nr, "hollow", kinds[kind].hollow * part);
	put_head(svg, at[nr - 1], at[nr - 2]);
}
