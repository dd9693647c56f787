// SPDX-License-Identifier: GPL-2.0
/* The bench: options, what is run, the verdict. See bench.h. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define SAMPLES		5
#define SAMPLE_NS	20e6	/* CPU time that a sample is to take */
#define MAX_RESPONSES	1000
#define KIB		1024ul
#define MIB		(1024ul * KIB)
#define FILE_SIZE	(300 * MIB)

static const struct shape shapes[] = {
	{ "256 MiB x 1", 256 * MIB, 1, 1 },
	{ "16 MiB x 1", 16 * MIB, 1, 1 },
	{ "1 MiB x 1", MIB, 1, 1 },
	{ "64 KiB x 1", 64 * KIB, 1, 1 },
	{ "4 KiB x 1", 4 * KIB, 1, 1 },
	{ "64 KiB x 64", 64 * KIB, 64, 2 },
	{ "4 KiB x 64", 4 * KIB, 64, 4 },
	{ "1000 B x 64", 1000, 64, 5 },
	{ "4 KiB x 512", 4 * KIB, 512, 4 },
	{ "512 B x 512", 512, 512, 5 },
};

#define NR_SHAPES	(sizeof(shapes) / sizeof(*shapes))

static struct row results[2][NR_SHAPES];
static unsigned int copybreak;
static bool counting;
static int failures;

static void fail(const char *shape, const char *method, const char *what)
{
	printf("FAILED: %s, %s: %s\n", shape, method, what);
	failures++;
}

static void quit(int sig)
{
	count_exit();
	_exit(128 + sig);
}

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Scattered: every range in a slot of its own, the slots in mixed order. */
static void place_ranges(struct bench *b, const struct shape *shape)
{
	size_t slot = (b->file_size - shape->len) / shape->count;
	unsigned int i;

	for (i = 0; i < shape->count; i++) {
		/* 211 has no divisor in common with any count here. */
		size_t k = (size_t)i * 211 % shape->count;
		size_t offset = shape->count == 1 ? 0 : k * slot / 4096 * 4096;

		/* Ranges of less than a page start anywhere in one. */
		if (shape->len < 4096)
			offset += k * 136 % (4096 - shape->len);
		b->ranges[i].offset = offset;
		b->ranges[i].len = shape->len;
	}
	b->nr = shape->count;
}

/* One sample: so many responses. Keeps the best. */
static int take_sample(struct bench *b, const struct method *method,
		       unsigned int responses, struct sample *best)
{
	double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	double wall = now(CLOCK_MONOTONIC);
	unsigned int i;

	for (i = 0; i < responses; i++)
		if (method->send(b))
			return -1;
	cpu = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / responses;
	wall = (now(CLOCK_MONOTONIC) - wall) / responses;
	if (!best->cpu_ns || cpu < best->cpu_ns)
		best->cpu_ns = cpu;
	if (!best->wall_ns || wall < best->wall_ns)
		best->wall_ns = wall;
	return 0;
}

static bool left_out(const struct bench *b, unsigned int m)
{
	return b->dev < 0 && m == method_zcxfer;
}

static void time_shape(struct bench *b, const struct shape *shape,
		       enum sink sink, struct sample *samples)
{
	unsigned int responses[NR_METHODS] = { 0 };
	unsigned int round, m;
	pid_t pid = sink_start(b, sink, 0);

	/* Round 0 warms up and tells how many responses make a sample. */
	for (round = 0; round <= SAMPLES; round++) {
		for (m = 0; m < NR_METHODS; m++) {
			struct sample *s = &samples[m];

			if (left_out(b, m))
				continue;
			if (take_sample(b, &methods[m], responses[m] ?: 2, s))
				fail(shape->name, methods[m].name,
				     strerror(errno));
			if (round)
				continue;
			responses[m] = SAMPLE_NS / (s->cpu_ns ?: 1);
			if (responses[m] > MAX_RESPONSES)
				responses[m] = MAX_RESPONSES;
			if (!responses[m])
				responses[m] = 1;
			s->cpu_ns = 0;
			s->wall_ns = 0;
		}
	}
	sink_end(b, pid);
}

/* What the counters of zcxfer must be, on every machine. */
static void check_counts(const struct shape *shape, const struct counts *c)
{
	const char *name = methods[method_zcxfer].name;

	if (counting && c->syscalls != 1)
		fail(shape->name, name, "more than one system call");
	if (shape->len >= copybreak && c->bytes_copied)
		fail(shape->name, name, "bytes were copied");
	if (shape->count == 1 &&
	    c->socket_calls > shape->len / (256 * KIB) + 1)
		fail(shape->name, name, "too many calls into the socket");
}

