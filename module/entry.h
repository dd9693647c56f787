/* SPDX-License-Identifier: GPL-2.0 */
/* What a queue knows of a job: all that cancel.c, completion.c, queue.c and fifo.c see. */
#ifndef _ZCX_ENTRY_H
#define _ZCX_ENTRY_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>

#include <uapi/linux/zcxfer.h>

struct zcx_entry;
struct zcx_queue;

/**
 * struct zcx_entry_ops - what a queue asks of the job behind an entry
 * @stop: have the job end at its next step, without running it; any context
 * @kick: dispatch the job; any context
 * @fill: write operation and result of a job that is over into a completion; under
 *	the queue's lock
 * @free: free the job, when the last reference is gone; any context
 */
struct zcx_entry_ops {
	void (*stop)(struct zcx_entry *entry);
	void (*kick)(struct zcx_entry *entry);
	void (*fill)(const struct zcx_entry *entry,
		     struct zcxfer_completion *completion);
	void (*free)(struct zcx_entry *entry);
};

/**
 * enum zcx_entry_state - the life of a job, as its queue sees it
 * @ZCX_ENTRY_NEW: on no list; the queue has charged it
 * @ZCX_ENTRY_ACTIVE: on &zcx_queue.active; the job runs, or waits
 * @ZCX_ENTRY_ABANDONED: likewise, but nobody wants its completion any more
 * @ZCX_ENTRY_RELEASING: on &zcx_queue.releasing; the job is over, its completion waits
 *	until the network stack has released the pages
 * @ZCX_ENTRY_COMPLETE: on &zcx_queue.complete; the completion waits for a reader
 * @ZCX_ENTRY_READING: on no list; a reader copies the completion
 * @ZCX_ENTRY_REPORTED: on no list; the completion was delivered, or dropped
 */
enum zcx_entry_state {
	ZCX_ENTRY_NEW,
	ZCX_ENTRY_ACTIVE,
	ZCX_ENTRY_ABANDONED,
	ZCX_ENTRY_RELEASING,
	ZCX_ENTRY_COMPLETE,
	ZCX_ENTRY_READING,
	ZCX_ENTRY_REPORTED,
};

/**
 * struct zcx_entry - a job in its queue
 * @ref: references: one until the completion is delivered, one of each queued work,
 *	timer and page wait, one of the hook at the release of the pages
 * @ops: the job behind the entry
 * @queue: its queue, to which the entry holds a reference
 *
 * @state: see &enum zcx_entry_state
 * @link: in the list of its state
 * @owner: file table of the submitter, only compared; NULL: a ring owns the job
 * @user_data: the caller's name for the job
 * @charged: bytes of memory that the queue has charged for the job
 * @callback: receives the completion instead of readers of the device, or NULL
 * @callback_arg: argument of @callback
 * @flags: &enum zcxfer_completion_flag bits of the completion
 * @submitting: the submitter is still in zcx_job_start(), and reports the completion
 *	itself if the job is over by then
 * @release_pending: the network stack may refer to pages, and somebody waits for that
 *	to end
 * @notify: one more completion follows the next one (%ZCXFER_F_NOTIFY)
 *
 * @fifo: key of its FIFO: socket and direction
 * @bucket: in &zcx_fifos.heads, if it heads its FIFO
 * @followers: the entries behind the head, in their order
 * @follow: in @followers of the head
 * @at_head: it heads its FIFO, so the job may run; read without the lock as well
 *
 * Everything from @state on is protected by the queue's lock, once zcx_queue_start() has
 * made the job known; until then it is the submitter's.
 */
struct zcx_entry {
	struct kref ref;
	const struct zcx_entry_ops *ops;
	struct zcx_queue *queue;

	enum zcx_entry_state state;
	struct list_head link;
	const void *owner;
	u64 user_data;
	size_t charged;
	void (*callback)(void *arg);
	void *callback_arg;
	u32 flags;
	bool submitting;
	bool release_pending;
	bool notify;

	bool at_head;
	unsigned long fifo;
	struct hlist_node bucket;
	struct list_head followers;
	struct list_head follow;
};

/**
 * zcx_entry_get - take a reference
 * @entry: the entry
 */
static inline void zcx_entry_get(struct zcx_entry *entry)
{
	kref_get(&entry->ref);
}

static inline void zcx_entry_free(struct kref *ref)
{
	struct zcx_entry *entry = container_of(ref, struct zcx_entry, ref);

	entry->ops->free(entry);
}

/**
 * zcx_entry_put - drop a reference; any context
 * @entry: the entry
 */
static inline void zcx_entry_put(struct zcx_entry *entry)
{
	kref_put(&entry->ref, zcx_entry_free);
}

#endif /* _ZCX_ENTRY_H */
