// SPDX-License-Identifier: GPL-2.0
/* The file that is sent from, and the mode that sends whole files. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

#define FILE_SIZE	(300 * MIB)

/**
 * source_open - open a file for reading, mapped and faulted in
 * @b: the bench
 * @path: the file
 *
 * Return: 0, or -1 with errno.
 */
int source_open(struct bench *b, const char *path)
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

/** source_close - undo source_open() */
void source_close(struct bench *b)
{
	munmap(b->kept, b->file_size);
	close(b->file);
}

/**
 * fill_block - no two words are the same
 * @block: %MIB bytes
 * @state: where the sequence is; anything at first
 */
void fill_block(char *block, __u64 *state)
{
	__u64 *word = (__u64 *)block;
	size_t i;

	for (i = 0; i < MIB / sizeof(*word); i++) {
		*state = *state * 6364136223846793005u + 1;
		word[i] = *state;
	}
}

/**
 * source_make - make the file that ranges are sent from, if it is not there
 * @path: the file
 *
 * Return: 0, or -1 with errno.
 */
int source_make(const char *path)
{
	static char block[MIB] __attribute__((aligned(sizeof(__u64))));
	__u64 state = 1;
	FILE *file;
	size_t i;

	if (!access(path, R_OK))
		return 0;
	file = fopen(path, "w");
	for (i = 0; file && i < FILE_SIZE / MIB; i++) {
		fill_block(block, &state);
		if (!fwrite(block, MIB, 1, file)) {
			fclose(file);
			return -1;
		}
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

	if (sample_take(b, methods[m].send, 1, &one))
		return -1;
	sum->cpu_ns += one.cpu_ns;
	return 0;
}

static int send_file(struct bench *b, unsigned int m, struct sample *sum)
{
	b->ranges[0].offset = 0;
	b->ranges[0].len = b->file_size;
	b->nr = 1;
	return counting ? count_file(b, m, sum) : time_file(b, m, sum);
}

/* Whole files, a response each, by one method. */
static int send_files(struct bench *b, unsigned int m, char **paths,
		      unsigned int nr, struct sample *sum)
{
	struct stat st;
	unsigned int i;
	int err;

	fprintf(stderr, "-- %s %s\n", counting ? "counting" : "timing",
		methods[m].name);
	for (i = 0; i < nr; i++) {
		/* There is nothing to send of an empty file, nor to map. */
		if (!stat(paths[i], &st) && S_ISREG(st.st_mode) && !st.st_size)
			continue;
		if (source_open(b, paths[i])) {
			perror(paths[i]);
			return -1;
		}
		err = send_file(b, m, sum);
		if (err)
			perror(methods[m].name);
		source_close(b);
		if (err)
			return -1;
	}
	return 0;
}

static int each_method(struct bench *b, char **paths, unsigned int nr,
		       struct sample *samples)
{
	unsigned int m;
	pid_t pid;

	/* Files of any size: they stream, nothing waits for them to arrive. */
	b->batch = 0;
	pid = sink_start(b, SINK_DISCARD, 0);
	if (pid < 0) {
		perror("bench: loopback");
		return -1;
	}
	for (m = 0; m < NR_METHODS; m++) {
		/* Gathering makes no difference to a whole file. */
		if (methods[m].extra || methods[m].gathers || left_out(b, m))
			continue;
		if (send_files(b, m, paths, nr, &samples[m]))
			return -1;
	}
	return sink_end(b, pid);
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
	if (!counting) {
		for (i = 0; i < NR_METHODS; i++)
			samples[i].counts = (struct counts){ -1, -1, -1 };
	} else if (each_method(b, paths, nr, samples)) {
		return -1;
	}
	stop_counting();
	if (each_method(b, paths, nr, samples))
		return -1;
	report_files(samples, bytes);
	return 0;
}
