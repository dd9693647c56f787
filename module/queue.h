/* SPDX-License-Identifier: GPL-2.0-only */
/* The jobs of an open device: see queue.c. */
#ifndef _ZCX_QUEUE_H
#define _ZCX_QUEUE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "account.h"
#include "entry.h"
#include "fifo.h"
#include "workers.h"

/**
 * struct zcx_queue - the jobs of an open device
 * @ref: references: one of the open device, one of each entry
 * @account: charges of the device for its jobs
 * @user: charges of all devices of the user that opened this one
 * @workers: run the jobs; NULL until there is one
 * @fd_hint: a descriptor of the device that a task had, or may still have
 * @wait: tasks that wait for completions, or for room for another job
 * @lock: protects the members below, and the entries
 * @closed: true if the device was closed, so that completions are dropped
 * @owner_closed: true if a process has closed its last descriptor of the device
 * @active: entries of jobs that are not over
 * @releasing: entries whose completions wait for the release of pages
 * @reading: entries whose completions are being copied to a reader
 * @complete: entries whose completions wait for a reader, oldest first
 * @fifos: the order of jobs that share a socket
 */
struct zcx_queue {
	struct kref ref;
	struct zcx_account account;
	struct zcx_user *user;
	struct zcx_workers *workers;
	unsigned int fd_hint;
	wait_queue_head_t wait;

	spinlock_t lock;	/* protects the members below, and the entries */
	bool closed;
	bool owner_closed;
	struct list_head active;
	struct list_head releasing;
	struct list_head reading;
	struct list_head complete;
	struct zcx_fifos fifos;
};

struct zcx_queue *zcx_queue_alloc(void);
void zcx_queue_put(struct zcx_queue *queue);
int zcx_queue_enter(struct zcx_queue *queue, struct zcx_entry *entry, size_t size);
void zcx_queue_charge(struct zcx_entry *entry, size_t bytes);
void zcx_queue_leave(struct zcx_entry *entry);
void zcx_queue_let_go(struct zcx_entry *entry);
void zcx_queue_start(struct zcx_entry *entry);
bool zcx_queue_started(struct zcx_entry *entry);
void zcx_queue_complete(struct zcx_entry *entry, bool gap, bool holding);
void zcx_queue_released(struct zcx_entry *entry, bool copied);
void zcx_queue_deliver(struct zcx_entry *entry);
void zcx_entry_end_release(struct zcx_entry *entry);
void zcx_entry_move(struct zcx_entry *entry, enum zcx_entry_state state,
		    struct list_head *list);

#endif /* _ZCX_QUEUE_H */
