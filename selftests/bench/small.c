// SPDX-License-Identifier: GPL-2.0
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
 * small_make - make the files, open and without a name
 * @small: the files
 * @beside: they are made beside this one
 *
 * Return: 0, or -1 with errno.
 */
int small_make(struct small_files *small, const char *beside)
{
	char path[4096];
	__u64 state = 1;
	unsigned int i;

	small->bytes = malloc(MIB);
	if (!small->bytes)
		return -1;
	fill_block(small->bytes, &state);
	snprintf(path, sizeof(path), "%s.small", beside);
	for (i = 0; i < NR_SMALL; i++) {
		small->fds[i] = make_one(path, small->bytes + i * LOOP_LEN);
		if (small->fds[i] < 0)
			return -1;
	}
	return 0;
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
