// SPDX-License-Identifier: GPL-2.0-only
/* The loop, and the services that wait with epoll. See loop.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"

#define PATIENCE_MS	10000

static int loop_begin(struct loop *l, struct conn *c)
{
	l->choose(c, c - l->conns);
	c->left = LOOP_LEN;
	c->begun++;
	l->in_flight++;
	return l->service->begin(l, c);
}

/**
 * loop_acked - the peer has acknowledged a transfer
 * @l: the loop
 * @c: its connection, on which the next begins
 *
 * Return: 0, or -1 with errno.
 */
int loop_acked(struct loop *l, struct conn *c)
{
	l->in_flight--;
	l->done++;
	return l->over ? 0 : loop_begin(l, c);
}

/**
 * loop_run - serve all connections
 * @l: the loop, its service is open
 * @ns: for so long; 0: a transfer each
 *
 * Return: 0 when all that was begun has arrived, or -1 with errno.
 */
int loop_run(struct loop *l, double ns)
{
	double until = lab_ns(CLOCK_MONOTONIC) + ns;
	unsigned int i;

	l->done = 0;
	for (i = 0; i < l->nr; i++)
		if (loop_begin(l, &l->conns[i]))
			return -1;
	while (l->in_flight || l->jobs) {
		l->over = lab_ns(CLOCK_MONOTONIC) >= until;
		if (l->service->serve(l))
			return -1;
	}
	return 0;
}

/**
 * loop_verify - some transfers on each connection, for the other end to compare
 * @l: the loop
 *
 * Return: 0, or -1 with errno.
 */
int loop_verify(struct loop *l)
{
	enum { LAPS = 3 };
	unsigned int lap;

	for (lap = 0; lap < LAPS; lap++)
		if (loop_run(l, 0))
			return -1;
	return 0;
}

/**
 * conn_transfer - what a connection is sent, as the module takes it
 * @c: the connection
 * @flags: bits of &enum zcxfer_flag
 *
 * Return: valid until the connection's next.
 */
struct zcxfer_transfer *conn_transfer(struct conn *c, unsigned int flags)
{
	c->desc = (struct zcxfer_desc) {
		.fd = c->file,
		.offset = c->offset,
		.len = c->left,
	};
	c->transfer = (struct zcxfer_transfer) {
		.size = sizeof(c->transfer),
		.flags = flags,
		.sock_fd = c->sock,
		.nr_descs = 1,
		.descs = (uintptr_t)&c->desc,
	};
	return &c->transfer;
}

static int watch(struct loop *l, int op, int fd, uint32_t events,
		 struct conn *c)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	return epoll_ctl(l->epoll, op, fd, &event);
}

static int loop_open(struct loop *l)
{
	unsigned int i;

	l->epoll = epoll_create1(0);
	for (i = 0; i < l->nr; i++) {
		struct conn *c = &l->conns[i];

		if (fcntl(c->sock, F_SETFL, O_NONBLOCK) ||
		    watch(l, EPOLL_CTL_ADD, c->sock, EPOLLIN, c))
			return -1;
	}
	return 0;
}

static void loop_close(struct loop *l)
{
	close(l->epoll);
}

/* It has room to send, or an acknowledgment. */
static int conn_is_ready(struct loop *l, struct conn *c)
{
	char byte;

	if (c->awaits_room)
		return l->service->begin(l, c);
	if (recv(c->sock, &byte, 1, 0) != 1)
		return -1;
	return loop_acked(l, c);
}

static int loop_serve(struct loop *l)
{
	struct epoll_event events[MAX_CONNS];
	int n = epoll_wait(l->epoll, events, MAX_CONNS, PATIENCE_MS), i;

	/* No signal: task work of a ring that was closed. */
	if (n < 0 && errno == EINTR)
		return 0;
	if (!n)
		errno = ETIMEDOUT;
	for (i = 0; i < n; i++) {
		if (!events[i].data.ptr)
			l->to_read = true;
		else if (conn_is_ready(l, events[i].data.ptr))
			return -1;
	}
	return n > 0 ? 0 : -1;
}

/* Send as much as the socket takes, by calls that return how much that was. */
static int conn_push(struct loop *l, struct conn *c,
		     ssize_t (*call)(struct loop *l, struct conn *c))
{
	bool awaited = c->awaits_room;

	while (c->left) {
		ssize_t n = call(l, c);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			return -1;
		c->offset += n;
		c->left -= n;
	}
	c->awaits_room = c->left;
	if (c->awaits_room == awaited)
		return 0;
	return watch(l, EPOLL_CTL_MOD, c->sock, c->left ? EPOLLOUT : EPOLLIN,
		     c);
}

static ssize_t call_sendfile(struct loop *l, struct conn *c)
{
	off_t offset = c->offset;

	(void)l;
	return sendfile(c->sock, c->file, &offset, c->left);
}

static int begin_sendfile(struct loop *l, struct conn *c)
{
	return conn_push(l, c, call_sendfile);
}

static ssize_t call_zcxfer(struct loop *l, struct conn *c)
{
	struct zcxfer_transfer *t = conn_transfer(c, ZCXFER_F_DONTWAIT);

	return ioctl(l->dev, ZCXFER_IOC_SEND, t) ?: (ssize_t)t->result.bytes;
}

static int begin_zcxfer(struct loop *l, struct conn *c)
{
	return conn_push(l, c, call_zcxfer);
}

/* A file of its own of the device, so that only its completions are read. */
static int device_open(struct loop *l)
{
	l->dev = open("/dev/" ZCXFER_DEVICE_NAME, O_RDWR | O_NONBLOCK);
	return l->dev < 0 ? -1 : loop_open(l);
}

static void device_close(struct loop *l)
{
	close(l->dev);
	loop_close(l);
}

static int jobs_open(struct loop *l)
{
	if (device_open(l))
		return -1;
	return watch(l, EPOLL_CTL_ADD, l->dev, EPOLLIN, NULL);
}

static int begin_job(struct loop *l, struct conn *c)
{
	struct zcxfer_submit submit = {
		.size = sizeof(submit),
		.op = ZCXFER_OP_SEND,
		.user_data = c - l->conns,
		.transfer = (uintptr_t)conn_transfer(c, 0),
	};

	l->jobs++;
	l->to_read = true;
	return ioctl(l->dev, ZCXFER_IOC_SUBMIT, &submit);
}

/* All completions that are ready. */
static int jobs_read(struct loop *l)
{
	struct zcxfer_completion done[MAX_CONNS];
	ssize_t n = read(l->dev, done, sizeof(done));
	size_t i, nr = n > 0 ? n / sizeof(*done) : 0;

	for (i = 0; i < nr; i++)
		if (done[i].result.bytes != LOOP_LEN) {
			errno = done[i].result.error;
			return -1;
		}
	l->jobs -= nr;
	l->to_read = nr == MAX_CONNS;
	return n < 0 && errno != EAGAIN ? -1 : 0;
}

/*
 * Cached files are sent while they are submitted: their completions are read at the end
 * of the round, and epoll reports the others.
 */
static int jobs_serve(struct loop *l)
{
	int err = loop_serve(l);

	while (!err && l->to_read)
		err = jobs_read(l);
	return err;
}

const struct service service_sendfile = {
	"sendfile, epoll", loop_open, begin_sendfile, loop_serve, loop_close,
};

const struct service service_zcxfer = {
	"zcxfer, epoll", device_open, begin_zcxfer, loop_serve, device_close,
};

const struct service service_jobs = {
	"zcxfer jobs, epoll", jobs_open, begin_job, jobs_serve, device_close,
};
