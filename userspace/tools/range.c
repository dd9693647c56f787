// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parses "bytes=0-99,200-,-50" (RFC 9110, 14.1).
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <strings.h>

#include "range.h"

static void skip_blanks(const char **at, const char *end)
{
	while (*at < end && (**at == ' ' || **at == '\t'))
		(*at)++;
}

/*
 * Reads a number; returns false if there is no digit. One that does not fit into
 * 64 bits becomes a very large one, which is beyond the end of any file as well.
 */
static bool read_number(const char **at, const char *end, __u64 *number)
{
	const char *start = *at;

	*number = 0;
	for (; *at < end && isdigit((unsigned char)**at); (*at)++) {
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, **at - '0', number))
			*number = UINT64_MAX / 10 * 10;
	}
	return *at > start;
}

/*
 * Reads one of "first-last", "first-" and "-length". A range that starts beyond
 * the end of the file is well-formed and gets length zero. @suffix is set for a
 * "-length" that is not zero.
 */
static bool read_range(const char **at, const char *end, __u64 size,
		       struct range *range, bool *suffix)
{
	__u64 first, last;
	bool has_first, has_last;

	has_first = read_number(at, end, &first);
	if (*at == end || *(*at)++ != '-')
		return false;
	has_last = read_number(at, end, &last);
	*range = (struct range){ };

	if (!has_first) {
		/* A suffix longer than the file is the whole file. */
		range->len = last < size ? last : size;
		range->start = size - range->len;
		*suffix |= last > 0;
		return has_last;
	}
	if (has_last && last < first)
		return false;
	if (first < size) {
		if (!has_last || last >= size)
			last = size - 1;
		range->start = first;
		range->len = last - first + 1;
	}
	return true;
}

/**
 * range_parse() - parse the ranges that a request asks for
 * @value: value of the Range header
 * @size: size of the file
 * @ranges: filled in, in the order of the request
 *
 * A malformed header must be ignored. A header that asks for more bytes than the
 * file has is ignored as well: the whole file is shorter, and a small request
 * cannot fetch a file hundreds of times. So is one that asks for the end of an empty
 * file, which has an end, but no bytes that Content-Range could name.
 *
 * Return: the number of ranges to send; %RANGES_IGNORE to send the whole file; or
 * %RANGES_UNSATISFIABLE if the file has none of the bytes.
 */
int range_parse(struct http_str value, __u64 size,
		struct range ranges[RANGES_MAX])
{
	const char *at = value.ptr, *end = value.ptr + value.len;
	__u64 total = 0;
	bool any = false, suffix = false;
	int nr = 0;

	if (!value.ptr || value.len < 6 || strncasecmp(at, "bytes=", 6))
		return RANGES_IGNORE;
	at += 6;
	for (;;) {
		struct range range;

		skip_blanks(&at, end);
		/* Empty elements of a list are allowed and ignored. */
		if (at < end && *at != ',') {
			if (!read_range(&at, end, size, &range, &suffix))
				return RANGES_IGNORE;
			any = true;
			if (range.len) {
				/* Both are at most @size: this cannot wrap. */
				total += range.len;
				if (nr == RANGES_MAX || total > size)
					return RANGES_IGNORE;
				ranges[nr++] = range;
			}
			skip_blanks(&at, end);
		}
		if (at == end)
			break;
		if (*at++ != ',')
			return RANGES_IGNORE;
	}
	if (!nr)
		return any && !suffix ? RANGES_UNSATISFIABLE : RANGES_IGNORE;
	return nr;
}
