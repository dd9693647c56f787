// SPDX-License-Identifier: GPL-2.0
/*
 * Where copying a short range becomes dearer than referencing its page: both,
 * side by side, for ranges around the module's copybreak.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define PARAMETER	"/sys/module/zcxfer/parameters/copybreak"
#define ROUNDS		12

static char before[16];	/* the administrator's value; empty: not touched */

static int set_copybreak(const char *value)
{
	int fd = open(PARAMETER, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, value, strlen(value));
	close(fd);
	return n < 0 ? -1 : 0;
}

static int save_copybreak(void)
{
	int fd = open(PARAMETER, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, before, sizeof(before) - 1);
	close(fd);
	return n > 0 ? 0 : -1;
}

/** scan_restore - put the module's copybreak back, also from a signal */
void scan_restore(void)
{
	if (*before)
		set_copybreak(before);
	*before = '\0';
}

static int scan_length(struct bench *b, size_t len)
{
	static const char * const copybreaks[2] = { "0", "65536" };
	const struct shape shape = { "scan", len, 64, 1 };
	int (*send)(struct bench *b) = methods[method_zcxfer].send;
	struct sample best[2] = { 0 }, first = { 0 };
	unsigned int responses, i;

	shape_place(b, &shape);
	if (sample_take(b, send, b->batch, &first))
		return -1;
	responses = sample_responses(b, first.cpu_ns);
	for (i = 0; i < 2 * ROUNDS; i++)
		if (set_copybreak(copybreaks[i % 2]) ||
		    sample_take(b, send, responses, &best[i % 2]))
			return -1;
	printf("%8zu %14.1f %14.1f %15.2fx\n", len, best[0].cpu_ns / 1e3,
	       best[1].cpu_ns / 1e3, best[1].cpu_ns / best[0].cpu_ns);
	return 0;
}

/* The batch, and with it what the receiver expects, is that of the length. */
static int scan_connected(struct bench *b, size_t len)
{
	const struct shape shape = { "scan", len, 64, 1 };
	pid_t pid;
	int err;

	shape_place(b, &shape);
	pid = sink_start(b, SINK_READ, 0);
	if (pid < 0)
		return -1;
	err = scan_length(b, len);
	sink_end(b, pid);
	return err;
}

/**
 * scan_run - print what ranges of 64 to 4,096 bytes cost either way
 * @b: the bench
 *
 * Return: 0, or -1 after a message.
 */
int scan_run(struct bench *b)
{
	static const size_t lens[] = { 64, 128, 256, 384, 512, 640, 768, 896,
				       1024, 1280, 1536, 2048, 3072, 4096 };
	unsigned int i;
	int err = 0;

	if (b->dev < 0 || save_copybreak()) {
		fprintf(stderr, "bench: no " PARAMETER "\n");
		return -1;
	}
	printf("%8s %14s %14s %16s\n", "bytes", "reference us", "copy us",
	       "copy/reference");
	for (i = 0; i < sizeof(lens) / sizeof(*lens) && !err; i++)
		err = scan_connected(b, lens[i]);
	if (err)
		fprintf(stderr, "bench: %s\n", strerror(errno));
	scan_restore();
	return err;
}
