// SPDX-License-Identifier: GPL-2.0-only
/* Rows as CSV: a line of names, then a line for each row. Unknown values are empty. */
#include <errno.h>
#include <string.h>

#include "internal.h"

static void put_string(FILE *out, const char *text)
{
	fputs(",\"", out);
	for (; text && *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_head(FILE *out)
{
	int i;

	fputs("method,route,cache,bytes", out);
	for (i = 0; i < LAB_NR_COUNTS; i++)
		fprintf(out, ",%s", count_names[i]);
	fputs(",cpu_ns,wall_ns,texts_cpu_copies,texts_dma_copies,texts_mode_switches", out);
	fputs(",skipped,wrong,word\n", out);
}

static void put_positive(FILE *out, double number)
{
	if (number > 0)
		fprintf(out, ",%.0f", number);
	else
		fputs(",", out);
}

static void put_seed(FILE *out, int seed)
{
	if (seed == LAB_UNSAID)
		fputs(",", out);
	else
		fprintf(out, ",%d", seed);
}

static void put_row(FILE *out, const struct lab_row *row)
{
	int i;

	fprintf(out, "%s,%s,%s,%zu", row->method->name, route_names[row->route],
		cache_names[row->cache], row->len);
	for (i = 0; i < LAB_NR_COUNTS; i++)
		if (row->count[i] == LAB_UNKNOWN)
			fputs(",", out);
		else
			fprintf(out, ",%llu", row->count[i]);
	put_positive(out, row->cpu_ns);
	put_positive(out, row->wall_ns);
	put_seed(out, row->method->seed.cpu_copies);
	put_seed(out, row->method->seed.dma_copies);
	put_seed(out, row->method->seed.switches);
	put_string(out, row->skipped);
	put_string(out, row->wrong);
	put_string(out, row->remarks);
	fputs("\n", out);
}

/**
 * csv_write - write rows
 * @path: the file
 * @rows: rows
 * @nr: their number
 *
 * Return: 0, or -1 after a message.
 */
int csv_write(const char *path, const struct lab_row *rows, size_t nr)
{
	FILE *out = fopen(path, "we");
	size_t i;

	if (out) {
		put_head(out);
		for (i = 0; i < nr; i++)
			put_row(out, &rows[i]);
	}
	if (!out || fclose(out)) {
		lab_error("%s: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}
