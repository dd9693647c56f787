// SPDX-License-Identifier: GPL-2.0
/*
 * The io_uring front end: a command (IORING_OP_URING_CMD) is a job, and its
 * completion queue entry tells of its end.
 *
 * A command that cannot be done at once stays with io_uring until it is, and with
 * it the open device. The one who moved the job last does not do it but has it
 * done by the task that submitted it (task work): the result goes into the memory
 * of that task. If it is exiting the ring asks for the command to be cancelled, and
 * a worker without memory does it.
 */
#include <linux/io_uring/cmd.h>

#include "internal.h"

static_assert(sizeof(struct zcxfer_uring) == 16);

/* What is kept in the command. */
struct uring_job {
	struct zcx_job *job;
	struct zcxfer_transfer __user *user;
};

static struct uring_job *uring_job_of(struct io_uring_cmd *cmd)
{
	return io_uring_cmd_to_pdu(cmd, struct uring_job);
}

/* An error for all that is not the end: it breaks a chain of linked commands. */
static int uring_error(const struct zcxfer_result *result)
{
	return result->stop == ZCXFER_STOP_EOF ? -ENODATA : -(int)result->error;
}

static void uring_done(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct uring_job *uring = uring_job_of(cmd);
	struct zcx_job *job = uring->job;
	const struct zcxfer_result *result = zcx_job_result(job);
	int err = uring_error(result);

	if (!err && !zcx_job_is_released(job))
		err = -ECANCELED;
	if (current->mm)
		err = zcx_call_put(uring->user, result) ?: err;
	/* From here on it may not be asked to be cancelled: the job can go. */
	io_uring_cmd_done(cmd, err, result->bytes, issue_flags);
	zcx_job_put(job);
}

static void uring_tell(struct zcx_job *job, void *arg)
{
	io_uring_cmd_do_in_task_lazy(arg, uring_done);
}

static int uring_submit(struct zcx_queue *queue, enum zcx_way way,
			struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct zcxfer_uring *args = io_uring_sqe_cmd(cmd->sqe);
	struct zcxfer_transfer __user *user;
	struct zcxfer_transfer call;
	struct zcx_job *job;
	int err;

	user = u64_to_user_ptr(READ_ONCE(args->transfer));
	err = zcx_call_get(&call, user) ?: zcx_call_can_put(user);
	if (err)
		return err;
	/* A command has one completion. */
	if (call.flags & ZCXFER_F_NOTICE)
		return -EINVAL;
	job = zcx_call_to_job(&call, way, queue, READ_ONCE(args->user_data));
	if (IS_ERR(job)) {
		err = zcx_call_put(user, &call.result) ?: PTR_ERR(job);
		/*
		 * To io_uring EAGAIN means: from a task that may wait. That
		 * reads the entry again, which may be another by then.
		 */
		return err == -EAGAIN ? -EBUSY : err;
	}

	*uring_job_of(cmd) = (struct uring_job) { job, user };
	zcx_job_tell_by(job, uring_tell, cmd);
	io_uring_cmd_mark_cancelable(cmd, issue_flags);
	if (zcx_job_start(job))
		uring_done(cmd, issue_flags);
	return -EIOCBQUEUED;
}

/**
 * zcx_uring_cmd - a command of io_uring
 * @queue: the jobs of the device
 * @cmd: the command
 * @issue_flags: how it is called, and whether it is to be cancelled
 *
 * Return: -EIOCBQUEUED, and io_uring_cmd_done() is called once; or an error.
 */
int zcx_uring_cmd(struct zcx_queue *queue, struct io_uring_cmd *cmd,
		  unsigned int issue_flags)
{
	if (issue_flags & IO_URING_F_CANCEL) {
		zcx_queue_cancel_job(uring_job_of(cmd)->job);
		return 0;
	}
	/* Registered buffers mean nothing here. */
	if (cmd->flags & IORING_URING_CMD_MASK)
		return -EINVAL;
	switch (cmd->cmd_op) {
	case ZCXFER_IOC_SEND:
		return uring_submit(queue, ZCX_SEND, cmd, issue_flags);
	case ZCXFER_IOC_RECV:
		return uring_submit(queue, ZCX_RECV, cmd, issue_flags);
	default:
		return -ENOTTY;
	}
}
