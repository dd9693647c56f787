// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer-lab: measures by the options, and writes the output. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

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
	lab_catch_signals();
	code = measure(&plan, &output);
	free(plan.methods);
	return code;
}
