// SPDX-License-Identifier: GPL-2.0
/*
 * The jobs of an open device, and what its reader is told of them.
 *
 * A job that is over waits until the network has let go of its pages, if that is
 * wanted, and then to be read; it is its own completion, so there is always room for
 * that.
 *
 * The device is not held by its jobs: a socket that has the device in a message
 * (SCM_RIGHTS) would otherwise keep itself alive. They hold the queue, and that
 * the module, and they end with the device, or earlier: with the last descriptor
 * of the process that submitted them.
 */
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "account.h"
#include "internal.h"
#include "job.h"

/**
 * struct zcx_queue - the jobs of an open device
 * @ref: of the open device, and of each job
 * @account: its jobs,
 * @user: and those of all devices of who opened it
 * @lock: protects all that follows
 * @closed: the device is not open any more
 * @deserted: a process has closed its last descriptor of it
 * @jobs: those that are not over
 * @sent: those that are, but the network has their pages
 * @done: those that were not read, in the order in which they ended
 * @wait: who wants to read
 * @lines: the order of those that share a socket
 */
struct zcx_queue {
	struct kref ref;
	struct zcx_account account;
	struct zcx_user *user;
	spinlock_t lock;	/* of the lists, and what jobs say of themselves */
	bool closed;
	bool deserted;
	struct list_head jobs;
	struct list_head sent;
	struct list_head done;
	wait_queue_head_t wait;
	struct zcx_lines lines;
};

/* Is it a job of those that @arg says? */
typedef bool job_match(const struct zcx_job *job, const void *arg);

/**
 * zcx_queue_alloc - make a queue
 *
 * Return: the queue, for zcx_queue_close(), or NULL if there is no memory.
 */
struct zcx_queue *zcx_queue_alloc(void)
{
	struct zcx_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);

	if (!queue)
		return NULL;
	queue->user = zcx_user_get();
	if (!queue->user) {
		kfree(queue);
		return NULL;
	}
	kref_init(&queue->ref);
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->jobs);
	INIT_LIST_HEAD(&queue->sent);
	INIT_LIST_HEAD(&queue->done);
	init_waitqueue_head(&queue->wait);
	hash_init(queue->lines.first);
	__module_get(THIS_MODULE);
	return queue;
}

static void queue_free(struct kref *ref)
{
	struct zcx_queue *queue = container_of(ref, struct zcx_queue, ref);

	zcx_user_put(queue->user);
	kfree(queue);
	module_put(THIS_MODULE);
}

/**
 * zcx_queue_put - give a reference back
 * @queue: the queue
 *
 * In any context.
 */
void zcx_queue_put(struct zcx_queue *queue)
{
	kref_put(&queue->ref, queue_free);
}

/* Is there a place for one more job? Not a promise. */
static bool queue_has_room(const struct zcx_queue *queue)
{
	enum zcx_counted what;

	for (what = 0; what < ZCX_NR_COUNTED; what++)
		if (atomic_long_read(&queue->account.count[what]) >=
		    READ_ONCE(zcx_max[what]))
			return false;
	return true;
}

/* The device's, and who waits for room is told. */
static void queue_give_back(struct zcx_queue *queue, enum zcx_counted what,
			    long n)
{
	if (zcx_account_sub(&queue->account, what, n, READ_ONCE(zcx_max[what])))
		wake_up(&queue->wait);
}

/* Count for the device, and for its user. */
static int queue_count(struct zcx_queue *queue, enum zcx_counted what, long n)
{
	if (!zcx_account_add(&queue->account, what, n,
			     READ_ONCE(zcx_max[what])))
		return -EAGAIN;
	if (zcx_account_add(&queue->user->account, what, n,
			    READ_ONCE(zcx_max_user[what])))
		return 0;
	queue_give_back(queue, what, n);
	return -EDQUOT;
}

static void queue_uncount(struct zcx_queue *queue, enum zcx_counted what,
			  long n)
{
	queue_give_back(queue, what, n);
	zcx_account_sub(&queue->user->account, what, n, 0);
}

