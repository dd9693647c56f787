// SPDX-License-Identifier: GPL-2.0-only
/* Errors, clocks, signals and the page cache, for all other files. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"

volatile sig_atomic_t lab_interrupted;

/**
 * lab_cached - how much of a file is in the page cache
 * @fd: the file
 * @len: its length
 *
 * Return: pages, or -errno.
 */
long lab_cached(int fd, size_t len)
{
	size_t page = sysconf(_SC_PAGESIZE), nr = (len + page - 1) / page, i;
	void *map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	unsigned char *cached = malloc(nr);
	long pages = 0;

	if (!cached || map == MAP_FAILED || mincore(map, len, cached))
		pages = -errno;
	for (i = 0; i < nr && pages >= 0; i++)
		pages += cached[i] & 1;
	if (map != MAP_FAILED)
		munmap(map, len);
	free(cached);
	return pages;
}

/**
 * lab_error - print an error message
 * @format: as printf(), without the program's name and the newline
 */
void lab_error(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/**
 * lab_ns - read a clock
 * @clock: its id
 *
 * Return: nanoseconds.
 */
double lab_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/**
 * lab_seconds - read the monotonic clock
 *
 * Return: seconds since some point in the past.
 */
double lab_seconds(void)
{
	return lab_ns(CLOCK_MONOTONIC) / 1e9;
}

static void on_signal(int signal)
{
	(void)signal;
	lab_interrupted = 1;
}

/** lab_catch_signals - have signals set lab_interrupted, so that measurements end early */
void lab_catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* With SIG_IGN inherited, waitpid() would have no status to return. */
	signal(SIGCHLD, SIG_DFL);
}
