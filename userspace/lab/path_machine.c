// SPDX-License-Identifier: GPL-2.0
/*
 * The machine, drawn: boxes for the places bytes can be in, and the ways between them,
 * which are the same in all pictures, so that two can be laid side by side.
 */
#include "internal.h"
#include "path.h"

static const struct box {
	const char *id;
	struct svg_point at;
} boxes[NR_PLACES] = {
	[DISK] = { "disk", { 70, 384 } },
	[CACHE] = { "page-cache", { 70, 240 } },
	[USER] = { "user-buffer", { 285, 108 } },
	[SOCKET] = { "socket-buffer", { 470, 240 } },
	[NIC] = { "nic", { 470, 384 } },
};

#define BOX_WIDTH	150
#define BOX_HEIGHT	56

/*
 * The ways there are between two boxes. If two arrows go the same way, the second is
 * moved by @aside, the first as far to the other side, and each has a text of its own.
 */
static const struct way {
	enum place from;
	enum place to;
	int nr;
	struct svg_point at[4];
	struct svg_point aside[4];
	struct svg_point number;
	struct svg_point text[2];
	const char *anchor;
} ways[] = {
	{
		.from = DISK, .to = CACHE, .nr = 2,
		.at = { { 145, 384 }, { 145, 296 } },
		.number = { 145, 346 },
		.text = { { 166, 322 } },
	}, {
		.from = DISK, .to = USER, .nr = 3,
		.at = { { 220, 412 }, { 345, 412 }, { 345, 164 } },
		.number = { 345, 346 },
		.text = { { 366, 322 } },
	}, {
		.from = CACHE, .to = USER, .nr = 3,
		.at = { { 145, 240 }, { 145, 136 }, { 285, 136 } },
		.aside = { { 18, 0 }, { 18, 14 }, { 0, 14 } },
		.number = { 216, 136 },
		.text = { { 162, 108 }, { 172, 170 } },
	}, {
		.from = USER, .to = SOCKET, .nr = 3,
		.at = { { 435, 136 }, { 545, 136 }, { 545, 240 } },
		.aside = { { 0, 14 }, { -18, 14 }, { -18, 0 } },
		.number = { 490, 136 },
		.text = { { 450, 108 }, { 440, 170 } },
	}, {
		.from = CACHE, .to = SOCKET, .nr = 2,
		.at = { { 220, 268 }, { 470, 268 } },
		.aside = { { 0, 15 }, { 0, 15 } },
		.number = { 345, 268 },
		.text = { { 345, 238 }, { 345, 304 } },
		.anchor = "middle",
	}, {
		.from = SOCKET, .to = SOCKET, .nr = 4,
		.at = { { 620, 249 }, { 664, 249 }, { 664, 287 }, { 620, 287 } },
		.number = { 664, 268 },
		.text = { { 704, 218 } },
		.anchor = "end",
	}, {
		.from = SOCKET, .to = NIC, .nr = 2,
		.at = { { 545, 296 }, { 545, 384 } },
		.number = { 545, 334 },
		.text = { { 566, 314 } },
	},
};

static const struct way *find_way(const struct lab_row *row, const struct path_arrow *arrow)
{
	enum place from = path_place(row, arrow->from);
	enum place to = path_place(row, arrow->to);
	const struct way *way = ways;

	while (way->from != from || way->to != to)
		way++;
	return way;
}

/* To which side of its way an arrow is moved: -1, 1, or 0 if it is alone there. */
static int side_of(const struct lab_row *row, const struct path_arrow *arrow)
{
	const struct way *way = find_way(row, arrow);
	const struct path_arrow *other;

	for (other = path_arrows; other < path_arrows + PATH_NR_ARROWS; other++)
		if (other != arrow && path_is_drawn(row, other) && find_way(row, other) == way)
			return arrow < other ? -1 : 1;
	return 0;
}

static void put_gathered(struct svg *svg, const struct lab_row *row, struct svg_text at)
{
	double share = svg_share(row, LAB_NIC_GATHERED);

	if (share < 0)
		svg_write(svg, &at, "gathered: not counted");
	else
		svg_write(svg, &at, "%.2fx gathered", share);
}

