// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asynchronous and direct, with io_uring, which the texts recommend for large files.
 *
 * Direct I/O has no readahead, so the program reads ahead itself: pump.c keeps several
 * reads in flight while one buffer is sent. io_read() submits the read to the disk and
 * returns; io_complete_rw() posts the completion. The page cache is left to other files,
 * and disk and socket work at the same time. The copy into the socket buffer remains:
 * zcxfer's direct row is the same without it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "pump.h"

/* One method a process, so its file may be here. */
static int file = -1;

static int prepare(struct lab_transfer *t)
{
	int err;

	file = lab_open_direct(t->path);
	if (file < 0)
		return file;
	err = pump_open(t, file);
	if (err)
		close(file);
	return err;
}

static int send_range(struct lab_transfer *t, struct lab_range range)
{
	return pump_run(t->state, range);
}

static void finish(struct lab_transfer *t)
{
	if (!t->state)
		return;
	pump_close(t->state);
	close(file);
}

const struct lab_method lab_direct_uring = {
	.name = "direct-uring",
	.title = "O_DIRECT, io_uring",
	.source = "direct_uring.c",
	.what = "disk -> buffers, several reads ahead -> socket",
	.remark = "the disk writes into the buffer; the copy into the socket remains",
	.direct = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .send_copy = LAB_ONCE },
	.missing = lab_no_uring,
	.prepare = prepare,
	.send = send_range,
	.finish = finish,
};