/**
 * zcx_queue_enter - a place for one more job
 * @queue: the queue
 * @job: the job, which holds the queue from now on
 *
 * Return: 0; -EAGAIN if the device has as many as may be, -EDQUOT if its user has.
 */
int zcx_queue_enter(struct zcx_queue *queue, struct zcx_job *job)
{
	int err = queue_count(queue, ZCX_JOBS, 1);

	if (err)
		return err;
	kref_get(&queue->ref);
	job->queue = queue;
	return 0;
}

/**
 * zcx_queue_charge - a place for the memory that a job holds copies of
 * @job: the job, with all its descriptors
 *
 * Return: as zcx_queue_enter().
 */
int zcx_queue_charge(struct zcx_job *job)
{
	int err = queue_count(job->queue, ZCX_MEMORY, job->xfer.kept);

	if (!err)
		job->charged = job->xfer.kept;
	return err;
}

static void queue_uncharge(struct zcx_queue *queue, struct zcx_job *job)
{
	queue_uncount(queue, ZCX_MEMORY, job->charged);
	job->charged = 0;
}

/**
 * zcx_queue_leave - give the places of a job back
 * @queue: the queue
 * @job: the job
 */
void zcx_queue_leave(struct zcx_queue *queue, struct zcx_job *job)
{
	queue_uncharge(queue, job);
	queue_uncount(queue, ZCX_JOBS, 1);
}

/**
 * zcx_queue_start - a job becomes known, and takes its place in a line
 * @job: the job, which zcx_queue_started() is to follow
 */
void zcx_queue_start(struct zcx_job *job)
{
	struct zcx_queue *queue = job->queue;

	spin_lock(&queue->lock);
	list_add_tail(&job->link, &queue->jobs);
	zcx_line_join(&queue->lines, job);
	spin_unlock(&queue->lock);
}

/**
 * zcx_queue_started - who submits a job goes away
 * @job: the job
 *
 * Return: true if its end is the caller's to tell.
 */
bool zcx_queue_started(struct zcx_job *job)
{
	bool told;

	spin_lock(&job->queue->lock);
	job->starting = false;
	told = job->tell && job->told;
	spin_unlock(&job->queue->lock);
	return told;
}

/* It is in no list. */
static void queue_add_sent(struct zcx_queue *queue, struct zcx_job *job)
{
	job->sent = true;
	list_add_tail(&job->link, &queue->sent);
}

/*
 * It is in no list, and is to be told. Somebody else than the reader is told at
 * once, unless who submits it sees it.
 */
static void queue_add_done(struct zcx_queue *queue, struct zcx_job *job)
{
	if (!job->tell) {
		list_add_tail(&job->link, &queue->done);
		wake_up(&queue->wait);
		return;
	}
	zcx_queue_leave(queue, job);
	job->told = true;
	if (!job->starting)
		job->tell(job, job->tell_arg);
}

/**
 * zcx_queue_complete - a job is over: have it told
 * @job: the job, which still holds its socket
 */
void zcx_queue_complete(struct zcx_job *job)
{
	struct zcx_queue *queue = job->queue;
	bool unheard;

	spin_lock(&queue->lock);
	zcx_line_leave(&queue->lines, job);
	queue_uncharge(queue, job);
	list_del(&job->link);
	unheard = queue->closed || job->abandoned;
	if (unheard)
		zcx_queue_leave(queue, job);
	else if ((job->xfer.flags & ZCXFER_F_RELEASE) && !job->settled)
		queue_add_sent(queue, job);
	else
		queue_add_done(queue, job);
	spin_unlock(&queue->lock);
	if (unheard)
		zcx_job_put(job);
}

/* Nothing more is waited for: it is to be told, unless it is not over yet. */
static void queue_settle(struct zcx_job *job)
{
	job->settled = true;
	if (job->sent) {
		job->sent = false;
		list_del(&job->link);
		queue_add_done(job->queue, job);
	}
}

