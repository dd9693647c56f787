// SPDX-License-Identifier: GPL-2.0
/* What all calls of a transfer came to, in words and as JSON. */
#include <stdio.h>

#include "tool.h"

/**
 * tally_add - count a call
 * @tally: of the calls before it
 * @result: what the call told
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

static void print_why(FILE *stream, const struct zcxfer_result *total,
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

/* Of several calls, each of which only knows of its own time. */
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
	print_why(stream, total, "\"");
	fprintf(stream, "], ");
	if (tally->reads_files)
		fprintf(stream, "\"changed\": \"%s\", ",
			changes_name(total->changes));
	fprintf(stream, "\"socket_calls\": %llu, \"ioctls\": %u, \"seconds\": %.6f}\n",
		total->socket_calls, tally->ioctls, tally->seconds);
}

/**
 * tally_print - tell the result
 * @stream: where to
 * @tally: all calls
 * @json: as one JSON object instead of a line of text
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
		print_why(stream, total, "");
		fputc(')', stream);
	}
	fprintf(stream, ", %u call%s, %.2f s%s\n", tally->ioctls,
		tally->ioctls == 1 ? "" : "s", tally->seconds,
		total->changes & ZCXFER_CHANGED ?
		"; a file was changed meanwhile" : "");
}
