// SPDX-License-Identifier: GPL-2.0
/* Whole files. */
#include <stdio.h>
#include <sys/stat.h>

#include "bench.h"

/* Count one file and add it to what the others took. */
static int count_file(struct bench *b, unsigned int m, struct lab_row *row,
		      struct counts *sum)
{
	struct counts c;

	if (count_method(b, m, TAKE_DISCARD, 1, row, &c))
		return -1;
	sum->syscalls += c.syscalls;
	sum->bytes_copied += c.bytes_copied;
	sum->socket_calls += c.socket_calls;
	return 0;
}

static int time_file(struct bench *b, unsigned int m, struct lab_row *row,
		     struct sample *sum)
{
	struct sample one = { 0 };
	struct sampler s;
	int err = sampler_open(&s, b, m, TAKE_DISCARD);

	if (!err)
		err = sampler_take(&s, 1, &one) | sampler_close(&s);
	*row = s.row;
	sum->cpu_ns += one.cpu_ns;
	return err;
}

static int send_file(struct bench *b, unsigned int m, struct sample *sum)
{
	struct lab_row row;
	int err;

	b->ranges[0] = (struct lab_range){ 0, b->source.len };
	b->nr = 1;
	b->batch = 1;
	err = b->counting ? count_file(b, m, &row, &sum->counts) :
		time_file(b, m, &row, sum);
	if (err)
		lab_error("%s, %s: %s", b->source.path, methods[m].name, row.wrong);
	return err;
}

/* Whole files, a response each, by one method. */
static int send_files(struct bench *b, unsigned int m, char **paths,
		      unsigned int nr, struct sample *sum)
{
	struct stat st;
	unsigned int i;

	fprintf(stderr, "-- %s %s\n", b->counting ? "counting" : "timing",
		methods[m].name);
	for (i = 0; i < nr; i++) {
		if (stat(paths[i], &st)) {
			perror(paths[i]);
			return -1;
		}
		/* An empty file has no range to send, and cannot be mapped. */
		if (S_ISREG(st.st_mode) && !st.st_size)
			continue;
		source_use(&b->source, paths[i], st.st_size);
		if (send_file(b, m, sum))
			return -1;
	}
	return 0;
}

static int each_method(struct bench *b, char **paths, unsigned int nr,
		       struct sample *samples)
{
	unsigned int m;

	for (m = 0; m < NR_METHODS; m++) {
		/* Gathering makes no difference to a whole file. */
		if (methods[m].extra || methods[m].gathers || left_out(b, m))
			continue;
		if (send_files(b, m, paths, nr, &samples[m]))
			return -1;
	}
	return 0;
}

/**
 * files_run - send whole files by each method and print what that took
 * @b: the bench
 * @paths: the files
 * @nr: how many
 *
 * Return: 0, or -1 after a message.
 */
int files_run(struct bench *b, char **paths, unsigned int nr)
{
	struct sample samples[NR_METHODS] = { 0 };
	size_t bytes = 0;
	unsigned int i;
	struct stat st;

	for (i = 0; i < nr; i++)
		bytes += stat(paths[i], &st) ? 0 : st.st_size;
	if (!b->counting) {
		for (i = 0; i < NR_METHODS; i++)
			samples[i].counts = NO_COUNTS;
	} else if (each_method(b, paths, nr, samples)) {
		return -1;
	}
	count_stop(b);
	if (each_method(b, paths, nr, samples))
		return -1;
	report_files(samples, bytes);
	return 0;
}
