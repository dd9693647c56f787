// SPDX-License-Identifier: GPL-2.0
/*
 * A job: a transfer that goes on after the call that submitted it.
 *
 * It has no thread. It is moved on as far as it can be without waiting, first by
 * who submits it and then by a worker, and parked in between: on the socket's wait
 * queue, or on the lock of the page that is being read. Only what can be waited
 * for in no other way goes to workers that wait, and of those there are few.
 *
 * Whoever moves a job holds its mutex; whatever happens to it (room in the socket,
 * a page, a cancel) only queues its work. So all that is done to a job is done at
 * one place, job_run(), one after another.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "internal.h"
#include "job.h"
#include "stats.h"

/* Jobs that wait for a disk, or write to one, at a time. */
#define MAX_WAITING	16

/* Who moves a job. */
enum mover {
	MOVER_SUBMITTER,	/* must not even start to read */
	MOVER_WORKER,		/* must not wait for a disk */
	MOVER_WAITER,
};

static struct workqueue_struct *move_queue;
static struct workqueue_struct *wait_queue;
static struct workqueue_struct *close_queue;
static struct kmem_cache *job_cache;

static void job_free(struct kref *ref)
{
	struct zcx_job *job = container_of(ref, struct zcx_job, ref);
	struct zcx_queue *queue = job->queue;

	zcx_stat_add(jobs_held, -1);
	kmem_cache_free(job_cache, job);
	/* It holds the module, and that the cache. */
	zcx_queue_put(queue);
}

/**
 * zcx_job_put - give a reference to a job back
 * @job: the job
 *
 * In any context.
 */
void zcx_job_put(struct zcx_job *job)
{
	kref_put(&job->ref, job_free);
}

/* A work, while it is queued, has a reference of its own. */
static void job_queue_work(struct zcx_job *job, struct workqueue_struct *queue,
			   struct work_struct *work)
{
	kref_get(&job->ref);
	if (!queue_work(queue, work))
		zcx_job_put(job);
}

/**
 * zcx_job_kick - have a job looked at
 * @job: the job, to which the caller has a reference
 *
 * In any context.
 */
void zcx_job_kick(struct zcx_job *job)
{
	job_queue_work(job, move_queue, &job->move);
}

static void job_kick_by_waiter(struct zcx_job *job)
{
	job_queue_work(job, wait_queue, &job->wait);
}

static void job_kick_later(struct zcx_job *job, unsigned long delay)
{
	kref_get(&job->ref);
	if (!queue_delayed_work(move_queue, &job->nap, delay))
		zcx_job_put(job);
}

static int wake_by_socket(wait_queue_entry_t *wait, unsigned int mode, int sync,
			  void *key)
{
	struct zcx_job *job = container_of(wait, struct zcx_job, by_socket);
	__poll_t events = key_to_poll(key);

	/* None: whatever it is, look. */
	if (!events || (events & (job->poll._key | EPOLLERR | EPOLLHUP)))
		zcx_job_kick(job);
	return 0;
}

static int wake_by_lease(wait_queue_entry_t *wait, unsigned int mode, int sync,
			 void *key)
{
	zcx_job_kick(container_of(wait, struct zcx_job, by_lease));
	return 0;
}

/* The page is unlocked. It is the last that this wait is used for. */
static int wake_by_page(wait_queue_entry_t *wait, unsigned int mode, int sync,
			void *key)
{
	struct wait_page_queue *page = container_of(wait, struct wait_page_queue,
						    wait);
	struct zcx_job *job = container_of(page, struct zcx_job, by_page);

	if (!wake_page_match(page, key))
		return 0;
	list_del_init(&wait->entry);
	/* The entry may be used again: pairs with job_is_to_move(). */
	smp_store_release(&job->awaits_page, false);
	zcx_job_kick(job);
	zcx_job_put(job);
	return 1;
}

static void job_poll_queue(struct file *file, wait_queue_head_t *head,
			   struct poll_table_struct *poll)
{
	struct zcx_job *job = container_of(poll, struct zcx_job, poll);

