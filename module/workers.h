/* SPDX-License-Identifier: GPL-2.0-only */
/* The workers of an open device: see workers.c. */
#ifndef _ZCX_WORKERS_H
#define _ZCX_WORKERS_H

#include <linux/workqueue.h>

struct zcx_user;

/**
 * struct zcx_workers - the workers of an open device
 * @move: run work that waits for no disk and no peer, but may sleep for a lock
 * @wait: run work that waits for a disk, or writes to one
 * @free: destroys both
 * @user: the user that is charged for them
 */
struct zcx_workers {
	struct workqueue_struct *move;
	struct workqueue_struct *wait;
	struct work_struct free;
	struct zcx_user *user;
};

extern struct workqueue_struct *zcx_stop_queue;

struct zcx_workers *zcx_workers_alloc(struct zcx_user *user);
void zcx_workers_free(struct zcx_workers *workers);
int zcx_workers_init(void);
void zcx_workers_exit(void);

#endif /* _ZCX_WORKERS_H */
