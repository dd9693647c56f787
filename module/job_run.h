/* SPDX-License-Identifier: GPL-2.0-only */
/* Running a job: see job_run.c. */
#ifndef _ZCX_JOB_RUN_H
#define _ZCX_JOB_RUN_H

#include "job.h"

void zcx_job_run_prepare(struct zcx_job *job);
bool zcx_job_run_first(struct zcx_job *job);
void zcx_job_put_submitter(struct zcx_job *job);

#endif /* _ZCX_JOB_RUN_H */
