// SPDX-License-Identifier: GPL-2.0
/*
 * The forms in which HTTP writes paths, dates and status codes.
 */
#include <ctype.h>
#include <string.h>

#include "http.h"

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? at - digits : -1;
}

/* Refuses "..", and removes "." and empty components, in place. */
static int normalize_path(char *path)
{
	char *in = path, *out = path;
	size_t len;

	while (*in) {
		len = strcspn(in, "/");
		if (len == 2 && !memcmp(in, "..", 2))
			return -403;
		if (len && !(len == 1 && *in == '.')) {
			memmove(out, in, len);
			out += len;
			if (in[len])
				*out++ = '/';
		}
		in += len;
		in += *in == '/';
	}
	*out = '\0';
	return 0;
}

/**
 * http_decode_path() - decode the path in a request's target
 * @target: as in the request line: "/a%20b/c?query"
 * @path: filled in, without the first '/': "a b/c"; "" is the root
 * @size: size of @path
 *
 * Return: 0, or the negative HTTP status of the error.
 */
int http_decode_path(struct http_str target, char *path, size_t size)
{
	size_t in, out = 0;
	int high, low;

	if (!target.len || *target.ptr != '/')
		return -400;
	for (in = 0; in < target.len; in++) {
		char c = target.ptr[in];

		if (c == '?' || c == '#')
			break;
		if (c == '%') {
			if (target.len - in < 3)
				return -400;
			high = hex_digit(target.ptr[++in]);
			low = hex_digit(target.ptr[++in]);
			if (high < 0 || low < 0 || !(high | low))
				return -400;
			c = high << 4 | low;
		}
		if (out + 1 >= size)
			return -414;
		path[out++] = c;
	}
	path[out] = '\0';
	return normalize_path(path);
}

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

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} table[] = {
		{ 200, "OK" },
		{ 206, "Partial Content" },
		{ 301, "Moved Permanently" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 414, "URI Too Long" },
		{ 416, "Range Not Satisfiable" },
		{ 431, "Request Header Fields Too Large" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (table[i].status == status)
			return table[i].reason;
	}
	return "Internal Server Error";
}
