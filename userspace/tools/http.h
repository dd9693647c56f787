/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of HTTP/1.1 that a static file server must understand. Parsing only:
 * nothing here uses a socket or a file, so that the unit test (tests/http.c)
 * needs neither.
 */
#ifndef ZCXFER_TOOLS_HTTP_H
#define ZCXFER_TOOLS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* The longest request head that is accepted, and so the longest path. */
#define HTTP_HEAD_MAX	8192
/* "Sun, 06 Nov 1994 08:49:37 GMT" and its NUL. */
#define HTTP_DATE_SIZE	30

/* A part of the request head, in the caller's buffer; absent if @ptr is NULL. */
struct http_str {
	const char *ptr;
	size_t len;
};

/**
 * struct http_request - a parsed request head
 * @method: as sent: "GET", "HEAD", ...
 * @target: as sent, still percent-encoded and with its query
 * @range: value of Range
 * @if_range: value of If-Range
 * @if_modified_since: value of If-Modified-Since
 * @keep_alive: true if the client may send another request after this one
 */
struct http_request {
	struct http_str method;
	struct http_str target;
	struct http_str range;
	struct http_str if_range;
	struct http_str if_modified_since;
	bool keep_alive;
};

int http_parse_request(const char *buf, size_t len, struct http_request *req);
int http_decode_path(struct http_str target, char *path, size_t size);
bool http_str_is(struct http_str str, const char *want);
bool http_parse_date(struct http_str value, time_t *t);
void http_format_date(time_t t, char buf[HTTP_DATE_SIZE]);
const char *http_reason(int status);

#endif /* ZCXFER_TOOLS_HTTP_H */
