// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader's side of a queue: read(2) and poll(2) of the device.
 *
 * A job is its own completion, so a completion needs no memory of its own. It is never
 * lost: if it cannot be copied to the reader, it goes back to the queue.
 */
#include <linux/lockdep.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "completion.h"

/* Take the oldest completion out of the queue. Returns its entry, or NULL. */
static struct zcx_entry *completion_get(struct zcx_queue *queue,
					struct zcxfer_completion *completion)
{
	struct zcx_entry *entry;

	spin_lock(&queue->lock);
	entry = list_first_entry_or_null(&queue->complete, struct zcx_entry,
					 link);
	if (entry) {
		zcx_entry_move(entry, ZCX_ENTRY_READING, &queue->reading);
		*completion = (struct zcxfer_completion) {
			.user_data = entry->user_data,
			.flags = entry->notify ? ZCXFER_COMPLETION_MORE :
						 entry->flags,
		};
		entry->ops->fill(entry, completion);
	}
	spin_unlock(&queue->lock);
	return entry;
}

/* The reader has received the completion. Another one may follow. */
static void completion_reported(struct zcx_queue *queue, struct zcx_entry *entry)
{
	bool more;

	spin_lock(&queue->lock);
	more = entry->notify;
	entry->notify = false;
	if (more && entry->release_pending)
		zcx_entry_move(entry, ZCX_ENTRY_RELEASING, &queue->releasing);
	else if (more)
		zcx_queue_deliver(entry);
	else
		zcx_entry_move(entry, ZCX_ENTRY_REPORTED, NULL);
	if (!more)
		zcx_queue_leave(entry);
	spin_unlock(&queue->lock);
	if (!more)
		zcx_entry_put(entry);
}

/* The reader's buffer is not writable. */
static void completion_put_back(struct zcx_queue *queue, struct zcx_entry *entry)
{
	spin_lock(&queue->lock);
	zcx_entry_move(entry, ZCX_ENTRY_COMPLETE, &queue->complete);
	list_move(&entry->link, &queue->complete);
	spin_unlock(&queue->lock);
	wake_up(&queue->wait);
}

/**
 * zcx_completion_read - copy completions to a reader
 * @queue: the queue
 * @buf: an array of &struct zcxfer_completion
 * @count: its size in bytes
 *
 * Return: bytes written, 0 if there is no completion, or -EFAULT.
 */
ssize_t zcx_completion_read(struct zcx_queue *queue, char __user *buf,
			    size_t count)
{
	struct zcxfer_completion completion;
	struct zcx_entry *entry;
	ssize_t n = 0;

	while (n + sizeof(completion) <= count &&
	       (entry = completion_get(queue, &completion))) {
		if (copy_to_user(buf + n, &completion, sizeof(completion))) {
			completion_put_back(queue, entry);
			return n ?: -EFAULT;
		}
		completion_reported(queue, entry);
		n += sizeof(completion);
	}
	return n;
}

/**
 * zcx_completion_wait - wait for a completion
 * @queue: the queue
 *
 * Return: 0, or -ERESTARTSYS after a signal.
 */
int zcx_completion_wait(struct zcx_queue *queue)
{
	return wait_event_interruptible(queue->wait,
					!list_empty_careful(&queue->complete));
}

/**
 * zcx_completion_poll - poll(2) of the device
 * @queue: the queue
 * @file: the device
 * @wait: poll table of the caller
 *
 * Return: EPOLLIN if there is a completion, EPOLLOUT if there is room for a job.
 */
__poll_t zcx_completion_poll(struct zcx_queue *queue, struct file *file,
			     struct poll_table_struct *wait)
{
	__poll_t events = 0;

	poll_wait(file, &queue->wait, wait);
	spin_lock(&queue->lock);
	if (!list_empty(&queue->complete))
		events |= EPOLLIN | EPOLLRDNORM;
	if (zcx_account_has_room(&queue->account))
		events |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock(&queue->lock);
	return events;
}
