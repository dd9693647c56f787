// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readiness: the third of the I/O models, epoll(7).
 *
 * The socket is non-blocking, and where polling would try again this program waits for
 * room: epoll_wait() sleeps (ep_poll()), and sk_stream_write_space() wakes it when a
 * third of the socket's buffer is free (sk_stream_is_writeable()). The model is meant for
 * thousands of sockets, which the same call waits for; for one it is a blocking write in
 * two steps. Look at the context switches, and compare the system calls with polling.
 *
 * A file is always ready: epoll_ctl(2) refuses it (EPERM), and read(2) waits.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common.h"

struct state {
	int loop;
	char *buffer;
};

static void finish(struct lab_transfer *t)
{
	struct state *s = t->state;

	if (!s)
		return;
	fcntl(t->sock, F_SETFL, fcntl(t->sock, F_GETFL) & ~O_NONBLOCK);
	if (s->loop >= 0)
		close(s->loop);
	free(s->buffer);
	free(s);
	t->state = NULL;
}

static int prepare(struct lab_transfer *t)
{
	struct epoll_event room = { .events = EPOLLOUT };
	struct state *s = calloc(1, sizeof(*s));
	int flags = fcntl(t->sock, F_GETFL), err = 0;

	if (!s)
		return -ENOMEM;
	t->state = s;
	s->buffer = malloc(t->chunk);
	s->loop = epoll_create1(EPOLL_CLOEXEC);
	if (!s->buffer)
		err = -ENOMEM;
	else if (s->loop < 0 || fcntl(t->sock, F_SETFL, flags | O_NONBLOCK) ||
		 epoll_ctl(s->loop, EPOLL_CTL_ADD, t->sock, &room))
		err = -errno;
	if (err)
		finish(t);
	return err;
}

static int await_room(int loop)
{
	struct epoll_event room;

	return epoll_wait(loop, &room, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

static int write_when_ready(const struct state *s, int sock, size_t len)
{
	const char *data = s->buffer;

	while (len) {
		ssize_t n = lab_moved(write(sock, data, len));

		if (n == -EAGAIN)
			n = await_room(s->loop);
		if (n < 0)
			return n;
		data += n;
		len -= n;
	}
	return 0;
}

static int send_range(struct lab_transfer *t, struct lab_range left)
{
	const struct state *s = t->state;

	while (left.len) {
		ssize_t n = lab_moved(pread(t->file, s->buffer, lab_min(t->chunk, left.len),
					    left.offset));
		int err = n < 0 ? n : write_when_ready(s, t->sock, n);

		if (err)
			return err;
		lab_advance(&left, n);
	}
	return 0;
}

const struct lab_method lab_epoll = {
	.name = "epoll",
	.title = "read + write, epoll",
	.source = "readiness.c",
	.what = "page cache -> buffer -> socket; waits until the socket has room",
	.remark = "as many copies as read + write: the models differ in waiting, not in copies",
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = {
		.read_copy = LAB_ONCE,
		.send_copy = LAB_ONCE,
	},
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
