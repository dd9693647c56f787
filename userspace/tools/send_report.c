// SPDX-License-Identifier: GPL-2.0
/* zcxfer send: how a transfer went, in words and as JSON. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "send.h"

/* What an errno of a file means here, where strerror() leaves one guessing. */
static const char *file_error(int error)
{
	switch (error) {
	case EINVAL:
		return "its filesystem cannot hand out its pages";
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
	case ZCXFER_STOP_CALL:
		tool_error("/dev/zcxfer: %s", strerror(result->error));
		break;
	default:
		tool_error("%s: %s", job->address, result->error == EPIPE ?
			   "the receiver has closed the connection" :
			   strerror(result->error));
	}
	tool_error("stopped after %llu of %llu bytes", job->total.bytes,
		   job->size);
}

static void print_why(const struct job *job, const char *quote)
{
	const char *separator = "";
	unsigned int bit;

	for (bit = 1; zcxfer_copied_name(bit); bit <<= 1) {
		if (!(job->total.copied_why & bit))
			continue;
		printf("%s%s%s%s", separator, quote, zcxfer_copied_name(bit),
		       quote);
		separator = ", ";
	}
}

static void print_json(const struct job *job)
{
	const struct zcxfer_result *total = &job->total;

	printf("{\"bytes\": %llu, \"bytes_referenced\": %llu, ", total->bytes,
	       total->bytes_referenced);
	printf("\"bytes_copied\": %llu, \"copied_why\": [",
	       total->bytes_copied);
	print_why(job, "\"");
	printf("], \"socket_calls\": %llu, \"ioctls\": %u, \"seconds\": %.6f}\n",
	       total->socket_calls, job->ioctls, job->seconds);
}

/**
 * send_print - tell the result
 * @job: the job, done or not
 * @json: as one JSON object instead of a line of text
 */
void send_print(const struct job *job, bool json)
{
	const struct zcxfer_result *total = &job->total;

	if (json) {
		print_json(job);
		return;
	}
	printf("%llu bytes, %llu by reference, %llu copied", total->bytes,
	       total->bytes_referenced, total->bytes_copied);
	if (total->copied_why) {
		fputs(" (", stdout);
		print_why(job, "");
		putchar(')');
	}
	printf(", %u call%s, %.2f s\n", job->ioctls,
	       job->ioctls == 1 ? "" : "s", job->seconds);
}
