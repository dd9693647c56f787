// SPDX-License-Identifier: GPL-2.0
/* What was measured, as tables and as JSON. */
#include <stdio.h>

#include "bench.h"

static bool measured(const struct sample *sample)
{
	return sample->cpu_ns > 0;
}

/* The fastest of the other methods, with or without the extra ones. */
static unsigned int best_other(const struct sample *samples, bool extra)
{
	unsigned int m, best = 0;

	for (m = 0; m < NR_METHODS; m++) {
		if (m == method_zcxfer || (methods[m].extra && !extra))
			continue;
		if (samples[m].cpu_ns < samples[best].cpu_ns)
			best = m;
	}
	return best;
}

/**
 * report_table - CPU time of each shape by each method
 * @shapes: the shapes
 * @nr: how many
 * @rows: what was measured of each
 * @sink: the receiver's name
 */
void report_table(const struct shape *shapes, unsigned int nr,
		  const struct row *rows, const char *sink)
{
	unsigned int i, m;

	printf("\nsender CPU, microseconds per response; the receiver %s\n",
	       sink);
	printf("%-13s", "shape");
	for (m = 0; m < NR_METHODS; m++)
		printf(" %13s", methods[m].name);
	printf("\n");
	for (i = 0; i < nr; i++) {
		if (!measured(&rows[i].of[0]))
			continue;
		printf("%-13s", shapes[i].name);
		for (m = 0; m < NR_METHODS; m++)
			printf(" %13.1f", rows[i].of[m].cpu_ns / 1e3);
		printf("\n");
	}
}

static void print_ratio(double ratio, double goal)
{
	printf(" %6.2fx %-5s", ratio, ratio >= goal ? "ok" : "MISS");
}

/**
 * report_goals - zcxfer against the others
 * @shapes: the shapes
 * @nr: how many
 * @rows: what was measured of each
 * @sink: the receiver's name
 */
void report_goals(const struct shape *shapes, unsigned int nr,
		  const struct row *rows, const char *sink)
{
	unsigned int i;

	printf("\nzcxfer against the others, CPU; the receiver %s\n", sink);
	printf("%-13s %13s %8s %13s  %-14s %13s  %s\n", "shape", "sendfile",
	       "goal", "best", "which is", "extra", "which is");
	for (i = 0; i < nr; i++) {
		const struct sample *s = rows[i].of;
		double own = s[method_zcxfer].cpu_ns;
		unsigned int best = best_other(s, false);
		unsigned int extra = best_other(s, true);

		if (!measured(&s[method_zcxfer]))
			continue;
		printf("%-13s", shapes[i].name);
		print_ratio(s[method_sendfile].cpu_ns / own, shapes[i].goal);
		printf(" %6.0fx ", shapes[i].goal);
		print_ratio(s[best].cpu_ns / own, 1);
		printf(" %-14s", methods[best].name);
		print_ratio(s[extra].cpu_ns / own, 1);
		printf(" %s\n", methods[extra].name);
	}
}

static void print_count(double count, int width)
{
	if (count < 0)
		printf(" %*s", width, "?");
	else
		printf(" %*.0f", width, count);
}

/**
 * report_files - whole files by each method
 * @samples: a sample of each method
 * @bytes: of all files together
 */
void report_files(const struct sample *samples, size_t bytes)
{
	unsigned int m;

	printf("%-12s %9s %14s %13s %9s %12s\n", "method", "syscalls",
	       "bytes copied", "socket calls", "CPU ms", "vs sendfile");
	for (m = 0; m < NR_METHODS; m++) {
		const struct sample *s = &samples[m];

		if (!measured(s))
			continue;
		printf("%-12s", methods[m].name);
		print_count(s->counts.syscalls, 9);
		print_count(s->counts.bytes_copied, 14);
		print_count(s->counts.socket_calls, 13);
		printf(" %9.1f %11.2fx\n", s->cpu_ns / 1e6,
		       samples[method_sendfile].cpu_ns / s->cpu_ns);
	}
	printf("(%zu bytes in all)\n", bytes);
}

static void json_count(FILE *file, const char *name, double count)
{
	fprintf(file, ", \"%s\": ", name);
	if (count < 0)
		fputs("null", file);
	else
		fprintf(file, "%.0f", count);
}

static void json_object(FILE *file, const struct shape *shape,
			const char *sink, const char *method,
			const struct sample *s)
{
	fprintf(file, "  {\"shape\": \"%s\", \"bytes\": %zu, \"count\": %u",
		shape->name, shape->len, shape->count);
	fprintf(file, ", \"sink\": \"%s\", \"method\": \"%s\"", sink, method);
	json_count(file, "cpu_ns", s->cpu_ns);
	json_count(file, "wall_ns", s->wall_ns);
	json_count(file, "syscalls", s->counts.syscalls);
	json_count(file, "bytes_copied", s->counts.bytes_copied);
	json_count(file, "socket_calls", s->counts.socket_calls);
	fputs("}", file);
}

/**
 * report_json - everything, as an array of objects
 * @path: file to write
 * @shapes: the shapes
 * @nr: how many
 * @rows: what was measured of each, with either sink
 *
 * Return: 0, or -1 with errno.
 */
int report_json(const char *path, const struct shape *shapes, unsigned int nr,
		const struct row *const rows[2])
{
	static const char * const sinks[] = { "discard", "read" };
	FILE *file = fopen(path, "w");
	const char *separator = "[\n";
	unsigned int k, i, m;

	if (!file)
		return -1;
	for (k = 0; k < 2; k++)
		for (i = 0; i < nr; i++)
			for (m = 0; m < NR_METHODS; m++) {
				if (!measured(&rows[k][i].of[m]))
					continue;
				fputs(separator, file);
				separator = ",\n";
				json_object(file, &shapes[i], sinks[k],
					    methods[m].name, &rows[k][i].of[m]);
			}
	fputs("\n]\n", file);
	return fclose(file);
}
