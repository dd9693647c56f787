// SPDX-License-Identifier: GPL-2.0-only
/*
 * tee(2): the content of a pipe a second time, in another pipe, without a copy.
 *
 * link_pipe() has the second pipe refer to the same pages and takes one more reference
 * on each (pipe_buf_get()). So the bytes sent can go elsewhere as well, to a log or to a
 * program that computes a checksum. Here the second pipe ends in /dev/null
 * (splice_write_null()), which reads nothing: compared with the row of splice this row
 * shows the cost of tee itself.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common.h"

struct state {
	int pipes[2];
	int second[2];
	int null;
};

static void finish(struct lab_transfer *t)
{
	struct state *s = t->state;

	if (!s)
		return;
	close(s->pipes[0]);
	close(s->pipes[1]);
	close(s->second[0]);
	close(s->second[1]);
	close(s->null);
	free(s);
	t->state = NULL;
}

static int prepare(struct lab_transfer *t)
{
	struct state *s = malloc(sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	*s = (struct state) { { -1, -1 }, { -1, -1 }, -1 };
	t->state = s;
	s->null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	err = s->null < 0 ? -errno : lab_pipe(s->pipes, t->chunk);
	if (!err)
		err = lab_pipe(s->second, t->chunk);
	if (err)
		finish(t);
	return err;
}

/* All of the first pipe. tee() duplicates from its beginning and consumes nothing. */
static int send_twice(const struct state *s, int sock, size_t len)
{
	while (len) {
		ssize_t n = lab_moved(tee(s->pipes[0], s->second[1], len, 0));
		int err = n < 0 ? n : lab_splice_all(s->pipes[0], sock, n, 0);

		if (!err)
			err = lab_splice_all(s->second[0], s->null, n, 0);
		if (err)
			return err;
		len -= n;
	}
	return 0;
}

static int send_range(struct lab_transfer *t, struct lab_range left)
{
	const struct state *s = t->state;

	while (left.len) {
		ssize_t n = lab_moved(splice(t->file, &left.offset, s->pipes[1], NULL,
					     left.len, 0));
		int err = n < 0 ? n : send_twice(s, t->sock, n);

		if (err)
			return err;
		left.len -= n;
	}
	return 0;
}

const struct lab_method lab_tee = {
	.name = "tee",
	.title = "splice + tee",
	.source = "tee.c",
	.what = "page cache -> pipe -> socket, and a second pipe, by reference",
	.remark = "two calls more than splice for each full pipe, and no copy",
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .referenced = LAB_ONCE },
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
