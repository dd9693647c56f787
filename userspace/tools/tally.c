// SPDX-License-Identifier: GPL-2.0
/* Totals of a transfer, as text and as JSON. */
#include <stdio.h>

#include "tool.h"

/**
 * tally_add - add the result of one call
 * @tally: totals of the earlier calls
 * @result: result of the call
 */
void tally_add(struct tally *tally, const struct zcxfer_result *result)
{
	tally->total.bytes += result->bytes;
	tally->total.bytes_referenced += result->bytes_referenced;
	tally->total.bytes_copied += result->bytes_copied;
	tally->total.copy_reasons |= result->copy_reasons;
	tally->total.socket_calls += result->socket_calls;
	tally->total.changes |= result->changes;
	tally->ioctls++;
}

static void print_copy_reasons(FILE *stream, const struct zcxfer_result *total,
			       const char *quote)
{
	const char *separator = "";
	unsigned int bit;

	for (bit = 1; zcxfer_copied_name(bit); bit <<= 1) {
		if (!(total->copy_reasons & bit))
			continue;
		fprintf(stream, "%s%s%s%s", separator, quote,
			zcxfer_copied_name(bit), quote);
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

static void print_json(FILE *stream, const struct tally *tally)
{
	const struct zcxfer_result *total = &tally->total;

	fprintf(stream, "{\"bytes\": %llu, \"bytes_referenced\": %llu, ",
		total->bytes, total->bytes_referenced);
	fprintf(stream, "\"bytes_copied\": %llu, \"copy_reasons\": [",
		total->bytes_copied);
	print_copy_reasons(stream, total, "\"");
	fprintf(stream, "], ");
	if (tally->reads_files)
		fprintf(stream, "\"changed\": \"%s\", ",
			changes_name(total->changes));
	fprintf(stream, "\"socket_calls\": %llu, \"ioctls\": %u, \"seconds\": %.6f}\n",
		total->socket_calls, tally->ioctls, tally->seconds);
}

/**
 * tally_print - print the totals
 * @stream: stream to print to
 * @tally: totals of all calls
 * @json: true for one JSON object instead of a line of text
 */
void tally_print(FILE *stream, const struct tally *tally, bool json)
{
	const struct zcxfer_result *total = &tally->total;

	if (json) {
		print_json(stream, tally);
		return;
	}
	fprintf(stream, "%llu bytes, %llu by reference, %llu copied",
		total->bytes, total->bytes_referenced, total->bytes_copied);
	if (total->copy_reasons) {
		fputs(" (", stream);
		print_copy_reasons(stream, total, "");
		fputc(')', stream);
	}
	fprintf(stream, ", %u call%s, %.2f s%s\n", tally->ioctls,
		tally->ioctls == 1 ? "" : "s", tally->seconds,
		total->changes & ZCXFER_CHANGED ?
		"; a file was changed meanwhile" : "");
}
