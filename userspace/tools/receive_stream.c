// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer receive: from the connection to the output. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "receive.h"

/* For output without offsets, such as a pipe or a terminal. */
#define BUFFER_SIZE	(256 << 10)

/* Makes one call into the module, for at most @limit bytes. */
static void receive_slice(struct receiver *receiver, __u64 limit,
			  struct zcxfer_result *result)
{
	__u64 offset = receiver->tally.total.bytes;
	struct zcxfer_desc desc;

	if (limit > INT64_MAX - offset)
		limit = INT64_MAX - offset;
	if (limit > receiver_bytes_left(receiver))
		limit = receiver_bytes_left(receiver);
	desc = zcxfer_file_range(receiver->fd, offset, limit);
	zcxfer_recv(receiver->dev, receiver->sock, &desc, 1, receiver->flags,
		    result);
	receiver->tally.ioctls++;
	result->desc = 0;
}

/* Fills in @result after recv(2) has returned @n, without a byte. */
static void recv_result(ssize_t n, struct zcxfer_result *result)
{
	*result = (struct zcxfer_result){ .stop = ZCXFER_STOP_DONE,
					  .socket_calls = 1 };
	if (n > 0)
		return;
	result->stop = !n ? ZCXFER_STOP_EOF :
		       errno == EINTR ? ZCXFER_STOP_SIGNAL : ZCXFER_STOP_SOCKET;
	result->error = n ? errno : 0;
}

/* Does the same with recv(2) and write(2), and fills in the same result. */
static void copy_slice(struct receiver *receiver, struct zcxfer_result *result)
{
	static char buffer[BUFFER_SIZE];
	size_t limit = receiver_bytes_left(receiver) < sizeof(buffer) ?
		       receiver_bytes_left(receiver) : sizeof(buffer);
	ssize_t n = recv(receiver->sock, buffer, limit, 0), w = 0;

	recv_result(n, result);
	if (n <= 0)
		return;
	while (result->bytes < (__u64)n && w >= 0) {
		w = write(receiver->fd, buffer + result->bytes, n - result->bytes);
		if (w > 0)
			result->bytes += w;
		else if (w < 0 && errno == EINTR && !tool_interrupted)
			w = 0;
	}
	result->bytes_copied = result->bytes;
	result->copy_reasons = ZCXFER_COPIED_BUFFER;
	if (w < 0) {
		result->stop = ZCXFER_STOP_DESC;
		result->error = errno;
	}
}

/* All expected bytes are here: the stream must end. */
static void expect_end(struct receiver *receiver, struct zcxfer_result *result)
{
	char byte;

	recv_result(recv(receiver->sock, &byte, 1, 0), result);
	result->socket_calls = 0;
	if (result->stop == ZCXFER_STOP_DONE) {
		result->stop = ZCXFER_STOP_SOCKET;
		result->error = EMSGSIZE;
	}
}

/* The stream has ended as it should. */
static int end_stream(struct receiver *receiver)
{
	struct zcxfer_result result = { .stop = ZCXFER_STOP_EOF };

	if (receiver->tally.expected == TALLY_UNKNOWN || !receiver_bytes_left(receiver))
		return tally_done(&receiver->tally, 1);
	tally_fail(&receiver->tally, ZCXFER_STOP_EOF, 0);
	return receive_explain(receiver, &result);
}

/*
 * The peer's close_notify makes the call fail with EIO. The end of the stream
 * without close_notify is an error.
 */
static int end_tls(struct receiver *receiver, const struct zcxfer_result *result)
{
	if (result->stop == ZCXFER_STOP_SOCKET && result->error == EIO &&
	    tls_closed(receiver->tls))
		return end_stream(receiver);
	if (result->stop != ZCXFER_STOP_EOF)
		return receive_explain(receiver, result);
	receive_print_failure(receiver, receiver->address,
			      "TLS: the connection was cut off");
	return tally_fail(&receiver->tally, ZCXFER_STOP_SOCKET, EPROTO);
}

/* Receives until the stream ends or a call fails. Returns an exit code. */
static int receive_all(struct receiver *receiver, struct progress *bar)
{
	__u64 limit = bar->shown ? TOOL_SLICE : UINT64_MAX;

	for (;;) {
		struct zcxfer_result result;

		if (!receiver_bytes_left(receiver))
			expect_end(receiver, &result);
		else if (receiver->dev < 0)
			copy_slice(receiver, &result);
		else
			receive_slice(receiver, limit, &result);
		tally_add(&receiver->tally, &result);
		progress_update(bar, receiver->tally.total.bytes);

		if (tool_interrupted && result.stop != ZCXFER_STOP_EOF) {
			progress_end(bar);
			return receive_interrupted(receiver);
		}
		if (result.stop == ZCXFER_STOP_DONE ||
		    result.stop == ZCXFER_STOP_SIGNAL)
			continue;
		progress_end(bar);
		return receiver->tls ? end_tls(receiver, &result) :
		       result.stop == ZCXFER_STOP_EOF ? end_stream(receiver) :
		       receive_explain(receiver, &result);
	}
}

/**
 * receive_stream - receive until the peer ends the stream, or print the error
 * @receiver: with a connection and an output
 *
 * Return: an exit code.
 */
int receive_stream(struct receiver *receiver)
{
	struct progress bar;
	int ret = receive_empty_output(receiver);

	if (ret)
		return ret;
	receiver->tally.began = true;
	progress_start(&bar, receiver->tally.expected == TALLY_UNKNOWN ? 0 :
		       receiver->tally.expected);
	ret = receive_all(receiver, &bar);
	receiver->tally.seconds = tool_now() - bar.start;
	return ret;
}
