// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asynchronous and direct, with Linux AIO: how it was done before io_uring.
 *
 * Two buffers: one is sent while the disk fills the other. io_submit(2) begins a read
 * (aio_read()) and io_getevents(2) waits for it (aio_read_events()). It is asynchronous
 * only with O_DIRECT: on an ordinary file io_submit(2) copies from the page cache, or
 * waits for the disk, before it returns. It cannot send, so write(2) does. libaio is a
 * thin layer over these calls, which are used directly here.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/aio_abi.h>

#include "common.h"

struct state {
	aio_context_t context;
	int file;
	char *buffers[2];
};

static const char *missing(void)
{
	aio_context_t context = 0;

	if (syscall(SYS_io_setup, 1, &context))
		return "this kernel has no Linux AIO, or fs.aio-max-nr is reached";
	syscall(SYS_io_destroy, context);
	return NULL;
}

static void finish(struct lab_transfer *t)
{
	struct state *s = t->state;

	if (!s)
		return;
	/* Waits for a read in flight. */
	if (s->context)
		syscall(SYS_io_destroy, s->context);
	if (s->file >= 0)
		close(s->file);
	free(s->buffers[0]);
	free(s->buffers[1]);
	free(s);
	t->state = NULL;
}

static int prepare(struct lab_transfer *t)
{
	struct state *s = calloc(1, sizeof(*s));
	int err = 0;

	if (!s)
		return -ENOMEM;
	t->state = s;
	s->buffers[0] = lab_buffer(t->chunk);
	s->buffers[1] = lab_buffer(t->chunk);
	s->file = lab_open_direct(t->path);
	if (s->file < 0)
		err = s->file;
	else if (!s->buffers[0] || !s->buffers[1])
		err = -ENOMEM;
	else if (syscall(SYS_io_setup, 1, &s->context))
		err = -errno;
	if (err)
		finish(t);
	return err;
}

static int begin_read(const struct state *s, char *buffer, size_t len, size_t offset)
{
	struct iocb iocb = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = s->file,
		.aio_buf = (uintptr_t)buffer,
		.aio_nbytes = len,
		.aio_offset = offset,
	};
	struct iocb *list[] = { &iocb };
	long n;

	do {
		n = syscall(SYS_io_submit, s->context, 1, list);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	return n < 0 ? -errno : 0;
}

/* Return: the bytes read, or -errno. */
static ssize_t await_read(const struct state *s)
{
	struct io_event event;
	long n;

	do {
		n = syscall(SYS_io_getevents, s->context, 1, 1, &event, NULL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return event.res ?: -ENODATA;
}

static int send_range(struct lab_transfer *t, struct lab_range left)
{
	const struct state *s = t->state;
	size_t turn = 0;
	int err = begin_read(s, s->buffers[0], lab_min(t->chunk, left.len), left.offset);

	while (!err && left.len) {
		const char *buffer = s->buffers[turn % 2];
		ssize_t n = await_read(s);

		if (n < 0)
			return n;
		lab_advance(&left, n);
		turn++;
		if (left.len)
			err = begin_read(s, s->buffers[turn % 2],
					 lab_min(t->chunk, left.len), left.offset);
		if (!err)
			err = lab_write_all(t->sock, buffer, n);
	}
	return err;
}

const struct lab_method lab_direct_aio = {
	.name = "direct-aio",
	.title = "O_DIRECT, Linux AIO",
	.source = "direct_aio.c",
	.what = "disk -> two buffers in turn -> socket",
	.remark = "the disk writes into the buffer; the copy into the socket remains",
	.direct = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .send_copy = LAB_ONCE },
	.missing = missing,
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
