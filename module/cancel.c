// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cancelling jobs: by name, of a process, of a device, or a single one. A cancelled
 * job ends at its next step, and its completion has an exact count.
 */
#include <linux/lockdep.h>

#include "cancel.h"

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

static bool entry_cancel(struct zcx_entry *entry)
{
	entry->ops->stop(entry);
	entry->ops->kick(entry);
	return true;
}

/* The completion, or the notification after it, waits no longer for the pages. */
static bool entry_forget_release(struct zcx_entry *entry)
{
	bool pending = entry->release_pending;

	zcx_entry_end_release(entry);
	return pending;
}

/* Apply @what to the entries of @list that match. Returns for how many it was true. */
static unsigned int queue_apply(struct list_head *list, entry_match *match,
				const void *arg,
				bool (*what)(struct zcx_entry *entry))
{
	struct zcx_entry *entry, *next;
	unsigned int nr = 0;

	list_for_each_entry_safe(entry, next, list, link) {
		if (match && !match(entry, arg))
			continue;
		nr += what(entry);
	}
	return nr;
}

/*
 * Cancel active jobs. The completions of those that are over wait no longer for the
 * release of pages. Returns the number of jobs.
 */
static unsigned int queue_cancel(struct zcx_queue *queue, entry_match *match,
				 const void *arg)
{
	lockdep_assert_held(&queue->lock);
	return queue_apply(&queue->active, match, arg, entry_cancel) +
	       queue_apply(&queue->reading, match, arg, entry_forget_release) +
	       queue_apply(&queue->complete, match, arg, entry_forget_release) +
	       queue_apply(&queue->releasing, match, arg, entry_forget_release);
}

/**
 * zcx_queue_cancel - cancel jobs by name
 * @queue: the queue
 * @user_data: the name
 *
 * Return: 0, or -ENOENT if no job of that name is active or waits for the release of
 * its pages.
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
 * zcx_queue_abandon - cancel a job, and drop its completion
 * @entry: the entry of a job with a callback, which the caller keeps from being freed
 *
 * Return: true if the callback will not be called; the reference that goes with it is
 * dropped. False if it was called, or if the submitter will report the completion.
 */
bool zcx_queue_abandon(struct zcx_entry *entry)
{
	struct zcx_queue *queue = entry->queue;
	bool over;

	spin_lock(&queue->lock);
	if (entry->submitting || entry->state == ZCX_ENTRY_NEW ||
	    entry->state == ZCX_ENTRY_REPORTED) {
		/* The ring asks again and again: nothing is dispatched for that. */
		entry->ops->stop(entry);
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
 * Their completions wait no longer for the release of pages.
 */
void zcx_queue_cancel_owner(struct zcx_queue *queue, const void *owner)
{
	spin_lock(&queue->lock);
	WRITE_ONCE(queue->owner_closed, true);
	queue_apply(&queue->active, has_owner, owner, entry_forget_release);
	queue_cancel(queue, has_owner, owner);
	spin_unlock(&queue->lock);
}

/**
 * zcx_queue_lost_owner - check whether jobs of any process were cancelled
 * @queue: the queue
 *
 * The queue's lock orders this check of a task that has just started a job: either it
 * returns true, or zcx_queue_cancel_owner() will find the job.
 *
 * Return: true if zcx_queue_cancel_owner() was called.
 */
bool zcx_queue_lost_owner(struct zcx_queue *queue)
{
	return READ_ONCE(queue->owner_closed);
}

/**
 * zcx_queue_close - cancel all jobs of a device that is closed
 * @queue: the queue; the reference of the device is dropped
 *
 * Does not wait for the end of the jobs, and drops all completions.
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
