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
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "queue.h"

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
	int err = zcx_charge(&queue->account, queue->user, ZCX_JOBS, 1);

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
	struct zcx_queue *queue = entry->queue;
	int err = zcx_charge(&queue->account, queue->user, ZCX_MEMORY, bytes);

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

	spin_lock(&queue->lock);
	entry->submitting = true;
	zcx_entry_move(entry, ZCX_ENTRY_ACTIVE, &queue->active);
	zcx_fifo_join(&queue->fifos, entry);
	spin_unlock(&queue->lock);
}

/**
 * zcx_queue_started - the submitter leaves the job to itself
 * @entry: the job's entry
 *
 * Return: true if the submitter must report the completion instead of the callback.
 */
bool zcx_queue_started(struct zcx_entry *entry)
{
	bool over;

	spin_lock(&entry->queue->lock);
	entry->submitting = false;
	over = entry->callback && entry->state == ZCX_ENTRY_REPORTED;
	spin_unlock(&entry->queue->lock);
	return over;
}

/**
 * zcx_queue_deliver - deliver a completion
 * @entry: the entry of a job that is over
 *
 * Readers of the device get it, or the callback; or the submitter, if it is still
 * there to see it. The queue's lock is held. After the callback the entry may be gone.
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

/**
 * zcx_entry_end_release - the pages are released, or nobody waits for that any more
 * @entry: the entry
 */
void zcx_entry_end_release(struct zcx_entry *entry)
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
	struct zcx_queue *queue = entry->queue;

	spin_lock(&queue->lock);
	if (entry->release_pending) {
		entry->flags = ZCXFER_COMPLETION_RELEASED |
			       (copied ? ZCXFER_COMPLETION_COPIED : 0);
		zcx_entry_end_release(entry);
	}
	spin_unlock(&queue->lock);
}
