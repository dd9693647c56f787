// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: transfers that continue after the calls that submitted them. This file creates
 * and starts them; job_run.c moves them, and queue.c delivers their completions.
 *
 * A job holds everything that it needs, so that its submitter may close its files,
 * unmap its memory, and exit. It runs with the submitter's credentials, and is charged
 * to the submitter's memory cgroup.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "cancel.h"
#include "job_dispatch.h"
#include "job_run.h"
#include "queue.h"
#include "report.h"
#include "sock.h"
#include "stats.h"
#include "submit.h"
#include "workers.h"
#include "xfer.h"

static struct kmem_cache *job_cache;

#define job_of(ptr)	container_of_const(ptr, struct zcx_job, entry)

static void job_stop(struct zcx_entry *entry)
{
	WRITE_ONCE(job_of(entry)->xfer.cancelled, true);
}

static void job_kick(struct zcx_entry *entry)
{
	zcx_job_kick(job_of(entry));
}

static void job_fill(const struct zcx_entry *entry,
		     struct zcxfer_completion *completion)
{
	const struct zcx_job *job = job_of(entry);

	completion->op = job->xfer.dir == ZCX_SEND ? ZCXFER_OP_SEND :
						     ZCXFER_OP_RECV;
	completion->result = job->result;
}

static void job_free(struct zcx_entry *entry)
{
	struct zcx_queue *queue = entry->queue;

	zcx_stat_add(jobs_held, -1);
	kmem_cache_free(job_cache, job_of(entry));
	/* The queue holds the module, and with it the cache. */
	zcx_queue_put(queue);
}

static const struct zcx_entry_ops job_ops = {
	.stop	= job_stop,
	.kick	= job_kick,
	.fill	= job_fill,
	.free	= job_free,
};

static void job_init_entry(struct zcx_job *job,
			   const struct zcxfer_transfer *call, u64 user_data)
{
	struct zcx_entry *entry = &job->entry;

	kref_init(&entry->ref);
	entry->ops = &job_ops;
	entry->owner = current->files;
	entry->user_data = user_data;
	entry->notify = call->flags & ZCXFER_F_NOTIFY;
	entry->release_pending = call->flags & ZCX_RELEASE_FLAGS;
}

/* The FIFO's key. A socket's address is even, so the direction fits into its last bit. */
static unsigned long job_fifo(const struct socket *sock, enum zcx_direction dir)
{
	return (unsigned long)sock + dir;
}

/**
 * zcx_job_alloc - create a job
 * @queue: the queue of the device
 * @dir: direction of the transfer
 * @call: the call that submits the job
 * @user_data: the caller's name for the job
 *
 * The caller adds the descriptors to the job, and then passes it to zcx_job_start() or
 * zcx_job_discard().
 *
 * Return: the job, or an ERR_PTR(): -EBADF, -ENOMEM, or an error of zcx_queue_enter()
 * for the queue or of zcx_sock_of() for the socket.
 */
struct zcx_job *zcx_job_alloc(struct zcx_queue *queue, enum zcx_direction dir,
			      const struct zcxfer_transfer *call,
			      u64 user_data)
{
	struct zcx_job *job = kmem_cache_zalloc(job_cache, GFP_KERNEL_ACCOUNT);
	struct socket *sock;
	int err;

	if (!job)
		return ERR_PTR(-ENOMEM);
	job_init_entry(job, call, user_data);
	zcx_job_run_prepare(job);

	job->sock_file = fget(call->sock_fd);
	err = -EBADF;
	if (!job->sock_file)
		goto free;
	sock = zcx_sock_of(job->sock_file, dir);
	err = PTR_ERR_OR_ZERO(sock);
	if (err)
		goto put_sock;
	err = zcx_queue_enter(queue, &job->entry, sizeof(*job));
	if (err)
		goto put_sock;
	zcx_queue_charge(&job->entry, zcx_ranges_size(call->nr_descs));
	err = zcx_xfer_init(&job->xfer, dir, true, sock, queue->user, call);
	if (err)
		goto leave;
	job->entry.fifo = job_fifo(sock, dir);
	job->cred = get_current_cred();
	job->memcg = get_mem_cgroup_from_mm(current->mm);
	zcx_stat_add(jobs_held, 1);
	return job;

leave:
	zcx_queue_leave(&job->entry);
	zcx_queue_put(queue);
put_sock:
	fput(job->sock_file);
free:
	kmem_cache_free(job_cache, job);
	return ERR_PTR(err);
}

