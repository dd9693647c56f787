// SPDX-License-Identifier: GPL-2.0
/*
 * Lines: the jobs of an open device that send into one socket, or receive from one.
 * Only the first of a line is moved, so their bytes do not mix.
 *
 * All of this is under the lock of the jobs' queue.
 */
#include "internal.h"
#include "job.h"

static unsigned long line_key(const struct zcx_job *job)
{
	return (unsigned long)job->xfer.sock + job->xfer.dir;
}

static struct zcx_job *line_first(struct zcx_lines *lines, unsigned long key)
{
	struct zcx_job *job;

	hash_for_each_possible(lines->first, job, lines, key)
		if (line_key(job) == key)
			return job;
	return NULL;
}

static void line_begin(struct zcx_lines *lines, struct zcx_job *job)
{
	WRITE_ONCE(job->has_turn, true);
	hash_add(lines->first, &job->lines, line_key(job));
}

/**
 * zcx_line_join - a job takes its place in a line
 * @lines: the lines
 * @job: the job
 */
void zcx_line_join(struct zcx_lines *lines, struct zcx_job *job)
{
	struct zcx_job *first = line_first(lines, line_key(job));

	if (first)
		list_add_tail(&job->turn, &first->followers);
	else
		line_begin(lines, job);
}

/* Has it left a hole in the stream, into which the next would slide? */
static bool line_is_broken_by(const struct zcx_job *job)
{
	const struct zcx_xfer *xfer = &job->xfer;

	return xfer->verdict != ZCX_DONE &&
	       (xfer->verdict != ZCX_CANCELLED || xfer->counts.bytes);
}

/* Each ends when its turn comes: in their order. */
static void line_cancel_behind(struct zcx_lines *lines, struct zcx_job *job)
{
	const struct zcx_job *first = line_first(lines, line_key(job));
	struct list_head *at = job == first ? &job->followers : &job->turn;

	while ((at = at->next) != &first->followers)
		WRITE_ONCE(list_entry(at, struct zcx_job, turn)->xfer.cancelled,
			   true);
}

/**
 * zcx_line_leave - a job is over: it is the turn of the next
 * @lines: the lines
 * @job: the job, which still holds its socket
 *
 * If it has left a hole in the stream those behind it are cancelled.
 */
void zcx_line_leave(struct zcx_lines *lines, struct zcx_job *job)
{
	struct zcx_job *next;

	if (line_is_broken_by(job))
		line_cancel_behind(lines, job);
	if (!job->has_turn) {
		list_del(&job->turn);
		return;
	}
	hash_del(&job->lines);
	next = list_first_entry_or_null(&job->followers, struct zcx_job, turn);
	if (next) {
		list_del(&next->turn);
		list_splice_init(&job->followers, &next->followers);
		line_begin(lines, next);
		zcx_job_kick(next);
	}
}
