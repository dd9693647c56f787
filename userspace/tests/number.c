// SPDX-License-Identifier: GPL-2.0-only
/* tool_parse_bytes(): a table of texts, the numbers, and what follows them. */
#include <string.h>

#include "../tools/tool.h"
#include "tap.h"

static const struct {
	const char *text;
	bool ok;
	uint64_t number;
	const char *rest;
} table[] = {
	{ "0", true, 0, "" },
	{ "65536", true, 65536, "" },
	{ "1k", true, 1024, "" },
	{ "1K", true, 1024, "" },
	{ "3M", true, 3 << 20, "" },
	{ "2G", true, 2ULL << 30, "" },
	{ "5T", true, 5ULL << 40, "" },
	{ "7M+1", true, 7 << 20, "+1" },
	{ "10+20", true, 10, "+20" },
	{ "1m", true, 1, "m" },
	{ "1KK", true, 1024, "K" },
	{ "9223372036854775807", true, INT64_MAX, "" },
	{ "8388607T", true, 8388607ULL << 40, "" },
	{ "9223372036854775808", false, 0, NULL },
	{ "99999999999999999999", false, 0, NULL },
	{ "8388608T", false, 0, NULL },
	{ "", false, 0, NULL },
	{ "M", false, 0, NULL },
	{ "-1", false, 0, NULL },
	{ "+1", false, 0, NULL },
	{ " 1", false, 0, NULL },
};

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const char *text = table[i].text;
		uint64_t number = 0;
		bool ok = tool_parse_bytes(&text, &number);

		tap_ok(ok == table[i].ok &&
		       (!ok || (number == table[i].number &&
				!strcmp(text, table[i].rest))),
		       "\"%s\"", table[i].text);
	}
	return tap_done();
}
