// SPDX-License-Identifier: GPL-2.0-only
/*
 * From which length on copying a range costs more than a reference to its page: both,
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

static char before[16];	/* the administrator's value */

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

static int scan_sampler(struct sampler *s, size_t len)
{
	static const char * const copybreaks[2] = { "0", "65536" };
	unsigned int i, responses = sampler_calibrate(s);
	struct sample best[2] = { 0 };

	if (!responses)
		return -1;
	for (i = 0; i < 2 * ROUNDS; i++)
		if (set_copybreak(copybreaks[i % 2]) ||
		    sampler_take(s, responses, &best[i % 2]))
			return -1;
	printf("%8zu %14.1f %14.1f %15.2fx\n", len, best[0].cpu_ns / 1e3,
	       best[1].cpu_ns / 1e3, best[1].cpu_ns / best[0].cpu_ns);
	return 0;
}

static int scan_length(struct bench *b, size_t len)
{
	const struct shape shape = { "scan", len, 64, 1, false };
	struct sampler s;
	int err;

	if (shape_place(b, &shape))
		return -1;
	if (sampler_open(&s, b, methods[method_zcxfer].lab, TAKE_READ)) {
		lab_error("%s", s.row.wrong);
		return -1;
	}
	err = scan_sampler(&s, len);
	if (err)
		lab_error("%s", s.row.wrong[0] ? s.row.wrong : strerror(errno));
	sampler_close(&s);
	return err;
}

/* Put back what the administrator set. */
static void restore_copybreak(void)
{
	set_copybreak(before);
}

/**
 * scan_run - print what ranges of 64 to 4,096 bytes cost, copied and by reference
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

	if (!b->module || save_copybreak()) {
		lab_error("no " PARAMETER);
		return -1;
	}
	printf("%8s %14s %14s %16s\n", "bytes", "reference us", "copy us",
	       "copy/reference");
	for (i = 0; i < sizeof(lens) / sizeof(*lens) && !err; i++)
		err = scan_length(b, lens[i]);
	restore_copybreak();
	return err;
}
