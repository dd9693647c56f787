// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctl front end: copies in, checks, runs, copies out. The only file that
 * sees the structures of the ABI in user memory.
 */
#include <linux/file.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/sched/xacct.h>
#include <linux/uaccess.h>

#include "internal.h"

#define SEND_FLAGS	(ZCXFER_F_DONTWAIT | ZCXFER_F_MORE | ZCXFER_F_CACHED | \
			 ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE | \
			 ZCXFER_F_STABLE)
/* What a transfer has to do with the page cache: one of these, or none. */
#define CACHE_FLAGS	(ZCXFER_F_CACHED | ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE)
#define RECV_FLAGS	(ZCXFER_F_DONTWAIT | ZCXFER_F_DIRECT)

/* Descriptors that are copied in at a time. */
#define DESC_CHUNK	16

/* Sizes of the first version: less than this no caller can mean. */
#define INFO_SIZE_VER0	48
#define TRANSFER_SIZE_VER0	96

static_assert(sizeof(struct zcxfer_info) == 56);
static_assert(offsetof(struct zcxfer_info, features) == 16);
static_assert(offsetof(struct zcxfer_info, send_flags) == 24);
static_assert(offsetof(struct zcxfer_info, max_bytes) == 32);
static_assert(offsetof(struct zcxfer_info, policy) == 40);
static_assert(offsetof(struct zcxfer_info, recv_flags) == 48);
static_assert(sizeof(struct zcxfer_result) == 72);
static_assert(offsetof(struct zcxfer_result, desc) == 32);
static_assert(offsetof(struct zcxfer_result, socket_calls) == 48);
static_assert(offsetof(struct zcxfer_result, changes) == 56);
static_assert(sizeof(struct zcxfer_transfer) == 104);
static_assert(offsetof(struct zcxfer_transfer, descs) == 16);
static_assert(offsetof(struct zcxfer_transfer, result) == 24);
static_assert(offsetof(struct zcxfer_transfer, readahead) == 96);
static_assert(sizeof(struct zcxfer_submit) == 24);
static_assert(offsetof(struct zcxfer_submit, transfer) == 16);
static_assert(sizeof(struct zcxfer_cancel) == 16);
static_assert(sizeof(struct zcxfer_completion) == 88);
static_assert(offsetof(struct zcxfer_completion, result) == 16);

/*
 * Copy in a structure that starts with its size. Returns the caller's size, at
 * least @min, or an error.
 */
static int copy_in(void *dst, size_t size, size_t min, const void __user *src)
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

static long ioctl_info(void __user *argp)
{
	struct zcxfer_info info;
	int size;

	size = copy_in(&info, sizeof(info), INFO_SIZE_VER0, argp);
	if (size < 0)
		return size;
	if (info.flags)
		return -EINVAL;

	info = (struct zcxfer_info) {
		.size = info.size,
		.abi_version = ZCXFER_ABI_VERSION,
		.max_descs = ZCX_MAX_DESCS,
		.features = ZCXFER_FEATURE_SEND | ZCXFER_FEATURE_RECV |
			    ZCXFER_FEATURE_JOBS,
		.send_flags = SEND_FLAGS,
		.max_bytes = LLONG_MAX,
		.policy = READ_ONCE(zcx_policy),
		.copybreak = READ_ONCE(zcx_copybreak),
		.recv_flags = RECV_FLAGS,
	};
	if (copy_to_user(argp, &info, min_t(size_t, size, sizeof(info))))
		return -EFAULT;
	return 0;
}

/* Copy the descriptors in, once, and have them resolved. */
static noinline_for_stack
int add_descs(struct zcx_xfer *xfer, const struct zcxfer_transfer *arg)
{
	const struct zcxfer_desc __user *descs = u64_to_user_ptr(arg->descs);
	struct zcxfer_desc chunk[DESC_CHUNK] __uninitialized;
	unsigned int i, nr;
	int err;

	for (i = 0; i < arg->nr_descs; i += nr) {
		nr = min(arg->nr_descs - i, DESC_CHUNK);
		if (copy_from_user(chunk, descs + i, nr * sizeof(*chunk)))
			return zcx_xfer_stop(xfer, ZCXFER_STOP_CALL, -EFAULT);
		err = zcx_xfer_add(xfer, chunk, nr);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return zcx_xfer_stop(xfer, ZCXFER_STOP_SIGNAL, -EINTR);
		cond_resched();
	}
	return 0;
}

static int refuse(struct zcxfer_transfer *arg, enum zcxfer_stop stop, int err)
{
	arg->result.stop = stop;
	arg->result.error = -err;
	return err;
}

/* What the accounting of tasks (/proc/PID/io) is told of a sendfile(2). */
static void account_task(u64 bytes)
{
	add_rchar(current, bytes);
	add_wchar(current, bytes);
	inc_syscr(current);
	inc_syscw(current);
}

static int transfer(enum zcx_way way, struct socket *sock,
		    struct zcxfer_transfer *arg)
{
	/* Its arrays are large, and written before they are read. */
	struct zcx_xfer xfer __uninitialized;
	int err;

