/* SPDX-License-Identifier: GPL-2.0-only */
/* Dispatching a job: see job_dispatch.c. */
#ifndef _ZCX_JOB_DISPATCH_H
#define _ZCX_JOB_DISPATCH_H

#include "job.h"

void zcx_job_dispatch_prepare(struct zcx_job *job, work_func_t move,
			      work_func_t wait, work_func_t stop);
void zcx_job_dispatch_cancel(struct zcx_job *job);
void zcx_job_kick_worker(struct zcx_job *job);
void zcx_job_kick(struct zcx_job *job);
void zcx_job_kick_waiter(struct zcx_job *job);
void zcx_job_kick_later(struct zcx_job *job, unsigned long delay);
void zcx_job_put_socket(struct zcx_job *job);

#endif /* _ZCX_JOB_DISPATCH_H */
