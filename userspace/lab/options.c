// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer-lab: its command line. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define MAX_SIZE	(1ull << 30)
#define MAX_SAMPLES	1000

static void print_usage(FILE *out)
{
	fputs("usage: zcxfer-lab [OPTION]... [METHOD]...\n"
	      "       zcxfer-lab EXPERIMENT [ARGUMENT]...\n\n"
	      "Send a file by every method, or by those named, and measure the cost of each.\n\n"
	      "  --list           methods and experiments\n"
	      "  --warm, --cold   only with the file in the page cache, or only without\n"
	      "  --size SIZE      of the file (default 16M)\n"
	      "  --samples N      timed runs of each method, at most (default 3)\n"
	      "  --dir DIR        folder of the file (default $TMPDIR, else /var/tmp)\n"
	      "  --pair A,B       also over these two network interfaces, on one wire\n"
	      "  --no-trace       count nothing: needs no root\n"
	      "  --verbose        bytes that each function of the kernel copied\n"
	      "  --json FILE, --csv FILE\n"
	      "  --tap            test results instead of a table\n"
	      "  --help, --version\n\n"
	      "Exit code: 0 success, 1 an error, or a row that contradicts what the kernel\n"
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

/* "16M"; returns 0 if it is not a valid size. */
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
	OPT_NO_TRACE, OPT_VERBOSE, OPT_JSON, OPT_CSV, OPT_TAP, OPT_HELP,
	OPT_VERSION
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
	{ "tap", no_argument, NULL, OPT_TAP },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
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
	case OPT_TAP:
		return output->tap = true;
	case OPT_VERBOSE:
		return output->verbose = true;
	}
	return false;
}

/**
 * parse_options - parse options; optind is set to what follows them
 * @argc: of main()
 * @argv: of main()
 * @plan: changed
 * @output: changed
 *
 * Return: -1 to continue, else the exit code.
 */
int parse_options(int argc, char **argv, struct plan *plan, struct output *output)
{
	int c;

	/* No permutation: what follows an experiment's name are its own arguments. */
	while ((c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		switch (c) {
		case 'h':
		case OPT_HELP:
			print_usage(stdout);
			return 0;
		case OPT_VERSION:
			puts("zcxfer-lab " ZCXFER_VERSION);
			return 0;
		case OPT_LIST:
			list();
			return 0;
		case '?':
			print_usage(stderr);
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

/**
 * choose_methods - choose the methods that are named
 * @plan: its methods are set; the caller frees them
 * @names: names of methods
 * @nr: their number; 0 chooses all
 *
 * Return: 0, or -1 after a message.
 */
int choose_methods(struct plan *plan, char **names, int nr)
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

/**
 * find_experiment - find an experiment by name
 * @name: the name, or NULL
 *
 * Return: the experiment, or NULL.
 */
const struct lab_experiment *find_experiment(const char *name)
{
	const struct lab_experiment *e;

	for (e = lab_experiments; e->name; e++)
		if (name && !strcmp(e->name, name))
			return e;
	return NULL;
}
