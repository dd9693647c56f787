// SPDX-License-Identifier: GPL-2.0
/*
 * The io_uring front end: a command (IORING_OP_URING_CMD) is a job, and its
 * completion queue entry tells of its end.
 *
 * A command that cannot be done at once stays with io_uring until it is, and with
 * it the open device. The one who moved the job last does not do it but has it
 * done by the task that submitted it (task work): the result goes into the memory
 * of that task. If that has exited a worker does it, which has no memory.
 *
 * When a ring goes, or a process executes another program, it asks for its commands
 * to be cancelled again and again, and waits. So a command is done at once then, and
 * the job ends on its own.
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
 * The caller's transfer. The submission queue entry need not be there any more when
 * a command is issued (6.12 keeps a copy only of one that begins with IOSQE_ASYNC,
 * not of one that waited for another), but its user_data is always.
 */
static struct zcxfer_transfer __user *uring_user_of(struct io_uring_cmd *cmd)
{
	return u64_to_user_ptr(cmd_to_io_kiocb(cmd)->cqe.user_data);
}

/* An error for all that is not the end: it breaks a chain of linked commands. */
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

	/* If the task is dead its memory, where the result belongs, may be gone. */
	if (!task_dead)
		err = zcx_call_put(uring_user_of(cmd), result) ?:
		      uring_error(job);
	/* From here on it may not be asked to be cancelled: the job can go. */
	io_uring_cmd_done32(cmd, err, result->bytes, issue_flags);
	zcx_job_put(job);
}

ZCX_DEFINE_URING_TASK_WORK(uring_done_in_task, uring_done)

static void uring_complete(void *arg)
{
	io_uring_cmd_do_in_task_lazy(arg, uring_done_in_task);
}

/* Its memory may not be the current one. */
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
		/* To io_uring EAGAIN means: again, in a task that may wait. */
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
 * zcx_uring_cmd - a command of io_uring
 * @queue: the jobs of the device
 * @cmd: the command
 * @issue_flags: how it is called, and whether it is to be cancelled
 *
 * Return: -EIOCBQUEUED, and io_uring_cmd_done32() is called once; or an error.
 */
int zcx_uring_cmd(struct zcx_queue *queue, struct io_uring_cmd *cmd,
		  unsigned int issue_flags)
{
	if (issue_flags & IO_URING_F_CANCEL) {
		uring_cancel(cmd, issue_flags);
		return 0;
	}
	/* There is nothing to poll here. 7.3 leaves it to us to refuse such rings. */
	if (cmd_to_io_kiocb(cmd)->ctx->flags & IORING_SETUP_IOPOLL)
		return -EOPNOTSUPP;
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