/**
 * zcx_queue_released - the network has let go of all pages of a job
 * @job: the job, which need not be over
 * @copied: it has copied some
 */
void zcx_queue_released(struct zcx_job *job, bool copied)
{
	struct zcx_queue *queue = job->queue;

	spin_lock(&queue->lock);
	if (!job->settled) {
		job->flags = ZCXFER_COMPLETION_RELEASED |
			     (copied ? ZCXFER_COMPLETION_COPIED : 0);
		queue_settle(job);
	}
	spin_unlock(&queue->lock);
}

static struct zcx_job *queue_pop(struct zcx_queue *queue)
{
	struct zcx_job *job;

	spin_lock(&queue->lock);
	job = list_first_entry_or_null(&queue->done, struct zcx_job, link);
	if (job)
		list_del(&job->link);
	spin_unlock(&queue->lock);
	return job;
}

/* Is there more to tell of it than that it is over? */
static bool has_notice(const struct zcx_job *job)
{
	return (job->xfer.flags & ZCXFER_F_NOTIFY) && !job->told;
}

/* It was told. */
static void queue_told(struct zcx_queue *queue, struct zcx_job *job)
{
	bool more = has_notice(job);

	spin_lock(&queue->lock);
	job->told = true;
	if (!more)
		zcx_queue_leave(queue, job);
	else if (!job->settled)
		queue_add_sent(queue, job);
	else
		queue_add_done(queue, job);
	spin_unlock(&queue->lock);
	if (!more)
		zcx_job_put(job);
}

/* It could not be told. */
static void queue_push_back(struct zcx_queue *queue, struct zcx_job *job)
{
	spin_lock(&queue->lock);
	list_add(&job->link, &queue->done);
	spin_unlock(&queue->lock);
	wake_up(&queue->wait);
}

static int tell(char __user *to, const struct zcx_job *job)
{
	const struct zcxfer_completion completion = {
		.user_data = job->user_data,
		.op = job->xfer.dir == ZCX_SEND ? ZCXFER_OP_SEND :
						  ZCXFER_OP_RECV,
		.flags = has_notice(job) ? ZCXFER_COMPLETION_MORE : job->flags,
		.result = job->result,
	};

	return copy_to_user(to, &completion, sizeof(completion)) ? -EFAULT : 0;
}

/**
 * zcx_queue_read - tell of jobs that are over
 * @queue: the queue
 * @buf: an array of &struct zcxfer_completion
 * @count: its size in bytes
 *
 * Return: bytes written, 0 if none is over, or -EFAULT.
 */
ssize_t zcx_queue_read(struct zcx_queue *queue, char __user *buf, size_t count)
{
	const size_t size = sizeof(struct zcxfer_completion);
	struct zcx_job *job;
	ssize_t told = 0;

	while (told + size <= count && (job = queue_pop(queue))) {
		if (tell(buf + told, job)) {
			queue_push_back(queue, job);
			return told ?: -EFAULT;
		}
		queue_told(queue, job);
		told += size;
	}
	return told;
}

/**
 * zcx_queue_wait - wait for a job that is over
 * @queue: the queue
 *
 * Return: 0 or -ERESTARTSYS.
 */
int zcx_queue_wait(struct zcx_queue *queue)
{
	return wait_event_interruptible(queue->wait,
					!list_empty_careful(&queue->done));
}

/**
 * zcx_queue_poll - is there something to read, or room for a job?
 * @queue: the queue
 * @file: the device
 * @wait: who asks
 *
 * Return: EPOLLIN, EPOLLOUT, both or none.
 */
__poll_t zcx_queue_poll(struct zcx_queue *queue, struct file *file,
			struct poll_table_struct *wait)
{
	__poll_t events = 0;

	poll_wait(file, &queue->wait, wait);
	spin_lock(&queue->lock);
	if (!list_empty(&queue->done))
		events |= EPOLLIN | EPOLLRDNORM;
	if (queue_has_room(queue))
		events |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock(&queue->lock);
	return events;
}