static void put_arrow(struct svg *svg, const struct lab_row *row, const struct path_arrow *arrow,
		      int number)
{
	const struct way *way = find_way(row, arrow);
	int i, side = side_of(row, arrow);
	double share = svg_share(row, arrow->count);
	struct svg_point at[4], middle = way->number;
	struct svg_text text = {
		.x = way->text[side > 0].x, .y = way->text[side > 0].y, .width = 138,
		.size = 12, .style = "kind bold halo", .anchor = way->anchor,
	};
	char bytes[24];

	for (i = 0; i < way->nr; i++) {
		at[i].x = way->at[i].x + side * way->aside[i].x;
		at[i].y = way->at[i].y + side * way->aside[i].y;
	}
	middle.y += side * way->aside[1].y;
	if (side < 0)
		text.y -= way->aside[1].y;

	svg_put(svg, "<g id=\"%s\" class=\"%s\"", arrow->id, svg_kind_class(arrow->kind));
	svg_put(svg, " data-bytes=\"%llu\"", row->count[arrow->count]);
	svg_put(svg, " data-from=\"%s\" data-to=\"%s\">\n", boxes[way->from].id,
		boxes[way->to].id);
	svg_arrow(svg, at, way->nr, arrow->kind, share);
	svg_put(svg, "<circle class=\"solid\" cx=\"%.1f\" cy=\"%.1f\" r=\"9\"/>\n",
		middle.x, middle.y);
	svg_write(svg, &(struct svg_text){ middle.x, middle.y + 4.2, 18, 12, "number bold",
		  "middle" }, "%d", number);
	svg_write(svg, &text, "%s", arrow->label);
	text.y += 15;
	text.style = "halo";
	svg_write(svg, &text, "%.2fx, %s", share, svg_bytes(row->count[arrow->count], bytes));
	text.y += 15;
	if (arrow->count == LAB_NIC_DMA)
		put_gathered(svg, row, text);
	svg_put(svg, "</g>\n");
}

static const char *box_remark(const struct lab_row *row, enum place place)
{
	static const char *const nic[LAB_NR_ROUTES] = {
		"on the same machine", "scatter-gather on", "scatter-gather off",
	};

	switch (place) {
	case DISK:
		return row->method->direct ? "past the page cache" : "";
	case CACHE:
		if (row->method->from_mapping)
			return row->cache == LAB_WARM ? "warm, mapped" : "cold, mapped";
		return row->method->direct ? "" : cache_names[row->cache];
	case NIC:
		return nic[row->route];
	default:
		return "";
	}
}

static bool is_touched(const struct lab_row *row, enum place place)
{
	const struct path_arrow *arrow;

	for (arrow = path_arrows; arrow < path_arrows + PATH_NR_ARROWS; arrow++) {
		const struct way *way = find_way(row, arrow);

		if (path_is_drawn(row, arrow) && (way->from == place || way->to == place))
			return true;
	}
	/* Not counted, but it is where the lab's receiver got all of it. */
	return place == NIC && row->route == LAB_LOOPBACK && !row->skipped;
}

static void put_box(struct svg *svg, const struct lab_row *row, enum place place)
{
	const struct box *box = boxes + place;
	const char *remark = box_remark(row, place);
	struct svg_text text = {
		.x = box->at.x + BOX_WIDTH / 2.0, .y = box->at.y + (*remark ? 25 : 33),
		.width = BOX_WIDTH - 8, .size = 14, .style = "bold", .anchor = "middle",
	};

	svg_put(svg, "<g id=\"%s\" class=\"box%s\">\n", box->id,
		is_touched(row, place) ? "" : " idle");
	svg_put(svg, "<rect x=\"%.0f\" y=\"%.0f\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		box->at.x, box->at.y, BOX_WIDTH, BOX_HEIGHT);
	svg_write(svg, &text, "%s", path_place_name(row, place));
	text.y += 17;
	text.size = 11.5;
	text.style = "muted";
	if (*remark)
		svg_write(svg, &text, "%s", remark);
	svg_put(svg, "</g>\n");
}

/* A border between two parts of the machine, and what is above it and below. */
static void put_border(struct svg *svg, double y, double end, const char *above,
		       const char *below)
{
	struct svg_text text = {
		.x = SVG_MARGIN, .y = y - 6, .width = 110, .size = 11.5, .style = "muted",
	};

	svg_put(svg, "<path class=\"line\" d=\"M%d %.1fH%.1f\"/>\n", SVG_MARGIN, y, end);
	svg_write(svg, &text, "%s", above);
	text.y = y + 15;
	svg_write(svg, &text, "%s", below);
}

/* On loopback the receiver takes what is in the socket buffer: nothing fetches it. */
static void put_hand_over(struct svg *svg)
{
	const struct svg_text text = {
		.x = 556, .y = 345, .width = 148, .size = 12, .style = "muted",
	};

	svg_put(svg, "<path id=\"hand-over\" class=\"line\" d=\"M545 296V384\"/>\n");
	svg_write(svg, &text, "handed over, no DMA");
}

/** path_machine() - draw the machine, with all arrows of a row */
void path_machine(struct svg *svg, const struct lab_row *row)
{
	bool loopback = row->route == LAB_LOOPBACK;
	int number = 0;
	size_t i;

	put_border(svg, 204, SVG_WIDTH - SVG_MARGIN, "user space", "kernel");
	/* The receiver is no hardware. */
	put_border(svg, 356, loopback ? 440 : SVG_WIDTH - SVG_MARGIN, "", "hardware");
	for (i = 0; i < NR_PLACES; i++)
		put_box(svg, row, i);
	if (loopback && !row->skipped && !path_is_drawn(row, path_arrows + PATH_NR_ARROWS - 1))
		put_hand_over(svg);
	for (i = 0; i < PATH_NR_ARROWS; i++)
		if (path_is_drawn(row, path_arrows + i))
			put_arrow(svg, row, path_arrows + i, ++number);
}
