// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a job. A job moves as far as it can without waiting. Then it is parked, on
 * the socket's wait queue or on the lock of a page that is being read, so it needs no
 * thread. The submitter runs it first, and workers run it later. I/O that only a task
 * can wait for, such as direct I/O, is left to workers that may block, which are few.
 *
 * A task that runs a job holds the job's mutex. Events meanwhile (room in the socket, a
 * page, a cancel) only queue its work. Therefore a job changes in only one place,
 * job_run_locked(), one step after another.
 */
#include <linux/cred.h>
#include <linux/lockdep.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>

#include "job_dispatch.h"
#include "job_park.h"
#include "job_run.h"
#include "lease.h"
#include "queue.h"
#include "report.h"
#include "sock.h"
#include "xfer.h"

/* The task that runs a job. */
enum runner {
	RUNNER_SUBMITTER,	/* must not even start to read */
	RUNNER_WORKER,		/* must not wait for a disk */
	RUNNER_WAITER,		/* may wait for both */
	RUNNER_STOPPER,		/* only ends the job, and must not sleep */
};

/**
 * zcx_job_put_submitter - drop the references to the submitter's credentials
 * @job: the job
 */
void zcx_job_put_submitter(struct zcx_job *job)
{
	put_cred(job->cred);
	mem_cgroup_put(job->memcg);
}

/* True if bytes are missing from the stream, so that later ones must not follow. */
static bool job_leaves_gap(const struct zcx_job *job)
{
	return job->xfer.verdict != ZCX_DONE &&
	       (job->xfer.verdict != ZCX_CANCELLED || job->xfer.counts.bytes);
}

/* Report how the job ended, and deliver the completion. Does not sleep. */
static void job_deliver(struct zcx_job *job)
{
	zcx_report(&job->xfer, &job->result);
	zcx_queue_complete(&job->entry, job_leaves_gap(job),
			   job->state == ZCX_JOB_STOPPED);
}

static void job_end(struct zcx_job *job)
{
	lockdep_assert_held(&job->mutex);
	zcx_job_dispatch_cancel(job);
	if (job->xfer.leases)
		zcx_job_unwatch_leases(job);
	zcx_xfer_finish(&job->xfer);
}

/*
 * Everything is released before the completion is delivered, except for the socket: its
 * address is the key of the FIFO.
 */
static void job_complete(struct zcx_job *job)
{
	job_end(job);
	job->state = ZCX_JOB_OVER;
	zcx_xfer_release(&job->xfer);
	job_deliver(job);
	zcx_job_put_socket(job);
}

/* End a cancelled job without sleeping. A worker of the device releases what it holds. */
static void job_stop(struct zcx_job *job)
{
	/* A job that drains has moved all that it will. */
	if (job->state == ZCX_JOB_MOVING)
		zcx_xfer_end(&job->xfer, ZCX_CANCELLED, -ECANCELED);
	job_end(job);
	job->state = ZCX_JOB_STOPPED;
	job_deliver(job);
	zcx_job_kick_worker(job);
}

static void job_release_stopped(struct zcx_job *job)
{
	job->state = ZCX_JOB_OVER;
	zcx_xfer_release(&job->xfer);
	zcx_job_put_socket(job);
	zcx_job_put_submitter(job);
	zcx_queue_let_go(&job->entry);
}

/* True if the job must stop now, regardless of what it waits for. */
static bool job_must_stop(const struct zcx_job *job)
{
	return READ_ONCE(job->xfer.cancelled) ||
	       zcx_leases_broken(job->xfer.leases);
}

/* Returns 0 if TCP owns the data or the job does not wait for that, or -EAGAIN. */
static int job_drained(const struct zcx_job *job)
{
	if (job->xfer.dir != ZCX_SEND || job_must_stop(job) ||
	    (job->xfer.flags & ZCXFER_F_DONTWAIT) ||
	    job->xfer.verdict == ZCX_BAD_SOCKET)
		return 0;
	return zcx_sock_drained(job->xfer.sock);
}

/*
 * Nothing more will be moved. The caller may close the socket once it sees the
 * completion, so TCP must own the data first.
 */
