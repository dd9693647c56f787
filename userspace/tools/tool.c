// SPDX-License-Identifier: GPL-2.0-only
/* Messages, the device, signals and the clock. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

volatile sig_atomic_t tool_interrupted;

/* Set during getaddrinfo(), which no signal interrupts: the program ends then. */
volatile sig_atomic_t tool_looks_up;

static char *first_error;

/**
 * tool_error - print an error message on standard error
 * @format: as for printf(3), without the program's name and the newline
 */
void tool_error(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fprintf(stderr, "zcxfer: %s\n", text ? text : "out of memory");
	if (first_error)
		free(text);
	else
		first_error = text;
}

/**
 * tool_first_error - get the first message that tool_error() has printed
 *
 * Return: the text; NULL if there was none.
 */
const char *tool_first_error(void)
{
	return first_error;
}

/**
 * tool_usage_error - report wrong usage of a command
 * @usage: the command, its options and arguments in one line
 * @format: what is wrong, as for printf(3)
 *
 * Return: the exit code.
 */
int tool_usage_error(const char *usage, const char *format, ...)
{
	int name_len = strcspn(usage, "[");
	va_list args;

	fprintf(stderr, "%.*s: ", name_len - 1, usage);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nusage: %s\n(%.*s--help describes the options)\n", usage,
		name_len, usage);
	return TOOL_USAGE;
}

/**
 * tool_option_error - report an option that getopt_long() has refused
 * @usage: as for tool_usage_error()
 * @argv: the arguments; getopt_long() got a list of short options that starts with
 *	':' and printed nothing
 * @c: its result
 *
 * Return: the exit code.
 */
int tool_option_error(const char *usage, char **argv, int c)
{
	const char *arg = argv[optind - 1];
	bool is_long = !strncmp(arg, "--", 2);

	if (c == ':')
		return tool_usage_error(usage, "%s needs a value", arg);
	if (!is_long && optopt)
		return tool_usage_error(usage, "-%c: no such option", optopt);
	if (optopt)
		return tool_usage_error(usage, "%s: the option has no value", arg);
	return tool_usage_error(usage, "%s: no such option, or more than one begins so",
				arg);
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
	if (tool_looks_up)
		_exit(TOOL_INTERRUPTED);
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
