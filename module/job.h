/* SPDX-License-Identifier: GPL-2.0-only */
/* A job, as the files that run it see it: submit.c and job_*.c. */
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
 * enum zcx_job_state - state of a job, as the task that runs it sees it
 * @ZCX_JOB_NEW: not started
 * @ZCX_JOB_MOVING: moves bytes, or waits until it can: on the socket's wait queue, on the
 *	lock of a page, for the retry timer, for a worker, or behind the head of its FIFO
 * @ZCX_JOB_DRAINING: moves no more bytes, and waits until TCP owns those it has moved
 * @ZCX_JOB_STOPPED: its completion was delivered by work that must not sleep; a worker
 *	will release what it holds
 * @ZCX_JOB_OVER: has its result; the queue delivers the completion
 */
enum zcx_job_state {
	ZCX_JOB_NEW,
	ZCX_JOB_MOVING,
	ZCX_JOB_DRAINING,
	ZCX_JOB_STOPPED,
	ZCX_JOB_OVER,
};

/**
 * struct zcx_job - a transfer that continues after the call that submitted it
 * @entry: the job, as its queue sees it; protected by the queue's lock
 * @again: set by a task that did not get @mutex: its holder must run the job once more
 * @mutex: held by the task that runs the job; protects @state, @xfer, @result, the
 *	positions, @parked and the wait entries
 * @state: see &enum zcx_job_state
 * @xfer: the transfer; its cancelled flag may be set in any context
 * @result: outcome of the transfer, valid in %ZCX_JOB_STOPPED and %ZCX_JOB_OVER
 * @sock_file: open file of the socket, held until the job is over
 * @cred: credentials of the submitter
 * @memcg: memory cgroup of the submitter
 * @missed_at: number of bytes moved when a page was last missing
 * @refused_at: number of bytes moved when the socket last took nothing despite room
 * @move: work item of workers that must not block: runs the job
 * @wait: work item of workers that may wait for a disk: runs the job
 * @stop: work item that ends the job without the workers of its device
 * @retry: timer that dispatches the job later
 * @parked: the socket's wait queue while @by_socket is on it, otherwise NULL
 * @by_socket: wait entry on the socket
 * @by_lease: wait entry at the leases
 * @by_page: wait entry on the page
 * @page_wait: true while the job waits for a page with @by_page, whose wake-up clears it
 *	without the mutex
 * @on_release: hook at the release of the pages
 */
struct zcx_job {
	struct zcx_entry entry;

	bool again;
	struct mutex mutex;	/* protects the members below */
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
	struct work_struct stop;
	struct timer_list retry;
	wait_queue_head_t *parked;
	wait_queue_entry_t by_socket;
	wait_queue_entry_t by_lease;
	struct wait_page_queue by_page;
	bool page_wait;
	struct zcx_release_hook on_release;
};

/*
 * Memory of a parked job, without its ranges if there are more than %ZCX_SMALL_RANGES.
 * Locks are larger with lockdep, and with PREEMPT_RT.
 */
static_assert(IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) ||
	      IS_ENABLED(CONFIG_PREEMPT_RT) || sizeof(struct zcx_job) <= 1240);

#endif /* _ZCX_JOB_H */
