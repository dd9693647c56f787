// SPDX-License-Identifier: GPL-2.0
/* A row of bars: CPU time, copies by the CPU and, apart from them, by DMA. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"

#define NAME_WIDTH	188
#define TIME_WIDTH	120
#define NOTES_X		TIME_X
#define NOTES_WIDTH	(SVG_WIDTH - SVG_MARGIN - NOTES_X)
#define ROW_HEIGHT	46

const struct part bars_cpu[] = {
	{ LAB_READ_COPY, "read-copy", "read", "copy on reading", "dark" },
	{ LAB_COW_COPY, "cow-copy", "write", "copy on write", "dark" },
	{ LAB_SEND_COPY, "send-copy", "send", "copy on sending", "dark" },
	{ LAB_SKB_COPY, "skb-copy", "skb", "copy between socket buffers", "bright" },
	{ }
};

const struct part bars_dma[] = {
	{ LAB_DISK_DMA, "disk-dma", "disk", "DMA by the disk", "dma" },
	{ LAB_NIC_DMA, "nic-dma", "NIC", "DMA by the NIC", "dma" },
	{ }
};

/**
 * bars_total() - how often each byte was copied, by all parts together
 * @row: the row
 * @part: the first of the parts
 * @unknown: becomes how many of them are not known
 *
 * Return: the sum of those that are.
 */
double bars_total(const struct lab_row *row, const struct part *part, int *unknown)
{
	double sum = 0;

	for (*unknown = 0; part->class; part++) {
		double share = svg_share(row, part->count);

		if (share < 0)
			++*unknown;
		else
			sum += share;
	}
	return sum;
}

static void put_time(struct svg *svg, const struct section *s, const struct lab_row *row,
		     double y)
{
	struct svg_text text = {
		.x = TIME_X, .y = y + 12, .width = 80, .size = 12, .style = "",
	};
	double width;

	if (row->cpu_ns <= 0) {
		text.style = "muted";
		svg_write(svg, &text, "not measured");
		return;
	}
	width = row->cpu_ns / s->most_ns * TIME_WIDTH;
	svg_put(svg, "<rect class=\"time\" x=\"%d\" y=\"%.1f\" width=\"%.2f\" height=\"15\"/>\n",
		TIME_X, y, width);
	text.x += width + 6;
	svg_write(svg, &text, "%.2f ms", row->cpu_ns / 1e6);
	text = (struct svg_text){ TIME_X, y + 29, TIME_WIDTH, 11, "muted", NULL };
	svg_write(svg, &text, "%.2fx the least", row->cpu_ns / s->least_ns);
}

static void put_part(struct svg *svg, const struct lab_row *row, const struct part *part,
		     const double box[4])
{
	const struct svg_text text = {
		.x = box[0] + box[2] / 2, .y = box[1] + box[3] - 3.5, .width = box[2],
		.size = 10.5, .style = part->on, .anchor = "middle",
	};
	char bytes[24];

	svg_put(svg, "<g data-bytes=\"%llu\">", row->count[part->count]);
	svg_put(svg, "<title>%s: %.2fx, %s</title>\n", part->words,
		svg_share(row, part->count), svg_bytes(row->count[part->count], bytes));
	svg_put(svg, "<rect class=\"%s\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\"/>\n",
		part->class, box[0], box[1], box[2], box[3]);
	/* A label that had to be cut would say less than none. */
	if (strlen(part->label) * text.size * 0.7 < box[2])
		svg_write(svg, &text, "%s", part->label);
	svg_put(svg, "</g>\n");
}

/* A bar of parts, and after it how much they are together. */
static void put_parts(struct svg *svg, const struct section *s, const struct lab_row *row,
		      const struct part *parts, double y, const char *style)
{
	double box[4] = { COPIES_X, y, 0, 15 };
	struct svg_text text = { .y = y + 12, .width = 66, .size = 12, .style = style };
	const struct part *part;
	int nr = 0, unknown;
	double sum = bars_total(row, parts, &unknown);

	for (part = parts; part->class; part++, nr++) {
		if (svg_share(row, part->count) <= 0)
			continue;
		box[2] = svg_share(row, part->count) / s->most_copies * COPIES_WIDTH;
		put_part(svg, row, part, box);
		box[0] += box[2];
	}
	text.x = box[0] + 6;
	if (unknown == nr)
		svg_write(svg, &text, "not counted");
	else
		svg_write(svg, &text, "%s%.2fx", unknown ? "≥ " : "", sum);
}

/* What the bars of a row cannot say. */
static void write_notes(FILE *file, const void *of)
{
	const struct part *const parts[] = { bars_cpu, bars_dma };
	const char *before = "Not counted: ";
	const struct lab_row *row = of;
	const struct part *part;
	int i;

	if (row->skipped) {
		fprintf(file, "Not run: %s", row->skipped);
		return;
	}
	for (i = 0; i < 2; i++)
		for (part = parts[i]; part->class; part++) {
			if (row->count[part->count] != LAB_UNKNOWN)
				continue;
			fprintf(file, "%s%s", before, part->words);
			before = ", ";
		}
	if (*row->wrong)
		fprintf(file, "%sWrong: %s", *before == ',' ? ". " : "", row->wrong);
}

/**
 * bars_row() - draw a row
 * @svg: the picture, or NULL to find out only where the row ends
 * @s: its section
 * @row: the row
 * @y: where it begins
 *
 * Return: where it ends, or -ENOMEM.
 */
double bars_row(struct svg *svg, const struct section *s, const struct lab_row *row, double y)
{
	const struct svg_text name = {
		.x = SVG_MARGIN, .y = y + 12, .width = NAME_WIDTH, .size = 13, .style = "bold",
	};
	struct svg_text text = {
		.x = NOTES_X, .y = y + 12, .width = NOTES_WIDTH, .size = 12,
		.style = !row->skipped && *row->wrong ? "warn halo" : "muted halo",
	};
	char *notes = svg_words(write_notes, row);
	double end = y + 6;

	if (!notes)
		return -ENOMEM;
	svg_put(svg, "<g class=\"row\" data-method=\"%s\">\n", row->method->name);
	end += svg_wrap(svg, &name, row->method->title) * name.size * SVG_LINE;
	if (!row->skipped) {
		put_time(svg, s, row, y);
		put_parts(svg, s, row, bars_cpu, y, "");
		put_parts(svg, s, row, bars_dma, y + 17, "dma");
		text.y = y + ROW_HEIGHT;
	}
	text.y += svg_wrap(svg, &text, notes) * text.size * SVG_LINE;
	svg_put(svg, "</g>\n");
	free(notes);
	if (end < text.y)
		end = text.y;
	return end;
}