	err = zcx_xfer_init(&xfer, way, false, sock, arg);
	if (err)
		return refuse(arg, ZCXFER_STOP_CALL, err);
	err = add_descs(&xfer, arg);
	if (!err)
		err = zcx_xfer_step(&xfer);
	account_task(arg->result.bytes);
	zcx_xfer_release(&xfer);
	return err;
}

static bool flags_are_valid(enum zcx_way way, const struct zcxfer_transfer *arg)
{
	if (way == ZCX_RECV)
		return !(arg->flags & ~RECV_FLAGS) && !arg->readahead;
	return !(arg->flags & ~SEND_FLAGS) &&
	       hweight32(arg->flags & CACHE_FLAGS) <= 1;
}

static int check_call(enum zcx_way way, struct zcxfer_transfer *arg)
{
	if (!flags_are_valid(way, arg))
		return refuse(arg, ZCXFER_STOP_CALL, -EINVAL);
	if (arg->nr_descs > ZCX_MAX_DESCS)
		return refuse(arg, ZCXFER_STOP_CALL, -E2BIG);
	return 0;
}

static int transfer_checked(enum zcx_way way, struct zcxfer_transfer *arg)
{
	struct socket *sock;
	int err;

	err = check_call(way, arg);
	if (err)
		return err;

	CLASS(fd, fd)(arg->sock_fd);
	if (fd_empty(fd))
		return refuse(arg, ZCXFER_STOP_SOCKET, -EBADF);
	sock = zcx_sock_of(fd_file(fd), way);
	if (IS_ERR(sock))
		return refuse(arg, ZCXFER_STOP_SOCKET, PTR_ERR(sock));
	return transfer(way, sock, arg);
}

static long ioctl_transfer(enum zcx_way way,
			   struct zcxfer_transfer __user *argp)
{
	struct zcxfer_transfer arg __uninitialized;
	int size, err;

	size = copy_in(&arg, sizeof(arg), TRANSFER_SIZE_VER0, argp);
	if (size < 0)
		return size;

	/* Bytes whose count cannot be told must not move. */
	if (fault_in_writeable((char __user *)&argp->result,
			       sizeof(argp->result)))
		return -EFAULT;

	memset(&arg.result, 0, sizeof(arg.result));
	err = transfer_checked(way, &arg);
	if (copy_to_user(&argp->result, &arg.result, sizeof(arg.result)))
		return -EFAULT;
	return err;
}

static int submit_checked(struct zcx_queue *queue, enum zcx_way way,
			  struct zcxfer_transfer *arg, u64 user_data)
{
	struct zcx_job *job;
	int err;

	err = check_call(way, arg);
	if (err)
		return err;
	job = zcx_job_alloc(queue, way, arg, user_data);
	if (IS_ERR(job)) {
		err = PTR_ERR(job);
		return refuse(arg, err == -EAGAIN || err == -ENOMEM ?
			      ZCXFER_STOP_CALL : ZCXFER_STOP_SOCKET, err);
	}
	err = add_descs(zcx_job_xfer(job), arg);
	if (err) {
		arg->result = *zcx_job_xfer(job)->result;
		zcx_job_discard(job);
		return err;
	}
	zcx_job_start(job);
	return 0;
}

static long ioctl_submit(struct zcx_queue *queue, void __user *argp)
{
	struct zcxfer_transfer __user *user;
	struct zcxfer_submit submit;
	struct zcxfer_transfer arg;
	int err;

	err = copy_in(&submit, sizeof(submit), sizeof(submit), argp);
	if (err < 0)
		return err;
	if (submit.op != ZCXFER_OP_SEND && submit.op != ZCXFER_OP_RECV)
		return -EINVAL;
	user = u64_to_user_ptr(submit.transfer);
	err = copy_in(&arg, sizeof(arg), TRANSFER_SIZE_VER0, user);
	if (err < 0)
		return err;

	memset(&arg.result, 0, sizeof(arg.result));
	err = submit_checked(queue, submit.op == ZCXFER_OP_SEND ? ZCX_SEND :
								  ZCX_RECV,
			     &arg, submit.user_data);
	if (err && copy_to_user(&user->result, &arg.result, sizeof(arg.result)))
		return -EFAULT;
	return err;
}

static long ioctl_cancel(struct zcx_queue *queue, void __user *argp)
{
	struct zcxfer_cancel cancel;
	int err;

	err = copy_in(&cancel, sizeof(cancel), sizeof(cancel), argp);
	if (err < 0)
		return err;
	if (cancel.flags)
		return -EINVAL;
	return zcx_queue_cancel(queue, cancel.user_data);
}

/**
 * zcx_ioctl - one call
 * @queue: the jobs of the device
 * @cmd: which call
 * @argp: its structure
 *
 * Return: as the ABI documents it.
 */
long zcx_ioctl(struct zcx_queue *queue, unsigned int cmd, void __user *argp)
{
	switch (cmd) {
	case ZCXFER_IOC_INFO:
		return ioctl_info(argp);
	case ZCXFER_IOC_SEND:
		return ioctl_transfer(ZCX_SEND, argp);
	case ZCXFER_IOC_RECV:
		return ioctl_transfer(ZCX_RECV, argp);
	case ZCXFER_IOC_SUBMIT:
		return ioctl_submit(queue, argp);
	case ZCXFER_IOC_CANCEL:
		return ioctl_cancel(queue, argp);
	default:
		return -ENOTTY;
	}
}
