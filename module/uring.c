// SPDX-License-Identifier: GPL-2.0-only
/*
 * The io_uring front end: a command (IORING_OP_URING_CMD) is a job, and its completion
 * queue entry reports the end of the job.
 *
 * io_uring holds a command that is not done at once, and with it the open device, until
 * the command is done. The task that ends the job does not complete the command, but
 * queues task work for the task that submitted it, because the result must be written
 * into the memory of that task. If that task has exited, a worker runs the task work,
 * without access to this memory.
 *
 * When a ring is closed, or its process calls exec, io_uring cancels the commands in a
 * loop until all are done. Therefore a cancelled command is done at once, and its job
 * ends on its own.
 */
#include <linux/io_uring/cmd.h>

#include "call.h"
#include "compat.h"
#include "submit.h"
#include "uring.h"

static struct zcx_job **uring_job_of(struct io_uring_cmd *cmd)
{
	return io_uring_cmd_to_pdu(cmd, struct zcx_job *);
}

/*
 * The caller's transfer. When a command is issued, its submission queue entry may have
 * been reused (6.12 copies the entry only with IOSQE_ASYNC, and not if the command waited
 * for another one), but io_uring always keeps its user_data.
 */
static struct zcxfer_transfer __user *uring_user_of(struct io_uring_cmd *cmd)
{
	return u64_to_user_ptr(cmd_to_io_kiocb(cmd)->cqe.user_data);
}

/* Zero only if the transfer is complete, since an error breaks a chain of links. */
static int uring_error(const struct zcx_job *job)
{
	const struct zcxfer_result *result = &job->result;

	if (result->stop == ZCXFER_STOP_EOF)
		return -ENODATA;
	if (!result->error && !zcx_job_is_released(job))
		return -ECANCELED;
	return -(int)result->error;
}

static void uring_done(struct io_uring_cmd *cmd, unsigned int issue_flags,
		       bool task_dead)
{
	struct zcx_job *job = *uring_job_of(cmd);
	const struct zcxfer_result *result = &job->result;
	int err = -EFAULT;

	/* A dead task may have no memory for the result any more. */
	if (!task_dead)
		err = zcx_call_put(uring_user_of(cmd), result) ?:
		      uring_error(job);
	/* io_uring does not cancel a command that is done, so the job may be freed. */
	io_uring_cmd_done32(cmd, err, result->bytes, issue_flags);
	zcx_job_put(job);
}

ZCX_DEFINE_URING_TASK_WORK(uring_done_in_task, uring_done)

static void uring_complete(void *arg)
{
	io_uring_cmd_do_in_task_lazy(arg, uring_done_in_task);
}

/* Does not write a result: the current memory may not be that of the submitter. */
static void uring_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	if (zcx_job_abandon(*uring_job_of(cmd)))
		io_uring_cmd_done32(cmd, -ECANCELED, 0, issue_flags);
}

static struct zcx_job *uring_make_job(struct zcx_queue *queue, enum zcx_direction dir,
				      struct zcxfer_transfer *call,
				      struct io_uring_cmd *cmd)
{
	/* A command has one completion. */
	if (call->flags & ZCXFER_F_NOTIFY)
		return ERR_PTR(zcx_call_refuse(call, ZCXFER_STOP_CALL, -EINVAL));
	return zcx_call_to_job(call, dir, queue,
			       cmd_to_io_kiocb(cmd)->cqe.user_data);
}

static int uring_submit(struct zcx_queue *queue, enum zcx_direction dir,
			struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct zcxfer_transfer __user *user = uring_user_of(cmd);
	struct zcxfer_transfer call;
	struct zcx_job *job;
	int err;

	err = zcx_call_get(&call, user) ?: zcx_call_can_put(user);
	if (err)
		return err;
	job = uring_make_job(queue, dir, &call, cmd);
	if (IS_ERR(job)) {
		err = zcx_call_put(user, &call.result) ?: PTR_ERR(job);
		/* After EAGAIN io_uring would issue the command again, in a worker. */
		return err == -EAGAIN ? -EBUSY : err;
	}

	*uring_job_of(cmd) = job;
	zcx_job_set_callback(job, uring_complete, cmd);
	io_uring_cmd_mark_cancelable(cmd, issue_flags);
	if (zcx_job_start(job))
		uring_done(cmd, issue_flags, false);
	return -EIOCBQUEUED;
}

/**
 * zcx_uring_cmd - issue or cancel a command of io_uring
 * @queue: the queue of the device
 * @cmd: the command
 * @issue_flags: context of the call; %IO_URING_F_CANCEL to cancel
 *
 * Return: -EIOCBQUEUED if io_uring_cmd_done32() is called once; otherwise an error, or 0
 * for a cancel.
 */
int zcx_uring_cmd(struct zcx_queue *queue, struct io_uring_cmd *cmd,
		  unsigned int issue_flags)
{
	if (issue_flags & IO_URING_F_CANCEL) {
		uring_cancel(cmd, issue_flags);
		return 0;
	}
	/* There is no I/O to poll for. From 7.3 on, drivers must refuse such rings. */
	if (cmd_to_io_kiocb(cmd)->ctx->flags & IORING_SETUP_IOPOLL)
		return -EOPNOTSUPP;
	/* Registered buffers are not supported. */
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
