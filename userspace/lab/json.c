// SPDX-License-Identifier: GPL-2.0-only
/* Rows as JSON. Unknown values are null. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "internal.h"

static void put_string(FILE *out, const char *text)
{
	if (!text || !*text) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", *text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void put_named(FILE *out, const char *name, const char *text)
{
	fprintf(out, ", \"%s\": ", name);
	put_string(out, text);
}

static void put_bool(FILE *out, const char *name, bool value)
{
	fprintf(out, ", \"%s\": %s", name, value ? "true" : "false");
}

static void put_seed(FILE *out, const char *name, int seed)
{
	if (seed == LAB_UNSAID)
		fprintf(out, ", \"texts_%s\": null", name);
	else
		fprintf(out, ", \"texts_%s\": %d", name, seed);
}

static void put_counts(FILE *out, const struct lab_row *row)
{
	const struct lab_copy *copy;
	int i;

	for (i = 0; i < LAB_NR_COUNTS; i++)
		if (row->count[i] == LAB_UNKNOWN)
			fprintf(out, ", \"%s\": null", count_names[i]);
		else
			fprintf(out, ", \"%s\": %llu", count_names[i], row->count[i]);
	fputs(",\n   \"copied_by_bytes\": {", out);
	for (copy = row->copies; copy->function; copy++)
		fprintf(out, "%s\"%s\": %llu", copy == row->copies ? "" : ", ",
			copy->function, copy->bytes);
	fputs("}", out);
}

static void put_time(FILE *out, const char *name, double ns)
{
	if (ns > 0)
		fprintf(out, ", \"%s\": %.0f", name, ns);
	else
		fprintf(out, ", \"%s\": null", name);
}

static void put_row(FILE *out, const struct lab_row *row)
{
	fprintf(out, "  {\"method\": \"%s\"", row->method->name);
	put_named(out, "title", row->method->title);
	put_named(out, "what", row->method->what);
	put_named(out, "route", route_names[row->route]);
	put_named(out, "cache", cache_names[row->cache]);
	fprintf(out, ", \"bytes\": %zu", row->len);
	put_named(out, "skipped", row->skipped);
	put_named(out, "wrong", row->wrong);
	fputs(",\n   \"from_mapping\": ", out);
	fputs(row->method->from_mapping ? "true" : "false", out);
	put_bool(out, "direct", row->method->direct);
	put_bool(out, "module", row->method->module);
	put_seed(out, "cpu_copies", row->method->seed.cpu_copies);
	put_seed(out, "dma_copies", row->method->seed.dma_copies);
	put_seed(out, "mode_switches", row->method->seed.switches);
	put_counts(out, row);
	put_time(out, "cpu_ns", row->cpu_ns);
	put_time(out, "wall_ns", row->wall_ns);
	put_named(out, "word", row->remarks);
	fputs("}", out);
}

/**
 * json_write - write rows
 * @path: the file
 * @rows: rows
 * @nr: their number
 * @source: the file that was sent
 *
 * Return: 0, or -1 after a message.
 */
int json_write(const char *path, const struct lab_row *rows, size_t nr,
	       const struct source *source)
{
	FILE *out = fopen(path, "we");
	struct utsname uts = {};
	size_t i;

	if (out) {
		uname(&uts);
		fputs("{\"kernel\": ", out);
		put_string(out, uts.release);
		put_named(out, "machine", uts.machine);
		put_named(out, "disk", source->disk_name);
		fputs(", \"rows\": [\n", out);
		for (i = 0; i < nr; i++) {
			put_row(out, &rows[i]);
			fputs(i + 1 < nr ? ",\n" : "\n", out);
		}
		fputs("]}\n", out);
	}
	if (!out || fclose(out)) {
		lab_error("%s: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}
