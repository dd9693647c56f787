// SPDX-License-Identifier: GPL-2.0-only
/*
 * HTTP dates (RFC 9110, 5.6.7).
 */
#include <string.h>

#include "http.h"

/**
 * http_parse_date() - parse an HTTP date
 * @value: date in any of the three forms that a server must accept
 * @t: filled in
 *
 * Return: true if @value is a date.
 */
bool http_parse_date(struct http_str value, time_t *t)
{
	static const char * const formats[] = {
		"%a, %d %b %Y %H:%M:%S GMT",	/* the preferred form */
		"%A, %d-%b-%y %H:%M:%S GMT",	/* RFC 850 */
		"%a %b %d %H:%M:%S %Y",		/* asctime() */
	};
	char buf[64];
	const char *end;
	size_t i;

	if (!value.ptr || value.len >= sizeof(buf))
		return false;
	memcpy(buf, value.ptr, value.len);
	buf[value.len] = '\0';
	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct tm tm = { };

		/* The program stays in the C locale: the names are English. */
		end = strptime(buf, formats[i], &tm);
		if (end && !*end) {
			*t = timegm(&tm);
			return true;
		}
	}
	return false;
}

void http_format_date(time_t t, char buf[HTTP_DATE_SIZE])
{
	struct tm tm;

	/* A date that the form cannot express becomes the epoch. */
	if (!gmtime_r(&t, &tm) ||
	    !strftime(buf, HTTP_DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		memcpy(buf, "Thu, 01 Jan 1970 00:00:00 GMT",
		       HTTP_DATE_SIZE);
}
