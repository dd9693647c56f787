// SPDX-License-Identifier: GPL-2.0-only
/*
 * zcxfer: this project's module, one call for the whole file.
 *
 * module/xfer.c gathers pages of the page cache into batches of up to 512 KiB
 * (source_cache.c) and passes each to the socket with one sendmsg (send.c), as
 * splice_to_socket() does with 16 pages; look at the calls of the socket's sendmsg. The
 * module puts whole pieces into TCP's packets (fill.c). Only pages of files that the caller
 * may also write go by reference (zc_policy=writable, the default); root may write all.
 *
 * With ZCXFER_F_DIRECT the disk writes into pages of the module, past the page cache, up
 * to four reads ahead of the socket (source_direct.c), and the socket references those:
 * O_DIRECT with io_uring without the copy that remains there. The page cache does not
 * change.
 */
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
		       unsigned int nr, unsigned int flags)
{
	struct zcxfer_desc *left = lab_descs(t->file, ranges, nr);

	/* One call, unless a signal stops it. */
	while (nr) {
		struct zcxfer_result result;
		int err = zcxfer_send(dev, t->sock, left, nr, flags, &result);

		if (err && err != -EINTR)
			return err;
		if (!err && result.stop == ZCXFER_STOP_DONE)
			return 0;
		if (result.stop == ZCXFER_STOP_EOF)
			return -ENODATA;
		zcxfer_advance(&left, &nr, &result);
	}
	return 0;
}

static int send_cached(struct lab_transfer *t, const struct lab_range *ranges,
		       unsigned int nr)
{
	return send_ranges(t, ranges, nr, 0);
}

static int send_direct(struct lab_transfer *t, const struct lab_range *ranges,
		       unsigned int nr)
{
	return send_ranges(t, ranges, nr, ZCXFER_F_DIRECT);
}

static void finish(struct lab_transfer *t)
{
	(void)t;
	if (dev >= 0)
		close(dev);
	dev = -1;
}

#define ZCXFER_METHOD							\
	.source = "zcxfer_send.c",					\
	.module = true,							\
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },			\
	.expected = { .referenced = LAB_ONCE },				\
	.missing = lab_no_device,					\
	.prepare = prepare,						\
	.finish = finish

const struct lab_method lab_zcxfer = {
	.name = "zcxfer",
	.title = "zcxfer",
	.what = "page cache -> socket by reference, one call",
	.sendv = send_cached,
	ZCXFER_METHOD,
};

const struct lab_method lab_zcxfer_direct = {
	.name = "zcxfer-direct",
	.title = "zcxfer, direct",
	.what = "disk -> pages of the module -> socket by reference",
	.direct = true,
	.sendv = send_direct,
	ZCXFER_METHOD,
};