/* Those of @list that @match, or all: how many. */
static unsigned int queue_apply(struct list_head *list, job_match *match,
				const void *arg,
				void (*what)(struct zcx_job *job))
{
	struct zcx_job *job, *next;
	unsigned int nr = 0;

	list_for_each_entry_safe(job, next, list, link) {
		if (match && !match(job, arg))
			continue;
		what(job);
		nr++;
	}
	return nr;
}

/* Of those that are over none waits for the network any longer. */
static unsigned int queue_cancel(struct zcx_queue *queue, job_match *match,
				 const void *arg)
{
	return queue_apply(&queue->jobs, match, arg, zcx_job_cancel) +
	       queue_apply(&queue->sent, match, arg, queue_settle);
}

static bool has_user_data(const struct zcx_job *job, const void *arg)
{
	return job->user_data == *(const u64 *)arg;
}

static bool has_owner(const struct zcx_job *job, const void *arg)
{
	return job->owner && job->owner == arg;
}

/**
 * zcx_queue_cancel - stop the jobs of a name
 * @queue: the queue
 * @user_data: the name
 *
 * Return: 0, or -ENOENT if there is none that is not over.
 */
int zcx_queue_cancel(struct zcx_queue *queue, u64 user_data)
{
	unsigned int nr;

	spin_lock(&queue->lock);
	nr = queue_cancel(queue, has_user_data, &user_data);
	spin_unlock(&queue->lock);
	return nr ? 0 : -ENOENT;
}

/**
 * zcx_queue_abandon - stop a job, of which nobody wants to know any more
 * @job: a job that is told by zcx_job_set_callback(), and the caller keeps it from being
 *	given back
 *
 * Return: true if it will not be told, and the reference is given back; false if
 * it has been told, or is just being submitted, and will be.
 */
bool zcx_queue_abandon(struct zcx_job *job)
{
	struct zcx_queue *queue = job->queue;
	bool was_sent = false;

	spin_lock(&queue->lock);
	if (job->told || job->starting) {
		zcx_job_cancel(job);
		spin_unlock(&queue->lock);
		return false;
	}
	if (job->sent) {
		was_sent = true;
		job->sent = false;
		list_del(&job->link);
		zcx_queue_leave(queue, job);
	} else {
		job->abandoned = true;
		zcx_job_cancel(job);
	}
	spin_unlock(&queue->lock);
	if (was_sent)
		zcx_job_put(job);
	return true;
}

/**
 * zcx_queue_cancel_owner - stop the jobs of a process
 * @queue: the queue
 * @owner: its table of files
 */
void zcx_queue_cancel_owner(struct zcx_queue *queue, const void *owner)
{
	spin_lock(&queue->lock);
	WRITE_ONCE(queue->deserted, true);
	/* No peer is waited for: neither now nor when they have ended. */
	queue_apply(&queue->jobs, has_owner, owner, queue_settle);
	queue_apply(&queue->done, has_owner, owner, queue_settle);
	queue_cancel(queue, has_owner, owner);
	spin_unlock(&queue->lock);
}

/**
 * zcx_queue_lost_owner - was there ever an owner whose jobs were stopped?
 * @queue: the queue
 *
 * Return: true if so, also if that is still going on: who has started a job
 * before it asks is either told, or its job was found.
 */
bool zcx_queue_lost_owner(struct zcx_queue *queue)
{
	/* The order is that of the lock, under which the job was started. */
	return READ_ONCE(queue->deserted);
}

/**
 * zcx_queue_close - nobody can read any more
 * @queue: the queue; the caller's reference is gone
 *
 * Stops all jobs and does not wait for that.
 */
void zcx_queue_close(struct zcx_queue *queue)
{
	struct zcx_job *job;

	spin_lock(&queue->lock);
	queue->closed = true;
	queue_cancel(queue, NULL, NULL);
	spin_unlock(&queue->lock);
	while ((job = queue_pop(queue))) {
		zcx_queue_leave(queue, job);
		zcx_job_put(job);
	}
	zcx_queue_put(queue);
}
