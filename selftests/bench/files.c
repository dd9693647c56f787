// SPDX-License-Identifier: GPL-2.0-only
/* Whole files: a response is all of them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

/* Times that each method is measured; the least counts. */
#define ROUNDS	5

struct file {
	int fd;
	size_t len;
};

static struct file *files;
static unsigned int nr_files;
static const struct lab_method *method;	/* that sends each */
static double most_cpu_ns[NR_METHODS];	/* of the rounds */

static int send_files(struct lab_transfer *t, const struct lab_range *ranges,
		      unsigned int nr)
{
	unsigned int i;
	int err = 0;

	(void)ranges;
	(void)nr;
	for (i = 0; i < nr_files && !err; i++) {
		const struct lab_range all = { .len = files[i].len };

		t->file = files[i].fd;
		t->len = files[i].len;
		err = lab_send(method, t, &all, 1);
	}
	return err;
}

/* An empty file is left out: it has no range to send, and cannot be mapped. */
static int open_files(char **paths, unsigned int nr, size_t *bytes)
{
	struct stat st;
	unsigned int i;
	int fd;

	files = calloc(nr, sizeof(*files));
	for (i = 0; files && i < nr; i++) {
		fd = open(paths[i], O_RDONLY);
		if (fd < 0 || fstat(fd, &st)) {
			perror(paths[i]);
			return -1;
		}
		if (S_ISREG(st.st_mode) && !st.st_size)
			close(fd);
		else
			files[nr_files++] = (struct file){ fd, st.st_size };
		*bytes += st.st_size;
	}
	return files ? 0 : -1;
}

static int measure(struct bench *b, unsigned int m, struct sample *sample)
{
	struct lab_method all = *methods[m].lab;
	struct sample one = { 0 };
	struct sampler s;
	int err;

	method = methods[m].lab;
	all.sendv = send_files;
	if (b->counting) {
		fprintf(stderr, "-- counting %s\n", methods[m].name);
		err = count_method(b, &all, TAKE_DISCARD, 1, &s.row, &sample->counts);
	} else {
		err = sampler_open(&s, b, &all, TAKE_DISCARD);
		if (!err)
			err = sampler_take(&s, 1, &one) | sampler_close(&s);
		sample_improve(sample, one.cpu_ns, one.wall_ns);
		if (one.cpu_ns > most_cpu_ns[m])
			most_cpu_ns[m] = one.cpu_ns;
	}
	if (err)
		lab_error("%s: %s", methods[m].name, s.row.wrong);
	return err;
}

static int each_method(struct bench *b, struct sample *samples)
{
	unsigned int m;

	for (m = 0; m < NR_METHODS; m++) {
		/* Gathering makes no difference to a whole file. */
		if (methods[m].extra || methods[m].gathers || left_out(b, m))
			continue;
		if (measure(b, m, &samples[m]))
			return -1;
	}
	return 0;
}

/**
 * files_run - send whole files by each method and print the least and the most that it took
 * @b: the bench
 * @paths: the files
 * @nr: their number
 *
 * Return: 0, or -1 after a message.
 */
int files_run(struct bench *b, char **paths, unsigned int nr)
{
	struct sample samples[NR_METHODS] = { 0 };
	size_t bytes = 0;
	unsigned int m, round;

	if (open_files(paths, nr, &bytes))
		return -1;
	b->ranges[0].len = bytes;
	b->nr = 1;
	b->batch = 1;
	for (m = 0; m < NR_METHODS; m++)
		samples[m].counts = NO_COUNTS;
	if (b->counting && each_method(b, samples))
		return -1;
	count_stop(b);
	/* The methods take turns, so that a machine that is busy for a while slows all. */
	for (round = 1; round <= ROUNDS; round++) {
		fprintf(stderr, "-- timing, round %u of %u\n", round, ROUNDS);
		if (each_method(b, samples))
			return -1;
	}
	report_files(samples, most_cpu_ns, bytes);
	return 0;
}
