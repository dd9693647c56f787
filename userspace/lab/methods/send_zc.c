// SPDX-License-Identifier: GPL-2.0-only
/*
 * IORING_OP_SEND_ZC: MSG_ZEROCOPY of io_uring.
 *
 * io_send_zc() passes the same kind of reference to the socket (io_sg_from_iter_iovec(),
 * zerocopy_fill_skb_from_iter()), and each request has two completions: the first has
 * the bytes that the socket accepted, and IORING_CQE_F_MORE if a second follows; the
 * second (IORING_CQE_F_NOTIF) notifies that the network stack has released the memory.
 * There is no error queue and no system call to read it: compare the system calls with
 * those of MSG_ZEROCOPY. This method ends when it has all second completions.
 *
 * Requests are linked (IOSQE_IO_LINK), because without order one may overtake another
 * while the socket has no room; with MSG_WAITALL none is sent partially. The memory is
 * the mapped file. On loopback it is copied on delivery, as with MSG_ZEROCOPY.
 */
#include <liburing.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "common.h"

#define BATCH	32	/* requests that are linked */

/* liburing 2.3 is older than these two; the kernel has them since 6.2. */
#ifndef IORING_SEND_ZC_REPORT_USAGE
#define IORING_SEND_ZC_REPORT_USAGE	(1U << 3)
#define IORING_NOTIF_USAGE_ZC_COPIED	(1U << 31)
#endif

struct state {
	struct io_uring ring;
	unsigned int sending;	/* first completions that are missing */
	unsigned int held;	/* second ones */
	unsigned int requests;
	unsigned int copied;	/* of these */
};

static int prepare(struct lab_transfer *t)
{
	struct state *s = calloc(1, sizeof(*s));
	int err = s ? io_uring_queue_init(BATCH, &s->ring, 0) : -ENOMEM;

	if (err)
		free(s);
	else
		t->state = s;
	return err;
}

/* Return: the bytes of the batch. */
static size_t queue_batch(struct state *s, const struct lab_transfer *t,
			  const char *data, size_t len)
{
	struct io_uring_sqe *sqe = NULL;
	size_t done = 0;

	while (done < len && s->sending < BATCH) {
		size_t n = lab_min(t->chunk, len - done);

		sqe = io_uring_get_sqe(&s->ring);
		io_uring_prep_send_zc(sqe, t->sock, data + done, n,
				      MSG_WAITALL | MSG_NOSIGNAL,
				      IORING_SEND_ZC_REPORT_USAGE);
		sqe->flags |= IOSQE_IO_LINK;
		sqe->user_data = n;
		s->sending++;
		s->requests++;
		done += n;
	}
	/* The last request must not be linked to the next batch. */
	if (sqe)
		sqe->flags &= ~IOSQE_IO_LINK;
	return done;
}

static int completed(struct state *s, const struct io_uring_cqe *cqe)
{
	if (cqe->flags & IORING_CQE_F_NOTIF) {
		s->held--;
		if ((__u32)cqe->res & IORING_NOTIF_USAGE_ZC_COPIED)
			s->copied++;
		return 0;
	}
	s->sending--;
	if (cqe->flags & IORING_CQE_F_MORE)
		s->held++;
	if (cqe->res < 0)
		return cqe->res;
	return (__u64)cqe->res == cqe->user_data ? 0 : -EPIPE;
}

/* One system call submits, and waits for a completion; all that are ready are read. */
static int await_some(struct state *s)
{
	int err = io_uring_submit_and_wait(&s->ring, 1);
	struct io_uring_cqe *cqe;

	if (err < 0 && err != -EINTR)
		return err;
	err = 0;
	while (!err && !io_uring_peek_cqe(&s->ring, &cqe)) {
		err = completed(s, cqe);
		io_uring_cqe_seen(&s->ring, cqe);
	}
	return err;
}

static int send_range(struct lab_transfer *t, struct lab_range left)
{
	char *map = mmap(NULL, t->len, PROT_READ, MAP_SHARED, t->file, 0);
	struct state *s = t->state;
	int err = 0;

	if (map == MAP_FAILED)
		return -errno;
	while (!err && left.len) {
		lab_advance(&left, queue_batch(s, t, map + left.offset, left.len));
		while (!err && s->sending)
			err = await_some(s);
	}
	while (!err && s->held)
		err = await_some(s);
	munmap(map, t->len);
	snprintf(t->note, sizeof(t->note),
		 "by the notifications, %u of %u requests were copied after all", s->copied,
		 s->requests);
	return err;
}

static void finish(struct lab_transfer *t)
{
	struct state *s = t->state;

	if (!s)
		return;
	io_uring_queue_exit(&s->ring);
	free(s);
}

const struct lab_method lab_send_zc = {
	.name = "send-zc",
	.title = "mmap + io_uring SEND_ZC",
	.source = "send_zc.c",
	.what = "page cache, mapped -> socket by reference; a second completion for the release",
	.from_mapping = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .referenced = LAB_ONCE },
	.missing = lab_no_uring,
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
