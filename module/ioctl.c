// SPDX-License-Identifier: GPL-2.0-only
/* The ioctl front end. */
#include <linux/file.h>
#include <linux/sched/signal.h>
#include <linux/sched/xacct.h>
#include <linux/uaccess.h>

#include "call.h"
#include "cancel.h"
#include "ioctl.h"
#include "param.h"
#include "report.h"
#include "sock.h"
#include "submit.h"
#include "xfer.h"

/* Size of the first version of the structure, and so its minimum. */
#define INFO_SIZE_VER0	48

static_assert(sizeof(struct zcxfer_info) == 64);
static_assert(offsetof(struct zcxfer_info, features) == 16);
static_assert(offsetof(struct zcxfer_info, send_flags) == 24);
static_assert(offsetof(struct zcxfer_info, max_bytes) == 32);
static_assert(offsetof(struct zcxfer_info, policy) == 40);
static_assert(offsetof(struct zcxfer_info, recv_flags) == 48);
static_assert(offsetof(struct zcxfer_info, job_flags) == 56);
static_assert(sizeof(struct zcxfer_many) == 24);
static_assert(offsetof(struct zcxfer_many, transfers) == 8);
static_assert(sizeof(struct zcxfer_submit) == 24);
static_assert(offsetof(struct zcxfer_submit, transfer) == 16);
static_assert(sizeof(struct zcxfer_cancel) == 16);
static_assert(sizeof(struct zcxfer_completion) == 88);
static_assert(offsetof(struct zcxfer_completion, flags) == 12);
static_assert(offsetof(struct zcxfer_completion, result) == 16);

static long ioctl_info(void __user *argp)
{
	struct zcxfer_info info;
	int size;

	size = zcx_copy_in(&info, sizeof(info), INFO_SIZE_VER0, argp);
	if (size < 0)
		return size;
	if (info.flags)
		return -EINVAL;

	info = (struct zcxfer_info) {
		.size = info.size,
		.abi_version = ZCXFER_ABI_VERSION,
		.max_descs = ZCX_MAX_DESCS,
		.features = ZCXFER_FEATURE_SEND | ZCXFER_FEATURE_RECV |
			    ZCXFER_FEATURE_JOBS | ZCXFER_FEATURE_MANY |
			    (IS_ENABLED(CONFIG_IO_URING) ?
			     ZCXFER_FEATURE_URING : 0),
		.send_flags = ZCX_SEND_FLAGS,
		.max_bytes = LLONG_MAX,
		.policy = READ_ONCE(zcx_policy),
		.copybreak = READ_ONCE(zcx_copybreak),
		.recv_flags = ZCX_RECV_FLAGS,
		.job_flags = ZCX_RELEASE_FLAGS,
	};
	if (copy_to_user(argp, &info, min_t(size_t, size, sizeof(info))))
		return -EFAULT;
	return 0;
}

/* Account for a transfer as for a sendfile(2), in /proc/PID/io. */
static void account_task(u64 bytes)
{
	add_rchar(current, bytes);
	add_wchar(current, bytes);
	inc_syscr(current);
	inc_syscw(current);
}

static int transfer(enum zcx_direction dir, struct socket *sock,
		    struct zcx_user *user, struct zcxfer_transfer *arg)
{
	/* Its arrays are large, and written before they are read. */
	struct zcx_xfer xfer __uninitialized;
	int err;

	err = zcx_xfer_init(&xfer, dir, false, sock, user, arg);
	if (err)
		return zcx_call_refuse(arg, ZCXFER_STOP_CALL, err);
	if (!zcx_call_add_descs(arg, &xfer))
		zcx_xfer_step(&xfer);
	account_task(xfer.counts.bytes);
	zcx_xfer_finish(&xfer);
	zcx_xfer_release(&xfer);
	return zcx_report(&xfer, &arg->result);
}

static int transfer_checked(enum zcx_direction dir, struct zcx_user *user,
			    struct zcxfer_transfer *arg)
{
	struct socket *sock;
	int err;

	err = zcx_call_check(arg, dir, false);
	if (err)
		return err;

	CLASS(fd, fd)(arg->sock_fd);
	if (fd_empty(fd))
		return zcx_call_refuse(arg, ZCXFER_STOP_SOCKET, -EBADF);
	sock = zcx_sock_of(fd_file(fd), dir);
	if (IS_ERR(sock))
		return zcx_call_refuse(arg, ZCXFER_STOP_SOCKET, PTR_ERR(sock));
	return transfer(dir, sock, user, arg);
}

