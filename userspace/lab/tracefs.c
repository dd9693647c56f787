// SPDX-License-Identifier: GPL-2.0-only
/* Files of tracefs: definitions and triggers are appended, histograms are read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracefs.h"

#define RECORD_CMD	TRACEFS "options/record-cmd"

/**
 * tracefs_append - add a line to a file
 * @path: the file
 * @text: the line
 *
 * Return: 0 or -errno.
 */
int tracefs_append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static __u64 get_value(const char *line, const char *name)
{
	char label[40];
	const char *at;

	snprintf(label, sizeof(label), " %s:", name);
	at = strstr(line, label);
	return at ? strtoull(at + strlen(label), NULL, 10) : 0;
}

/* "{ common_pid:       1234 } hitcount:     5  n:     4096" */
static int parse(char *text, const char *const names[HIST_MAX_VALUES],
		 struct hist_line *line)
{
	char *colon = strchr(text, ':'), *end = strstr(text, " }");
	int i;

	if (strncmp(text, "{ ", 2) || !colon || !end || colon > end)
		return -EINVAL;
	*end = 0;
	if (sscanf(colon + 1, "%31s", line->key) != 1)
		return -EINVAL;
	line->hits = get_value(end + 1, "hitcount");
	for (i = 0; i < HIST_MAX_VALUES; i++)
		line->values[i] = names[i] ? get_value(end + 1, names[i]) : 0;
	return 0;
}

/**
 * tracefs_hist - read the histogram of an event with one key
 * @path: its file
 * @names: names of values to read, or NULL
 * @lines: filled in
 * @max: size of @lines
 *
 * Return: the number of lines; -EOVERFLOW if there are more than @max, or if the
 * histogram overflowed; or another -errno.
 */
int tracefs_hist(const char *path, const char *const names[HIST_MAX_VALUES],
		 struct hist_line *lines, unsigned int max)
{
	FILE *file = fopen(path, "re");
	int nr = 0, err = file ? 0 : -errno;
	struct hist_line line;
	char text[512];

	while (file && !err && fgets(text, sizeof(text), file)) {
		if (get_value(text, "Dropped"))
			err = -EOVERFLOW;
		if (parse(text, names, &line))
			continue;
		if ((unsigned int)nr == max)
			err = -EOVERFLOW;
		else
			lines[nr++] = line;
	}
	if (file)
		fclose(file);
	return err ?: nr;
}

/* Returns the first character of a file, or EOF. */
static int fetch(const char *path)
{
	FILE *file = fopen(path, "re");
	int c = file ? getc(file) : EOF;

	if (file)
		fclose(file);
	return c;
}

/**
 * tracefs_instance - make an instance that does not record the names of tasks
 * @path: its directory
 *
 * To record them, the kernel patches its scheduler each time that an event is switched on
 * or off, which is slow, and under emulation it does not always survive. An instance
 * inherits the option from the top instance when it is made.
 *
 * Return: 0 or -errno.
 */
int tracefs_instance(const char *path)
{
	int recorded = fetch(RECORD_CMD), err = 0;

	if (recorded == '1')
		tracefs_append(RECORD_CMD, "0");
	if (mkdir(path, 0700))
		err = -errno;
	if (recorded == '1')
		tracefs_append(RECORD_CMD, "1");
	return err;
}