	/* A stream socket has one. */
	if (WARN_ON_ONCE(job->parked))
		return;
	job->parked = head;
	add_wait_queue(head, &job->by_socket);
}

static void job_unpark(struct zcx_job *job)
{
	if (job->parked)
		remove_wait_queue(job->parked, &job->by_socket);
	job->parked = NULL;
}

/* Wait for room in the socket, or for data. Returns false if there is some by now. */
static bool job_park_on_socket(struct zcx_job *job)
{
	init_waitqueue_func_entry(&job->by_socket, wake_by_socket);
	init_poll_funcptr(&job->poll, job_poll_queue);
	job->poll._key = zcx_sock_events(job->xfer.dir);
	if (!zcx_sock_is_ready(job->xfer.sock, job->xfer.dir, &job->poll))
		return true;
	job_unpark(job);
	return false;
}

/*
 * The page that is missing: be told when it is there, or have it waited for.
 * Returns false if it is there by now.
 */
static bool job_park_on_page(struct zcx_job *job)
{
	u64 bytes = job->xfer.counts.bytes;
	bool again = job->missed == bytes;
	int err;

	job->missed = bytes;
	job->by_page = (struct wait_page_queue) { };
	init_waitqueue_func_entry(&job->by_page.wait, wake_by_page);
	INIT_LIST_HEAD(&job->by_page.wait.entry);
	job->awaits_page = true;
	kref_get(&job->ref);
	/* What is there, and yet cannot be taken, only the file can read. */
	err = again ? -EAGAIN : zcx_cache_await(&job->xfer, &job->by_page);
	if (err == -EIOCBQUEUED)
		return true;
	job->awaits_page = false;
	zcx_job_put(job);
	if (err)
		job_kick_by_waiter(job);
	return err;
}

static void job_put_submitter(struct zcx_job *job)
{
	put_cred(job->cred);
	mem_cgroup_put(job->memcg);
}

static void job_close_work(struct work_struct *work)
{
	struct zcx_job *job = container_of(work, struct zcx_job, close);

	__fput_sync(job->sock_file);
	zcx_job_put(job);
}

/*
 * To close a socket may take as long as SO_LINGER says. A task does it on its way
 * out of the kernel; what the kernel has for workers is one work for all files.
 */
static void job_put_socket(struct zcx_job *job)
{
	if (!(current->flags & PF_KTHREAD))
		fput(job->sock_file);
	else if (!zcx_fput_unless_last(job->sock_file))
		job_queue_work(job, close_queue, &job->close);
}

/* The socket goes last: it names the line. */
static void job_complete(struct zcx_job *job)
{
	job->running = false;
	/* To ask costs less than to cancel what is seldom there. */
	if (work_pending(&job->wait) && cancel_work(&job->wait))
		zcx_job_put(job);
	if (delayed_work_pending(&job->nap) && cancel_delayed_work(&job->nap))
		zcx_job_put(job);
	if (job->xfer.leases)
		zcx_leases_unwatch(job->xfer.leases, &job->by_lease);
	zcx_xfer_release(&job->xfer);
	zcx_xfer_report(&job->xfer, &job->result);
	zcx_queue_complete(job);
	job_put_socket(job);
}

static enum zcx_disk job_disk(const struct zcx_job *job, enum mover mover)
{
	if ((job->xfer.flags & ZCXFER_F_CACHED) || mover == MOVER_SUBMITTER)
		return ZCX_DISK_NEVER;
	return mover == MOVER_WORKER ? ZCX_DISK_START : ZCX_DISK_WAIT;
}

/* Meanwhile the socket may have become one that cannot be received from so. */
static enum zcx_verdict job_step(struct zcx_job *job)
{
	struct socket *sock = job->xfer.sock;

	if (job->xfer.dir == ZCX_RECV)
		sock = zcx_sock_of(job->sock_file, ZCX_RECV);
	if (IS_ERR(sock))
		return zcx_xfer_end(&job->xfer, ZCX_BAD_SOCKET, PTR_ERR(sock));
	return zcx_xfer_step(&job->xfer);
}

/*
 * Is what ZCXFER_F_CACHED asks for not there? What is memory to begin with (tmpfs)
 * only a waiter knows.
 */
