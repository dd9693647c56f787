// SPDX-License-Identifier: GPL-2.0-only
/* The bench: options, and the order of measurements. See bench.h. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define SAMPLES		5
#define FILE_SIZE	(300 * MIB)	/* of SOURCE */

enum {
	MODE_SHAPES, MODE_FILES, MODE_SCAN, MODE_RECEIVE, MODE_DIRECT, MODE_DEPTH, MODE_HOT,
	MODE_SECTIONS
};

static int mode = MODE_SHAPES;

struct options {
	const char *json;
	const char *shape;
	const char *disk;
	const char *sections;
	const char *pair;
	unsigned int sinks;	/* bits 1 << enum take */
};

static void usage_text(FILE *stream)
{
	fputs("usage: bench [OPTION]... SOURCE\n"
	      "       bench --copybreak-scan SOURCE\n"
	      "       bench --receive SOURCE\n"
	      "       bench --direct DISK\n"
	      "       bench --depth SOURCE\n"
	      "       bench --hot --disk DISK SOURCE\n"
	      "       bench --files FILE...\n"
	      "       bench --sections FILE [--shape NAME] [--pair A,B] SOURCE\n"
	      "\n"
	      "Measure what it costs to send ranges of a file over loopback TCP,\n"
	      "and to receive them.\n"
	      "SOURCE is made if it does not exist (300 MiB). Needs root for the\n"
	      "counters.\n"
	      "\n"
	      "  --json FILE       write all results to FILE\n"
	      "  --shape NAME      only this shape, such as \"4 KiB x 64\"\n"
	      "  --method NAME     only this method, such as sendfile\n"
	      "  --sink NAME       only this receiver: discard or read\n"
	      "  --samples N       at least so many samples of each (5)\n"
	      "  --files           send whole files, by the methods for that\n"
	      "  --disk DISK       measure --direct and --hot with this disk as well\n"
	      "  --direct          from a slow disk into a socket that is as slow,\n"
	      "                    and cold ranges of it\n"
	      "  --depth           transfers of 16 KiB, 1 to 256 at a time; their files\n"
	      "                    are made beside SOURCE\n"
	      "  --hot             how long these take beside others that wait for a disk\n"
	      "  --receive         the receive direction, into a file beside SOURCE\n"
	      "  --sections FILE   untimed, for a counter of instructions: the name of each\n"
	      "                    section to FILE\n"
	      "  --pair A,B        with --sections: from one network interface to another\n"
	      "  --copybreak-scan  short ranges by reference against copied\n"
	      "  --help\n", stream);
}

static int find_method(const char *name)
{
	int m;

	for (m = 0; m < NR_METHODS; m++)
		if (!strcmp(methods[m].name, name))
			return m;
	return -1;
}

static bool is_shape(const char *name)
{
	unsigned int i;

	if (mode == MODE_SECTIONS && many_wanted(name))
		return true;
	for (i = 0; i < NR_SHAPES; i++)
		if (!strcmp(shapes[i].name, name))
			return true;
	return false;
}

/* Return: true if the value of option @c is valid. */
static bool set_option(struct options *o, struct bench *b, int c)
{
	switch (c) {
	case 0:
		return true;
	case 'D':
		o->disk = optarg;
		return true;
	case 'j':
		o->json = optarg;
		return true;
	case 'k':
		o->sinks = 1 << (strcmp(optarg, "read") ? TAKE_DISCARD :
							  TAKE_READ);
		return !strcmp(optarg, "read") || !strcmp(optarg, "discard");
	case 'm':
		b->only = find_method(optarg);
		return b->only >= 0;
	case 'n':
		b->samples = atoi(optarg);
		return b->samples > 0 && b->samples < 1000;
	case 'e':
		mode = MODE_SECTIONS;
		o->sections = optarg;
		return true;
	case 'p':
		o->pair = optarg;
		return true;
	case 's':
		o->shape = optarg;
		return is_shape(optarg);
	}
	return false;
}