/* Content and counters, untimed. */
static void verify_shape(struct bench *b, const struct shape *shape,
			 struct sample *samples)
{
	unsigned int responses = shape->len > MIB ? 1 : 4;
	unsigned int m;

	for (m = 0; m < NR_METHODS; m++) {
		struct counts c = { -1, -1, -1 };
		pid_t pid;
		int err;

		if (left_out(b, m))
			continue;
		pid = sink_start(b, SINK_COMPARE, responses);
		if (counting) {
			err = count_run(b, methods[m].send, responses, &c);
		} else {
			unsigned int i;

			for (i = 0, err = 0; i < responses && !err; i++)
				err = methods[m].send(b);
		}
		if (err)
			fail(shape->name, methods[m].name, strerror(errno));
		if (sink_end(b, pid))
			fail(shape->name, methods[m].name, "content differs");
		if (m == method_zcxfer) {
			/* A copy between kernel pages has no iterator. */
			c.bytes_copied = b->result.bytes_copied;
			c.socket_calls = b->result.socket_calls;
			check_counts(shape, &c);
		}
		samples[m].counts = c;
	}
}

static bool wanted(const struct shape *shape, const char *only)
{
	return !only || !strcmp(only, shape->name);
}

static void stop_counting(void)
{
	if (counting)
		count_exit();
	counting = false;
}

static void run_shapes(struct bench *b, const char *only)
{
	static const char * const sinks[] = { "discards", "reads" };
	unsigned int i, k;

	for (i = 0; i < NR_SHAPES; i++) {
		if (!wanted(&shapes[i], only))
			continue;
		fprintf(stderr, "-- counting %s\n", shapes[i].name);
		place_ranges(b, &shapes[i]);
		verify_shape(b, &shapes[i], results[0][i].of);
		for (k = 0; k < NR_METHODS; k++)
			results[1][i].of[k].counts =
				results[0][i].of[k].counts;
	}
	stop_counting();
	for (i = 0; i < NR_SHAPES; i++) {
		if (!wanted(&shapes[i], only))
			continue;
		fprintf(stderr, "-- timing %s\n", shapes[i].name);
		place_ranges(b, &shapes[i]);
		time_shape(b, &shapes[i], SINK_DISCARD, results[0][i].of);
		time_shape(b, &shapes[i], SINK_READ, results[1][i].of);
	}
	for (k = 0; k < 2; k++) {
		report_table(shapes, NR_SHAPES, results[k], sinks[k]);
		report_goals(shapes, NR_SHAPES, results[k], sinks[k]);
	}
}

/* Open a file for reading, mapped and faulted in. */
static int open_source(struct bench *b, const char *path)
{
	struct stat st;

	b->file = open(path, O_RDONLY);
	if (b->file < 0 || fstat(b->file, &st))
		return -1;
	b->file_size = st.st_size;
	b->kept = mmap(NULL, b->file_size, PROT_READ,
		       MAP_SHARED | MAP_POPULATE, b->file, 0);
	return b->kept == MAP_FAILED ? -1 : 0;
}

static void close_source(struct bench *b)
{
	munmap(b->kept, b->file_size);
	close(b->file);
}

static int make_source(const char *path)
{
	static uint64_t block[MIB / 8];
	uint64_t x = 1;
	size_t i, k;
	FILE *file;

	if (!access(path, R_OK))
		return 0;
	file = fopen(path, "w");
	for (i = 0; file && i < FILE_SIZE / MIB; i++) {
		for (k = 0; k < MIB / 8; k++) {
			x = x * 6364136223846793005u + 1;
			block[k] = x;
		}
		if (!fwrite(block, MIB, 1, file))
			return -1;
	}
	return file ? fclose(file) : -1;
}

/* Count one file and add it to what the others took. */
static int count_file(struct bench *b, unsigned int m, struct sample *sum)
{
	struct counts c;

	if (count_run(b, methods[m].send, 1, &c))
		return -1;
	if (m == method_zcxfer) {
		c.bytes_copied = b->result.bytes_copied;
		c.socket_calls = b->result.socket_calls;
	}
	sum->counts.syscalls += c.syscalls;
	sum->counts.bytes_copied += c.bytes_copied;
	sum->counts.socket_calls += c.socket_calls;
	return 0;
}

