// SPDX-License-Identifier: GPL-2.0-only
/*
 * Synchronous and non-blocking: the second of the I/O models, polling.
 *
 * With O_NONBLOCK a write to a full socket does not wait: where it would sleep,
 * sk_stream_wait_memory() returns EAGAIN, and the program may do something else. This
 * program has nothing else to do and tries again at once. Look at the system calls and
 * the CPU time: each EAGAIN is a call that moved nothing.
 *
 * O_NONBLOCK has no effect on a file: read(2) waits for the disk all the same.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common.h"

static int prepare(struct lab_transfer *t)
{
	int flags = fcntl(t->sock, F_GETFL);

	if (flags < 0 || fcntl(t->sock, F_SETFL, flags | O_NONBLOCK))
		return -errno;
	t->state = malloc(t->chunk);
	return t->state ? 0 : -ENOMEM;
}

static int write_polling(int sock, const char *data, size_t len)
{
	while (len) {
		ssize_t n = lab_moved(write(sock, data, len));

		if (n == -EAGAIN)
			continue;
		if (n < 0)
			return n;
		data += n;
		len -= n;
	}
	return 0;
}

static int send_range(struct lab_transfer *t, struct lab_range left)
{
	while (left.len) {
		ssize_t n = lab_moved(pread(t->file, t->state, lab_min(t->chunk, left.len),
					    left.offset));
		int err = n < 0 ? n : write_polling(t->sock, t->state, n);

		if (err)
			return err;
		lab_advance(&left, n);
	}
	return 0;
}

static void finish(struct lab_transfer *t)
{
	fcntl(t->sock, F_SETFL, fcntl(t->sock, F_GETFL) & ~O_NONBLOCK);
	free(t->state);
}

const struct lab_method lab_nonblocking = {
	.name = "nonblocking",
	.title = "read + write, polling",
	.source = "nonblocking.c",
	.what = "page cache -> buffer -> socket; synchronous, non-blocking",
	.remark = "as many copies as read + write: the models differ in waiting, not in copies; "
	       "and a call for each time that the socket has no room",
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = {
		.read_copy = LAB_ONCE,
		.send_copy = LAB_ONCE,
	},
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