static bool job_is_missing(const struct zcx_job *job, enum mover mover)
{
	const struct zcx_range *range = &job->xfer.ranges[job->xfer.range];

	return (job->xfer.flags & ZCXFER_F_CACHED) &&
	       (mover == MOVER_WAITER || range->source == ZCX_SOURCE_CACHE);
}

/* Is it to end, whatever it waits for? */
static bool job_is_to_end(const struct zcx_job *job)
{
	return READ_ONCE(job->xfer.cancelled) ||
	       zcx_leases_broken(job->xfer.leases);
}

/* Has TCP what the socket has taken, or is that not for this job to wait for? */
static int job_drained(const struct zcx_job *job)
{
	if (job->xfer.dir != ZCX_SEND || job_is_to_end(job) ||
	    (job->xfer.flags & ZCXFER_F_DONTWAIT) ||
	    job->xfer.verdict == ZCX_BAD_SOCKET)
		return 0;
	return zcx_sock_drained(job->xfer.sock);
}

/*
 * All is moved that will be. Who is told so may close the socket, so it has to be
 * TCP's by then.
 */
static void job_drain(struct zcx_job *job)
{
	int err = job_drained(job);

	job->drains = err == -EAGAIN;
	if (!job->drains) {
		if (err)
			zcx_xfer_end(&job->xfer, ZCX_BAD_SOCKET, err);
		job_complete(job);
	} else if (!job_park_on_socket(job)) {
		/* There is room: kTLS is about to fill it, and tells nobody. */
		job_kick_later(job, 1);
	}
}

