// SPDX-License-Identifier: GPL-2.0-only
/* Totals of a transfer and how it ended, as text and as JSON. */
#include <stdio.h>

#include "json.h"
#include "tool.h"

/**
 * tally_add - add the result of one step
 * @tally: totals of the earlier steps
 * @result: result of the step; its desc counts from the first of the transfer
 *
 * The caller counts the calls of the module in tally->ioctls.
 */
void tally_add(struct tally *tally, const struct zcxfer_result *result)
{
	tally->total.bytes += result->bytes;
	tally->total.bytes_referenced += result->bytes_referenced;
	tally->total.bytes_copied += result->bytes_copied;
	tally->total.copy_reasons |= result->copy_reasons;
	tally->total.socket_calls += result->socket_calls;
	tally->total.changes |= result->changes;
	tally->total.desc = result->desc;
	tally->total.stop = result->stop;
	tally->total.error = result->error;
}

/**
 * tally_fail - record a failure that no call of the module has reported
 * @tally: totals of the transfer
 * @stop: what failed, one of &enum zcxfer_stop
 * @error: the errno, of either sign
 *
 * Return: the exit code, %TOOL_FAILED, or %TOOL_INTERRUPTED after a signal.
 */
int tally_fail(struct tally *tally, unsigned int stop, int error)
{
	tally->total.stop = stop;
	tally->total.error = error < 0 ? -error : error;
	return stop == ZCXFER_STOP_SIGNAL ? TOOL_INTERRUPTED : TOOL_FAILED;
}

/**
 * tally_done - record that everything was moved
 * @tally: totals of the transfer
 * @nr: number of descriptors
 *
 * Return: the exit code.
 */
int tally_done(struct tally *tally, unsigned int nr)
{
	tally->total.stop = ZCXFER_STOP_DONE;
	tally->total.error = 0;
	tally->total.desc = nr;
	return TOOL_OK;
}

static void print_copy_reasons(FILE *stream, const struct zcxfer_result *total)
{
	const char *separator = "";
	unsigned int bit;

	for (bit = 1; zcxfer_copied_name(bit); bit <<= 1) {
		if (!(total->copy_reasons & bit))
			continue;
		fprintf(stream, "%s%s", separator, zcxfer_copied_name(bit));
		separator = ", ";
	}
}

/* Each call reports only changes made while it ran: @changes has all their bits. */
static const char *changes_name(unsigned int changes)
{
	if (changes & ZCXFER_CHANGED)
		return "yes";
	return changes & ZCXFER_CHANGE_UNKNOWN ? "unknown" : "no";
}

/* Names for programs: as in enum zcxfer_stop. */
static const char *stop_word(unsigned int stop)
{
	static const char * const words[] = {
		[ZCXFER_STOP_DONE]		= "done",
		[ZCXFER_STOP_EOF]		= "eof",
		[ZCXFER_STOP_WOULD_BLOCK]	= "would_block",
		[ZCXFER_STOP_SIGNAL]		= "signal",
		[ZCXFER_STOP_DESC]		= "desc",
		[ZCXFER_STOP_SOCKET]		= "socket",
		[ZCXFER_STOP_CALL]		= "call",
		[ZCXFER_STOP_MISS]		= "miss",
		[ZCXFER_STOP_LEASE]		= "lease",
		[ZCXFER_STOP_CANCELLED]		= "cancelled",
	};

	return stop < sizeof(words) / sizeof(*words) ? words[stop] : "unknown";
}

static void print_json(FILE *stream, const struct tally *tally)
{
	const struct zcxfer_result *total = &tally->total;
	bool done = total->stop == ZCXFER_STOP_DONE;
	struct json json;
	unsigned int bit;

	json_begin(&json, stream);
	json_number(&json, "bytes", total->bytes);
	json_number(&json, "bytes_referenced", total->bytes_referenced);
	json_number(&json, "bytes_copied", total->bytes_copied);
	json_begin_array(&json, "copy_reasons");
	for (bit = 1; zcxfer_copied_name(bit); bit <<= 1)
		if (total->copy_reasons & bit)
			json_element(&json, zcxfer_copied_name(bit));
	json_end_array(&json);
	if (tally->reads_files)
		json_string(&json, "changed", changes_name(total->changes));
	json_number(&json, "socket_calls", total->socket_calls);
	json_number(&json, "ioctls", tally->ioctls);
	json_seconds(&json, "seconds", tally->seconds);
	if (tally->expected == TALLY_UNKNOWN)
		json_null(&json, "expected");
	else
		json_number(&json, "expected", tally->expected);
	json_string(&json, "stop", stop_word(total->stop));
	json_errno(&json, total->error);
	json_number(&json, "desc", total->desc);
	json_string(&json, "file", tally->file);
	json_string(&json, "message", done ? NULL : tool_first_error());
	json_end(&json);
}

/**
 * tally_print - print the totals
 * @stream: stream to print to
 * @tally: totals of all calls
 * @json: true for one JSON object instead of a line of text, which is printed only
 *	if the transfer began
 */
void tally_print(FILE *stream, const struct tally *tally, bool json)
{
	const struct zcxfer_result *total = &tally->total;

	if (json)
		print_json(stream, tally);
	if (json || !tally->began)
		return;
	fprintf(stream, "%llu bytes, %llu by reference, %llu copied",
		total->bytes, total->bytes_referenced, total->bytes_copied);
	if (total->copy_reasons) {
		fputs(" (", stream);
		print_copy_reasons(stream, total);
		fputc(')', stream);
	}
	fprintf(stream, ", %u call%s, %.2f s%s\n", tally->ioctls,
		tally->ioctls == 1 ? "" : "s", tally->seconds,
		total->changes & ZCXFER_CHANGED ?
		"; a file was changed meanwhile" : "");
}
