// SPDX-License-Identifier: GPL-2.0-only
/*
 * read(2) and write(2): the usual method, and the first of the I/O models: synchronous
 * and blocking.
 *
 * filemap_read() copies from the page cache into the buffer, tcp_sendmsg_locked()
 * from the buffer into socket buffers (skb_copy_to_page_nocache()): each byte twice.
 * Each iteration is two system calls, so four switches between user and kernel mode. The
 * caller sleeps in both: in read until the disk has answered, in write until the socket
 * has room (sk_stream_wait_memory()).
 */
#include <stdlib.h>
#include <unistd.h>

#include "common.h"

static int prepare(struct lab_transfer *t)
{
	t->state = malloc(t->chunk);
	return t->state ? 0 : -ENOMEM;
}

static int send_range(struct lab_transfer *t, struct lab_range left)
{
	while (left.len) {
		ssize_t n = lab_moved(pread(t->file, t->state, lab_min(t->chunk, left.len),
					    left.offset));
		int err = n < 0 ? n : lab_write_all(t->sock, t->state, n);

		if (err)
			return err;
		lab_advance(&left, n);
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
	.what = "page cache -> buffer -> socket; synchronous, blocking",
	.seed = { .cpu_copies = 2, .dma_copies = 2, .switches = 4 },
	.expected = {
		.read_copy = LAB_ONCE,
		.send_copy = LAB_ONCE,
	},
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