/* Move it once. Returns whether it is to be moved again. */
static bool job_move(struct zcx_job *job, enum mover mover)
{
	u64 before = job->xfer.counts.bytes;
	enum zcx_verdict verdict;
	bool refused;

	if (job->drains) {
		job_drain(job);
		return false;
	}
	job->xfer.disk = job_disk(job, mover);
	job->xfer.hurried = mover != MOVER_WAITER;
	verdict = job_step(job);
	refused = job->refused && job->xfer.counts.bytes == before;
	job->refused = false;
	switch (verdict) {
	case ZCX_WOULD_BLOCK:
		if (job->xfer.flags & ZCXFER_F_DONTWAIT)
			break;
		if (job_park_on_socket(job))
			return false;
		job->refused = true;
		if (!refused)
			return true;
		/* There is room and it takes nothing: it lacks memory. */
		job_kick_later(job, HZ / 50 + 1);
		return false;
	case ZCX_MISS:
		if (job_is_missing(job, mover))
			break;
		if (mover != MOVER_SUBMITTER)
			return !job_park_on_page(job);
		zcx_job_kick(job);
		return false;
	case ZCX_SIGNAL:
		/* A signal of the submitter does not end the job. */
		if (mover != MOVER_SUBMITTER)
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

/* Move it as far as it goes, as who submitted it. */
static void job_move_as_submitter(struct zcx_job *job, enum mover mover)
{
	struct mem_cgroup *memcg = set_active_memcg(job->memcg);
	const struct cred *cred = override_creds(job->cred);

	while (job_move(job, mover))
		cond_resched();
	revert_creds(cred);
	set_active_memcg(memcg);
	/* These may be the last references, so the task must not use them any more. */
	if (!job->running)
		job_put_submitter(job);
}

static bool job_is_to_move(const struct zcx_job *job)
{
	if (!job->running)
		return false;
	if (job_is_to_end(job))
		return true;
	if (!READ_ONCE(job->has_turn))
		return false;
	/* Pairs with wake_by_page(). */
	return !smp_load_acquire(&job->awaits_page);
}

/* A direct read is waited for from the first byte on, and to write waits as well. */
static bool job_wants_waiter(const struct zcx_job *job)
{
	return job->xfer.dir == ZCX_RECV ||
	       (!job->drains &&
		(job->xfer.flags & (ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE)));
}

static void job_run_locked(struct zcx_job *job, enum mover mover)
{
	/* What is looked at from here on has been looked at. */
	smp_store_mb(job->again, false);
	job_unpark(job);
	if (!job_is_to_move(job))
		return;
	if (mover != MOVER_WAITER && job_wants_waiter(job) &&
	    !job_is_to_end(job))
		job_kick_by_waiter(job);
	else
		job_move_as_submitter(job, mover);
}

/* Who found it locked wants it looked at. */
static void job_unlock(struct zcx_job *job)
{
	mutex_unlock(&job->mutex);
	/* Pairs with job_run(). */
	smp_mb();
	if (READ_ONCE(job->again))
		zcx_job_kick(job);
}

/*
 * Have a look at a job. Who moves it already will look once more: to wait for
 * that is not for a worker which others need.
 */
static void job_run(struct zcx_job *job, enum mover mover)
{
	WRITE_ONCE(job->again, true);
	/* Either the lock is had, or its holder sees @again. */
	smp_mb();
	if (mutex_trylock(&job->mutex)) {
		job_run_locked(job, mover);
		job_unlock(job);
	}
	zcx_job_put(job);
}

static void job_move_work(struct work_struct *work)
{
	job_run(container_of(work, struct zcx_job, move), MOVER_WORKER);
}

static void job_nap_work(struct work_struct *work)
{
	job_run(container_of(work, struct zcx_job, nap.work), MOVER_WORKER);
}

static void job_wait_work(struct work_struct *work)
{
	job_run(container_of(work, struct zcx_job, wait), MOVER_WAITER);
}

/**
 * zcx_job_alloc - make a job
 * @queue: where it is to be told that it is over
 * @dir: to send or to receive
 * @call: the call that submits it, without a result
 * @user_data: the caller's name for it
 *
 * It is to be given descriptors, and then to zcx_job_start() or zcx_job_discard().
 *
 * Return: the job, or an ERR_PTR(): -EBADF, -ENOMEM, or what zcx_queue_enter() says
 * of the queue, or zcx_sock_of() of the socket.
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
	kref_init(&job->ref);
	mutex_init(&job->mutex);
	INIT_WORK(&job->move, job_move_work);
	INIT_DELAYED_WORK(&job->nap, job_nap_work);
	INIT_WORK(&job->wait, job_wait_work);
	INIT_WORK(&job->close, job_close_work);
	INIT_LIST_HEAD(&job->followers);
	job->starting = true;
	job->user_data = user_data;
	job->owner = current->files;
	job->missed = U64_MAX;

	job->sock_file = fget(call->sock_fd);
	err = -EBADF;
	if (!job->sock_file)
		goto free;
	sock = zcx_sock_of(job->sock_file, dir);
	err = PTR_ERR_OR_ZERO(sock);
	if (err)
		goto put_sock;
	err = zcx_queue_enter(queue, job);
	if (err)
		goto put_sock;
	err = zcx_xfer_init(&job->xfer, dir, true, sock, call);
	if (err)
		goto leave;
	job->cred = get_current_cred();
	job->memcg = get_mem_cgroup_from_mm(current->mm);
	zcx_stat_add(jobs_held, 1);
	return job;

leave:
	zcx_queue_leave(queue, job);
	zcx_queue_put(queue);
put_sock:
	fput(job->sock_file);
free:
	kmem_cache_free(job_cache, job);
	return ERR_PTR(err);
}

/**
 * zcx_job_xfer - what a job moves
 * @job: a job that was not started
 *
 * Return: the transfer, to be given descriptors.
 */
struct zcx_xfer *zcx_job_xfer(struct zcx_job *job)
{
	return &job->xfer;
}

/**
 * zcx_job_result - what became of a job
 * @job: a job that is over, or was not started
 *
 * Return: the result.
 */
const struct zcxfer_result *zcx_job_result(const struct zcx_job *job)
{
	return &job->result;
}

/**
 * zcx_job_is_released - has the network let go of all pages?
 * @job: a job that is over
 *
 * Return: true if so, or if that is not waited for.
 */
bool zcx_job_is_released(const struct zcx_job *job)
{
	return !(job->xfer.flags & ZCX_RELEASE_FLAGS) ||
	       (job->flags & ZCXFER_COMPLETION_RELEASED);
}

/**
 * zcx_job_set_callback - have somebody else told than who reads the device
 * @job: a job that was not started
 * @tell: called once when it is over, under a spinlock, with a reference that is to
 *	be given back later; not if it is abandoned, or zcx_job_start() tells
 * @arg: handed on
 *
 * The job then does not end with the descriptors of who submitted it.
 */
void zcx_job_set_callback(struct zcx_job *job,
		     void (*tell)(struct zcx_job *job, void *arg), void *arg)
{
	job->tell = tell;
	job->tell_arg = arg;
	job->owner = NULL;
}

/**
 * zcx_job_charge - count the memory that a job holds
 * @job: a job that was not started, with all its descriptors
 *
 * Return: 0, or an error, with which the transfer has ended.
 */
int zcx_job_charge(struct zcx_job *job)
{
	int err = zcx_queue_charge(job);

	if (err)
		zcx_xfer_end(&job->xfer, ZCX_BAD_CALL, err);
	return err;
}

/**
 * zcx_job_discard - take a job back that has not been started
 * @job: the job
 * @result: out: what became of it
 */
void zcx_job_discard(struct zcx_job *job, struct zcxfer_result *result)
{
	zcx_xfer_release(&job->xfer);
	zcx_xfer_report(&job->xfer, result);
	job_put_submitter(job);
	fput(job->sock_file);
	zcx_queue_leave(job->queue, job);
	zcx_job_put(job);
}

static void job_released(void *arg, bool copied)
{
	zcx_queue_released(arg, copied);
	zcx_job_put(arg);
}

static void job_await_release(struct zcx_job *job)
{
	kref_get(&job->ref);
	job->xfer.release->tell_arg = job;
	job->xfer.release->tell = job_released;
}

/**
 * zcx_job_start - let a job go
 * @job: the job, which is not the caller's any more
 *
 * What is in memory, and fits into the socket, is sent at once: there is no need
 * to change to a worker. But nothing here waits for a disk.
 *
 * Return: true if it is over. The caller then is told by that, and not by what it
 * gave to zcx_job_set_callback(): the reference is the caller's.
 */
bool zcx_job_start(struct zcx_job *job)
{
	bool over;

	kref_get(&job->ref);
	mutex_lock(&job->mutex);
	if (job->xfer.flags & ZCX_RELEASE_FLAGS)
		job_await_release(job);
	if (job->xfer.leases) {
		init_waitqueue_func_entry(&job->by_lease, wake_by_lease);
		zcx_leases_watch(job->xfer.leases, &job->by_lease);
	}
	job->running = true;
	zcx_queue_start(job);
	job_run_locked(job, MOVER_SUBMITTER);
	over = zcx_queue_started(job);
	job_unlock(job);
	zcx_job_put(job);
	return over;
}

/**
 * zcx_job_cancel - stop a job
 * @job: the job, to which the caller has a reference
 *
 * In any context, also before it is started. It ends as usual, soon.
 */
void zcx_job_cancel(struct zcx_job *job)
{
	WRITE_ONCE(job->xfer.cancelled, true);
	zcx_job_kick(job);
}

int __init zcx_jobs_init(void)
{
	move_queue = alloc_workqueue("zcxfer-move", WQ_UNBOUND, 0);
	wait_queue = alloc_workqueue("zcxfer-wait", WQ_UNBOUND | WQ_FREEZABLE,
				     MAX_WAITING);
	close_queue = alloc_workqueue("zcxfer-close", WQ_UNBOUND, 0);
	job_cache = KMEM_CACHE_USERCOPY(zcx_job, SLAB_ACCOUNT, result);
	if (move_queue && wait_queue && close_queue && job_cache)
		return 0;
	zcx_jobs_exit();
	return -ENOMEM;
}

/* Nobody holds the module: the last work may only not have returned yet. */
void zcx_jobs_exit(void)
{
	if (close_queue)
		destroy_workqueue(close_queue);
	if (wait_queue)
		destroy_workqueue(wait_queue);
	if (move_queue)
		destroy_workqueue(move_queue);
	kmem_cache_destroy(job_cache);
}
