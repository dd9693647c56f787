// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSG_ZEROCOPY: send(2) that references the memory, and a notification of the release.
 *
 * skb_zerocopy_iter_stream() makes the pages of the buffer fragments of the socket
 * buffer and takes a reference on each (zerocopy_fill_skb_from_iter()); nothing is
 * copied. Each call gets a number (msg_zerocopy_realloc()), and when the network stack
 * has dropped its references to the call's pages, __msg_zerocopy_callback() queues a
 * notification to the socket's error queue: "from number LO to number HI". Only then may
 * the memory be written to. This method ends when it has received all notifications.
 *
 * The memory is the mapped file, so that reading copies nothing either.
 *
 * A packet that is received on the machine that sent it must not hold referenced user
 * memory: skb_orphan_frags_rx() has skb_copy_ubufs() copy it before the receiver gets
 * it. So on loopback MSG_ZEROCOPY copies after all, and its notifications report that
 * (SO_EE_CODE_ZEROCOPY_COPIED). Compare the copies between socket buffers on both
 * routes.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <linux/errqueue.h>

#include "common.h"

struct state {
	unsigned int calls;
	unsigned int notified;
	unsigned int copied;	/* of those notified */
};

static int prepare(struct lab_transfer *t)
{
	int on = 1;

	if (setsockopt(t->sock, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)))
		return -errno;
	t->state = calloc(1, sizeof(struct state));
	return t->state ? 0 : -ENOMEM;
}

/* A notification may cover many calls, and the queue may have many. */
static int read_notifications(int sock, struct state *s)
{
	/* Room for the notification and the sender's address (IP_RECVERR). */
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
			s->notified += nr;
			if (e->ee_code & SO_EE_CODE_ZEROCOPY_COPIED)
				s->copied += nr;
		}
	}
}

/* poll() reports POLLERR without being asked for it, and so the end of the connection. */
static int await_notifications(int sock, struct state *s)
{
	struct pollfd error = { .fd = sock };
	unsigned int before = s->notified;
	int err;

	if (poll(&error, 1, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	err = read_notifications(sock, s);
	if (!err && s->notified == before && (error.revents & (POLLHUP | POLLNVAL)))
		err = -EPIPE;
	return err;
}

static int send_referenced(int sock, struct state *s, const char *data, size_t len)
{
	while (len) {
		ssize_t n = lab_moved(send(sock, data, len, MSG_ZEROCOPY | MSG_NOSIGNAL));
		int err = 0;

		/* Notifications take memory: at most optmem_max bytes of it. */
		if (n == -ENOBUFS && s->notified < s->calls)
			err = await_notifications(sock, s);
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

		err = send_referenced(t->sock, s, map + left.offset, n);
		lab_advance(&left, n);
	}
	while (!err && s->notified < s->calls)
		err = await_notifications(t->sock, s);
	munmap(map, t->len);
	snprintf(t->note, sizeof(t->note),
		 "by the notifications, %u of %u calls were copied after all", s->copied,
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
	.what = "page cache, mapped -> socket by reference; notifications of the release",
	.from_mapping = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .referenced = LAB_ONCE },
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
