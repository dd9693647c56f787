// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer send: turns FILE[:OFFSET[+LENGTH]] into descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "send.h"

#define TO_THE_END	UINT64_MAX

/* Parses "OFFSET[+LENGTH]". */
static bool parse_range(const char *text, uint64_t *offset, uint64_t *len)
{
	*len = TO_THE_END;
	if (!tool_parse_bytes(&text, offset))
		return false;
	if (*text == '+') {
		text++;
		if (!tool_parse_bytes(&text, len))
			return false;
	}
	return !*text;
}

/* Prints why @name cannot be sent, and returns -1. */
static int refuse(struct sender *sender, const char *name, int error,
		  const char *reason)
{
	tool_error("%s: %s", name, reason ? reason : strerror(error));
	sender->tally.file = name;
	sender->tally.expected = TALLY_UNKNOWN;
	sender->tally.total.desc = sender->nr;
	tally_fail(&sender->tally, ZCXFER_STOP_DESC, error);
	return -1;
}

/*
 * Opens @name, and finds its status and whether it is a stream; or prints the error.
 * A UNIX socket has a name, but cannot be opened.
 */
static int open_source(struct sender *sender, const char *name, struct stat *st,
		       bool *stream)
{
	int fd, err;

	fd = !strcmp(name, "-") ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENXIO && !stat(name, st) && S_ISSOCK(st->st_mode))
		return refuse(sender, name, ENXIO, "is a socket");
	if (fd < 0 || fstat(fd, st))
		return refuse(sender, name, errno, NULL);
	err = send_check_source(fd, st, stream);
	if (err == -EISDIR)
		return refuse(sender, name, EISDIR, "is a directory");
	if (err)
		return refuse(sender, name, -err, NULL);
	return fd;
}

/* Sets the length of a range to the end of a file with a size. */
static int measure(struct sender *sender, const char *name, const struct stat *st,
		   int fd, uint64_t offset, uint64_t *len)
{
	off_t size = S_ISBLK(st->st_mode) ? lseek(fd, 0, SEEK_END) : st->st_size;
	char text[100];

	if (size < 0)
		return refuse(sender, name, errno, NULL);
	if (offset > (uint64_t)size) {
		snprintf(text, sizeof(text), "ends at byte %lld, before offset %llu",
			 (long long)size, (unsigned long long)offset);
		return refuse(sender, name, EINVAL, text);
	}
	*len = size - offset;
	return 0;
}

/* Prepares a stream, which is read from its file position. */
static int start_stream(struct sender *sender, const char *name, int fd,
			uint64_t offset)
{
	/* What these options ask for is done to files whose pages are cached. */
	if (sender->flags)
		return refuse(sender, name, EINVAL,
			      "has no size, so it is read into memory; that excludes --direct, --drop-behind, --cached-only and --stable");
	if (!offset || lseek(fd, offset, SEEK_SET) >= 0)
		return 0;
	return refuse(sender, name, errno, errno == ESPIPE ?
		      "is read from its beginning on: the offset must be 0" : NULL);
}

/* Adds the descriptor of a range; without a range, of all that can be read. */
static int add_range(struct sender *sender, const char *name, bool has_range,
		     uint64_t offset, uint64_t len)
{
	struct stat st;
	bool stream;
	int fd = open_source(sender, name, &st, &stream);
	int err = 0;

	if (fd < 0)
		return -1;
	/* Standard input may be a file of which the beginning was read. */
	if (!stream && !has_range && fd == STDIN_FILENO)
		offset = lseek(fd, 0, SEEK_CUR);
	if (stream)
		err = start_stream(sender, name, fd, offset);
	else if (len == TO_THE_END)
		err = measure(sender, name, &st, fd, offset, &len);
	if (err)
		return err;
	sender->descs[sender->nr] = zcxfer_file_range(fd, offset, len);
	sender->sources[sender->nr++] = (struct source){
		.name = name,
		.stream = stream,
		.endless = len == TO_THE_END,
	};
	if (len == TO_THE_END)
		sender->tally.expected = TALLY_UNKNOWN;
	else if (sender->tally.expected != TALLY_UNKNOWN)
		sender->tally.expected += len;
	return 0;
}

/* Adds the descriptor of one argument. */
static int add_file(struct sender *sender, char *arg)
{
	uint64_t offset = 0, len = TO_THE_END;
	char *colon = strrchr(arg, ':');

	/* The colon may belong to the name of a file: "a:1". */
	if (!colon || !access(arg, F_OK))
		return add_range(sender, arg, false, 0, len);
	if (!parse_range(colon + 1, &offset, &len)) {
		char text[100];

		snprintf(text, sizeof(text),
			 "no such file, and '%.40s' is not OFFSET[+LENGTH]",
			 colon + 1);
		return refuse(sender, arg, ENOENT, text);
	}
	*colon = '\0';
	return add_range(sender, arg, true, offset, len);
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