static void parse_options(struct options *o, struct bench *b, int argc,
			  char **argv)
{
	static const struct option options[] = {
		{ "copybreak-scan", no_argument, &mode, MODE_SCAN },
		{ "depth", no_argument, &mode, MODE_DEPTH },
		{ "direct", no_argument, &mode, MODE_DIRECT },
		{ "disk", required_argument, NULL, 'D' },
		{ "files", no_argument, &mode, MODE_FILES },
		{ "hot", no_argument, &mode, MODE_HOT },
		{ "json", required_argument, NULL, 'j' },
		{ "sink", required_argument, NULL, 'k' },
		{ "method", required_argument, NULL, 'm' },
		{ "samples", required_argument, NULL, 'n' },
		{ "pair", required_argument, NULL, 'p' },
		{ "receive", no_argument, &mode, MODE_RECEIVE },
		{ "sections", required_argument, NULL, 'e' },
		{ "shape", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h') {
			usage_text(stdout);
			exit(0);
		}
		if (!set_option(o, b, c)) {
			if (c != '?' && optarg)
				lab_error("not known: %s", optarg);
			usage_text(stderr);
			exit(2);
		}
	}
	if (optind == argc || (mode == MODE_HOT && !o->disk) ||
	    (o->pair && mode != MODE_SECTIONS)) {
		usage_text(stderr);
		exit(2);
	}
}

static void start_counting(struct bench *b)
{
	if (count_start(b))
		lab_error("the kernel does not count: only content is checked");
}

static int run_receive(struct bench *b, const char *source)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.received", source);
	return receive_run(b, path);
}

/* All other measurements, each of which also has a mode of its own. */
static int run_others(struct bench *b, const struct options *o,
		      const char *source)
{
	int failures = run_receive(b, source);

	if (o->disk)
		failures += direct_run(b, o->disk) + cold_run(b, o->disk);
	failures += depth_run(b, source);
	if (o->disk)
		failures += hot_run(b, source, o->disk);
	return failures;
}

static int run_shapes(struct bench *b, const struct options *o,
		      const char *source)
{
	static const char * const sinks[] = { "discards", "reads" };
	static struct row rows[2][NR_SHAPES];
	unsigned int k;
	int failures;

	start_counting(b);
	failures = shapes_run(b, o->shape, o->sinks, rows);
	if (lab_interrupted)
		return -1;
	for (k = TAKE_DISCARD; k <= TAKE_READ; k++) {
		if (!(o->sinks & 1 << k))
			continue;
		report_table(rows[k], sinks[k]);
		if (b->module && b->only < 0)
			report_goals(rows[k], sinks[k]);
	}
	if (!o->shape && b->only < 0 && b->module)
		failures += run_others(b, o, source);
	if (failures)
		printf("%d of the counters or contents are wrong\n", failures);
	if (o->json && report_json(o->json, rows)) {
		perror(o->json);
		return -1;
	}
	return failures;
}

static int run(struct bench *b, const struct options *o, char **paths,
	       unsigned int nr)
{
	switch (mode) {
	case MODE_FILES:
		/* run_calibrate() opens the source, and sends nothing of it. */
		source_use(&b->source, paths[0], 0);
		start_counting(b);
		return files_run(b, paths, nr);
	case MODE_DIRECT:
		return direct_run(b, paths[0]) + cold_run(b, paths[0]);
	case MODE_DEPTH:
		return depth_run(b, paths[0]);
	case MODE_HOT:
		return hot_run(b, paths[0], o->disk);
	case MODE_RECEIVE:
		return run_receive(b, paths[0]);
	}
	if (source_make_at(&b->source, paths[0], FILE_SIZE))
		return -1;
	if (mode == MODE_SECTIONS)
		return sections_run(b, o->shape, o->sections);
	return mode == MODE_SCAN ? scan_run(b) : run_shapes(b, o, paths[0]);
}

static void ask_module(struct bench *b)
{
	struct zcxfer_info info = { .size = sizeof(info) };
	int dev = zcxfer_open();

	b->module = dev >= 0 && !zcxfer_get_info(dev, &info);
	b->copybreak = info.copybreak;
	if (dev >= 0)
		close(dev);
	if (!b->module)
		lab_error("no /dev/zcxfer: zcxfer is left out");
}

int main(int argc, char **argv)
{
	struct options o = { .sinks = 1 << TAKE_DISCARD | 1 << TAKE_READ };
	static struct bench b = { .samples = SAMPLES, .only = -1 };
	const char *problem;
	int err;

	parse_options(&o, &b, argc, argv);
	lab_catch_signals();
	use_last_cpu(false);
	problem = route_open(&b.route, o.pair ? LAB_NIC : LAB_LOOPBACK, o.pair);
	ask_module(&b);
	if (problem)
		lab_error("%s", problem);
	err = problem || run(&b, &o, argv + optind, argc - optind);
	count_stop(&b);
	route_close(&b.route);
	return lab_interrupted ? 130 : err ? 1 : 0;
}
