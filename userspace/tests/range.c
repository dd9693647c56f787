// SPDX-License-Identifier: GPL-2.0-only
/*
 * range_parse(): a table of headers and the ranges that they ask for, of a file of
 * 1000 bytes.
 */
#include <string.h>

#include "../tools/range.h"
#include "tap.h"

#define SIZE	1000

static const struct {
	const char *value;
	int nr;
	struct range ranges[4];
} table[] = {
	{ "bytes=0-0", 1, { { 0, 1 } } },
	{ "bytes=0-499", 1, { { 0, 500 } } },
	{ "bytes=500-", 1, { { 500, 500 } } },
	{ "bytes=-1", 1, { { 999, 1 } } },
	{ "bytes=-1000", 1, { { 0, 1000 } } },
	{ "bytes=-5000", 1, { { 0, 1000 } } },
	{ "bytes=999-999", 1, { { 999, 1 } } },
	{ "bytes=990-5000", 1, { { 990, 10 } } },
	{ "bytes=0-99999999999999999999999999", 1, { { 0, 1000 } } },
	{ "BYTES=1-2", 1, { { 1, 2 } } },
	{ "bytes=0-9,20-29", 2, { { 0, 10 }, { 20, 10 } } },
	{ "bytes= 0-9 ,\t20-29 , -5", 3, { { 0, 10 }, { 20, 10 }, { 995, 5 } } },
	{ "bytes=,0-9,,20-29,", 2, { { 0, 10 }, { 20, 10 } } },
	/* Ranges keep the client's order; those beyond the end are dropped. */
	{ "bytes=20-29,0-9", 2, { { 20, 10 }, { 0, 10 } } },
	{ "bytes=1000-,5-6", 1, { { 5, 2 } } },
	{ "bytes=-0,5-6", 1, { { 5, 2 } } },
	/* The file has none of the bytes. */
	{ "bytes=1000-", RANGES_UNSATISFIABLE, { } },
	{ "bytes=1000-1001,5000-", RANGES_UNSATISFIABLE, { } },
	{ "bytes=-0", RANGES_UNSATISFIABLE, { } },
	{ "bytes=99999999999999999999999999-", RANGES_UNSATISFIABLE, { } },
	/* Up to the size of the file; more is ignored. */
	{ "bytes=0-,0-0", RANGES_IGNORE, { } },
	{ "bytes=0-999", 1, { { 0, 1000 } } },
	{ "bytes=0-599,400-999", RANGES_IGNORE, { } },
	/* Malformed. */
	{ "", RANGES_IGNORE, { } },
	{ "bytes", RANGES_IGNORE, { } },
	{ "bytes=", RANGES_IGNORE, { } },
	{ "bytes=,", RANGES_IGNORE, { } },
	{ "bytes=-", RANGES_IGNORE, { } },
	{ "bytes=5-4", RANGES_IGNORE, { } },
	{ "bytes=2000-1999", RANGES_IGNORE, { } },
	{ "bytes=a-b", RANGES_IGNORE, { } },
	{ "bytes=1-2x", RANGES_IGNORE, { } },
	{ "bytes=1-2 3-4", RANGES_IGNORE, { } },
	{ "bytes=1-2-3", RANGES_IGNORE, { } },
	{ "bytes=0x1-2", RANGES_IGNORE, { } },
	{ "bytes=+1-2", RANGES_IGNORE, { } },
	{ "bytes=--1", RANGES_IGNORE, { } },
	{ "bytes=5", RANGES_IGNORE, { } },
	{ "bytes =1-2", RANGES_IGNORE, { } },
	{ "lines=1-2", RANGES_IGNORE, { } },
};

static int parse(const char *value, __u64 size,
		 struct range ranges[RANGES_MAX])
{
	struct http_str str = { value, value ? strlen(value) : 0 };

	return range_parse(str, size, ranges);
}

static void test_table(void)
{
	struct range ranges[RANGES_MAX];
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		int nr = parse(table[i].value, SIZE, ranges);

		tap_ok(nr == table[i].nr &&
		       (nr <= 0 || !memcmp(ranges, table[i].ranges,
					   nr * sizeof(*ranges))),
		       "\"%s\"", table[i].value);
	}
}

/* "bytes=0-0,0-0,..." with @nr ranges. */
static int parse_many(int nr)
{
	struct range ranges[RANGES_MAX];
	char value[8 + 4 * (RANGES_MAX + 1)] = "bytes=";
	size_t len = strlen(value);
	int i;

	for (i = 0; i < nr; i++)
		len += sprintf(value + len, "%s0-0", i ? "," : "");
	return parse(value, SIZE, ranges);
}

int main(void)
{
	struct range ranges[RANGES_MAX];
	const __u64 huge = 1ULL << 62;

	test_table();
	tap_ok(parse(NULL, SIZE, ranges) == RANGES_IGNORE, "no header");
	tap_ok(parse("bytes=0-", 0, ranges) == RANGES_UNSATISFIABLE,
	       "an empty file");
	tap_ok(parse("bytes=-5", 0, ranges) == RANGES_IGNORE,
	       "the end of an empty file");
	tap_ok(parse("bytes=0-,-5", 0, ranges) == RANGES_IGNORE,
	       "an empty file, and its end");
	tap_ok(parse("bytes=-0", 0, ranges) == RANGES_UNSATISFIABLE,
	       "none of the end of an empty file");
	tap_ok(parse("bytes=-1", huge, ranges) == 1 &&
	       ranges[0].start == huge - 1 && ranges[0].len == 1,
	       "the end of a huge file");
	tap_ok(parse_many(RANGES_MAX) == RANGES_MAX, "the largest number of ranges");
	tap_ok(parse_many(RANGES_MAX + 1) == RANGES_IGNORE, "one range too many");
	return tap_done();
}
