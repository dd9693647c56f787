// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes of batches into files. No other part of the module writes to files, and this
 * one does so only by vfs_iter_write() (for direct I/O: vfs_iocb_iter_write()), so that
 * every rule of write(2) holds: seals, limits, freezing, quotas, the setuid bit,
 * security modules.
 */
#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/uio.h>

#include "file.h"
#include "store.h"

/* Write from the start of @iter into the rest of @range, from byte @done on. */
static ssize_t store_part(const struct zcx_range *range, u64 done,
			  struct iov_iter iter, bool direct)
{
	struct file *file = zcx_range_file(range);
	loff_t pos = range->pos + done;
	struct kiocb iocb;

	iov_iter_truncate(&iter, range->len - done);
	if (!direct)
		return vfs_iter_write(file, &iter, &pos, 0);
	init_sync_kiocb(&iocb, file);
	iocb.ki_pos = pos;
	iocb.ki_flags |= IOCB_DIRECT;
	return vfs_iocb_iter_write(file, &iocb, &iter);
}

/**
 * zcx_store - write the batch at the position of the transfer
 * @xfer: the transfer; its next ranges are of files, and hold at least the batch
 * @stored: out: number of bytes written, also if an error is returned
 *
 * Return: 0 if all bytes were written, otherwise the error of the file.
 */
int zcx_store(struct zcx_xfer *xfer, size_t *stored)
{
	const struct zcx_range *range = &xfer->ranges.range[xfer->at.range];
	u64 done = xfer->at.done;
	struct iov_iter iter;

	iov_iter_bvec(&iter, ITER_SOURCE, xfer->batch->pieces, xfer->batch->nr,
		      xfer->batch->bytes);
	*stored = 0;
	while (iov_iter_count(&iter)) {
		ssize_t n;

		if (done == range->len) {
			range++;
			done = 0;
			continue;
		}
		/* F_SETFL may have changed the flags since the file was checked. */
		if (zcx_file_refuses_pieces(zcx_range_file(range)))
			return -EINVAL;
		n = store_part(range, done, iter, xfer->recv.direct);
		/* -EINVAL: a limit (RLIMIT_FSIZE) cuts a block in two. */
		if (n == -EINVAL && xfer->recv.direct) {
			xfer->recv.direct = false;
			zcx_batch_was_copied(xfer->batch,
					     ZCXFER_COPIED_BUFFER);
			continue;
		}
		if (n <= 0)
			return n ?: -EIO;
		iov_iter_advance(&iter, n);
		done += n;
		*stored += n;
	}
	return 0;
}
