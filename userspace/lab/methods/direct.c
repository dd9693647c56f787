// SPDX-License-Identifier: GPL-2.0-only
/*
 * O_DIRECT: the disk writes into the program's buffer, past the page cache.
 *
 * iomap_dio_rw() pins the pages of the buffer (bio_iov_iter_get_pages()) and has the
 * disk fill them. The copy out of the page cache is saved, the one into the socket
 * buffer remains. The price: nothing is read ahead and nothing stays in the page cache.
 * Disk and socket take turns, and a second reader waits for the disk again. Buffer,
 * offset and length must be multiples of the disk's block size.
 */
#include <stdlib.h>
#include <unistd.h>

#include "common.h"

struct state {
	int file;
	char *buffer;
};

static void finish(struct lab_transfer *t)
{
	struct state *s = t->state;

	if (!s)
		return;
	if (s->file >= 0)
		close(s->file);
	free(s->buffer);
	free(s);
	t->state = NULL;
}

static int prepare(struct lab_transfer *t)
{
	struct state *s = calloc(1, sizeof(*s));
	int err = 0;

	if (!s)
		return -ENOMEM;
	t->state = s;
	s->buffer = lab_buffer(t->chunk);
	s->file = lab_open_direct(t->path);
	if (s->file < 0)
		err = s->file;
	else if (!s->buffer)
		err = -ENOMEM;
	if (err)
		finish(t);
	return err;
}

static int send_range(struct lab_transfer *t, struct lab_range left)
{
	const struct state *s = t->state;

	while (left.len) {
		ssize_t n = lab_moved(pread(s->file, s->buffer, lab_min(t->chunk, left.len),
					    left.offset));
		int err = n < 0 ? n : lab_write_all(t->sock, s->buffer, n);

		if (err)
			return err;
		lab_advance(&left, n);
	}
	return 0;
}

const struct lab_method lab_direct = {
	.name = "direct",
	.title = "O_DIRECT read + write",
	.source = "direct.c",
	.what = "disk -> buffer, past the page cache -> socket",
	.remark = "the disk writes into the buffer; the copy into the socket remains",
	.direct = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .send_copy = LAB_ONCE },
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
