// SPDX-License-Identifier: GPL-2.0
/*
 * MSG_ZEROCOPY: send(2) that borrows the memory and tells when it gives it back.
 *
 * skb_zerocopy_iter_stream() makes the pages of the buffer fragments of the socket
 * buffer and takes a reference on each (zerocopy_fill_skb_from_iter()); nothing is
 * copied. Each call gets a number (msg_zerocopy_realloc()), and when the network has
 * let go of its pages __msg_zerocopy_callback() puts a notice into the socket's error
 * queue: "from number LO to number HI". Only then may the memory be written to. It is
 * over here when all notices are there.
 *
 * The memory is the mapped file, so that not even reading copies anything.
 *
 * A packet that is received on the machine that sent it must not keep borrowed
 * memory: skb_orphan_frags_rx() has skb_copy_ubufs() copy it before the receiver sees
 * it. So on loopback MSG_ZEROCOPY copies after all, and its notices say so
 * (SO_EE_CODE_ZEROCOPY_COPIED). Look at the copies between socket buffers on both
 * routes.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <linux/errqueue.h>

#include "common.h"

struct state {
	unsigned int calls;	/* that are to be told of */
	unsigned int told;
	unsigned int copied;	/* of these */
};

static int prepare(struct lab_transfer *t)
{
	int on = 1;

	if (setsockopt(t->sock, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)))
		return -errno;
	t->state = calloc(1, sizeof(struct state));
	return t->state ? 0 : -ENOMEM;
}

/* One notice may be about many calls, and the queue may have many notices. */
static int read_notices(int sock, struct state *s)
{
	/* As much as the notice and the sender's address (IP_RECVERR) take. */
	char control[128] __attribute__((aligned(8)));
	struct msghdr msg = { 0 };
	struct cmsghdr *c;

	for (;;) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		if (recvmsg(sock, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
			const struct sock_extended_err *e = (void *)CMSG_DATA(c);
			unsigned int nr = e->ee_data - e->ee_info + 1;

			if (e->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
				return -EPROTO;
			s->told += nr;
			if (e->ee_code & SO_EE_CODE_ZEROCOPY_COPIED)
				s->copied += nr;
		}
	}
}

/* POLLERR is told without being asked for; so is the end of the connection. */
static int await_notices(int sock, struct state *s)
{
	struct pollfd error = { .fd = sock };
	unsigned int before = s->told;
	int err;

	if (poll(&error, 1, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	err = read_notices(sock, s);
	if (!err && s->told == before && (error.revents & (POLLHUP | POLLNVAL)))
		err = -EPIPE;
	return err;
}

static int send_borrowed(int sock, struct state *s, const char *data, size_t len)
{
	while (len) {
		ssize_t n = lab_moved(send(sock, data, len, MSG_ZEROCOPY | MSG_NOSIGNAL));
		int err = 0;

		/* Notices take memory: no more than optmem_max are under way. */
		if (n == -ENOBUFS && s->told < s->calls)
			err = await_notices(sock, s);
		else if (n < 0)
			err = n;
		if (err)
			return err;
		if (n <= 0)
			continue;
		s->calls++;
		data += n;
		len -= n;
	}
	return 0;
}

static int send_range(struct lab_transfer *t, struct lab_range left)
{
	char *map = mmap(NULL, t->len, PROT_READ, MAP_SHARED, t->file, 0);
	struct state *s = t->state;
	int err = 0;

	if (map == MAP_FAILED)
		return -errno;
	while (!err && left.len) {
		size_t n = lab_min(t->chunk, left.len);

		err = send_borrowed(t->sock, s, map + left.offset, n);
		lab_advance(&left, n);
	}
	while (!err && s->told < s->calls)
		err = await_notices(t->sock, s);
	munmap(map, t->len);
	snprintf(t->note, sizeof(t->note),
		 "the notices say that %u of %u calls were copied after all", s->copied,
		 s->calls);
	return err;
}

static void finish(struct lab_transfer *t)
{
	free(t->state);
}

const struct lab_method lab_msg_zerocopy = {
	.name = "msg-zerocopy",
	.title = "mmap + MSG_ZEROCOPY",
	.source = "msg_zerocopy.c",
	.what = "page cache, mapped -> socket by reference; notices tell when it is over",
	.from_mapping = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .referenced = LAB_ONCE },
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
