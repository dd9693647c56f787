// SPDX-License-Identifier: GPL-2.0
/* zcxfer send: turns FILE[:OFFSET[+LENGTH]] into descriptors. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "send.h"

#define TO_THE_END	UINT64_MAX

/**
 * send_parse_number - parse a decimal number up to the largest file offset
 * @text: advanced behind the number
 * @number: filled in
 *
 * strtoull() alone would accept signs and blanks as well.
 *
 * Return: false if @text does not start with such a number.
 */
bool send_parse_number(const char **text, __u64 *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	*text = end;
	return !errno && *number <= INT64_MAX;
}

/* Parses "OFFSET[+LENGTH]". */
static bool parse_range(const char *text, __u64 *offset, __u64 *len)
{
	*len = TO_THE_END;
	if (!send_parse_number(&text, offset))
		return false;
	if (*text == '+') {
		text++;
		if (!send_parse_number(&text, len))
			return false;
	}
	return !*text;
}

/* Opens @name and stores its size, or prints the error. */
static int open_file(const char *name, __u64 *size)
{
	struct stat st;
	int fd;

	/* Before open(2), which would wait for the writer of a FIFO. */
	if (stat(name, &st)) {
		tool_error("%s: %s", name, strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		tool_error("%s: %s", name, S_ISDIR(st.st_mode) ?
			   "is a directory" :
			   "is neither a regular file nor a block device");
		return -1;
	}
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		tool_error("%s: %s", name, strerror(errno));
		return -1;
	}
	*size = S_ISBLK(st.st_mode) ? lseek(fd, 0, SEEK_END) : st.st_size;
	return fd;
}

/* Adds the descriptor of one argument. */
static int add_file(struct sender *sender, char *arg)
{
	__u64 offset = 0, len = TO_THE_END, size;
	char *colon = strrchr(arg, ':');
	int fd;

	/* The colon may belong to the name of a file: "a:1". */
	if (colon && access(arg, F_OK)) {
		if (!parse_range(colon + 1, &offset, &len)) {
			tool_error("%s: no such file, and '%s' is not OFFSET[+LENGTH]",
				   arg, colon + 1);
			return -1;
		}
		*colon = '\0';
	}
	fd = open_file(arg, &size);
	if (fd < 0)
		return -1;
	if (len == TO_THE_END) {
		if (offset > size) {
			tool_error("%s: ends at byte %llu, before offset %llu",
				   arg, size, offset);
			return -1;
		}
		len = size - offset;
	}
	sender->descs[sender->nr] = zcxfer_file_range(fd, offset, len);
	sender->names[sender->nr++] = arg;
	sender->size += len;
	return 0;
}

/**
 * send_add_files - add the descriptors of all arguments, or print the error
 * @sender: with room for all descriptors
 * @args: FILE[:OFFSET[+LENGTH]] each; the ranges are cut off
 * @nr: number of arguments
 *
 * Return: 0 or -1.
 */
int send_add_files(struct sender *sender, char **args, int nr)
{
	struct rlimit limit;
	int i;

	/* All files are open at once, and the soft limit is often 1024. */
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (i = 0; i < nr; i++)
		if (add_file(sender, args[i]))
			return -1;
	return 0;
}
