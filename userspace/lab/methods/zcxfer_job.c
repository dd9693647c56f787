// SPDX-License-Identifier: GPL-2.0-only
/*
 * zcxfer, asynchronous: the transfer is a job, whose completion the device returns.
 *
 * ZCXFER_IOC_SUBMIT checks the descriptors, begins, and returns; module/job.c continues
 * whenever the socket has room or a page was read, on a workqueue and without a thread
 * of its own. read(2) of the device waits for the completion. The file takes two system
 * calls, and between them the program can do other work: so one thread can serve
 * thousands of peers (userspace/examples/epoll.c).
 *
 * Kernel threads (kworker) do part of the work: a measurement of this process alone would
 * miss it.
 */
#include <stdint.h>
#include <unistd.h>
#include <zcxfer.h>

#include "common.h"

static int dev = -1;

static int prepare(struct lab_transfer *t)
{
	(void)t;
	dev = lab_open_device();
	return dev < 0 ? dev : 0;
}

static int send_ranges(struct lab_transfer *t, const struct lab_range *ranges,
		       unsigned int nr)
{
	struct zcxfer_transfer transfer = {
		.sock_fd = t->sock,
		.nr_descs = nr,
		.descs = (uintptr_t)lab_descs(t->file, ranges, nr),
	};
	struct zcxfer_completion done;
	int n, err = zcxfer_submit_job(dev, ZCXFER_OP_SEND, 0, &transfer);

	if (err)
		return err;
	do {
		n = zcxfer_completions(dev, &done, 1);
	} while (n == -EINTR);
	if (n < 0)
		return n;
	if (done.result.stop == ZCXFER_STOP_EOF)
		return -ENODATA;
	return -(int)done.result.error;
}

static void finish(struct lab_transfer *t)
{
	(void)t;
	if (dev >= 0)
		close(dev);
}

const struct lab_method lab_zcxfer_job = {
	.name = "zcxfer-job",
	.title = "zcxfer, asynchronous",
	.source = "zcxfer_job.c",
	.what = "page cache -> socket by reference, as a job",
	.module = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .referenced = LAB_ONCE },
	.missing = lab_no_device,
	.prepare = prepare,
	.sendv = send_ranges,
	.finish = finish,
};
