// SPDX-License-Identifier: GPL-2.0-only
/* The small files that are served. See loop.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "loop.h"

static int make_one(const char *path, const char *bytes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);

	unlink(path);
	if (fd < 0 || write(fd, bytes, LOOP_LEN) != LOOP_LEN)
		return -1;
	return fd;
}

/**
 * small_make - make the files, open and unlinked
 * @small: the files
 * @beside: a path in the folder where they are made
 *
 * Return: 0, or -1 with errno.
 */
int small_make(struct small_files *small, const char *beside)
{
	char path[4096];
	unsigned int i;

	small->bytes = malloc(MIB);
	if (!small->bytes)
		return -1;
	pattern_fill((__u64 *)small->bytes, MIB, 0);
	snprintf(path, sizeof(path), "%s.small", beside);
	for (i = 0; i < NR_SMALL; i++) {
		small->fds[i] = make_one(path, small->bytes + i * LOOP_LEN);
		if (small->fds[i] < 0)
			return -1;
	}
	return 0;
}

static unsigned int file_of(unsigned int conn, unsigned int transfer)
{
	return (conn + transfer) % NR_SMALL;
}

/**
 * small_choose - the file that a connection is sent next
 * @small: the files
 * @c: the connection
 * @index: its index
 */
void small_choose(const struct small_files *small, struct conn *c,
		  unsigned int index)
{
	c->file = small->fds[file_of(index, c->begun)];
	c->offset = 0;
}

/**
 * small_expected - the content of the file that small_choose() chose
 * @small: the files
 * @conn: the index of the connection
 * @transfer: the index of its transfer
 *
 * Return: %LOOP_LEN bytes.
 */
const char *small_expected(const struct small_files *small, unsigned int conn,
			   unsigned int transfer)
{
	return small->bytes + file_of(conn, transfer) * LOOP_LEN;
}

/**
 * small_close - undo small_make()
 * @small: the files
 */
void small_close(struct small_files *small)
{
	unsigned int i;

	for (i = 0; i < NR_SMALL; i++)
		close(small->fds[i]);
	free(small->bytes);
}
