// SPDX-License-Identifier: GPL-2.0
/*
 * The jobs of an open device, from their submission to the delivery of their
 * completions.
 *
 * The queue knows jobs as entries (entry.h) and moves each from list to list as its
 * state changes, under one lock.
 *
 * Jobs do not hold the device: a socket with the device in a message (SCM_RIGHTS)
 * would otherwise keep itself alive. They hold the queue, which holds the module.
 * They end with the device, or with the last descriptor of it in the process that
 * submitted them.
 */
#include <linux/cleanup.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "queue.h"

/* True if the entry is one of those that @arg describes. */
typedef bool entry_match(const struct zcx_entry *entry, const void *arg);

static bool has_user_data(const struct zcx_entry *entry, const void *arg)
{
	return entry->user_data == *(const u64 *)arg;
}

static bool has_owner(const struct zcx_entry *entry, const void *arg)
{
	return entry->owner && entry->owner == arg;
}

/**
 * zcx_queue_alloc - make the queue of an open device
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
	INIT_LIST_HEAD(&queue->active);
	INIT_LIST_HEAD(&queue->releasing);
	INIT_LIST_HEAD(&queue->complete);
	init_waitqueue_head(&queue->wait);
	zcx_fifos_init(&queue->fifos, &queue->lock);
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
 * zcx_queue_put - drop a reference; any context
 * @queue: the queue
 */
void zcx_queue_put(struct zcx_queue *queue)
{
	kref_put(&queue->ref, queue_free);
}

static int queue_charge(struct zcx_queue *queue, enum zcx_counted what, long n)
{
	int err = zcx_charge(&queue->account, queue->user, what, n);

	/* A waiter may have missed the room that the attempt took for a moment. */
	if (err == -EDQUOT)
		wake_up(&queue->wait);
	return err;
}

static void queue_uncharge(struct zcx_queue *queue, enum zcx_counted what,
			   long n)
{
	if (zcx_uncharge(&queue->account, queue->user, what, n))
		wake_up(&queue->wait);
}

/**
 * zcx_queue_enter - charge the queue for one more job
 * @queue: the queue
 * @entry: the entry of the job, zeroed; it holds the queue from now on
 *
 * Return: 0; -EAGAIN if the device has as many jobs as it may have, -EDQUOT if its
 * user has.
 */
int zcx_queue_enter(struct zcx_queue *queue, struct zcx_entry *entry)
{
	int err = queue_charge(queue, ZCX_JOBS, 1);

	if (err)
		return err;
	kref_get(&queue->ref);
	entry->queue = queue;
	INIT_LIST_HEAD(&entry->link);
	return 0;
}

/**
 * zcx_queue_charge - charge the queue for memory that a job holds a copy of
 * @entry: the job's entry
 * @bytes: how much memory
 *
 * Return: as zcx_queue_enter().
 */
int zcx_queue_charge(struct zcx_entry *entry, size_t bytes)
{
	int err = queue_charge(entry->queue, ZCX_MEMORY, bytes);

	if (!err)
		entry->charged = bytes;
	return err;
}

static void entry_uncharge_memory(struct zcx_entry *entry)
{
	queue_uncharge(entry->queue, ZCX_MEMORY, entry->charged);
	entry->charged = 0;
}

/**
 * zcx_queue_leave - undo zcx_queue_enter() and zcx_queue_charge()
 * @entry: the entry, which goes on holding the queue
 */
void zcx_queue_leave(struct zcx_entry *entry)
{
	entry_uncharge_memory(entry);
	queue_uncharge(entry->queue, ZCX_JOBS, 1);
}

/**
 * zcx_entry_move - change the state of an entry
 * @entry: the entry
 * @state: its new state
 * @list: the list of that state, or NULL if it has none
 */
void zcx_entry_move(struct zcx_entry *entry, enum zcx_entry_state state,
		    struct list_head *list)
{
	lockdep_assert_held(&entry->queue->lock);
	entry->state = state;
	if (list)
		list_move_tail(&entry->link, list);
	else
		list_del_init(&entry->link);
}

