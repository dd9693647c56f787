/* SPDX-License-Identifier: GPL-2.0 */
/* A job, the queue and the line that it is in: what job.c, queue.c, line.c share. */
#ifndef _ZCX_JOB_H
#define _ZCX_JOB_H

#include <linux/hashtable.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/poll.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <uapi/linux/zcxfer.h>

#include "internal.h"

/**
 * struct zcx_job - a transfer that goes on after the call that submitted it
 * @ref: until its end is told; of each queued work; of the page that is awaited; of
 *	who waits for the release of its pages
 * @queue: where it is to be told that it is over; the job holds a reference
 * @link: in &zcx_queue.jobs, then in &zcx_queue.sent or &zcx_queue.done
 * @owner: the table of files of who submitted it, only to be compared
 * @user_data: the caller's name for it
 * @charged: bytes of memory that it counts for
 * @tell: tells of its end, and then gives the reference back; NULL: the device
 *	does, if it is read
 * @tell_arg: handed on to @tell
 *
 * @starting: it is being submitted, by who then need not be told
 * @told: that it is over has been told, or who submits it sees it; if it is read
 *	once more, it is the second notice
 * @abandoned: nobody is to be told any more
 * @sent: it is in &zcx_queue.sent
 * @settled: the network has let go of its pages, or nobody waits for that
 * @flags: what is told of its pages. All of these: under the queue's lock
 *
 * @lines: in &zcx_lines.first, if it is the first of its line
 * @followers: the first of a line has the others, in order
 * @turn: in @followers of the first
 * @has_turn: it is the first of its line. These four: under the queue's lock
 *
 * @again: somebody wants it looked at
 * @mutex: held by who moves it; protects all that follows
 * @running: it has begun, and is not over
 * @xfer: the transfer
 * @result: what became of it, when it is over
 * @sock_file: keeps the socket
 * @cred: of the submitter,
 * @memcg: whose memory it uses
 * @move: moves it as far as it can be without waiting
 * @wait: moves it, and waits for the disk
 * @nap: as @move, but later
 * @close: puts @sock_file, if it is the last
 * @drains: it has moved all that it will, and is over when TCP has that
 * @refused: the socket took nothing although it seemed to have room
 * @missed: bytes moved when a page was missing last
 *
 * @poll: to get onto the socket's wait queue
 * @parked: that wait queue, while it is on it
 * @by_socket: the entry there
 * @by_lease: an entry at those who want to write
 * @by_page: the entry at the page that is awaited
 * @awaits_page: it is there
 */
struct zcx_job {
	struct kref ref;
	struct zcx_queue *queue;
	struct list_head link;
	const void *owner;
	u64 user_data;
	size_t charged;
	void (*tell)(struct zcx_job *job, void *arg);
	void *tell_arg;

	bool starting;
	bool told;
	bool abandoned;
	bool sent;
	bool settled;
	u32 flags;

	struct hlist_node lines;
	struct list_head followers;
	struct list_head turn;
	bool has_turn;

	bool again;
	struct mutex mutex;	/* of who moves the job */
	bool running;
	struct zcx_xfer xfer;
	struct zcxfer_result result;
	struct file *sock_file;
	const struct cred *cred;
	struct mem_cgroup *memcg;
	struct work_struct move;
	struct work_struct wait;
	struct delayed_work nap;
	struct work_struct close;
	bool drains;
	bool refused;
	u64 missed;

	struct poll_table_struct poll;
	wait_queue_head_t *parked;
	wait_queue_entry_t by_socket;
	wait_queue_entry_t by_lease;
	struct wait_page_queue by_page;
	bool awaits_page;
};

/**
 * struct zcx_lines - the order of the jobs of a queue that share a socket
 * @first: the first job of each line, by socket and way
 */
struct zcx_lines {
	DECLARE_HASHTABLE(first, 8);
};

/* What a parked job takes, beside its descriptors if they are many. */
static_assert(sizeof(struct zcx_job) <= 4096);

/* job.c */
void zcx_job_kick(struct zcx_job *job);

/* line.c */
void zcx_line_join(struct zcx_lines *lines, struct zcx_job *job);
void zcx_line_leave(struct zcx_lines *lines, struct zcx_job *job);

/* queue.c */
int zcx_queue_enter(struct zcx_queue *queue, struct zcx_job *job);
int zcx_queue_charge(struct zcx_job *job);
void zcx_queue_leave(struct zcx_queue *queue, struct zcx_job *job);
void zcx_queue_start(struct zcx_job *job);
bool zcx_queue_started(struct zcx_job *job);
void zcx_queue_released(struct zcx_job *job, bool copied);
void zcx_queue_complete(struct zcx_job *job);
void zcx_queue_put(struct zcx_queue *queue);

#endif /* _ZCX_JOB_H */
