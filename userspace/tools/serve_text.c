// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text that the server generates, apart from the heads.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve.h"

/* Prints a path percent-encoded; '/' is not encoded. */
void print_url(FILE *stream, const char *path)
{
	for (; *path; path++) {
		unsigned char c = *path;

		if (isalnum(c) || strchr("-._~/", c))
			putc(c, stream);
		else
			fprintf(stream, "%%%02X", c);
	}
}

/* Escapes a name: a file's name may contain markup, such as a script. */
static void print_html(FILE *stream, const char *text)
{
	for (; *text; text++) {
		if (isalnum((unsigned char)*text) || (*text & 0x80))
			putc(*text, stream);
		else
			fprintf(stream, "&#%d;", *text);
	}
}

static int is_listed(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

/* Prints a page with a link to each entry of @dir. */
static int print_index(FILE *stream, int dir, const char *path)
{
	struct dirent **list;
	int nr, i;

	nr = scandirat(dir, ".", &list, is_listed, alphasort);
	if (nr < 0)
		return -errno;

	fputs("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>/", stream);
	print_html(stream, path);
	fputs("</title>\n<ul>\n", stream);
	if (*path)
		fputs("<li><a href=\"../\">../</a>\n", stream);
	for (i = 0; i < nr; i++) {
		const char *slash = list[i]->d_type == DT_DIR ? "/" : "";

		/* "./": the name "a:b" alone would be a URL of the scheme "a". */
		fputs("<li><a href=\"./", stream);
		print_url(stream, list[i]->d_name);
		fprintf(stream, "%s\">", slash);
		print_html(stream, list[i]->d_name);
		fprintf(stream, "%s</a>\n", slash);
		free(list[i]);
	}
	free(list);
	fputs("</ul>\n", stream);
	return 0;
}

/* Closes @file, also on failure. */
static int write_index(int file, int dir, const char *path)
{
	FILE *stream = fdopen(file, "w");
	bool failed;
	int err;

	if (!stream) {
		close(file);
		return -ENOMEM;
	}
	err = print_index(stream, dir, path);
	failed = ferror(stream);
	failed |= fclose(stream) != 0;
	return !err && failed ? -ENOMEM : err;
}

/**
 * open_index() - create a page with a link to each entry of a directory
 * @dir: the directory
 * @path: path of the directory, "" or with a '/' at the end
 *
 * The page is a memfd, as it may exceed the 1 MiB of memory that a job may copy.
 *
 * Return: a file descriptor, or a negative errno.
 */
int open_index(int dir, const char *path)
{
	int index = memfd_create("index", MFD_CLOEXEC);
	int err;

	if (index < 0)
		return -errno;
	err = write_index(dup(index), dir, path);
	if (!err)
		return index;
	close(index);
	return err;
}
