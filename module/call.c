// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls: the caller's transfer and its descriptors are copied in and checked, and the
 * result is copied out. Both front ends (ioctl.c, uring.c) use these functions to access
 * a transfer in user memory.
 */
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "call.h"
#include "submit.h"
#include "xfer.h"

/* Flags for the use of the page cache, at most one of which may be set. */
#define CACHE_FLAGS	(ZCXFER_F_CACHED | ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE)

/* Number of descriptors that are copied in at a time. */
#define DESC_CHUNK	16

static_assert(sizeof(struct zcxfer_result) == 72);
static_assert(offsetof(struct zcxfer_result, desc) == 32);
static_assert(offsetof(struct zcxfer_result, socket_calls) == 48);
static_assert(offsetof(struct zcxfer_result, changes) == 56);
static_assert(sizeof(struct zcxfer_transfer) == 104);
static_assert(offsetof(struct zcxfer_transfer, descs) == 16);
static_assert(offsetof(struct zcxfer_transfer, result) == 24);
static_assert(offsetof(struct zcxfer_transfer, readahead) == 96);

/**
 * zcx_copy_in - copy in a structure that starts with its size
 * @dst: buffer for the structure
 * @size: size of the structure, as the kernel knows it
 * @min: size of the first version of the structure
 * @src: the structure in user memory
 *
 * Return: the caller's size, at least @min, or -EFAULT, -EINVAL, -E2BIG.
 */
int zcx_copy_in(void *dst, size_t size, size_t min, const void __user *src)
{
	u32 user_size;
	int err;

	if (get_user(user_size, (const u32 __user *)src))
		return -EFAULT;
	if (user_size < min)
		return -EINVAL;
	if (user_size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(dst, size, src, user_size);
	return err ?: user_size;
}

/**
 * zcx_call_get - copy a transfer in
 * @call: buffer for the transfer; its result means nothing yet
 * @user: the caller's transfer
 *
 * Return: 0, or an error of zcx_copy_in().
 */
int zcx_call_get(struct zcxfer_transfer *call,
		 const struct zcxfer_transfer __user *user)
{
	int size = zcx_copy_in(call, sizeof(*call), ZCX_TRANSFER_SIZE_VER0, user);

	return min(size, 0);
}

/**
 * zcx_call_can_put - check that the result can be copied out
 * @user: the caller's transfer
 *
 * A transfer must not move bytes if it cannot report their number.
 *
 * Return: 0 or -EFAULT.
 */
int zcx_call_can_put(struct zcxfer_transfer __user *user)
{
	return fault_in_writeable((char __user *)&user->result,
				  sizeof(user->result)) ? -EFAULT : 0;
}

/**
 * zcx_call_put - copy a result out
 * @user: the caller's transfer
 * @result: the result
 *
 * Return: 0 or -EFAULT.
 */
int zcx_call_put(struct zcxfer_transfer __user *user,
		 const struct zcxfer_result *result)
{
	return copy_to_user(&user->result, result, sizeof(*result)) ? -EFAULT :
								      0;
}

/**
 * zcx_call_refuse - record in the result that a call is refused
 * @call: the call
 * @stop: the part of the call that is at fault
 * @err: the error, negative
 *
 * Return: @err.
 */
int zcx_call_refuse(struct zcxfer_transfer *call, enum zcxfer_stop stop,
		    int err)
{
	call->result = (struct zcxfer_result) {
		.stop	= stop,
		.error	= -err,
	};
	return err;
}

static bool flags_are_valid(const struct zcxfer_transfer *call,
			    enum zcx_direction dir, bool is_job)
{
	u32 known = dir == ZCX_RECV ? ZCX_RECV_FLAGS :
		    is_job ? ZCX_SEND_FLAGS | ZCX_RELEASE_FLAGS : ZCX_SEND_FLAGS;

	return !(call->flags & ~known) &&
	       !(dir == ZCX_RECV && call->readahead) &&
	       hweight32(call->flags & CACHE_FLAGS) <= 1 &&
	       hweight32(call->flags & ZCX_RELEASE_FLAGS) <= 1;
}

/**
 * zcx_call_check - check flags and size of a call
 * @call: the call
 * @dir: direction of the transfer
 * @is_job: true if the transfer will be a job
 *
 * Return: 0, -EINVAL or -E2BIG.
 */
int zcx_call_check(struct zcxfer_transfer *call, enum zcx_direction dir, bool is_job)
{
	if (!flags_are_valid(call, dir, is_job))
		return zcx_call_refuse(call, ZCXFER_STOP_CALL, -EINVAL);
	if (call->nr_descs > ZCX_MAX_DESCS)
		return zcx_call_refuse(call, ZCXFER_STOP_CALL, -E2BIG);
	return 0;
}

/**
 * zcx_call_add_descs - copy descriptors in, once, and add them to a transfer
 * @call: the call
 * @xfer: the transfer of the call
 *
 * Return: 0, or an error, with which the transfer has ended.
 */
noinline_for_stack
int zcx_call_add_descs(const struct zcxfer_transfer *call,
		       struct zcx_xfer *xfer)
{
	const struct zcxfer_desc __user *descs = u64_to_user_ptr(call->descs);
	struct zcxfer_desc chunk[DESC_CHUNK] __uninitialized;
	unsigned int i, nr;
	int err;

	for (i = 0; i < call->nr_descs; i += nr) {
		nr = min(call->nr_descs - i, DESC_CHUNK);
		if (copy_from_user(chunk, descs + i, nr * sizeof(*chunk)))
			return zcx_xfer_fail(xfer, ZCX_BAD_CALL, -EFAULT);
		err = zcx_xfer_add(xfer, chunk, nr);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return zcx_xfer_fail(xfer, ZCX_SIGNAL, -EINTR);
		cond_resched();
	}
	return 0;
}

/* True if job creation failed for a reason unrelated to the socket. */
static bool is_of_call(int err)
{
	return err == -EAGAIN || err == -EDQUOT || err == -ENOMEM;
}

/**
 * zcx_call_to_job - create a job for a call
 * @call: the call; receives a result if there is no job
 * @dir: direction of the transfer
 * @queue: the queue of the device
 * @user_data: the caller's name for the job
 *
 * Return: the job, for zcx_job_start(), or an ERR_PTR().
 */
struct zcx_job *zcx_call_to_job(struct zcxfer_transfer *call, enum zcx_direction dir,
				struct zcx_queue *queue, u64 user_data)
{
	struct zcx_job *job;
	int err;

	err = zcx_call_check(call, dir, true);
	if (err)
		return ERR_PTR(err);
	job = zcx_job_alloc(queue, dir, call, user_data);
	if (IS_ERR(job)) {
		err = PTR_ERR(job);
		zcx_call_refuse(call, is_of_call(err) ? ZCXFER_STOP_CALL :
							ZCXFER_STOP_SOCKET, err);
		return job;
	}
	if (zcx_call_add_descs(call, &job->xfer))
		return ERR_PTR(zcx_job_discard(job, &call->result));
	zcx_job_charge(job);
	return job;
}
