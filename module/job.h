/* SPDX-License-Identifier: GPL-2.0 */
/* A job, as the files that run it see it: submit.c, job_run.c and those below. */
#ifndef _ZCX_JOB_H
#define _ZCX_JOB_H

#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <uapi/linux/zcxfer.h>

#include "entry.h"
#include "release.h"
#include "transfer.h"

/**
 * enum zcx_job_state - the life of a job, as those that run it see it
 * @ZCX_JOB_NEW: it was not started
 * @ZCX_JOB_MOVING: it moves bytes, or is parked until it can: on the socket's wait
 *	queue, on the lock of a page, on the retry timer, or behind the head of its FIFO
 * @ZCX_JOB_DRAINING: it has moved all that it will, and is over once TCP owns the data
 * @ZCX_JOB_OVER: its completion is the queue's to deliver
 */
enum zcx_job_state {
	ZCX_JOB_NEW,
	ZCX_JOB_MOVING,
	ZCX_JOB_DRAINING,
	ZCX_JOB_OVER,
};

/**
 * struct zcx_job - a transfer that goes on after the call that submitted it
 * @entry: the job in its queue, under the queue's lock
 * @again: a task that did not get @mutex wants the job to be run once more
 * @mutex: held by the task that runs the job; protects @state, @xfer, @result, the
 *	positions and the wait entries
 * @state: see &enum zcx_job_state
 * @xfer: the transfer; any context may set its cancelled flag
 * @result: what became of it, valid in %ZCX_JOB_OVER
 * @sock_file: keeps the socket
 * @cred: credentials of the submitter
 * @memcg: memory cgroup of the submitter
 * @missed_at: bytes moved when a page was missing last
 * @refused_at: bytes moved when the socket last took nothing although it had room
 * @move: runs the job in a worker that must not block
 * @wait: runs the job in a worker that may wait for the disk
 * @close: puts @sock_file, if that is the last reference
 * @retry: dispatches the job later
 * @parked: the socket's wait queue while @by_socket is on it, otherwise NULL
 * @by_socket: wait entry on the socket
 * @by_lease: wait entry at the leases
 * @by_page: wait entry on the page
 * @page_wait: the job waits for a page, and @by_page is in use; the page clears it,
 *	without the mutex
 * @on_release: called when the network stack has released all pages
 */
struct zcx_job {
	struct zcx_entry entry;

	bool again;
	struct mutex mutex;	/* of the task that runs the job */
	enum zcx_job_state state;
	struct zcx_xfer xfer;
	struct zcxfer_result result;
	struct file *sock_file;
	const struct cred *cred;
	struct mem_cgroup *memcg;
	u64 missed_at;
	u64 refused_at;

	struct work_struct move;
	struct work_struct wait;
	struct work_struct close;
	struct timer_list retry;
	wait_queue_head_t *parked;
	wait_queue_entry_t by_socket;
	wait_queue_entry_t by_lease;
	struct wait_page_queue by_page;
	bool page_wait;
	struct zcx_release_hook on_release;
};

/*
 * A parked job takes this much memory, besides its descriptors if they are many. Locks
 * that are checked, or that are real-time mutexes, are larger.
 */
static_assert(IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) ||
	      IS_ENABLED(CONFIG_PREEMPT_RT) || sizeof(struct zcx_job) <= 1240);

#endif /* _ZCX_JOB_H */
