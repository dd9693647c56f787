// SPDX-License-Identifier: GPL-2.0-only
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
	unsigned int m, best = method_sendfile;

	for (m = 0; m < NR_METHODS; m++) {
		if (m == method_zcxfer || !measured(&samples[m]) ||
		    (methods[m].extra && !extra))
			continue;
		if (samples[m].cpu_ns < samples[best].cpu_ns)
			best = m;
	}
	return best;
}

static bool any_measured(const struct row *row)
{
	unsigned int m;

	for (m = 0; m < NR_METHODS; m++)
		if (measured(&row->of[m]))
			return true;
	return false;
}

/* Time, and how many times that of zcxfer. */
static void print_time(const struct row *row, unsigned int m)
{
	const struct sample *zcxfer = &row->of[method_zcxfer];

	if (!measured(&row->of[m])) {
		printf(" %16s", "-");
		return;
	}
	printf(" %9.1f", row->of[m].cpu_ns / 1e3);
	if (m != method_zcxfer && measured(zcxfer))
		printf(" %5.2fx", row->of[m].cpu_ns / zcxfer->cpu_ns);
	else
		printf(" %6s", "");
}

/* All methods beside each other would be wider than a terminal. */
static void print_half(const struct row *rows, bool extra)
{
	unsigned int i, m;

	printf("%-15s", "shape");
	for (m = 0; m < NR_METHODS; m++)
		if (methods[m].extra == extra)
			printf(" %16s", methods[m].name);
	printf("\n");
	for (i = 0; i < NR_SHAPES; i++) {
		if (!any_measured(&rows[i]))
			continue;
		printf("%-15s", shapes[i].name);
		for (m = 0; m < NR_METHODS; m++)
			if (methods[m].extra == extra)
				print_time(&rows[i], m);
		printf("\n");
	}
}

/**
 * report_table - CPU time of each shape by each method
 * @rows: what was measured of each
 * @sink: the receiver's name
 */
void report_table(const struct row rows[NR_SHAPES], const char *sink)
{
	printf("\nsender CPU, microseconds per response, and times zcxfer's; the receiver %s\n",
	       sink);
	print_half(rows, false);
	printf("extra: kept+... writes from a mapping made and faulted in beforehand\n");
	print_half(rows, true);
}

static void print_ratio(double ratio, double goal)
{
	printf(" %6.2fx %-4s", ratio, ratio >= goal ? "ok" : "MISS");
}

/**
 * report_goals - zcxfer against the others
 * @rows: what was measured of each
 * @sink: the receiver's name
 */
void report_goals(const struct row rows[NR_SHAPES], const char *sink)
{
	unsigned int i;

	printf("\nzcxfer against the others, CPU; the receiver %s\n", sink);
	printf("%-15s %4s %12s  %12s %-13s %12s %s\n", "shape", "goal",
	       "sendfile", "best", "which is", "with extra", "which is");
	for (i = 0; i < NR_SHAPES; i++) {
		const struct sample *s = rows[i].of;
		double own = s[method_zcxfer].cpu_ns;
		unsigned int best = best_other(s, false);
		unsigned int extra = best_other(s, true);

		if (!measured(&s[method_zcxfer]) ||
		    !measured(&s[method_sendfile]))
			continue;
		printf("%-15s %3.0fx", shapes[i].name, shapes[i].goal);
		print_ratio(s[method_sendfile].cpu_ns / own, shapes[i].goal);
		printf(" ");
		print_ratio(s[best].cpu_ns / own, 1);
		printf(" %-13s", methods[best].name);
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
 * @samples: the least of the samples of each method
 * @most_cpu_ns: the most CPU time of a sample of each
 * @bytes: of all files together
 */
void report_files(const struct sample *samples, const double *most_cpu_ns, size_t bytes)
{
	unsigned int m;

	printf("%-12s %9s %14s %13s %9s %8s %12s\n", "method", "syscalls",
	       "bytes copied", "socket calls", "CPU ms", "to", "vs sendfile");
	for (m = 0; m < NR_METHODS; m++) {
		const struct sample *s = &samples[m];

		if (!measured(s))
			continue;
		printf("%-12s", methods[m].name);
		print_count(s->counts.syscalls, 9);
		print_count(s->counts.bytes_copied, 14);
		print_count(s->counts.socket_calls, 13);
		printf(" %9.1f %8.1f %11.2fx\n", s->cpu_ns / 1e6, most_cpu_ns[m] / 1e6,
		       samples[method_sendfile].cpu_ns / s->cpu_ns);
	}
	printf("(%zu bytes in all; the least and the most CPU time of five rounds)\n", bytes);
}

static void json_count(FILE *file, const char *name, double count)
{
	fprintf(file, ", \"%s\": ", name);
	if (count < 0)
		fputs("null", file);
	else
		fprintf(file, "%.0f", count);
}

static void json_object(FILE *file, const char *shape, size_t len,
			unsigned int count, const char *sink,
			const char *method, const struct sample *s)
{
	/* Of some only the time that passed was measured. */
	if (!(s->wall_ns > 0))
		return;
	fprintf(file, "%s\n  {\"shape\": \"%s\", \"bytes\": %zu, \"count\": %u",
		ftell(file) > 1 ? "," : "", shape, len, count);
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
 * @rows: what was measured of each shape, with either sink
 *
 * Return: 0, or -1 with errno.
 */
int report_json(const char *path, struct row rows[2][NR_SHAPES])
{
	static const char * const sinks[] = { "discard", "read" };
	FILE *file = fopen(path, "w");
	unsigned int k, i, m;

	if (!file)
		return -1;
	fputs("[", file);
	for (k = 0; k < 2; k++)
		for (i = 0; i < NR_SHAPES; i++)
			for (m = 0; m < NR_METHODS; m++)
				json_object(file, shapes[i].name, shapes[i].len,
					    shapes[i].count, sinks[k],
					    methods[m].name, &rows[k][i].of[m]);
	receive_json(json_object, file);
	direct_json(json_object, file);
	cold_json(json_object, file);
	depth_json(json_object, file);
	hot_json(json_object, file);
	fputs("\n]\n", file);
	if (fclose(file))
		return -1;
	printf("written: %s\n", path);
	return 0;
}
