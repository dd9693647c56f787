// SPDX-License-Identifier: GPL-2.0
/*
 * The way of the bytes through the machine, one picture for each row: what is written
 * around it, and its file.
 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"
#include "path.h"

#define MACHINE_END	440

/* Which lines mean what. */
static double put_legend(struct svg *svg, double y)
{
	static const struct {
		enum svg_kind kind;
		double x;
		const char *words;
	} entries[] = {
		{ SVG_CPU, SVG_MARGIN, "copied by the CPU" },
		{ SVG_DMA, 200, "copied by DMA, not the CPU" },
		{ SVG_REF, 455, "by reference, not copied" },
	};
	size_t i;

	for (i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		struct svg_point at[] = { { entries[i].x, y }, { entries[i].x + 38, y } };
		struct svg_text text = {
			.x = at[1].x + 8, .y = y + 4, .width = 190, .size = 12, .style = "muted",
		};

		svg_put(svg, "<g class=\"legend %s\">\n", svg_kind_class(entries[i].kind));
		svg_arrow(svg, at, 2, entries[i].kind, 1);
		svg_write(svg, &text, "%s", entries[i].words);
		svg_put(svg, "</g>\n");
	}
	return y + 28;
}

/* Of the row, in a line: the way, and what it took. */
static void write_caption(FILE *file, const void *of)
{
	const struct lab_row *row = of;
	char bytes[24];

	fprintf(file, "%s, %s page cache", svg_route_words(row->route),
		cache_names[row->cache]);
	if (row->skipped) {
		fprintf(file, ": not run");
		return;
	}
	fprintf(file, ": %s", svg_bytes(row->len, bytes));
	if (row->cpu_ns > 0)
		fprintf(file, ", CPU %.2f ms", row->cpu_ns / 1e6);
	else
		fprintf(file, ", CPU time not measured");
	if (row->count[LAB_SYSCALLS] == LAB_UNKNOWN)
		fprintf(file, ", system calls not counted");
	else
		fprintf(file, ", %llu system call%s", row->count[LAB_SYSCALLS],
			row->count[LAB_SYSCALLS] == 1 ? "" : "s");
}

/* The arrows in words. */
static void write_desc(FILE *file, const void *of)
{
	const struct lab_row *row = of;
	const struct path_arrow *arrow;
	char bytes[24];
	int number = 0;

	write_caption(file, row);
	fprintf(file, ".");
	for (arrow = path_arrows; arrow < path_arrows + PATH_NR_ARROWS; arrow++) {
		enum place from = path_place(row, arrow->from);
		enum place to = path_place(row, arrow->to);

		if (path_is_drawn(row, arrow))
			fprintf(file, " %d: %s to %s, %s, %.2fx, %s.", ++number,
				path_place_name(row, from), path_place_name(row, to),
				arrow->label, svg_share(row, arrow->count),
				svg_bytes(row->count[arrow->count], bytes));
	}
}

/* What the arrows cannot say: what is not known, and what is not as it should be. */
static void write_remarks(FILE *file, const void *of)
{
	const struct lab_row *row = of;
	const struct path_arrow *arrow;
	const char *before = "Not counted: ";

	if (row->skipped) {
		fprintf(file, "Not run: %s", row->skipped);
		return;
	}
	for (arrow = path_arrows; arrow < path_arrows + PATH_NR_ARROWS; arrow++) {
		if (row->count[arrow->count] != LAB_UNKNOWN)
			continue;
		fprintf(file, "%s%s", before, arrow->words);
		before = ", ";
	}
	if (*row->wrong)
		fprintf(file, "%sWrong: %s", *before == ',' ? ". " : "", row->wrong);
}

static double draw(struct svg *svg, const struct lab_row *row, const char *caption,
		   const char *remarks)
{
	struct svg_text text = {
		.x = SVG_MARGIN, .y = 34, .width = SVG_WIDTH - 2 * SVG_MARGIN, .size = 20,
		.style = "bold",
	};
	double y;

	svg_write(svg, &text, "%s", row->method->title);
	text = (struct svg_text){ text.x, 56, text.width, 13, "", NULL };
	svg_write(svg, &text, "%s", caption);
	text = (struct svg_text){ text.x, 75, text.width, 12, "muted", NULL };
	svg_write(svg, &text, "%s", row->method->what);

	path_machine(svg, row);
	y = put_legend(svg, MACHINE_END + 32);
	text = (struct svg_text){ text.x, y, text.width, 13, "", NULL };
	if (!row->skipped && *row->wrong)
		text.style = "warn";
	return y + svg_wrap(svg, &text, remarks) * text.size * SVG_LINE;
}

/**
 * path_write() - draw the way of the bytes, as it was counted
 * @dir: where its file will be: path-<method>-<route>-<cache>.svg
 * @row: the row; of one that was skipped, there is only why
 *
 * Return: 0 or -errno.
 */
int path_write(const char *dir, const struct lab_row *row)
{
	char *caption = svg_words(write_caption, row);
	char *desc = svg_words(write_desc, row);
	char *remarks = svg_words(write_remarks, row);
	struct svg svg;
	int err = -ENOMEM;

	if (!caption || !desc || !remarks)
		goto out;
	err = svg_open(&svg, dir, "path-%s-%s-%s.svg", row->method->name,
		       route_names[row->route], cache_names[row->cache]);
	if (err)
		goto out;
	err = svg_close(&svg, draw(&svg, row, caption, remarks), row->method->title, desc);
out:
	free(remarks);
	free(desc);
	free(caption);
	return err;
}