static int time_file(struct bench *b, unsigned int m, struct sample *sum)
{
	struct sample one = { 0 };

	if (take_sample(b, &methods[m], 1, &one))
		return -1;
	sum->cpu_ns += one.cpu_ns;
	return 0;
}

/* Whole files, a response each, by one method. */
static int send_files(struct bench *b, unsigned int m, char **paths,
		      unsigned int nr, struct sample *sum)
{
	unsigned int i;

	fprintf(stderr, "-- %s %s\n", counting ? "counting" : "timing",
		methods[m].name);
	for (i = 0; i < nr; i++) {
		if (open_source(b, paths[i])) {
			perror(paths[i]);
			return -1;
		}
		b->ranges[0].len = b->file_size;
		b->nr = 1;
		if (counting ? count_file(b, m, sum) : time_file(b, m, sum)) {
			perror(methods[m].name);
			return -1;
		}
		close_source(b);
	}
	return 0;
}

static int each_method(struct bench *b, char **paths, unsigned int nr,
		       struct sample *samples)
{
	pid_t pid = sink_start(b, SINK_DISCARD, 0);
	unsigned int m;

	for (m = 0; m < NR_METHODS; m++) {
		/* Gathering makes no difference to a whole file. */
		if (methods[m].extra || methods[m].gathers || left_out(b, m))
			continue;
		if (send_files(b, m, paths, nr, &samples[m]))
			return -1;
	}
	return sink_end(b, pid);
}

static int run_files(struct bench *b, char **paths, unsigned int nr)
{
	struct sample samples[NR_METHODS] = { 0 };
	size_t bytes = 0;
	unsigned int i;
	struct stat st;

	for (i = 0; i < nr; i++)
		bytes += stat(paths[i], &st) ? 0 : st.st_size;
	if (!counting) {
		for (i = 0; i < NR_METHODS; i++)
			samples[i].counts = (struct counts){ -1, -1, -1 };
	} else if (each_method(b, paths, nr, samples)) {
		return 1;
	}
	stop_counting();
	if (each_method(b, paths, nr, samples))
		return 1;
	report_files(samples, bytes);
	return 0;
}

static void usage_text(FILE *stream)
{
	fputs("usage: bench [--json FILE] [--shape NAME] SOURCE\n"
	      "       bench --files FILE...\n"
	      "\n"
	      "Measure what it costs to send ranges of a file over loopback TCP.\n"
	      "SOURCE is made if it does not exist (300 MiB). With --files, whole\n"
	      "files are sent. Needs root for the counters.\n", stream);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", required_argument, NULL, 'j' },
		{ "shape", required_argument, NULL, 's' },
		{ "files", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const struct row *const all[2] = { results[0], results[1] };
	struct zcxfer_info info = { .size = sizeof(info) };
	const char *json = NULL, *shape = NULL;
	struct bench b = { .buffer = malloc(MIB) };
	bool files = false;
	int c, ret = 0;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'j')
			json = optarg;
		else if (c == 's')
			shape = optarg;
		else if (c == 'f')
			files = true;
		else
			usage_text(c == 'h' ? stdout : stderr);
		if (c == 'h' || c == '?')
			return c == '?' ? 2 : 0;
	}
	if (optind == argc) {
		usage_text(stderr);
		return 2;
	}
	b.dev = open("/dev/" ZCXFER_DEVICE_NAME, O_RDWR);
	if (b.dev < 0 || ioctl(b.dev, ZCXFER_IOC_INFO, &info))
		fprintf(stderr, "bench: no /dev/zcxfer: zcxfer is left out\n");
	copybreak = info.copybreak;
	signal(SIGINT, quit);
	signal(SIGTERM, quit);
	signal(SIGPIPE, SIG_IGN);
	counting = !count_init();
	if (!counting)
		fprintf(stderr, "bench: tracefs does not count for us\n");

	if (!b.buffer || pipe(b.pipe)) {
		perror("bench");
		ret = 1;
	} else if (files) {
		ret = run_files(&b, argv + optind, argc - optind);
	} else if (make_source(argv[optind]) || open_source(&b, argv[optind])) {
		perror(argv[optind]);
		ret = 1;
	} else {
		run_shapes(&b, shape);
		if (json && report_json(json, shapes, NR_SHAPES, all)) {
			perror(json);
			ret = 1;
		}
	}
	stop_counting();
	if (failures)
		printf("%d of the counters or contents are wrong\n", failures);
	return ret || failures;
}
