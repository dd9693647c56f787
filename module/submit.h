/* SPDX-License-Identifier: GPL-2.0-only */
/* Creating and starting jobs: see submit.c. */
#ifndef _ZCX_SUBMIT_H
#define _ZCX_SUBMIT_H

#include "job.h"

struct zcx_queue;

struct zcx_job *zcx_job_alloc(struct zcx_queue *queue, enum zcx_direction dir,
			      const struct zcxfer_transfer *call,
			      u64 user_data);
void zcx_job_set_callback(struct zcx_job *job, void (*callback)(void *arg),
			  void *arg);
bool zcx_job_is_released(const struct zcx_job *job);
void zcx_job_charge(struct zcx_job *job);
int zcx_job_discard(struct zcx_job *job, struct zcxfer_result *result);
bool zcx_job_start(struct zcx_job *job);
bool zcx_job_abandon(struct zcx_job *job);
void zcx_job_put(struct zcx_job *job);
int zcx_jobs_init(void);
void zcx_jobs_exit(void);

#endif /* _ZCX_SUBMIT_H */