/**
 * zcx_queue_start - make a job known, and give it its place in a FIFO
 * @entry: the job's entry; zcx_queue_started() must follow
 */
void zcx_queue_start(struct zcx_entry *entry)
{
	struct zcx_queue *queue = entry->queue;

	guard(spinlock)(&queue->lock);
	entry->submitting = true;
	zcx_entry_move(entry, ZCX_ENTRY_ACTIVE, &queue->active);
	zcx_fifo_join(&queue->fifos, entry);
}

/**
 * zcx_queue_started - the submitter leaves the job to itself
 * @entry: the job's entry
 *
 * Return: true if the submitter must report the completion instead of the callback.
 */
bool zcx_queue_started(struct zcx_entry *entry)
{
	guard(spinlock)(&entry->queue->lock);
	entry->submitting = false;
	return entry->callback && entry->state == ZCX_ENTRY_REPORTED;
}

/**
 * zcx_queue_deliver - deliver a completion
 * @entry: the entry of a job that is over
 *
 * Readers of the device get it, or the callback; or the submitter, if it is still
 * there to see it.
 */
void zcx_queue_deliver(struct zcx_entry *entry)
{
	struct zcx_queue *queue = entry->queue;

	lockdep_assert_held(&queue->lock);
	if (!entry->callback) {
		zcx_entry_move(entry, ZCX_ENTRY_COMPLETE, &queue->complete);
		wake_up(&queue->wait);
		return;
	}
	zcx_entry_move(entry, ZCX_ENTRY_REPORTED, NULL);
	zcx_queue_leave(entry);
	if (!entry->submitting)
		entry->callback(entry->callback_arg);
}

/**
 * zcx_queue_complete - a job is over
 * @entry: its entry; the job still holds its socket
 * @gap: as for zcx_fifo_leave()
 */
void zcx_queue_complete(struct zcx_entry *entry, bool gap)
{
	struct zcx_queue *queue = entry->queue;
	bool unwanted;

	spin_lock(&queue->lock);
	zcx_fifo_leave(&queue->fifos, entry, gap);
	entry_uncharge_memory(entry);
	unwanted = queue->closed || entry->state == ZCX_ENTRY_ABANDONED;
	if (unwanted) {
		zcx_entry_move(entry, ZCX_ENTRY_REPORTED, NULL);
		zcx_queue_leave(entry);
	} else if (entry->release_pending && !entry->notify) {
		zcx_entry_move(entry, ZCX_ENTRY_RELEASING, &queue->releasing);
	} else {
		zcx_queue_deliver(entry);
	}
	spin_unlock(&queue->lock);
	if (unwanted)
		zcx_entry_put(entry);
}

/* The pages are released, or nobody waits for that any more. */
static void entry_end_release(struct zcx_entry *entry)
{
	lockdep_assert_held(&entry->queue->lock);
	entry->release_pending = false;
	if (entry->state == ZCX_ENTRY_RELEASING)
		zcx_queue_deliver(entry);
}

/**
 * zcx_queue_released - the network stack has released all pages of a job
 * @entry: the job's entry; the job need not be over
 * @copied: the network stack has copied some of the pages
 */
void zcx_queue_released(struct zcx_entry *entry, bool copied)
{
	guard(spinlock)(&entry->queue->lock);
	if (!entry->release_pending)
		return;
	entry->flags = ZCXFER_COMPLETION_RELEASED |
		       (copied ? ZCXFER_COMPLETION_COPIED : 0);
	entry_end_release(entry);
}

/* The job ends soon, with an exact count. */
static void entry_cancel(struct zcx_entry *entry)
{
	entry->ops->stop(entry);
	entry->ops->kick(entry);
}

/* Returns how many entries of @list match. */
static unsigned int queue_apply(struct list_head *list, entry_match *match,
				const void *arg,
				void (*what)(struct zcx_entry *entry))
{
	struct zcx_entry *entry, *next;
	unsigned int nr = 0;

	list_for_each_entry_safe(entry, next, list, link) {
		if (match && !match(entry, arg))
			continue;
		what(entry);
		nr++;
	}
	return nr;
}

