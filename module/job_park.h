/* SPDX-License-Identifier: GPL-2.0-only */
/* Parking a job: see job_park.c. */
#ifndef _ZCX_JOB_PARK_H
#define _ZCX_JOB_PARK_H

#include "job.h"

bool zcx_job_park_on_socket(struct zcx_job *job);
bool zcx_job_park_on_page(struct zcx_job *job);
void zcx_job_unpark(struct zcx_job *job);
void zcx_job_watch_leases(struct zcx_job *job);
void zcx_job_unwatch_leases(struct zcx_job *job);

#endif /* _ZCX_JOB_PARK_H */
