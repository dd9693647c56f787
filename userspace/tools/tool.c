// SPDX-License-Identifier: GPL-2.0
/* Messages, the device, signals and the clock. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

volatile sig_atomic_t tool_interrupted;

/**
 * tool_error - print an error message on standard error
 * @format: as for printf(3), without the program's name and the newline
 */
void tool_error(const char *format, ...)
{
	va_list args;

	fputs("zcxfer: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/**
 * tool_open_device - open /dev/zcxfer, or print the error and what to do
 *
 * Return: the file descriptor, or a negative errno.
 */
int tool_open_device(void)
{
	int dev = zcxfer_open();

	if (dev >= 0)
		return dev;
	tool_error("/dev/zcxfer: %s", strerror(-dev));
	if (dev == -ENOENT || dev == -ENXIO)
		tool_error("load the module: modprobe zcxfer");
	if (dev == -EACCES)
		tool_error("run as root, or join the group zcxfer (60-zcxfer.rules)");
	return dev;
}

/*
 * A signal that arrives between the check of the flag and a blocking call does
 * not interrupt that call. The alarm therefore repeats the signal until the
 * program ends.
 */
static void handle_interrupt(int sig)
{
	(void)sig;
	tool_interrupted = 1;
	alarm(1);
}

/**
 * tool_catch_interrupt - make SIGINT and SIGTERM end the transfer, not the program
 *
 * SA_RESTART is not set, so that a blocking call returns with an exact count.
 */
void tool_catch_interrupt(void)
{
	struct sigaction action = { .sa_handler = handle_interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
}

/**
 * tool_now - read the monotonic clock
 *
 * Return: seconds.
 */
double tool_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}
