// SPDX-License-Identifier: GPL-2.0-only
/* Rows as a table for a terminal, 100 columns at most. */
#include <string.h>

#include "internal.h"

#define WIDTH	100
#define INDENT	4

static const char *const route_titles[LAB_NR_ROUTES] = {
	[LAB_LOOPBACK] = "over loopback",
	[LAB_NIC] = "over network cards that gather (scatter-gather on)",
	[LAB_NIC_NO_SG] = "over network cards that do not gather (scatter-gather off)",
};

static const char *const cache_titles[LAB_NR_CACHES] = {
	[LAB_WARM] = "the file in the page cache",
	[LAB_COLD] = "the file on the disk",
};

static bool same_section(const struct lab_row *a, const struct lab_row *b)
{
	return a->route == b->route && a->cache == b->cache;
}

static void print_head(FILE *out, const struct lab_row *row)
{
	fprintf(out, "\n%s, %s: %.1f MiB\n\n", route_titles[row->route],
		cache_titles[row->cache], row->len / 1048576.0);
	fprintf(out, "%-26s %7s %8s %8s %6s %8s %8s %5s %7s %7s\n", "", "system", "mode",
		"context", "page", "CPU", "DMA", "by", "CPU", "");
	fprintf(out, "%-26s %7s %8s %8s %6s %8s %8s %5s %7s %7s\n", "method", "calls",
		"switches", "switches", "faults", "copies*", "copies*", "ref%", "ms", "MB/s");
}

static void print_number(FILE *out, int width, __u64 number)
{
	if (number == LAB_UNKNOWN)
		fprintf(out, " %*s", width, "?");
	else
		fprintf(out, " %*llu", width, number);
}

/* Measured, and in the texts. */
static void print_copies(FILE *out, double measured, int texts)
{
	char text[24], said[12] = "-";

	if (texts != LAB_UNSAID)
		snprintf(said, sizeof(said), "%d", texts);
	if (measured < 0)
		snprintf(text, sizeof(text), "?/%s", said);
	else
		snprintf(text, sizeof(text), "%.2f/%s", measured, said);
	fprintf(out, " %8s", text);
}

static void print_times(FILE *out, const struct lab_row *row)
{
	if (row->wall_ns > 0)
		fprintf(out, " %7.1f %7.1f\n", row->cpu_ns / 1e6,
			row->len / (row->wall_ns / 1e3));
	else
		fprintf(out, " %7s %7s\n", "-", "-");
}

static void print_counts(FILE *out, const struct lab_row *row)
{
	const __u64 *count = row->count;
	bool known = count[LAB_SYSCALLS] != LAB_UNKNOWN;

	fprintf(out, "%-26.26s", row->method->title);
	print_number(out, 7, count[LAB_SYSCALLS]);
	print_number(out, 8, known ? 2 * (count[LAB_SYSCALLS] + count[LAB_FAULTS]) :
		     LAB_UNKNOWN);
	print_number(out, 8, count[LAB_SWITCHES]);
	print_number(out, 6, known ? count[LAB_FAULTS] + count[LAB_KERNEL_FAULTS] :
		     LAB_UNKNOWN);
	print_copies(out, explain_cpu_copies(row), row->method->seed.cpu_copies);
	print_copies(out, explain_dma_copies(row), row->method->seed.dma_copies);
	print_number(out, 5, known ? (count[LAB_REFERENCED] * 100 + row->len / 2) / row->len :
		     LAB_UNKNOWN);
	print_times(out, row);
}

/* Text below a row, broken into lines. */
static void print_text(FILE *out, const char *text)
{
	int room = WIDTH - INDENT;

	while (*text) {
		int n = strlen(text);

		if (n > room) {
			for (n = room; n > 0 && text[n] != ' '; n--)
				;
			n = n ? n : room;
		}
		fprintf(out, "%*s%.*s\n", INDENT, "", n, text);
		text += n;
		text += *text == ' ';
	}
}

static void print_functions(FILE *out, const struct lab_row *row)
{
	const struct lab_copy *copy;

	for (copy = row->copies; copy->function; copy++)
		fprintf(out, "%*s%s copied %llu bytes\n", INDENT, "", copy->function,
			copy->bytes);
}

static void print_row(FILE *out, const struct lab_row *row, bool verbose)
{
	if (row->skipped) {
		fprintf(out, "%-26.26s not run: %s\n", row->method->title, row->skipped);
		return;
	}
	print_counts(out, row);
	if (row->wrong[0]) {
		fprintf(out, "%*sWRONG:\n", INDENT, "");
		print_text(out, row->wrong);
	}
	print_text(out, row->remarks);
	if (verbose)
		print_functions(out, row);
}

/* True if the whole section was skipped, for one reason. */
static bool all_skipped(const struct lab_row *rows, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!rows[i].skipped || strcmp(rows[i].skipped, rows[0].skipped))
			return false;
	return nr > 1;
}

static void print_section(FILE *out, const struct lab_row *rows, size_t nr, bool verbose)
{
	size_t i;

	if (all_skipped(rows, nr)) {
		fprintf(out, "\n%s, %s:\n", route_titles[rows->route],
			cache_titles[rows->cache]);
		fprintf(out, "%*snone of %zu methods was run:\n", INDENT, "", nr);
		print_text(out, rows->skipped);
		return;
	}
	print_head(out, rows);
	for (i = 0; i < nr; i++)
		print_row(out, &rows[i], verbose);
}

/**
 * table_print - print rows by section
 * @out: the stream
 * @rows: rows; those of a section follow each other
 * @nr: their number
 * @verbose: print also the functions that copied
 */
void table_print(FILE *out, const struct lab_row *rows, size_t nr, bool verbose)
{
	size_t i, n;

	for (i = 0; i < nr; i += n) {
		for (n = 1; i + n < nr && same_section(&rows[i], &rows[i + n]); n++)
			;
		print_section(out, &rows[i], n, verbose);
	}
	fprintf(out, "\n* of each byte, measured / as the texts have it\n");
}
