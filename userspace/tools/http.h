/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of HTTP/1.1 that a static file server must understand. Parsing only:
 * nothing here uses a socket or a file, so that the unit tests (tests/http*.c)
 * need neither.
 *
 *   http.c           the head of a request
 *   http_path.c      its target
 *   http_cond.c      its preconditions (If-Match and the like)
 *   http_coding.c    its Accept-Encoding
 *   http_date.c      dates
 *   http_text.c      status codes, content types, the access log's quoting
 */
#ifndef ZCXFER_TOOLS_HTTP_H
#define ZCXFER_TOOLS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

/* The longest request head that is accepted, and so the longest path. */
#define HTTP_HEAD_MAX	8192
/* "Sun, 06 Nov 1994 08:49:37 GMT" and its NUL. */
#define HTTP_DATE_SIZE	30
/* Three numbers of 16 hexadecimal digits, two '-', two quotes and a NUL. */
#define HTTP_ETAG_SIZE	53

/* A part of the request head, in the caller's buffer; absent if @ptr is NULL. */
struct http_str {
	const char *ptr;
	size_t len;
};

/**
 * struct http_request - a parsed request head
 * @method: as sent: "GET", "HEAD", ...
 * @target: as sent, still percent-encoded and with its query
 * @fields: all header lines
 * @range: value of Range
 * @if_range: value of If-Range
 * @if_modified_since: value of If-Modified-Since
 * @if_unmodified_since: value of If-Unmodified-Since
 * @keep_alive: true if the client may send another request after this one; false if
 *	the request has a body, which this server does not read
 */
struct http_request {
	struct http_str method;
	struct http_str target;
	struct http_str fields;
	struct http_str range;
	struct http_str if_range;
	struct http_str if_modified_since;
	struct http_str if_unmodified_since;
	bool keep_alive;
};

/**
 * struct http_validators - identify one state of a resource
 * @etag: strong entity tag, with its quotes; "" if there is none
 * @modified: time of the last change in seconds
 * @now: the current time in seconds
 * @has_date: true if @modified is known
 */
struct http_validators {
	char etag[HTTP_ETAG_SIZE];
	time_t modified;
	time_t now;
	bool has_date;
};

/* http.c */
int http_parse_request(const char *buf, size_t len, struct http_request *req);
bool http_next_field(struct http_str *fields, const char *name,
		     struct http_str *value);
bool http_str_is(struct http_str str, const char *want);
struct http_str http_trim(struct http_str str);
bool http_cut(struct http_str *str, char c, struct http_str *head);

/* http_path.c */
int http_decode_path(struct http_str target, char *path, size_t size);
struct http_str http_query(struct http_str target);

/* http_cond.c */
void http_set_validators(struct http_validators *val, const struct stat *st,
			 time_t now);
int http_check_conditions(const struct http_request *req,
			  const struct http_validators *val);
bool http_range_applies(const struct http_request *req,
			const struct http_validators *val);

/* http_coding.c */
int http_coding_weight(struct http_str fields, const char *coding);

/* http_date.c */
bool http_parse_date(struct http_str value, time_t *t);
void http_format_date(time_t t, char buf[HTTP_DATE_SIZE]);

/* http_text.c */
const char *http_reason(int status);
const char *http_content_type(const char *path);
char *http_quote(const char *text, size_t len);

#endif /* ZCXFER_TOOLS_HTTP_H */
