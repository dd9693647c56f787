// SPDX-License-Identifier: GPL-2.0
/*
 * One batch into files. The only file that writes any, and it does so by
 * vfs_iter_write() alone (directly: vfs_iocb_iter_write()), so that every rule of
 * write(2) holds: seals, limits, freezing, quotas, the setuid bit, security
 * modules.
 */
#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/uio.h>

#include "internal.h"

/* Write the beginning of @iter to what is left of @range behind @done. */
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
 * zcx_store - write the batch to where the transfer is
 * @xfer: the transfer; its next ranges are files, with room for the batch
 * @stored: out: how many bytes were written
 *
 * Return: 0 if all were, else the error of the file.
 */
int zcx_store(struct zcx_xfer *xfer, size_t *stored)
{
	const struct zcx_range *range = &xfer->ranges[xfer->range];
	u64 done = xfer->done;
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
		/* F_SETFL may have changed that since it was checked. */
		if (zcx_file_refuses_pieces(zcx_range_file(range)))
			return -EINVAL;
		n = store_part(range, done, iter, xfer->direct);
		/* Where a limit (RLIMIT_FSIZE) cuts a block in two. */
		if (n == -EINVAL && xfer->direct) {
			xfer->direct = false;
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
