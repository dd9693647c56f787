// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file into a socket by io_uring: the task waits only for completions.
 *
 * There are DEPTH buffers in a circle. Each is read into, then sent, then read into
 * again. Reads are in flight for all free buffers, so the disk has more than one
 * request. There is one send at a time: of two, the second might overtake the first
 * while that waits for room. One system call submits requests and waits for completions.
 *
 * In the kernel: io_read() and io_send(). A send that finds no room does not wait:
 * io_arm_poll_handler() has the socket wake it, and it is tried again in the context of
 * the task, when that waits for completions (io_poll_task_func()).
 */
#include <liburing.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pump.h"

#define DEPTH	4

struct slot {
	char *buffer;
	off_t offset;
	size_t len;	/* of this turn */
	size_t done;	/* of which read, or sent */
	bool full;	/* has been read, and is sent in its turn */
};

struct pump {
	struct io_uring ring;
	struct slot slots[DEPTH];
	int file;
	int sock;
	size_t chunk;
	size_t unsent;
	struct lab_range unread;	/* neither read nor being read */
	unsigned int turn;	/* the slot that is sent next, or being sent */
	bool sending;
};

/* The queue has room, because a slot has one request at a time. */
static void queue(struct pump *p, struct slot *slot)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&p->ring);
	char *at = slot->buffer + slot->done;
	size_t left = slot->len - slot->done;

	if (slot->full)
		io_uring_prep_send(sqe, p->sock, at, left, MSG_WAITALL | MSG_NOSIGNAL);
	else
		io_uring_prep_read(sqe, p->file, at, left, slot->offset + slot->done);
	io_uring_sqe_set_data(sqe, slot);
}

static void read_next(struct pump *p, struct slot *slot)
{
	slot->offset = p->unread.offset;
	slot->len = lab_min(p->chunk, p->unread.len);
	slot->done = 0;
	slot->full = false;
	lab_advance(&p->unread, slot->len);
	if (slot->len)
		queue(p, slot);
}

static void send_next(struct pump *p)
{
	struct slot *slot = &p->slots[p->turn];

	if (p->sending || !slot->full)
		return;
	p->sending = true;
	queue(p, slot);
}

static int completed(struct pump *p, struct slot *slot, int res)
{
	if (res == -EINTR || res == -EAGAIN)
		res = 0;
	else if (res <= 0)
		return res ?: -ENODATA;
	slot->done += res;
	if (slot->done < slot->len) {
		queue(p, slot);
	} else if (!slot->full) {
		slot->full = true;
		slot->done = 0;
	} else {
		p->unsent -= slot->len;
		p->sending = false;
		p->turn = (p->turn + 1) % DEPTH;
		read_next(p, slot);
	}
	return 0;
}

/**
 * pump_run - send a range of the file
 * @p: the pump
 * @range: the range
 *
 * Return: 0 or -errno.
 */
int pump_run(struct pump *p, struct lab_range range)
{
	struct io_uring_cqe *cqe;
	unsigned int i;
	int err;

	p->unread = range;
	p->unsent = range.len;
	p->turn = 0;
	for (i = 0; i < DEPTH; i++)
		read_next(p, &p->slots[i]);
	while (p->unsent) {
		err = io_uring_submit_and_wait(&p->ring, 1);
		if (err < 0 && err != -EINTR)
			return err;
		while (!io_uring_peek_cqe(&p->ring, &cqe)) {
			err = completed(p, io_uring_cqe_get_data(cqe), cqe->res);
			io_uring_cqe_seen(&p->ring, cqe);
			if (err)
				return err;
		}
		send_next(p);
	}
	return 0;
}

/**
 * pump_open - prepare a pump
 * @t: the transfer; its state is set to the pump
 * @file: the file; the caller closes it
 *
 * Return: 0 or -errno.
 */
int pump_open(struct lab_transfer *t, int file)
{
	struct pump *p = calloc(1, sizeof(*p));
	unsigned int i;
	int err;

	if (!p)
		return -ENOMEM;
	p->file = file;
	p->sock = t->sock;
	p->chunk = t->chunk;
	err = io_uring_queue_init(2 * DEPTH, &p->ring, 0);
	if (err) {
		free(p);
		return err;
	}
	t->state = p;
	for (i = 0; i < DEPTH; i++) {
		p->slots[i].buffer = lab_buffer(t->chunk);
		if (!p->slots[i].buffer) {
			pump_close(p);
			t->state = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * pump_close - undo pump_open()
 * @p: the pump, or NULL
 */
void pump_close(struct pump *p)
{
	unsigned int i;

	if (!p)
		return;
	io_uring_queue_exit(&p->ring);
	for (i = 0; i < DEPTH; i++)
		free(p->slots[i].buffer);
	free(p);
}
