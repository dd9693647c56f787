// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asynchronous: the last of the I/O models. The program submits requests, goes on, and
 * gets their completions: io_uring, read and send (pump.c has the loop).
 *
 * Not waiting saves no copy: io_read() copies from the page cache into the buffer as
 * read(2) does (filemap_read()), io_send() from there into socket buffers. It saves
 * system calls: one submits and completes many requests. And a page that is not in
 * memory blocks no task: the read is tried again when the disk has answered
 * (io_async_buf_func()). Compare the system calls with those of read + write.
 */
#include "pump.h"

static int prepare(struct lab_transfer *t)
{
	return pump_open(t, t->file);
}

static int send_range(struct lab_transfer *t, struct lab_range range)
{
	return pump_run(t->state, range);
}

static void finish(struct lab_transfer *t)
{
	pump_close(t->state);
}

const struct lab_method lab_asynchronous = {
	.name = "asynchronous",
	.title = "io_uring read + send",
	.source = "asynchronous.c",
	.what = "page cache -> buffer -> socket; asynchronous",
	.remark = "as many copies as read + write: the models differ in waiting, not in copies",
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = {
		.read_copy = LAB_ONCE,
		.send_copy = LAB_ONCE,
	},
	.missing = lab_no_uring,
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
