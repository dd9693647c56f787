// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parking a job: on the socket's wait queue, on the lock of a page, at its leases. A
 * parked job needs memory but no task. Its wake-up functions only dispatch it.
 */
#include <linux/lockdep.h>
#include <linux/pagemap.h>
#include <linux/poll.h>

#include "job_dispatch.h"
#include "job_park.h"
#include "lease.h"
#include "sock.h"
#include "xfer.h"

static int wake_by_socket(wait_queue_entry_t *wait, unsigned int mode, int sync,
			  void *key)
{
	struct zcx_job *job = container_of(wait, struct zcx_job, by_socket);
	__poll_t events = key_to_poll(key);

	/* A wakeup without events may be any event. */
	if (!events || (events & (zcx_sock_events(job->xfer.dir) |
				  EPOLLERR | EPOLLHUP)))
		zcx_job_kick(job);
	return 0;
}

static int wake_by_lease(wait_queue_entry_t *wait, unsigned int mode, int sync,
			 void *key)
{
	zcx_job_kick(container_of(wait, struct zcx_job, by_lease));
	return 0;
}

/* The page is unlocked, and the wait entry leaves its queue for good. */
static int wake_by_page(wait_queue_entry_t *wait, unsigned int mode, int sync,
			void *key)
{
	struct wait_page_queue *page = container_of(wait, struct wait_page_queue,
						    wait);
	struct zcx_job *job = container_of(page, struct zcx_job, by_page);

	if (!wake_page_match(page, key))
		return 0;
	list_del_init(&wait->entry);
	/* From here on the entry may be reused. Pairs with job_may_move(), job_run.c. */
	smp_store_release(&job->page_wait, false);
	zcx_job_kick(job);
	zcx_entry_put(&job->entry);
	return 1;
}

/* A poll table that puts the job's entry on the socket's wait queue. */
struct job_poll {
	struct poll_table_struct table;
	struct zcx_job *job;
};

static void job_poll_queue(struct file *file, wait_queue_head_t *head,
			   struct poll_table_struct *table)
{
	struct zcx_job *job = container_of(table, struct job_poll, table)->job;

	/* A stream socket has one wait queue. */
	if (WARN_ON_ONCE(job->parked))
		return;
	job->parked = head;
	add_wait_queue(head, &job->by_socket);
}

/**
 * zcx_job_unpark - leave the socket's wait queue
 * @job: the job
 */
void zcx_job_unpark(struct zcx_job *job)
{
	if (job->parked)
		remove_wait_queue(job->parked, &job->by_socket);
	job->parked = NULL;
}

/**
 * zcx_job_park_on_socket - wait for room in the socket, or for data
 * @job: the job
 *
 * Return: true if the socket will dispatch the job, false if it is ready.
 */
bool zcx_job_park_on_socket(struct zcx_job *job)
{
	struct job_poll poll = { .job = job };

	lockdep_assert_held(&job->mutex);
	init_waitqueue_func_entry(&job->by_socket, wake_by_socket);
	init_poll_funcptr(&poll.table, job_poll_queue);
	poll.table._key = zcx_sock_events(job->xfer.dir);
	if (!zcx_sock_is_ready(job->xfer.sock, job->xfer.dir, &poll.table))
		return true;
	zcx_job_unpark(job);
	return false;
}

/**
 * zcx_job_park_on_page - wait for the page that is missing
 * @job: the job
 *
 * The job waits on the lock of the page if the file supports that, as in
 * io_uring/rw.c:io_async_buf_func(); otherwise in a worker that may block.
 *
 * Return: true if the job will be dispatched, false if the page is in memory by now.
 */
bool zcx_job_park_on_page(struct zcx_job *job)
{
	u64 bytes = job->xfer.counts.bytes;
	bool again = job->missed_at == bytes;
	int err;

	lockdep_assert_held(&job->mutex);
	job->missed_at = bytes;
	job->by_page = (struct wait_page_queue) { };
	init_waitqueue_func_entry(&job->by_page.wait, wake_by_page);
	INIT_LIST_HEAD(&job->by_page.wait.entry);
	job->page_wait = true;
	zcx_entry_get(&job->entry);
	/* If the page is unlocked and still missing, only the file itself can read it. */
	err = again ? -EAGAIN : zcx_xfer_await(&job->xfer, &job->by_page);
	if (err == -EIOCBQUEUED)
		return true;
	job->page_wait = false;
	zcx_entry_put(&job->entry);
	if (err)
		zcx_job_kick_waiter(job);
	return err;
}

/**
 * zcx_job_watch_leases - dispatch a job when a writer waits for one of its files
 * @job: a job whose transfer has leases
 */
void zcx_job_watch_leases(struct zcx_job *job)
{
	init_waitqueue_func_entry(&job->by_lease, wake_by_lease);
	zcx_leases_watch(job->xfer.leases, &job->by_lease);
}

/**
 * zcx_job_unwatch_leases - undo zcx_job_watch_leases()
 * @job: the job
 */
void zcx_job_unwatch_leases(struct zcx_job *job)
{
	zcx_leases_unwatch(job->xfer.leases, &job->by_lease);
}