/*
 * Move the caller's transfer, with these flags beside its own. Returns 0 if the transfer has
 * a result, of which @error is the error.
 */
static int transfer_user(struct zcx_queue *queue, enum zcx_direction dir,
			 struct zcxfer_transfer __user *user, u32 flags, int *error)
{
	struct zcxfer_transfer arg __uninitialized;
	int err;

	err = zcx_call_get(&arg, user) ?: zcx_call_can_put(user);
	if (err)
		return err;
	arg.flags |= flags;
	*error = transfer_checked(dir, queue->user, &arg);
	return zcx_call_put(user, &arg.result);
}

static long ioctl_transfer(struct zcx_queue *queue, enum zcx_direction dir,
			   struct zcxfer_transfer __user *user)
{
	int error = 0;

	return transfer_user(queue, dir, user, 0, &error) ?: error;
}

static long ioctl_send_many(struct zcx_queue *queue, void __user *argp)
{
	struct zcxfer_many many;
	unsigned int i;
	int err, error;

	err = zcx_copy_in(&many, sizeof(many), sizeof(many), argp);
	if (err < 0)
		return err;
	if (many.flags || many.transfer_size < ZCX_TRANSFER_SIZE_VER0)
		return -EINVAL;
	if (many.transfer_size > PAGE_SIZE || many.nr_transfers > ZCX_MAX_DESCS)
		return -E2BIG;
	for (i = 0; i < many.nr_transfers; i++) {
		/* The error of a transfer is in its result alone. */
		err = transfer_user(queue, ZCX_SEND,
				    u64_to_user_ptr(many.transfers + i * many.transfer_size),
				    ZCXFER_F_DONTWAIT, &error);
		if (err)
			return i ?: err;
		if (signal_pending(current))
			return i + 1;
		cond_resched();
	}
	return i;
}

static long ioctl_submit(struct zcx_queue *queue, void __user *argp)
{
	struct zcxfer_transfer __user *user;
	struct zcxfer_submit submit;
	struct zcxfer_transfer arg;
	struct zcx_job *job;
	int err;

	err = zcx_copy_in(&submit, sizeof(submit), sizeof(submit), argp);
	if (err < 0)
		return err;
	if (submit.op != ZCXFER_OP_SEND && submit.op != ZCXFER_OP_RECV)
		return -EINVAL;
	user = u64_to_user_ptr(submit.transfer);
	err = zcx_call_get(&arg, user);
	if (err)
		return err;
	job = zcx_call_to_job(&arg, submit.op == ZCXFER_OP_SEND ? ZCX_SEND :
								  ZCX_RECV,
			      queue, submit.user_data);
	if (IS_ERR(job))
		return zcx_call_put(user, &arg.result) ?: PTR_ERR(job);
	zcx_job_start(job);
	return 0;
}

static long ioctl_cancel(struct zcx_queue *queue, void __user *argp)
{
	struct zcxfer_cancel cancel;
	int err;

	err = zcx_copy_in(&cancel, sizeof(cancel), sizeof(cancel), argp);
	if (err < 0)
		return err;
	if (cancel.flags)
		return -EINVAL;
	return zcx_queue_cancel(queue, cancel.user_data);
}

/**
 * zcx_ioctl - ioctl(2) of the device
 * @queue: the queue of the device
 * @cmd: the command
 * @argp: the structure of the command
 *
 * Return: as uapi/linux/zcxfer.h documents it.
 */
long zcx_ioctl(struct zcx_queue *queue, unsigned int cmd, void __user *argp)
{
	switch (cmd) {
	case ZCXFER_IOC_INFO:
		return ioctl_info(argp);
	case ZCXFER_IOC_SEND:
		return ioctl_transfer(queue, ZCX_SEND, argp);
	case ZCXFER_IOC_RECV:
		return ioctl_transfer(queue, ZCX_RECV, argp);
	case ZCXFER_IOC_SEND_MANY:
		return ioctl_send_many(queue, argp);
	case ZCXFER_IOC_SUBMIT:
		return ioctl_submit(queue, argp);
	case ZCXFER_IOC_CANCEL:
		return ioctl_cancel(queue, argp);
	default:
		return -ENOTTY;
	}
}
