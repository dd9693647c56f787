// SPDX-License-Identifier: GPL-2.0-only
/*
 * The jobs of an open device, from their submission to the delivery of their
 * completions.
 *
 * The queue knows jobs as entries (entry.h) and moves each from list to list as its
 * state changes, under one lock.
 *
 * Jobs do not hold the device: a socket with the device in a message (SCM_RIGHTS)
 * would otherwise keep itself alive. They hold the queue, which holds the module.
 * They are cancelled when the device is closed, or when the process that submitted
 * them closes its last descriptor of the device.
 */
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "queue.h"
#include "release.h"

/**
 * zcx_queue_alloc - create the queue of an open device
 *
 * Return: the queue, for zcx_queue_close(), or NULL if there is no memory.
 */
struct zcx_queue *zcx_queue_alloc(void)
{
	struct zcx_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);

	if (!queue)
		return NULL;
	queue->user = zcx_user_get(zcx_release_work_of_user);
	if (!queue->user) {
		kfree(queue);
		return NULL;
	}
	kref_init(&queue->ref);
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->active);
	INIT_LIST_HEAD(&queue->releasing);
	INIT_LIST_HEAD(&queue->reading);
	INIT_LIST_HEAD(&queue->complete);
	init_waitqueue_head(&queue->wait);
	zcx_fifos_init(&queue->fifos, &queue->lock);
	__module_get(THIS_MODULE);
	return queue;
}

static void queue_free(struct kref *ref)
{
	struct zcx_queue *queue = container_of(ref, struct zcx_queue, ref);

	zcx_workers_free(queue->workers);
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

/* The first job of a device finds no workers. */
static int queue_make_workers(struct zcx_queue *queue)
{
	struct zcx_workers *workers;

	if (READ_ONCE(queue->workers))
		return 0;
	workers = zcx_workers_alloc(queue->user);
	if (IS_ERR(workers))
		return PTR_ERR(workers);
	/* Another thread may have been faster. */
	if (cmpxchg(&queue->workers, NULL, workers))
		zcx_workers_free(workers);
	return 0;
}

/**
 * zcx_queue_enter - charge the queue for one more job
 * @queue: the queue
 * @entry: the job's entry, which holds the queue from now on
 * @size: bytes of memory that the job takes
 *
 * Return: 0; -EAGAIN if the device is at its limit of jobs, -EDQUOT if its user is;
 * -ENOMEM.
 */
int zcx_queue_enter(struct zcx_queue *queue, struct zcx_entry *entry, size_t size)
{
	int err = zcx_charge(&queue->account, queue->user, ZCX_JOBS, 1);

	if (err)
		return err;
	err = zcx_charge(&queue->account, queue->user, ZCX_MEMORY, size);
	if (err)
		goto uncharge_job;
	err = queue_make_workers(queue);
	if (err)
		goto uncharge_size;
	kref_get(&queue->ref);
	entry->queue = queue;
	entry->size = size;
	INIT_LIST_HEAD(&entry->link);
	return 0;

uncharge_size:
	queue_uncharge(queue, ZCX_MEMORY, size);
uncharge_job:
	queue_uncharge(queue, ZCX_JOBS, 1);
	return err;
}

/**
 * zcx_queue_charge - charge the queue for memory that a job holds beside itself
 * @entry: the job's entry
 * @bytes: how much memory
 */
void zcx_queue_charge(struct zcx_entry *entry, size_t bytes)
{
	struct zcx_queue *queue = entry->queue;

	zcx_charge_more(&queue->account, queue->user, ZCX_MEMORY, bytes);
	entry->charged += bytes;
}

static void entry_uncharge_memory(struct zcx_entry *entry)
{
	queue_uncharge(entry->queue, ZCX_MEMORY, entry->charged);
	entry->charged = 0;
}

/**
 * zcx_queue_leave - undo zcx_queue_enter() and zcx_queue_charge()
 * @entry: the entry, which keeps its reference to the queue
 *
 * A job that was stopped is charged until zcx_queue_let_go().
 */
void zcx_queue_leave(struct zcx_entry *entry)
{
	if (entry->holding) {
		entry->left = true;
		return;
	}
	entry_uncharge_memory(entry);
	queue_uncharge(entry->queue, ZCX_MEMORY, entry->size);
	queue_uncharge(entry->queue, ZCX_JOBS, 1);
}

/**
 * zcx_queue_let_go - a job that was stopped has released what it held
 * @entry: its entry
 */
void zcx_queue_let_go(struct zcx_entry *entry)
{
	struct zcx_queue *queue = entry->queue;

	spin_lock(&queue->lock);
	entry->holding = false;
	if (entry->left)
		zcx_queue_leave(entry);
	else
		entry_uncharge_memory(entry);
	spin_unlock(&queue->lock);
}

/**
 * zcx_entry_move - change the state of an entry
 * @entry: the entry
 * @state: its new state
 * @list: the list of that state, NULL if it has none
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
 * zcx_queue_start - add a job to its queue and to its FIFO
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
 * zcx_queue_started - end the submitter's part in a job
 * @entry: the job's entry
 *
 * Return: true if the submitter must report the completion, because the job was over
 * before its callback could be called.
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
 * Readers of the device get it, or the callback if there is one. A submitter that is
 * still in zcx_job_start() gets it instead of the callback. The caller holds the
 * queue's lock. After the callback the entry may be freed.
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
 * zcx_queue_complete - take over the completion of a job that is over
 * @entry: the job's entry; the job still holds its socket
 * @gap: as for zcx_fifo_leave()
 * @holding: the job was stopped: zcx_queue_let_go() follows
 */
void zcx_queue_complete(struct zcx_entry *entry, bool gap, bool holding)
{
	struct zcx_queue *queue = entry->queue;
	bool unwanted;

	spin_lock(&queue->lock);
	zcx_fifo_leave(&queue->fifos, entry, gap);
	entry->holding = holding;
	if (!holding)
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
 * zcx_entry_end_release - let the completion of a job wait no longer for its pages
 * @entry: the job's entry
 */
void zcx_entry_end_release(struct zcx_entry *entry)
{
	lockdep_assert_held(&entry->queue->lock);
	entry->release_pending = false;
	if (entry->state == ZCX_ENTRY_RELEASING)
		zcx_queue_deliver(entry);
}

/**
 * zcx_queue_released - record that the network stack has released a job's pages
 * @entry: the job's entry; the job need not be over
 * @copied: true if the network stack has copied some of the pages
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
