// SPDX-License-Identifier: GPL-2.0
/* zcxfer send: why a transfer ended early, in words. */
#include <errno.h>
#include <string.h>

#include "send.h"

/* What an errno of a file means here, where strerror() leaves one guessing. */
static const char *file_error(int error)
{
	switch (error) {
	case EINVAL:
		return "its filesystem cannot hand out its pages";
	case EOPNOTSUPP:
		return "its filesystem cannot do what --direct or --cached-only asks for";
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
		tool_error("%s: %s", name, file_error(result->error));
		break;
	case ZCXFER_STOP_MISS:
		tool_error("%s: byte %llu is not in the page cache", name,
			   desc->offset);
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
