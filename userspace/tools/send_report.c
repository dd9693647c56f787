// SPDX-License-Identifier: GPL-2.0
/* zcxfer send: why a transfer ended early, in words. */
#include <errno.h>
#include <string.h>

#include "send.h"

/* What an errno of a file means here, where strerror() leaves one guessing. */
static const char *file_error(const struct job *job, int error)
{
	switch (error) {
	case EINVAL:
		return "its filesystem cannot hand out its pages";
	case EOPNOTSUPP:
		return "its filesystem cannot do what the options ask for";
	case EBUSY:
		return "somebody has it open to write to it";
	case EACCES:
		return job->flags & ZCXFER_F_STABLE ?
		       "is not yours, as --stable needs it" : strerror(error);
	case EOVERFLOW:
		return "the range is beyond the limit that `zcxfer info` tells";
	default:
		return strerror(error);
	}
}

/**
 * send_explain - say why a call ended early, and how far the transfer came
 * @job: the job
 * @result: of the call
 * @desc: the descriptor it stopped in, one of the job's
 */
void send_explain(const struct job *job, const struct zcxfer_result *result,
		  const struct zcxfer_desc *desc)
{
	const char *name = job->names[desc - job->descs];

	switch (result->stop) {
	case ZCXFER_STOP_EOF:
		tool_error("%s: ends at byte %llu, %llu bytes before the end of the range",
			   name, desc->offset, desc->len);
		break;
	case ZCXFER_STOP_DESC:
		tool_error("%s: %s", name, file_error(job, result->error));
		break;
	case ZCXFER_STOP_MISS:
		tool_error("%s: byte %llu is not in the page cache", name,
			   desc->offset);
		break;
	case ZCXFER_STOP_LEASE:
		tool_error("somebody wants to write to a file that is being sent");
		break;
	case ZCXFER_STOP_CALL:
		tool_error("/dev/zcxfer: %s", strerror(result->error));
		break;
	default:
		tool_error("%s: %s", job->address, result->error == EPIPE ?
			   "the receiver has closed the connection" :
			   strerror(result->error));
	}
	tool_error("stopped after %llu of %llu bytes", job->tally.total.bytes,
		   job->size);
}
