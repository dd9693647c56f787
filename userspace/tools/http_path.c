// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target of a request: "/a%20b?query", or with the server's address in front
 * (RFC 9112, 3.2).
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

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

static bool starts_with(struct http_str str, const char *start)
{
	size_t len = strlen(start);

	return str.len >= len && !strncasecmp(str.ptr, start, len);
}

/*
 * Removes "http://host" from a target in absolute form, which clients of a proxy
 * send. The host is not compared with anything: the server has only one directory.
 * Returns false if the host is missing, or has a user's name, as in
 * "http://trusted.example@other.example/".
 */
static bool remove_authority(struct http_str *target)
{
	size_t len = 0;

	if (starts_with(*target, "http://"))
		len = strlen("http://");
	else if (starts_with(*target, "https://"))
		len = strlen("https://");
	if (!len)
		return true;

	target->ptr += len;
	target->len -= len;
	for (len = 0; len < target->len; len++) {
		if (strchr("/?#", target->ptr[len]))
			break;
		if (target->ptr[len] == '@')
			return false;
	}
	target->ptr += len;
	target->len -= len;
	return len && *(target->ptr - 1) != '/';
}

/**
 * http_query() - find the query in a request's target
 * @target: as in the request line
 *
 * Return: the query with its '?'; empty if there is none.
 */
struct http_str http_query(struct http_str target)
{
	const char *end = memchr(target.ptr, '#', target.len);
	const char *query;

	if (end)
		target.len = end - target.ptr;
	query = memchr(target.ptr, '?', target.len);
	if (!query)
		return (struct http_str){ };
	return (struct http_str){ query, target.ptr + target.len - query };
}

/**
 * http_decode_path() - decode the path in a request's target
 * @target: as in the request line: "/a%20b/c?query" or "http://host/a%20b/c"
 * @path: filled in, without the first '/': "a b/c"; "" is the root
 * @size: size of @path
 *
 * Return: 0, or the negative HTTP status of the error.
 */
int http_decode_path(struct http_str target, char *path, size_t size)
{
	const char *start = target.ptr;
	size_t in, out = 0;
	int high, low;

	if (!target.len || !remove_authority(&target))
		return -400;
	/* "http://host" and "http://host?query" name the root. */
	if (target.ptr == start && *target.ptr != '/')
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
