// SPDX-License-Identifier: GPL-2.0
/*
 * All methods of a section side by side: how much CPU time each took, and how often each
 * byte was copied, by the CPU and by DMA.
 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"
#include "bars.h"

#define FIRST_ROW	118

/* The next row of the section, after @row or the first. */
static const struct lab_row *next_row(const struct section *s, const struct lab_row *row)
{
	for (row = row ? row + 1 : s->rows; row < s->rows + s->nr; row++)
		if (row->route == s->route && row->cache == s->cache)
			return row;
	return NULL;
}

static void find_scale(struct section *s)
{
	const struct lab_row *row = NULL;

	s->least_ns = 0;
	s->most_ns = 0;
	s->most_copies = 1;
	while ((row = next_row(s, row))) {
		const struct part *const parts[] = { bars_cpu, bars_dma };
		int i, unknown;

		if (row->skipped)
			continue;
		if (row->cpu_ns > s->most_ns)
			s->most_ns = row->cpu_ns;
		if (row->cpu_ns > 0 && (!s->least_ns || row->cpu_ns < s->least_ns))
			s->least_ns = row->cpu_ns;
		for (i = 0; i < 2; i++) {
			double sum = bars_total(row, parts[i], &unknown);

			if (sum > s->most_copies)
				s->most_copies = sum;
		}
	}
}

/* Lines at whole numbers of copies, few enough to be read. */
static void put_grid(struct svg *svg, const struct section *s, double end)
{
	__u64 i, step = s->most_copies / 6 + 1;

	for (i = 0; i <= s->most_copies; i += step) {
		double x = COPIES_X + i / s->most_copies * COPIES_WIDTH;
		const struct svg_text text = {
			.x = x, .y = FIRST_ROW - 14, .width = 40, .size = 11, .style = "muted",
			.anchor = "middle",
		};

		svg_put(svg, "<path class=\"grid\" d=\"M%.1f %dV%.1f\"/>\n", x, FIRST_ROW - 8, end);
		svg_write(svg, &text, "%llux", i);
	}
}

/* Where the rows end, or -ENOMEM. Without @svg they are not drawn. */
static double put_rows(struct svg *svg, const struct section *s)
{
	const struct lab_row *row = NULL;
	double y = FIRST_ROW;

	while (y >= 0 && (row = next_row(s, row)))
		y = bars_row(svg, s, row, y);
	return y;
}

static double put_legend(struct svg *svg, double y)
{
	static const struct {
		const struct part *part;
		int column;
		int line;
	} entries[] = {
		{ bars_cpu, 0, 0 }, { bars_cpu + 1, 0, 1 }, { bars_cpu + 2, 1, 0 },
		{ bars_cpu + 3, 1, 1 }, { bars_dma, 2, 0 }, { bars_dma + 1, 2, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		const struct part *part = entries[i].part;
		double x = SVG_MARGIN + 200 * entries[i].column;
		const struct svg_text text = {
			.x = x + 36, .y = y + 20 * entries[i].line, .width = 230, .size = 12,
			.style = "muted",
		};

		svg_put(svg, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\"", part->class, x,
			text.y - 11);
		svg_put(svg, " width=\"28\" height=\"13\"/>\n");
		svg_write(svg, &text, "%s", part->words);
	}
	return y + 36;
}

static void put_heads(struct svg *svg, const char *title, const char *caption)
{
	struct svg_text text = {
		.x = SVG_MARGIN, .y = 34, .width = SVG_WIDTH - 2 * SVG_MARGIN, .size = 20,
		.style = "bold",
	};

	svg_write(svg, &text, "%s", title);
	text = (struct svg_text){ text.x, 56, text.width, 13, "", NULL };
	svg_write(svg, &text, "%s", caption);
	text = (struct svg_text){ TIME_X, 86, 200, 12, "bold muted", NULL };
	svg_write(svg, &text, "CPU time");
	text = (struct svg_text){ COPIES_X, 86, 284, 12, "bold muted", NULL };
	svg_write(svg, &text, "copies of each byte: by CPU, by DMA");
}

/* The bars in words. */
static void write_desc(FILE *file, const void *of)
{
	const struct section *s = of;
	const struct lab_row *row = NULL;
	int i, unknown;

	fprintf(file, "%s, %s page cache.", svg_route_words(s->route), cache_names[s->cache]);
	while ((row = next_row(s, row))) {
		const struct part *const parts[] = { bars_cpu, bars_dma };

		fprintf(file, " %s: ", row->method->title);
		if (row->skipped) {
			fprintf(file, "not run: %s.", row->skipped);
			continue;
		}
		fprintf(file, "CPU %.2f ms", row->cpu_ns / 1e6);
		for (i = 0; i < 2; i++) {
			double sum = bars_total(row, parts[i], &unknown);

			fprintf(file, ", copied by %s %.2fx%s", i ? "DMA" : "CPU", sum,
				unknown ? " and what was not counted" : "");
		}
		fputc('.', file);
	}
}

static double draw(struct svg *svg, const struct section *s, const char *title,
		   const char *caption)
{
	double end = put_rows(NULL, s);

	if (end < 0)
		return end;
	put_heads(svg, title, caption);
	put_grid(svg, s, end);
	end = put_rows(svg, s);
	if (end < 0)
		return end;
	return put_legend(svg, end + 18);
}

static int write_section(const char *dir, struct section *s)
{
	static const char title[] = "CPU time and copies";
	char caption[100];
	struct svg svg;
	double height;
	char *desc;
	int err;

	snprintf(caption, sizeof(caption), "%s, %s page cache", svg_route_words(s->route),
		 cache_names[s->cache]);
	find_scale(s);
	desc = svg_words(write_desc, s);
	if (!desc)
		return -ENOMEM;
	err = svg_open(&svg, dir, "bars-%s-%s.svg", route_names[s->route],
		       cache_names[s->cache]);
	if (err)
		goto out;
	height = draw(&svg, s, title, caption);
	if (height < 0)
		svg.err = height;
	err = svg_close(&svg, height, title, desc);
out:
	free(desc);
	return err;
}

/**
 * bars_write() - draw the methods of each section side by side
 * @dir: where the files will be: bars-<route>-<cache>.svg
 * @rows: all rows; those of a route and a cache are a section
 * @nr: how many rows
 *
 * Return: 0 or -errno.
 */
int bars_write(const char *dir, const struct lab_row *rows, size_t nr)
{
	int route, cache, err;

	for (route = 0; route < LAB_NR_ROUTES; route++)
		for (cache = 0; cache < LAB_NR_CACHES; cache++) {
			struct section s = {
				.rows = rows, .nr = nr, .route = route, .cache = cache,
			};

			if (!next_row(&s, NULL))
				continue;
			err = write_section(dir, &s);
			if (err)
				return err;
		}
	return 0;
}
