// SPDX-License-Identifier: GPL-2.0
/* Messages, the device, Ctrl-C. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

volatile sig_atomic_t tool_interrupted;

/**
 * tool_error - say what went wrong, on standard error
 * @format: as printf(3); without the program's name and the newline
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
 * tool_open_device - open /dev/zcxfer or say why not, and what to do
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
		tool_error("is the module loaded? (modprobe zcxfer)");
	if (dev == -EACCES)
		tool_error("it is root's, or of the group in the udev rule");
	return dev;
}

/*
 * A signal may come when the flag has just been looked at and the call that
 * waits is not yet under way: so it comes again, until the program ends.
 */
static void note_interrupt(int sig)
{
	(void)sig;
	tool_interrupted = 1;
	alarm(1);
}

/**
 * tool_catch_interrupt - let Ctrl-C end the transfer instead of the program
 *
 * Without SA_RESTART: the call under way returns, with an exact count.
 */
void tool_catch_interrupt(void)
{
	struct sigaction action = { .sa_handler = note_interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
}

/**
 * tool_now - a clock that only moves forward
 *
 * Return: seconds.
 */
double tool_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}
