// SPDX-License-Identifier: GPL-2.0
/* The bench: options, the verdict. See bench.h. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"

#define SAMPLES		5

enum mode { MODE_SHAPES, MODE_FILES, MODE_SCAN, MODE_RECEIVE,
	    MODE_DIRECT, MODE_DEPTH, MODE_HOT, MODE_SECTIONS };

struct options {
	enum mode mode;
	const char *json;
	const char *shape;
	const char *disk;
	const char *sections;
	unsigned int sinks;	/* bits 1 << enum sink */
};

bool counting;

/** stop_counting - remove the counters, before anything is timed */
void stop_counting(void)
{
	if (counting)
		count_exit();
	counting = false;
}

static void quit(int sig)
{
	stop_counting();
	scan_restore();
	_exit(128 + sig);
}

/** left_out - is a method not to be run? */
bool left_out(const struct bench *b, unsigned int m)
{
	return (b->dev < 0 && m == method_zcxfer) ||
	       (b->only >= 0 && b->only != (int)m);
}

static void usage_text(FILE *stream)
{
	fputs("usage: bench [OPTION]... SOURCE\n"
	      "       bench --copybreak-scan SOURCE\n"
	      "       bench --receive SOURCE\n"
	      "       bench --direct DISK\n"
	      "       bench --depth SOURCE\n"
	      "       bench --hot --disk DISK SOURCE\n"
	      "       bench --files FILE...\n"
	      "       bench --sections FILE [--shape NAME] SOURCE\n"
	      "\n"
	      "Measure what it costs to send ranges of a file over loopback TCP,\n"
	      "and to receive them.\n"
	      "SOURCE is made if it does not exist (300 MiB). Needs root for the\n"
	      "counters.\n"
	      "\n"
	      "  --json FILE       write all that was measured to FILE\n"
	      "  --shape NAME      this shape alone, such as \"4 KiB x 64\"\n"
	      "  --method NAME     this method alone, such as sendfile\n"
	      "  --sink NAME       this receiver alone: discard or read\n"
	      "  --samples N       at least so many samples of each (5)\n"
	      "  --files           send whole files, by the methods for that\n"
	      "  --disk DISK       measure --direct and --hot with this one as well\n"
	      "  --direct          from a slow disk into a socket that is as slow,\n"
	      "                    and cold ranges of it\n"
	      "  --depth           transfers of 16 KiB, 1 to 256 at a time, alone; their\n"
	      "                    files are made beside SOURCE\n"
	      "  --hot             how long the same take beside such as wait for a disk\n"
	      "  --receive         the way back alone, into a file beside SOURCE\n"
	      "  --sections FILE   untimed, for who counts instructions: the name of each\n"
	      "                    section to FILE\n"
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

	for (i = 0; i < NR_SHAPES; i++)
		if (!strcmp(shapes[i].name, name))
			return true;
	return false;
}

/* Return: whether the value of option @c makes sense. */
static bool set_option(struct options *o, struct bench *b, int c)
{
	switch (c) {
	case 'c':
		o->mode = MODE_SCAN;
		return true;
	case 'f':
		o->mode = MODE_FILES;
		return true;
	case 'd':
		o->mode = MODE_DIRECT;
		return true;
	case 'o':
		o->mode = MODE_HOT;
		return true;
	case 'q':
		o->mode = MODE_DEPTH;
		return true;
	case 'D':
		o->disk = optarg;
		return true;
	case 'r':
		o->mode = MODE_RECEIVE;
		return true;
	case 'j':
		o->json = optarg;
		return true;
	case 'k':
		o->sinks = 1 << (strcmp(optarg, "read") ? SINK_DISCARD :
							  SINK_READ);
		return !strcmp(optarg, "read") || !strcmp(optarg, "discard");
	case 'm':
		b->only = find_method(optarg);
		return b->only >= 0;
	case 'n':
		b->samples = atoi(optarg);
		return b->samples > 0 && b->samples < 1000;
	case 'e':
		o->mode = MODE_SECTIONS;
		o->sections = optarg;
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
		{ "copybreak-scan", no_argument, NULL, 'c' },
		{ "depth", no_argument, NULL, 'q' },
		{ "direct", no_argument, NULL, 'd' },
		{ "disk", required_argument, NULL, 'D' },
		{ "files", no_argument, NULL, 'f' },
		{ "hot", no_argument, NULL, 'o' },
		{ "json", required_argument, NULL, 'j' },
		{ "sink", required_argument, NULL, 'k' },
		{ "method", required_argument, NULL, 'm' },
		{ "samples", required_argument, NULL, 'n' },
		{ "receive", no_argument, NULL, 'r' },
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
				fprintf(stderr, "bench: not known: %s\n",
					optarg);
			usage_text(stderr);
			exit(2);
		}
	}
	if (optind == argc || (o->mode == MODE_HOT && !o->disk)) {
		usage_text(stderr);
		exit(2);
	}
}

static void start_counting(void)
{
	counting = !count_init();
	if (!counting)
		fprintf(stderr, "bench: tracefs does not count for us\n");
}

static int run_receive(struct bench *b, const char *source)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.received", source);
	source_close(b);
	return receive_run(b, path);
}

/* What else is measured, each with a mode of its own, too. */
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

	start_counting();
	failures = shapes_run(b, o->shape, o->sinks, rows);
	for (k = SINK_DISCARD; k <= SINK_READ; k++) {
		if (!(o->sinks & 1 << k))
			continue;
		report_table(rows[k], sinks[k]);
		if (b->dev >= 0 && b->only < 0)
			report_goals(rows[k], sinks[k]);
	}
	if (!o->shape && b->only < 0 && b->dev >= 0)
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
	if (o->mode == MODE_FILES) {
		start_counting();
		return files_run(b, paths, nr);
	}
	if (o->mode == MODE_DIRECT)
		return direct_run(b, paths[0]) + cold_run(b, paths[0]);
	if (o->mode == MODE_DEPTH)
		return depth_run(b, paths[0]);
	if (o->mode == MODE_HOT)
		return hot_run(b, paths[0], o->disk);
	if (source_make(paths[0]) || source_open(b, paths[0])) {
		perror(paths[0]);
		return -1;
	}
	if (o->mode == MODE_SHAPES)
		return run_shapes(b, o, paths[0]);
	if (o->mode == MODE_RECEIVE)
		return run_receive(b, paths[0]);
	if (o->mode == MODE_SECTIONS)
		return sections_run(b, o->shape, o->sections);
	return scan_run(b);
}

int main(int argc, char **argv)
{
	struct options o = { .sinks = 1 << SINK_DISCARD | 1 << SINK_READ };
	struct zcxfer_info info = { .size = sizeof(info) };
	struct bench b = {
		.buffer = malloc(MIB),
		.samples = SAMPLES,
		.only = -1,
	};
	int err;

	parse_options(&o, &b, argc, argv);
	signal(SIGHUP, quit);
	signal(SIGINT, quit);
	signal(SIGTERM, quit);
	signal(SIGPIPE, SIG_IGN);
	b.dev = open("/dev/" ZCXFER_DEVICE_NAME, O_RDWR);
	if (b.dev < 0 || ioctl(b.dev, ZCXFER_IOC_INFO, &info))
		fprintf(stderr, "bench: no /dev/zcxfer: zcxfer is left out\n");
	b.copybreak = info.copybreak;
	if (!b.buffer || pipe(b.pipe)) {
		perror("bench");
		return 1;
	}
	err = run(&b, &o, argv + optind, argc - optind);
	stop_counting();
	return err ? 1 : 0;
}
