// SPDX-License-Identifier: GPL-2.0
/*
 * read(2) and write(2): what every program starts with, and the first of the I/O
 * models: synchronous and blocking.
 *
 * filemap_read() copies from the page cache into the buffer, tcp_sendmsg() from the
 * buffer into socket buffers: each byte twice. Each turn of the loop is two system
 * calls, so four switches between user and kernel mode.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lab.h"

static int prepare(struct lab_transfer *t)
{
	t->state = malloc(t->chunk);
	return t->state ? 0 : -ENOMEM;
}

static int write_all(int sock, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(sock, data, len);

		if (n < 0)
			return -errno;
		data += n;
		len -= n;
	}
	return 0;
}

static int send_all(struct lab_transfer *t)
{
	size_t left = t->len;

	while (left) {
		ssize_t n = read(t->file, t->state, t->chunk);
		int err;

		if (n <= 0)
			return n ? -errno : -ENODATA;
		err = write_all(t->sock, t->state, n);
		if (err)
			return err;
		left -= n;
	}
	return 0;
}

static void finish(struct lab_transfer *t)
{
	free(t->state);
}

const struct lab_method lab_read_write = {
	.name = "read-write",
	.title = "read + write",
	.source = "read_write.c",
	.what = "page cache -> buffer -> socket",
	.seed = { .cpu_copies = 2, .dma_copies = 2, .switches = 4 },
	.expected = {
		.read_copy = LAB_ONCE,
		.send_copy = LAB_ONCE,
		.cow_copy = LAB_NONE,
		.referenced = LAB_NONE,
	},
	.prepare = prepare,
	.send = send_all,
	.finish = finish,
};
