// SPDX-License-Identifier: GPL-2.0
/* zcxfer-lab: options, and what comes out. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

#define MAX_SIZE	(1ull << 30)
#define MAX_SAMPLES	1000

volatile sig_atomic_t lab_interrupted;

/* What to do with the rows. */
struct output {
	const char *json;
	const char *csv;
	const char *svg;
	bool tap;
	bool verbose;
};

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
	signal(SIGPIPE, SIG_IGN);
}

static void usage(FILE *out)
{
	fputs("usage: zcxfer-lab [OPTION]... [METHOD]...\n"
	      "       zcxfer-lab EXPERIMENT [ARGUMENT]...\n\n"
	      "Send a file by every method, or by those named, and tell what each takes.\n\n"
	      "  --list           methods and experiments\n"
	      "  --warm, --cold   only with the file in the page cache; only without\n"
	      "  --size SIZE      of the file (default 16M)\n"
	      "  --samples N      times that each is timed (default 3)\n"
	      "  --dir DIR        where the file is made (default $TMPDIR, else /var/tmp)\n"
	      "  --pair A,B       also over these two network interfaces, which are joined\n"
	      "  --no-trace       count nothing: needs no root\n"
	      "  --verbose        which function of the kernel copied how much\n"
	      "  --json FILE, --csv FILE\n"
	      "  --svg DIR        pictures\n"
	      "  --tap            test results instead of a table\n"
	      "  --help\n\n"
	      "Exit code: 0 done, 1 something failed or does not fit what the kernel\n"
	      "determines, 2 wrong usage, 130 interrupted.\n", out);
}

static void list(void)
{
	const struct lab_experiment *e;
	int i;

	puts("methods:");
	for (i = 0; lab_methods[i]; i++)
		printf("  %-20s %s\n", lab_methods[i]->name, lab_methods[i]->what);
	puts("experiments:");
	for (e = lab_experiments; e->name; e++)
		printf("  %-20s %s\n", e->name, e->what);
}

/* "16M": 0 if it is no number, or none that can be used. */
static unsigned long long parse_size(const char *text)
{
	static const char units[] = "KMG";
	unsigned long long size;
	const char *unit;
	char *end;

	errno = 0;
	size = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || end == text || *text == '-' || (*end && (!unit || end[1])))
		return 0;
	if (size > MAX_SIZE)
		return 0;
	if (unit)
		size <<= 10 * (unit - units + 1);
	return size <= MAX_SIZE && size % LAB_CHUNK == 0 ? size : 0;
}

static int parse_samples(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return end == text || *end || n < 0 || n > MAX_SAMPLES ? -1 : n;
}

enum {
	OPT_LIST = 256, OPT_WARM, OPT_COLD, OPT_SIZE, OPT_SAMPLES, OPT_DIR, OPT_PAIR,
	OPT_NO_TRACE, OPT_VERBOSE, OPT_JSON, OPT_CSV, OPT_SVG, OPT_TAP, OPT_HELP
};

static const struct option options[] = {
	{ "list", no_argument, NULL, OPT_LIST },
	{ "warm", no_argument, NULL, OPT_WARM },
	{ "cold", no_argument, NULL, OPT_COLD },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "samples", required_argument, NULL, OPT_SAMPLES },
	{ "dir", required_argument, NULL, OPT_DIR },
	{ "pair", required_argument, NULL, OPT_PAIR },
	{ "no-trace", no_argument, NULL, OPT_NO_TRACE },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "csv", required_argument, NULL, OPT_CSV },
	{ "svg", required_argument, NULL, OPT_SVG },
	{ "tap", no_argument, NULL, OPT_TAP },
	{ "help", no_argument, NULL, OPT_HELP },
	{ }
};

/* Return: 0, or -1 after a message. */
static int plan_option(struct plan *plan, int option)
{
	int samples;

	switch (option) {
	case OPT_WARM:
		plan->caches[LAB_WARM] = true;
		return 0;
	case OPT_COLD:
		plan->caches[LAB_COLD] = true;
		return 0;
	case OPT_SIZE:
		plan->size = parse_size(optarg);
		if (plan->size)
			return 0;
		lab_error("--size %s: not a multiple of 64K up to 1G", optarg);
		return -1;
	case OPT_SAMPLES:
		samples = parse_samples(optarg);
		plan->samples = samples;
		if (samples >= 0)
			return 0;
		lab_error("--samples %s: not a number up to %d", optarg, MAX_SAMPLES);
		return -1;
	case OPT_DIR:
		plan->dir = optarg;
		return 0;
	case OPT_PAIR:
		plan->pair = optarg;
		return 0;
	case OPT_NO_TRACE:
		plan->trace = false;
		return 0;
	}
	return -1;
}

static bool output_option(struct output *output, int option)
{
	switch (option) {
	case OPT_JSON:
		output->json = optarg;
		return true;
	case OPT_CSV:
		output->csv = optarg;
		return true;
	case OPT_SVG:
		output->svg = optarg;
		return true;
	case OPT_TAP:
		return output->tap = true;
	case OPT_VERBOSE:
		return output->verbose = true;
	}
	return false;
}

/* Return: -1 to go on, else the exit code. */
static int parse_options(int argc, char **argv, struct plan *plan, struct output *output)
{
	int c;

	/* What follows an experiment's name is its own: so, no permutation. */
	while ((c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		switch (c) {
		case 'h':
		case OPT_HELP:
			usage(stdout);
			return 0;
		case OPT_LIST:
			list();
			return 0;
		case '?':
			usage(stderr);
			return 2;
		}
		if (!output_option(output, c) && plan_option(plan, c))
			return 2;
	}
	if (!plan->caches[LAB_WARM] && !plan->caches[LAB_COLD]) {
		plan->caches[LAB_WARM] = true;
		plan->caches[LAB_COLD] = true;
	}
	return -1;
}

static const struct lab_method *find_method(const char *name)
{
	int i;

	for (i = 0; lab_methods[i]; i++)
		if (!strcmp(lab_methods[i]->name, name))
			return lab_methods[i];
	return NULL;
}

/* Return: 0, or -1 after a message. */
static int choose_methods(struct plan *plan, char **names, int nr)
{
	size_t all = 0;
	int i;

	while (lab_methods[all])
		all++;
	plan->methods = calloc(all + nr, sizeof(*plan->methods));
	if (!plan->methods) {
		lab_error("out of memory");
		return -1;
	}
	if (!nr) {
		memcpy(plan->methods, lab_methods, all * sizeof(*plan->methods));
		plan->nr_methods = all;
	}
	for (i = 0; i < nr; i++) {
		plan->methods[plan->nr_methods] = find_method(names[i]);
		if (!plan->methods[plan->nr_methods++]) {
			lab_error("%s: no such method or experiment: see --list", names[i]);
			return -1;
		}
	}
	return 0;
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
		code = write_files(output, rows, nr, &source) || !all_fit(rows, nr);
	}
	free(rows);
	return code;
}

static const struct lab_experiment *find_experiment(const char *name)
{
	const struct lab_experiment *e;

	for (e = lab_experiments; e->name; e++)
		if (name && !strcmp(e->name, name))
			return e;
	return NULL;
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
