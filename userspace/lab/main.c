// SPDX-License-Identifier: GPL-2.0
/* zcxfer-lab: what is asked for, and what comes out. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

volatile sig_atomic_t lab_interrupted;

/**
 * lab_error - tell what is wrong
 * @format: as printf(), without the program's name and the newline
 */
void lab_error(const char *format, ...)
{
	va_list args;

	fputs("zcxfer-lab: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/**
 * lab_seconds - the time
 *
 * Return: seconds since some point in the past.
 */
double lab_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void on_signal(int signal)
{
	(void)signal;
	lab_interrupted = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Or nobody could be waited for. */
	signal(SIGCHLD, SIG_DFL);
}

/* Return: 0, or -1 after a message. */
static int write_files(const struct output *output, const struct lab_row *rows, size_t nr,
		       const struct source *source)
{
	int err = 0;

	if (output->json)
		err |= json_write(output->json, rows, nr, source);
	if (output->csv)
		err |= csv_write(output->csv, rows, nr);
	return err;
}

static int all_fit(const struct lab_row *rows, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!rows[i].skipped && rows[i].wrong[0])
			return 0;
	return 1;
}

static int measure(const struct plan *plan, const struct output *output)
{
	struct source source;
	struct lab_row *rows;
	int code = 1;
	size_t nr;

	if (source_make(&source, plan->dir, plan->size))
		return 1;
	rows = sections_run(plan, &source, &nr);
	source_remove(&source);
	if (lab_interrupted) {
		lab_error("interrupted");
		code = 130;
	} else if (rows) {
		if (output->tap)
			tap_print(stdout, rows, nr);
		else
			table_print(stdout, rows, nr, output->verbose);
		code = !all_fit(rows, nr);
		if (fflush(stdout)) {
			lab_error("cannot write the table: %s", strerror(errno));
			code = 1;
		}
		if (write_files(output, rows, nr, &source))
			code = 1;
	}
	free(rows);
	return code;
}

int main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	struct plan plan = {
		.size = 16 << 20,
		.samples = 3,
		.dir = tmp && *tmp ? tmp : "/var/tmp",
		.trace = true,
	};
	struct output output = { .json = NULL };
	const struct lab_experiment *experiment;
	int code = parse_options(argc, argv, &plan, &output);

	if (code >= 0)
		return code;
	experiment = find_experiment(argv[optind]);
	if (experiment)
		return experiment->run(argc - optind, argv + optind);
	if (choose_methods(&plan, argv + optind, argc - optind))
		return 2;
	catch_signals();
	code = measure(&plan, &output);
	free(plan.methods);
	return code;
}
