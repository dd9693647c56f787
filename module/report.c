// SPDX-License-Identifier: GPL-2.0-only
/*
 * The result of a transfer. The engine has verdicts of its own on how a step ended; only
 * this file translates them into the terms of the interface.
 */
#include "report.h"

/* The interface's term for each verdict. A transfer never ends with %ZCX_YIELD. */
static const u8 stop_of[] = {
	[ZCX_DONE]		= ZCXFER_STOP_DONE,
	[ZCX_EOF]		= ZCXFER_STOP_EOF,
	[ZCX_WOULD_BLOCK]	= ZCXFER_STOP_WOULD_BLOCK,
	[ZCX_MISS]		= ZCXFER_STOP_MISS,
	[ZCX_YIELD]		= ZCXFER_STOP_SIGNAL,
	[ZCX_SIGNAL]		= ZCXFER_STOP_SIGNAL,
	[ZCX_LEASE_BROKEN]	= ZCXFER_STOP_LEASE,
	[ZCX_CANCELLED]		= ZCXFER_STOP_CANCELLED,
	[ZCX_BAD_DESC]		= ZCXFER_STOP_DESC,
	[ZCX_BAD_SOCKET]	= ZCXFER_STOP_SOCKET,
	[ZCX_BAD_CALL]		= ZCXFER_STOP_CALL,
};

/* The error as the caller sees it: EAGAIN of a file must not look like the socket's. */
static int xfer_error(const struct zcx_xfer *xfer)
{
	if (xfer->error == -EAGAIN && (xfer->verdict == ZCX_BAD_DESC ||
				       xfer->verdict == ZCX_BAD_SOCKET))
		return -EIO;
	return xfer->error;
}

/**
 * zcx_report - report the result of a transfer
 * @xfer: a transfer that zcx_xfer_finish() has ended
 * @result: out: the result
 *
 * Return: the return value of a call: 0 if bytes were moved, otherwise the error, which
 * is -ERESTARTSYS after a signal so that the system call is restarted.
 */
int zcx_report(const struct zcx_xfer *xfer, struct zcxfer_result *result)
{
	const struct zcx_counts *counts = &xfer->counts;
	int error = xfer_error(xfer);

	result->bytes = counts->bytes;
	result->bytes_referenced = counts->referenced;
	result->bytes_copied = counts->copied;
	result->desc_bytes = xfer->at.done;
	result->desc = xfer->at.range;
	result->stop = stop_of[xfer->verdict];
	result->error = error == -ERESTARTSYS ? EINTR : -error;
	result->copy_reasons = counts->reasons;
	result->socket_calls = counts->socket_calls;
	result->changes = xfer->changes;
	memset(result->reserved, 0, sizeof(result->reserved));
	return counts->bytes ? 0 : error;
}
