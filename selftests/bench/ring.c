// SPDX-License-Identifier: GPL-2.0-only
/*
 * The services that wait with io_uring. See loop.h.
 *
 * One request for each connection receives all acknowledgments (multishot), so a round
 * takes one system call: it submits what follows and waits for what is next. A service
 * adds the requests that send. Their user data is conn_name(), and they post no
 * completion if they succeed: the acknowledgment shows that.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loop.h"

#define ENTRIES		1024	/* for all requests of a round */
#define GROUP		0	/* of the buffers */
#define BUFFERS_SIZE	(MAX_CONNS * sizeof(struct io_uring_buf))
#define IS_ACK		1	/* beside the connection's index */

static int fail(int err)
{
	errno = -err;
	return -1;
}

static __u64 conn_name(const struct loop *l, const struct conn *c)
{
	return (c - l->conns) << 1;
}

/* All are the same byte, which is never read. */
static void give_buffer(struct loop *l, unsigned int id)
{
	static char byte;

	io_uring_buf_ring_add(l->buffers, &byte, 1, id, MAX_CONNS - 1, 0);
	io_uring_buf_ring_advance(l->buffers, 1);
}

static int give_buffers(struct loop *l)
{
	struct io_uring_buf_reg reg = {
		.ring_entries = MAX_CONNS,
		.bgid = GROUP,
	};
	unsigned int i;
	int err;

	l->buffers = mmap(NULL, BUFFERS_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (l->buffers == MAP_FAILED)
		return -1;
	reg.ring_addr = (uintptr_t)l->buffers;
	err = io_uring_register_buf_ring(&l->ring, &reg, 0);
	if (err)
		return fail(err);
	for (i = 0; i < MAX_CONNS; i++)
		give_buffer(l, i);
	return 0;
}

static int await_acks(struct loop *l, struct conn *c)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&l->ring);

	if (!sqe)
		return fail(-EBUSY);
	io_uring_prep_recv_multishot(sqe, c->sock, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	sqe->user_data = conn_name(l, c) | IS_ACK;
	return 0;
}

/* The ring's threads belong to the sender: they run on its CPU. */
static int ring_open(struct loop *l)
{
	unsigned int i;
	cpu_set_t cpus;
	int err;

	err = io_uring_queue_init(ENTRIES, &l->ring,
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (err)
		return fail(err);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	err = io_uring_register_iowq_aff(&l->ring, sizeof(cpus), &cpus);
	if (err || give_buffers(l))
		return err ? fail(err) : -1;
	for (i = 0; i < l->nr; i++)
		if (await_acks(l, &l->conns[i]))
			return -1;
	return 0;
}

static void ring_close(struct loop *l)
{
	io_uring_queue_exit(&l->ring);
	munmap(l->buffers, BUFFERS_SIZE);
}

static int acked(struct loop *l, struct conn *c, const struct io_uring_cqe *cqe)
{
	if (cqe->res != 1)
		return fail(cqe->res < 0 ? cqe->res : -EPIPE);
	give_buffer(l, cqe->flags >> IORING_CQE_BUFFER_SHIFT);
	if (!(cqe->flags & IORING_CQE_F_MORE) && await_acks(l, c))
		return -1;
	return loop_acked(l, c);
}

/* Requests that send complete only if they fail. */
static int completed(struct loop *l, const struct io_uring_cqe *cqe)
{
	if (cqe->user_data & IS_ACK)
		return acked(l, &l->conns[cqe->user_data >> 1], cqe);
	return cqe->res < 0 ? fail(cqe->res) : 0;
}

static int ring_serve(struct loop *l)
{
	int err = io_uring_submit_and_wait(&l->ring, 1);
	struct io_uring_cqe *cqe;
	unsigned int head, nr = 0;

	if (err < 0)
		return fail(err);
	err = 0;
	io_uring_for_each_cqe(&l->ring, head, cqe) {
		err = err ?: completed(l, cqe);
		nr++;
	}
	io_uring_cq_advance(&l->ring, nr);
	return err;
}

static int splice_open(struct loop *l)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (pipe(l->conns[i].pipe))
			return -1;
	return ring_open(l);
}

static void splice_close(struct loop *l)
{
	unsigned int i;

	ring_close(l);
	for (i = 0; i < l->nr; i++) {
		close(l->conns[i].pipe[0]);
		close(l->conns[i].pipe[1]);
	}
}

/* Into the pipe and out of it; a short splice breaks the link and is an error. */
static int begin_splice(struct loop *l, struct conn *c)
{
	struct io_uring_sqe *in = io_uring_get_sqe(&l->ring);
	struct io_uring_sqe *out = io_uring_get_sqe(&l->ring);

	if (!in || !out)
		return fail(-EBUSY);
	io_uring_prep_splice(in, c->file, c->offset, c->pipe[1], -1, c->left,
			     SPLICE_F_MOVE);
	io_uring_prep_splice(out, c->pipe[0], -1, c->sock, -1, c->left,
			     SPLICE_F_MOVE);
	in->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
	out->flags |= IOSQE_CQE_SKIP_SUCCESS;
	in->user_data = conn_name(l, c);
	out->user_data = conn_name(l, c);
	return 0;
}

const struct service service_splice = {
	"splice, io_uring", splice_open, begin_splice, ring_serve, splice_close,
};

static int uring_open(struct loop *l)
{
	l->dev = open("/dev/" ZCXFER_DEVICE_NAME, O_RDWR | O_CLOEXEC);
	return l->dev < 0 ? -1 : ring_open(l);
}

static void uring_close(struct loop *l)
{
	ring_close(l);
	close(l->dev);
}

static int begin_uring(struct loop *l, struct conn *c)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&l->ring);

	if (!sqe)
		return fail(-EBUSY);
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, l->dev, NULL, 0, 0);
	sqe->cmd_op = ZCXFER_IOC_SEND;
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = (uintptr_t)conn_transfer(c, 0);
	return 0;
}

const struct service service_uring = {
	"zcxfer, io_uring", uring_open, begin_uring, ring_serve, uring_close,
};
