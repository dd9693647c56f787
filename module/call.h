/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying calls in and results out: see call.c. */
#ifndef _ZCX_CALL_H
#define _ZCX_CALL_H

#include <linux/types.h>

#include "base.h"
#include "transfer.h"

/* Size of the first version of struct zcxfer_transfer, and so its minimum. */
#define ZCX_TRANSFER_SIZE_VER0	96

struct zcx_job;
struct zcx_queue;

int zcx_copy_in(void *dst, size_t size, size_t min, const void __user *src);
int zcx_call_get(struct zcxfer_transfer *call,
		 const struct zcxfer_transfer __user *user);
int zcx_call_can_put(struct zcxfer_transfer __user *user);
int zcx_call_put(struct zcxfer_transfer __user *user,
		 const struct zcxfer_result *result);
int zcx_call_refuse(struct zcxfer_transfer *call, enum zcxfer_stop stop,
		    int err);
int zcx_call_check(struct zcxfer_transfer *call, enum zcx_direction dir,
		   bool is_job);
int zcx_call_add_descs(const struct zcxfer_transfer *call,
		       struct zcx_xfer *xfer);
struct zcx_job *zcx_call_to_job(struct zcxfer_transfer *call,
				enum zcx_direction dir,
				struct zcx_queue *queue, u64 user_data);

#endif /* _ZCX_CALL_H */