static void job_drain(struct zcx_job *job)
{
	int err = job_drained(job);

	if (err != -EAGAIN) {
		if (err)
			zcx_xfer_end(&job->xfer, ZCX_BAD_SOCKET, err);
		job_complete(job);
		return;
	}
	job->state = ZCX_JOB_DRAINING;
	/* If there is room, kTLS is about to use it, and will wake nobody then. */
	if (!zcx_job_park_on_socket(job))
		zcx_job_kick_later(job, 1);
}

static enum zcx_disk job_disk(const struct zcx_job *job, enum runner runner)
{
	if ((job->xfer.flags & ZCXFER_F_CACHED) || runner == RUNNER_SUBMITTER)
		return ZCX_DISK_NEVER;
	return runner == RUNNER_WORKER ? ZCX_DISK_START : ZCX_DISK_WAIT;
}

/*
 * Checks a socket to receive from again, because it may have changed since the job was
 * submitted.
 */
static enum zcx_verdict job_step(struct zcx_job *job, enum runner runner)
{
	struct socket *sock = job->xfer.sock;

	job->xfer.gather.disk = job_disk(job, runner);
	job->xfer.gather.may_block = runner == RUNNER_WAITER;
	if (job->xfer.dir == ZCX_RECV)
		sock = zcx_sock_of(job->sock_file, ZCX_RECV);
	if (!IS_ERR(sock))
		return zcx_xfer_step(&job->xfer);
	zcx_xfer_end_socket(&job->xfer, PTR_ERR(sock));
	return job->xfer.verdict;
}

/* Wait for the socket. Returns true if the job must move again at once. */
static bool job_await_socket(struct zcx_job *job)
{
	bool again = job->refused_at == job->xfer.counts.bytes;

	job->refused_at = U64_MAX;
	if (zcx_job_park_on_socket(job))
		return false;
	job->refused_at = job->xfer.counts.bytes;
	if (!again)
		return true;
	/* A socket that has room and takes nothing lacks memory. */
	zcx_job_kick_later(job, HZ / 50 + 1);
	return false;
}

/*
 * True if a miss ends the job (%ZCXFER_F_CACHED). Some sources can establish a miss
 * only in a task that may block.
 */
static bool job_miss_ends(const struct zcx_job *job, enum runner runner)
{
	return (job->xfer.flags & ZCXFER_F_CACHED) &&
	       (runner == RUNNER_WAITER || zcx_xfer_miss_is_certain(&job->xfer));
}

/* Move the job by one step. Returns true if it must move again at once. */
static bool job_move(struct zcx_job *job, enum runner runner)
{
	enum zcx_verdict verdict;

	/* The task that holds a lock of the socket may sleep for as long as it likes. */
	if (runner != RUNNER_WAITER && job->xfer.dir == ZCX_SEND &&
	    !job_must_stop(job) && zcx_sock_is_busy(job->xfer.sock)) {
		zcx_job_kick_waiter(job);
		return false;
	}
	if (job->state == ZCX_JOB_DRAINING) {
		job_drain(job);
		return false;
	}
	verdict = job_step(job, runner);
	if (verdict != ZCX_WOULD_BLOCK)
		job->refused_at = U64_MAX;
	switch (verdict) {
	case ZCX_WOULD_BLOCK:
		if (job->xfer.flags & ZCXFER_F_DONTWAIT)
			break;
		return job_await_socket(job);
	case ZCX_MISS:
		if (job_miss_ends(job, runner))
			break;
		if (runner != RUNNER_SUBMITTER)
			return !zcx_job_park_on_page(job);
		zcx_job_kick(job);
		return false;
	case ZCX_SIGNAL:
		/* A signal of the submitter does not end the job. */
		if (runner != RUNNER_SUBMITTER)
			break;
		fallthrough;
	case ZCX_YIELD:
		zcx_job_kick(job);
		return false;
	default:
		break;
	}
	job_drain(job);
	return false;
}

/* Move the job as far as it goes, with the submitter's credentials and memory cgroup. */
static void job_move_on(struct zcx_job *job, enum runner runner)
{
	struct mem_cgroup *memcg = set_active_memcg(job->memcg);
	const struct cred *cred = override_creds(job->cred);

	while (job_move(job, runner))
		cond_resched();
	revert_creds(cred);
	set_active_memcg(memcg);
	/* These may be the last references, so the task must not use them any more. */
	if (job->state == ZCX_JOB_OVER)
		zcx_job_put_submitter(job);
}

