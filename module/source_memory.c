// SPDX-License-Identifier: GPL-2.0
/*
 * The caller's memory as a source. It is copied: a page of it could be changed
 * or given back while the socket still holds it, and a synchronous call has no
 * way to say when it does not any more.
 */
#include <linux/uaccess.h>

#include "internal.h"

ssize_t zcx_memory_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			  u64 done)
{
	const char __user *from = u64_to_user_ptr(range->pos + done);
	struct zcx_batch *batch = &xfer->batch;
	u64 left = range->len - done;
	ssize_t gathered = 0;

	while (left && zcx_batch_room(batch)) {
		size_t n = min_t(u64, left, zcx_batch_room(batch));
		void *to = zcx_batch_reserve(&n);
		size_t copied;

		if (!to)
			return gathered ?: -ENOMEM;
		copied = n - copy_from_user(to, from + gathered, n);
		if (!copied)
			return gathered ?: -EFAULT;
		zcx_batch_commit(batch, copied, range->why);
		gathered += copied;
		left -= copied;
	}
	return gathered;
}