/* Cancel what runs, and wait no longer for the pages of what is over. */
static unsigned int queue_cancel(struct zcx_queue *queue, entry_match *match,
				 const void *arg)
{
	lockdep_assert_held(&queue->lock);
	return queue_apply(&queue->active, match, arg, entry_cancel) +
	       queue_apply(&queue->releasing, match, arg, entry_end_release);
}

/**
 * zcx_queue_cancel - cancel jobs by their name
 * @queue: the queue
 * @user_data: the name
 *
 * Return: 0, or -ENOENT if there is none whose completion was not delivered.
 */
int zcx_queue_cancel(struct zcx_queue *queue, u64 user_data)
{
	guard(spinlock)(&queue->lock);
	return queue_cancel(queue, has_user_data, &user_data) ? 0 : -ENOENT;
}

/**
 * zcx_queue_abandon - cancel a job whose completion nobody wants any more
 * @entry: the entry of a job with a callback, which the caller keeps from being freed
 *
 * Return: true if the callback will not be called, and the caller's reference is gone;
 * false if it was called, or the submitter will report the completion.
 */
bool zcx_queue_abandon(struct zcx_entry *entry)
{
	struct zcx_queue *queue = entry->queue;
	bool over;

	spin_lock(&queue->lock);
	if (entry->submitting || entry->state == ZCX_ENTRY_NEW ||
	    entry->state == ZCX_ENTRY_REPORTED) {
		entry_cancel(entry);
		spin_unlock(&queue->lock);
		return false;
	}
	over = entry->state == ZCX_ENTRY_RELEASING;
	if (over) {
		zcx_entry_move(entry, ZCX_ENTRY_REPORTED, NULL);
		zcx_queue_leave(entry);
	} else {
		entry->state = ZCX_ENTRY_ABANDONED;
		entry_cancel(entry);
	}
	spin_unlock(&queue->lock);
	if (over)
		zcx_entry_put(entry);
	return true;
}

/**
 * zcx_queue_cancel_owner - cancel the jobs of a process
 * @queue: the queue
 * @owner: file table of the process
 *
 * Their completions do not wait for a peer to release pages, now or later.
 */
void zcx_queue_cancel_owner(struct zcx_queue *queue, const void *owner)
{
	guard(spinlock)(&queue->lock);
	WRITE_ONCE(queue->owner_closed, true);
	queue_apply(&queue->active, has_owner, owner, entry_end_release);
	queue_apply(&queue->complete, has_owner, owner, entry_end_release);
	queue_cancel(queue, has_owner, owner);
}

/**
 * zcx_queue_lost_owner - look whether jobs of any owner were cancelled
 * @queue: the queue
 *
 * Return: true if zcx_queue_cancel_owner() was called. A task that started a job before
 * either sees that, or the call has found its job: the lock orders the two.
 */
bool zcx_queue_lost_owner(struct zcx_queue *queue)
{
	return READ_ONCE(queue->owner_closed);
}

/**
 * zcx_queue_close - the device is closed
 * @queue: the queue; the caller's reference is dropped
 *
 * Cancels all jobs without waiting for their end, and drops all completions.
 */
void zcx_queue_close(struct zcx_queue *queue)
{
	struct zcx_entry *entry;

	spin_lock(&queue->lock);
	queue->closed = true;
	queue_cancel(queue, NULL, NULL);
	while ((entry = list_first_entry_or_null(&queue->complete,
						 struct zcx_entry, link))) {
		zcx_entry_move(entry, ZCX_ENTRY_REPORTED, NULL);
		zcx_queue_leave(entry);
		spin_unlock(&queue->lock);
		zcx_entry_put(entry);
		spin_lock(&queue->lock);
	}
	spin_unlock(&queue->lock);
	zcx_queue_put(queue);
}
