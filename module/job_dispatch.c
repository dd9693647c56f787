// SPDX-License-Identifier: GPL-2.0
/*
 * Dispatching jobs: the workqueues, and the references that queued work holds.
 *
 * Work that waits for disks has a workqueue of its own, so that slow disks do not delay
 * jobs that can move.
 */
#include <linux/file.h>
#include <linux/sched.h>

#include "compat.h"
#include "job_dispatch.h"

/* Maximum number of workers that read from disks or write to them at a time. */
#define MAX_WAITING	16

static struct workqueue_struct *move_queue;
static struct workqueue_struct *wait_queue;
static struct workqueue_struct *close_queue;

/* Queued work holds a reference until it has run. */
static void job_queue_work(struct zcx_job *job, struct workqueue_struct *queue,
			   struct work_struct *work)
{
	zcx_entry_get(&job->entry);
	if (!queue_work(queue, work))
		zcx_entry_put(&job->entry);
}

/**
 * zcx_job_kick - dispatch a job to a worker; any context
 * @job: the job, to which the caller has a reference
 */
void zcx_job_kick(struct zcx_job *job)
{
	job_queue_work(job, move_queue, &job->move);
}

/**
 * zcx_job_kick_waiter - dispatch a job to a worker that may wait for the disk
 * @job: the job
 */
void zcx_job_kick_waiter(struct zcx_job *job)
{
	job_queue_work(job, wait_queue, &job->wait);
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

static void job_close_work(struct work_struct *work)
{
	struct zcx_job *job = container_of(work, struct zcx_job, close);

	__fput_sync(job->sock_file);
	zcx_entry_put(&job->entry);
}

/**
 * zcx_job_put_socket - drop the reference to the socket
 * @job: a job that is over
 *
 * Closing a socket may take as long as SO_LINGER says. A task closes it when it returns
 * to user space. For kernel threads the kernel has a single work item for all files, in
 * which unrelated files would have to wait.
 */
void zcx_job_put_socket(struct zcx_job *job)
{
	if (!(current->flags & PF_KTHREAD))
		fput(job->sock_file);
	else if (!zcx_fput_unless_last(job->sock_file))
		job_queue_work(job, close_queue, &job->close);
}

/**
 * zcx_job_dispatch_prepare - prepare a job for being dispatched
 * @job: the job, zeroed
 * @move: work function that runs the job and must not block
 * @wait: work function that runs the job and may wait for the disk
 */
void zcx_job_dispatch_prepare(struct zcx_job *job, work_func_t move,
			      work_func_t wait)
{
	INIT_WORK(&job->move, move);
	INIT_WORK(&job->wait, wait);
	INIT_WORK(&job->close, job_close_work);
	timer_setup(&job->retry, job_retry, 0);
}

/**
 * zcx_job_dispatch_init - create the workqueues
 *
 * Return: 0 or -ENOMEM.
 */
int __init zcx_job_dispatch_init(void)
{
	move_queue = alloc_workqueue("zcxfer-move", WQ_UNBOUND, 0);
	wait_queue = alloc_workqueue("zcxfer-wait", WQ_UNBOUND | WQ_FREEZABLE,
				     MAX_WAITING);
	close_queue = alloc_workqueue("zcxfer-close", WQ_UNBOUND, 0);
	if (move_queue && wait_queue && close_queue)
		return 0;
	zcx_job_dispatch_exit();
	return -ENOMEM;
}

/**
 * zcx_job_dispatch_exit - undo zcx_job_dispatch_init()
 *
 * No job holds the module any more, but the last work may not have returned yet.
 */
void zcx_job_dispatch_exit(void)
{
	if (close_queue)
		destroy_workqueue(close_queue);
	if (wait_queue)
		destroy_workqueue(wait_queue);
	if (move_queue)
		destroy_workqueue(move_queue);
}
