// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer receive: messages of transfers that ended early. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "receive.h"

static const char *output_name(const struct receiver *receiver)
{
	return strcmp(receiver->path, "-") ? receiver->path : "standard output";
}

/**
 * receive_print_failure - print why a transfer failed, and what the output holds
 * @receiver: the receiver
 * @subject: the file or address that the reason is about
 * @reason: the reason
 */
void receive_print_failure(const struct receiver *receiver, const char *subject,
			   const char *reason)
{
	const char *path = output_name(receiver);

	if (receive_is_left_behind(receiver))
		tool_error("%s: %s; %s holds the first %llu bytes", subject, reason,
			   path, receiver->tally.total.bytes);
	else
		tool_error("%s: %s; no byte was written, and %s was removed", subject,
			   reason, path);
}

/* Text for an error of the output. */
static const char *output_error(const struct receiver *receiver, int error)
{
	static char text[100];
	struct rlimit limit;

	if (error == EOPNOTSUPP && receiver->flags)
		return "cannot be written past the page cache (--direct)";
	if (error != EFBIG || getrlimit(RLIMIT_FSIZE, &limit) ||
	    limit.rlim_cur == RLIM_INFINITY)
		return strerror(error);
	snprintf(text, sizeof(text), "no file may have more than %llu bytes (ulimit -f)",
		 (unsigned long long)limit.rlim_cur);
	return text;
}

/* Text for an error of the connection. */
static const char *socket_error(const struct receiver *receiver, int error)
{
	if (error == EMSGSIZE && !receiver_bytes_left(receiver))
		return "the peer sends more than --length";
	return strerror(error);
}

/**
 * receive_explain - print why a call failed
 * @receiver: the receiver
 * @result: result of the call
 *
 * Return: %TOOL_FAILED.
 */
int receive_explain(const struct receiver *receiver,
		    const struct zcxfer_result *result)
{
	const char *address = receiver->address;
	char text[100];

	if (result->stop == ZCXFER_STOP_DESC) {
		receive_print_failure(receiver, output_name(receiver),
				      output_error(receiver, result->error));
	} else if (result->stop == ZCXFER_STOP_CALL) {
		receive_print_failure(receiver, "/dev/zcxfer",
				      strerror(result->error));
	} else if (result->stop == ZCXFER_STOP_EOF) {
		snprintf(text, sizeof(text), "the stream ended %llu bytes before --length",
			 (unsigned long long)receiver_bytes_left(receiver));
		receive_print_failure(receiver, address, text);
	} else {
		receive_print_failure(receiver, address,
				      socket_error(receiver, result->error));
	}
	return TOOL_FAILED;
}

/**
 * receive_interrupted - print that a signal has ended the transfer
 * @receiver: the receiver
 *
 * Return: %TOOL_INTERRUPTED.
 */
int receive_interrupted(struct receiver *receiver)
{
	if (receive_is_left_behind(receiver))
		tool_error("interrupted: %s holds the first %llu bytes",
			   output_name(receiver), receiver->tally.total.bytes);
	else
		tool_error("interrupted before a byte was written");
	return tally_fail(&receiver->tally, ZCXFER_STOP_SIGNAL, EINTR);
}
