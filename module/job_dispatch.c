// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dispatching jobs to workers, and the references that queued work holds.
 */
#include <linux/file.h>
#include <linux/sched.h>

#include "compat.h"
#include "job_dispatch.h"
#include "queue.h"
#include "sock.h"

/* Queued work holds a reference until it has run. */
static void job_queue_work(struct zcx_job *job, struct workqueue_struct *queue,
			   struct work_struct *work)
{
	zcx_entry_get(&job->entry);
	if (!queue_work(queue, work))
		zcx_entry_put(&job->entry);
}

/**
 * zcx_job_kick_worker - dispatch a job to a worker of its device; any context
 * @job: the job, to which the caller has a reference
 */
void zcx_job_kick_worker(struct zcx_job *job)
{
	job_queue_work(job, job->entry.queue->workers->move, &job->move);
}

/**
 * zcx_job_kick - dispatch a job to a worker; any context
 * @job: the job, to which the caller has a reference
 *
 * A cancelled job does not depend on the workers of its device, which may all be
 * blocked.
 */
void zcx_job_kick(struct zcx_job *job)
{
	if (READ_ONCE(job->xfer.cancelled))
		job_queue_work(job, zcx_stop_queue, &job->stop);
	else
		zcx_job_kick_worker(job);
}

/**
 * zcx_job_kick_waiter - dispatch a job to a worker that may wait for the disk
 * @job: the job
 */
void zcx_job_kick_waiter(struct zcx_job *job)
{
	job_queue_work(job, job->entry.queue->workers->wait, &job->wait);
}

/**
 * zcx_job_kick_later - dispatch a job after a delay
 * @job: the job
 * @delay: in jiffies
 *
 * The timer holds a reference while it is pending.
 */
void zcx_job_kick_later(struct zcx_job *job, unsigned long delay)
{
	zcx_entry_get(&job->entry);
	if (mod_timer(&job->retry, jiffies + delay))
		zcx_entry_put(&job->entry);
}

static void job_retry(struct timer_list *timer)
{
	struct zcx_job *job = container_of(timer, struct zcx_job, retry);

	zcx_job_kick(job);
	zcx_entry_put(&job->entry);
}

/**
 * zcx_job_dispatch_cancel - cancel queued work and the timer of a job that is over
 * @job: the job
 *
 * Work that runs already finds that the job is over.
 */
void zcx_job_dispatch_cancel(struct zcx_job *job)
{
	/* Both are rare, and the check costs less than to cancel. */
	if (work_pending(&job->wait) && cancel_work(&job->wait))
		zcx_entry_put(&job->entry);
	if (timer_pending(&job->retry) && timer_delete(&job->retry))
		zcx_entry_put(&job->entry);
}

/**
 * zcx_job_put_socket - drop the reference to the socket
 * @job: a job that is over
 *
 * If it is the last one the socket is closed here and now: a task would close it on its
 * way out of the kernel, but for kernel threads the kernel has one work for all files.
 * Nobody waits for the close, so it must not linger (SO_LINGER); what was sent is sent
 * all the same.
 */
void zcx_job_put_socket(struct zcx_job *job)
{
	if (!(current->flags & PF_KTHREAD)) {
		fput(job->sock_file);
	} else if (!zcx_fput_unless_last(job->sock_file)) {
		zcx_sock_dont_linger(job->xfer.sock);
		__fput_sync(job->sock_file);
	}
}

/**
 * zcx_job_dispatch_prepare - prepare a job for being dispatched
 * @job: the job, zeroed
 * @move: runs the job, and must not block
 * @wait: runs the job, and may wait for the disk
 * @stop: ends the job, and must not sleep for anything that user space controls
 */
void zcx_job_dispatch_prepare(struct zcx_job *job, work_func_t move,
			      work_func_t wait, work_func_t stop)
{
	INIT_WORK(&job->move, move);
	INIT_WORK(&job->wait, wait);
	INIT_WORK(&job->stop, stop);
	timer_setup(&job->retry, job_retry, 0);
}