/**
 * zcx_job_is_released - check whether the release that a job has to report has happened
 * @job: a job that is over
 *
 * Return: true if the network stack has released all pages, or if the job does not
 * report that.
 */
bool zcx_job_is_released(const struct zcx_job *job)
{
	return !(job->xfer.flags & ZCX_RELEASE_FLAGS) ||
	       (job->entry.flags & ZCXFER_COMPLETION_RELEASED);
}

/**
 * zcx_job_set_callback - deliver the completion to a callback instead of to readers
 *	of the device
 * @job: a job that was not started
 * @callback: called once, under a spinlock, when the job is over; takes over a reference
 *	to the job. Not called if the job is abandoned, or if zcx_job_start() returns
 *	true
 * @arg: argument of @callback
 *
 * Such a job is not cancelled when its submitter closes the device.
 */
void zcx_job_set_callback(struct zcx_job *job,
			  void (*callback)(void *arg), void *arg)
{
	job->entry.callback = callback;
	job->entry.callback_arg = arg;
	job->entry.owner = NULL;
}

/**
 * zcx_job_abandon - cancel a job, and drop its completion
 * @job: a job with a callback, which the caller keeps from being freed
 *
 * Return: as zcx_queue_abandon().
 */
bool zcx_job_abandon(struct zcx_job *job)
{
	return zcx_queue_abandon(&job->entry);
}

/**
 * zcx_job_put - drop a reference; any context
 * @job: the job
 */
void zcx_job_put(struct zcx_job *job)
{
	zcx_entry_put(&job->entry);
}

/**
 * zcx_job_charge - charge for what a job holds beside itself
 * @job: a job that was not started, with all its descriptors
 */
void zcx_job_charge(struct zcx_job *job)
{
	zcx_queue_charge(&job->entry, zcx_ranges_held(&job->xfer.ranges));
}

/**
 * zcx_job_discard - end a job that was not started
 * @job: the job
 * @result: out: the result of its transfer
 *
 * Return: the error with which its transfer has ended.
 */
int zcx_job_discard(struct zcx_job *job, struct zcxfer_result *result)
{
	int err;

	zcx_xfer_finish(&job->xfer);
	zcx_xfer_release(&job->xfer);
	err = zcx_report(&job->xfer, result);
	zcx_job_put_submitter(job);
	fput(job->sock_file);
	zcx_queue_leave(&job->entry);
	zcx_job_put(job);
	return err;
}

static void job_released(struct zcx_release_hook *hook, bool copied)
{
	struct zcx_job *job = container_of(hook, struct zcx_job, on_release);

	zcx_queue_released(&job->entry, copied);
	zcx_job_put(job);
}

/**
 * zcx_job_start - start a job
 * @job: the job; the caller's reference goes to the receiver of the completion
 *
 * Return: true if the job is over and has a callback, which was not called: the caller
 * must report the completion, and keeps its reference.
 */
bool zcx_job_start(struct zcx_job *job)
{
	bool over;

	zcx_entry_get(&job->entry);
	if (job->entry.release_pending) {
		zcx_entry_get(&job->entry);
		zcx_release_add(job->xfer.release, &job->on_release,
				job_released);
	}
	over = zcx_job_run_first(job);
	zcx_job_put(job);
	return over;
}

/**
 * zcx_jobs_init - create the workqueues and the cache of jobs
 *
 * Return: 0 or -ENOMEM.
 */
int __init zcx_jobs_init(void)
{
	int err = zcx_workers_init();

	if (err)
		return err;
	job_cache = KMEM_CACHE_USERCOPY(zcx_job, SLAB_ACCOUNT, result);
	if (job_cache)
		return 0;
	zcx_workers_exit();
	return -ENOMEM;
}

/**
 * zcx_jobs_exit - undo zcx_jobs_init()
 */
void zcx_jobs_exit(void)
{
	zcx_workers_exit();
	kmem_cache_destroy(job_cache);
}