static bool job_may_move(const struct zcx_job *job)
{
	if (job->state != ZCX_JOB_MOVING && job->state != ZCX_JOB_DRAINING)
		return false;
	if (job_must_stop(job))
		return true;
	if (!READ_ONCE(job->entry.at_head))
		return false;
	/* Pairs with wake_by_page(). */
	return !smp_load_acquire(&job->page_wait);
}

/*
 * True if the job needs a task that may block from its first byte on: for direct I/O,
 * and for writes.
 */
static bool job_needs_waiter(const struct zcx_job *job)
{
	if (job_must_stop(job) || job->state == ZCX_JOB_DRAINING)
		return false;
	return job->xfer.dir == ZCX_RECV ||
	       (job->xfer.flags & (ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE));
}

static void job_run_locked(struct zcx_job *job, enum runner runner)
{
	lockdep_assert_held(&job->mutex);
	/* Events from here on set the flag again. */
	smp_store_mb(job->again, false);
	zcx_job_unpark(job);
	if (job->state == ZCX_JOB_STOPPED) {
		if (runner == RUNNER_STOPPER)
			zcx_job_kick_worker(job);
		else
			job_release_stopped(job);
		return;
	}
	if (!job_may_move(job))
		return;
	if (runner == RUNNER_STOPPER)
		job_stop(job);
	else if (runner != RUNNER_WAITER && job_needs_waiter(job))
		zcx_job_kick_waiter(job);
	else
		job_move_on(job, runner);
}

/* A task that failed the trylock meanwhile relies on us to run the job again. */
static void job_unlock(struct zcx_job *job)
{
	mutex_unlock(&job->mutex);
	/* Pairs with job_run(). */
	smp_mb();
	if (READ_ONCE(job->again))
		zcx_job_kick(job);
}

/*
 * Run a job. If another task runs it already, that task will run it once more: a worker
 * must not wait for the mutex, because other jobs need the worker.
 */
static void job_run(struct zcx_job *job, enum runner runner)
{
	WRITE_ONCE(job->again, true);
	/* Either we get the mutex, or its holder sees @again. */
	smp_mb();
	if (mutex_trylock(&job->mutex)) {
		job_run_locked(job, runner);
		job_unlock(job);
	}
	zcx_entry_put(&job->entry);
}

static void job_move_work(struct work_struct *work)
{
	job_run(container_of(work, struct zcx_job, move), RUNNER_WORKER);
}

static void job_wait_work(struct work_struct *work)
{
	job_run(container_of(work, struct zcx_job, wait), RUNNER_WAITER);
}

static void job_stop_work(struct work_struct *work)
{
	job_run(container_of(work, struct zcx_job, stop), RUNNER_STOPPER);
}

/**
 * zcx_job_run_prepare - prepare a job for being run
 * @job: the job, zeroed
 */
void zcx_job_run_prepare(struct zcx_job *job)
{
	mutex_init(&job->mutex);
	zcx_job_dispatch_prepare(job, job_move_work, job_wait_work,
				 job_stop_work);
	job->missed_at = U64_MAX;
	job->refused_at = U64_MAX;
}

/**
 * zcx_job_run_first - start a job, and run it as its submitter
 * @job: the job, with a transfer that has all its descriptors
 *
 * Sends the bytes that are in memory and fit into the socket at once, without a switch
 * to a worker. Does not wait for a disk.
 *
 * Return: as zcx_queue_started().
 */
bool zcx_job_run_first(struct zcx_job *job)
{
	bool over;

	mutex_lock(&job->mutex);
	if (job->xfer.leases)
		zcx_job_watch_leases(job);
	job->state = ZCX_JOB_MOVING;
	zcx_queue_start(&job->entry);
	job_run_locked(job, RUNNER_SUBMITTER);
	over = zcx_queue_started(&job->entry);
	/* zcx_queue_abandon() dispatches no job that is being submitted. */
	if (READ_ONCE(job->xfer.cancelled))
		zcx_job_kick(job);
	job_unlock(job);
	return over;
}
