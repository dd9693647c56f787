// SPDX-License-Identifier: GPL-2.0
/* Errors, clocks and signals, for all other files. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "base.h"

volatile sig_atomic_t lab_interrupted;

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
