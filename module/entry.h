/* SPDX-License-Identifier: GPL-2.0-only */
/* A job, as its queue sees it: queue.c, fifo.c, cancel.c and completion.c. */
#ifndef _ZCX_ENTRY_H
#define _ZCX_ENTRY_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>

#include <uapi/linux/zcxfer.h>

struct zcx_entry;
struct zcx_queue;

/**
 * struct zcx_entry_ops - operations of the job behind an entry
 * @stop: make the job end at its next step, without dispatching it; any context
 * @kick: dispatch the job; any context
 * @fill: write operation and result of a job that is over into a completion; called
 *	under the queue's lock
 * @free: free the job after its last reference was dropped; any context
 */
struct zcx_entry_ops {
	void (*stop)(struct zcx_entry *entry);
	void (*kick)(struct zcx_entry *entry);
	void (*fill)(const struct zcx_entry *entry,
		     struct zcxfer_completion *completion);
	void (*free)(struct zcx_entry *entry);
};

/**
 * enum zcx_entry_state - state of a job, as its queue sees it
 * @ZCX_ENTRY_NEW: on no list; the job was not started
 * @ZCX_ENTRY_ACTIVE: on &zcx_queue.active; the job runs or waits
 * @ZCX_ENTRY_ABANDONED: on &zcx_queue.active; the job was cancelled, and its completion
 *	will be dropped
 * @ZCX_ENTRY_RELEASING: on &zcx_queue.releasing; the job is over, and its next
 *	completion waits until the network stack has released the pages
 * @ZCX_ENTRY_COMPLETE: on &zcx_queue.complete; a completion waits for a reader
 * @ZCX_ENTRY_READING: on &zcx_queue.reading; a reader is copying the completion
 * @ZCX_ENTRY_REPORTED: on no list; the last completion was delivered, or dropped
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
 * @ref: references: one until the last completion is delivered, one of each queued
 *	work, timer and page wait, one of the hook at the release of the pages
 * @ops: operations of the job
 * @queue: the job's queue, to which the entry holds a reference
 *
 * @state: see &enum zcx_entry_state
 * @link: link in the list of the state
 * @owner: file table of the submitter, only compared; NULL if a ring owns the job
 * @user_data: the caller's name for the job
 * @size: bytes of memory that the job takes, charged until the completion is delivered
 * @charged: bytes of memory that the transfer holds, charged until the job is over
 * @holding: the job was stopped, and still holds files and memory
 * @left: everything else is ready for zcx_queue_leave()
 * @callback: receives the completion instead of readers of the device; may be NULL
 * @callback_arg: argument of @callback
 * @flags: &enum zcxfer_completion_flag bits of the completion
 * @submitting: true while the submitter is in zcx_job_start(); it reports the
 *	completion itself if the job is over by then
 * @release_pending: true while a completion of the job has to wait for the release of
 *	its pages
 * @notify: true if another completion follows the next one (%ZCXFER_F_NOTIFY)
 *
 * @fifo: key of the job's FIFO: socket and direction
 * @bucket: link in &zcx_fifos.heads, while the entry heads its FIFO
 * @followers: entries behind this one, in order, while it heads its FIFO
 * @follow: link in @followers of the head
 * @at_head: true if the entry heads its FIFO, so that its job may run; also read
 *	without the lock
 *
 * The queue's lock protects all members from @state on once zcx_queue_start() was called;
 * until then only the submitter knows the job.
 */
struct zcx_entry {
	struct kref ref;
	const struct zcx_entry_ops *ops;
	struct zcx_queue *queue;

	enum zcx_entry_state state;
	struct list_head link;
	const void *owner;
	u64 user_data;
	size_t size;
	size_t charged;
	bool holding;
	bool left;
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
