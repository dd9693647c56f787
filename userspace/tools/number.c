// SPDX-License-Identifier: GPL-2.0-only
/* Numbers of bytes, as a user writes them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "tool.h"

/* Shift of a unit, 0 if @letter is none. */
static unsigned int unit_shift(char letter)
{
	switch (letter) {
	case 'k':
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	case 'T':
		return 40;
	default:
		return 0;
	}
}

/**
 * tool_parse_bytes - parse a number of bytes up to the largest file offset
 * @text: advanced behind the number
 * @number: filled in
 *
 * A decimal number, which a unit may follow: K, M, G or T, powers of 1024.
 * strtoull() alone would accept signs and blanks as well.
 *
 * Return: false if @text does not start with such a number.
 */
bool tool_parse_bytes(const char **text, uint64_t *number)
{
	unsigned int shift;
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	shift = unit_shift(*end);
	*text = end + !!shift;
	if (errno || *number > (uint64_t)INT64_MAX >> shift)
		return false;
	*number <<= shift;
	return true;
}

/**
 * tool_bytes_option - parse the value of an option, or print the error
 * @option: name of the option
 * @text: its value
 * @number: filled in
 *
 * Return: false if the value is not a positive number of bytes.
 */
bool tool_bytes_option(const char *option, const char *text, uint64_t *number)
{
	const char *end = text;

	if (tool_parse_bytes(&end, number) && !*end && *number)
		return true;
	tool_error("%s: '%s' is not a positive number of bytes: 65536, 64K, 1M, 2G",
		   option, text);
	return false;
}
