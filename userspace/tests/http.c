// SPDX-License-Identifier: GPL-2.0-only
/*
 * The HTTP parsers but the conditions: tables of inputs and expected results. Each
 * head is parsed from memory that ends where the head ends, so that a sanitizer sees a
 * read beyond.
 */
#include <stdlib.h>
#include <string.h>

#include "../tools/http.h"
#include "tap.h"

#define HOST	"Host: x\r\n"
/* Stands for the length of the text in @want. */
#define ALL	1

static const struct {
	const char *name;
	const char *text;
	int want;
	bool keep_alive;
} heads[] = {
	{ "plain", "GET / HTTP/1.1\r\n" HOST "\r\n", ALL, true },
	{ "line feeds", "GET / HTTP/1.1\nHost: x\n\n", ALL, true },
	{ "left-over empty lines", "\r\n\nGET / HTTP/1.1\r\n" HOST "\r\n", ALL,
	  true },
	{ "HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", ALL, false },
	{ "HTTP/1.0 with keep-alive",
	  "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", ALL, true },
	{ "close", "GET / HTTP/1.1\r\n" HOST "connection: Close\r\n\r\n", ALL,
	  false },
	{ "close in a list",
	  "GET / HTTP/1.1\r\n" HOST "Connection: TE, , close\r\n\r\n", ALL,
	  false },
	{ "another method", "BREW / HTTP/1.1\r\n" HOST "\r\n", ALL, true },
	{ "HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", ALL, true },
	{ "no body", "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", ALL,
	  true },
	{ "nothing", "", 0, false },
	{ "only empty lines", "\r\n\r\n", 0, false },
	{ "half a line", "GET / HT", 0, false },
	{ "no end", "GET / HTTP/1.1\r\n" HOST, 0, false },
	{ "half an end", "GET / HTTP/1.1\r\n" HOST "\r", 0, false },
	{ "no Host", "GET / HTTP/1.1\r\n\r\n", -400, false },
	{ "two Hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", -400, false },
	{ "no version", "GET /\r\n\r\n", -400, false },
	{ "no target", "GET  HTTP/1.1\r\n" HOST "\r\n", -400, false },
	{ "a blank too many", "GET /  HTTP/1.1\r\n" HOST "\r\n", -400, false },
	{ "a blank in front", " GET / HTTP/1.1\r\n" HOST "\r\n", -400, false },
	{ "a tab", "GET\t/ HTTP/1.1\r\n" HOST "\r\n", -400, false },
	{ "a control character", "GET /\x01 HTTP/1.1\r\n" HOST "\r\n", -400, false },
	{ "not HTTP", "GET / SMTP/1.1\r\n" HOST "\r\n", -400, false },
	{ "HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", -505, false },
	{ "a longer version", "GET / HTTP/1.10\r\n" HOST "\r\n", -400, false },
	{ "no colon", "GET / HTTP/1.1\r\n" HOST "What\r\n\r\n", -400, false },
	{ "no name", "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", -400, false },
	{ "a blank in a name", "GET / HTTP/1.1\r\n" HOST "A : x\r\n\r\n",
	  -400, false },
	{ "a folded line", "GET / HTTP/1.1\r\n" HOST " more\r\n\r\n", -400, false },
	{ "a lone CR", "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", -400, false },
	{ "two Ranges", "GET / HTTP/1.1\r\n" HOST
	  "Range: bytes=1-2\r\nrange: bytes=1-2\r\n\r\n", -400, false },
	{ "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", ALL, true },
	{ "a Host with a port", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", ALL,
	  true },
	{ "a Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
	  -400, false },
	{ "a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
	  -400, false },
	{ "two lines of a list", "GET / HTTP/1.1\r\n" HOST
	  "If-Match: \"a\"\r\nif-match: \"b\"\r\n\r\n", ALL, true },
	/* The bytes behind the head are no request: the connection must end. */
	{ "a body", "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n",
	  ALL, false },
	{ "chunks", "POST / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\n\r\n", ALL, false },
	{ "a body with keep-alive", "POST / HTTP/1.1\r\n" HOST
	  "Connection: keep-alive\r\nContent-Length: 10\r\n\r\n", ALL, false },
	{ "two lengths", "POST / HTTP/1.1\r\n" HOST
	  "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", -400, false },
	{ "a list of lengths", "POST / HTTP/1.1\r\n" HOST
	  "Content-Length: 5, 5\r\n\r\n", -400, false },
	{ "a negative length", "POST / HTTP/1.1\r\n" HOST
	  "Content-Length: -1\r\n\r\n", -400, false },
	{ "an empty length", "POST / HTTP/1.1\r\n" HOST
	  "Content-Length:\r\n\r\n", -400, false },
	{ "length and chunks", "POST / HTTP/1.1\r\n" HOST
	  "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	  -400, false },
	{ "binary", "\x16\x03\x01\x02\r\n\r\n", -400, false },
};

/* Parses a copy that ends where @text ends. */
static int parse(const char *text, size_t len, bool *keep_alive)
{
	char *copy = malloc(len + !len);
	struct http_request req;
	int ret;

	memcpy(copy, text, len);
	ret = http_parse_request(copy, len, &req);
	*keep_alive = req.keep_alive;
	free(copy);
	return ret;
}

static void test_heads(void)
{
	size_t i, len;
	bool keep_alive;
	int ret;

	for (i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		len = strlen(heads[i].text);
		ret = parse(heads[i].text, len, &keep_alive);
		if (heads[i].want == ALL)
			tap_ok(ret == (int)len &&
			       keep_alive == heads[i].keep_alive,
			       "head: %s", heads[i].name);
		else
			tap_ok(ret == heads[i].want, "head: %s",
			       heads[i].name);
	}
}

/* No proper prefix of a request is taken for a whole one. */
static void test_cut(void)
{
	static const char text[] = "GET /a HTTP/1.1\r\n" HOST "A: b\r\n\r\n";
	bool keep_alive, ok = true;
	size_t len;

	for (len = 0; len < sizeof(text) - 1; len++)
		ok &= parse(text, len, &keep_alive) == 0;
	tap_ok(ok, "head: cut anywhere");
}

static void test_fields(void)
{
	static const char text[] =
		"HEAD /a%20b?c HTTP/1.1\r\n" HOST "RANGE:  bytes=1-2 \t\r\n"
		"If-Range: y\r\nIf-Modified-Since: z\r\n"
		"If-Unmodified-Since: w\r\nA: 1\r\nOther:\r\na:2\r\n\r\nA: 3";
	struct http_request req;
	struct http_str fields, value;
	int ret = http_parse_request(text, sizeof(text) - 1, &req);

	tap_ok(ret == (int)sizeof(text) - 1 - 4, "fields: the next request");
	fields = req.fields;
	tap_ok(http_next_field(&fields, "A", &value) &&
	       http_str_is(value, "1") &&
	       http_next_field(&fields, "A", &value) &&
	       http_str_is(value, "2") &&
	       !http_next_field(&fields, "A", &value), "fields: two lines");
	tap_ok(http_str_is(req.method, "HEAD"), "fields: method");
	tap_ok(http_str_is(req.target, "/a%20b?c"), "fields: target");
	tap_ok(http_str_is(req.range, "bytes=1-2"), "fields: Range");
	tap_ok(http_str_is(req.if_range, "y"), "fields: If-Range");
	tap_ok(http_str_is(req.if_modified_since, "z"),
	       "fields: If-Modified-Since");
	tap_ok(http_str_is(req.if_unmodified_since, "w"),
	       "fields: If-Unmodified-Since");
}

/* Parses a head of @len bytes, most of them in one header. */
static int parse_long(size_t len)
{
	static const char start[] = "GET / HTTP/1.1\r\n" HOST "A: ";
	char *text = malloc(len);
	bool keep_alive;
	int ret;

	memset(text, 'a', len);
	memcpy(text, start, sizeof(start) - 1);
	memcpy(text + len - 4, "\r\n\r\n", 4);
	ret = parse(text, len, &keep_alive);
	free(text);
	return ret;
}

static void test_long(void)
{
	char text[HTTP_HEAD_MAX];
	bool keep_alive;

	memset(text, 'a', sizeof(text));
	tap_ok(parse_long(HTTP_HEAD_MAX) == HTTP_HEAD_MAX, "long: the longest");
	tap_ok(parse_long(HTTP_HEAD_MAX + 1) == -431, "long: too long");
	tap_ok(parse(text, sizeof(text) - 1, &keep_alive) == 0,
	       "long: incomplete");
	tap_ok(parse(text, sizeof(text), &keep_alive) == -414,
	       "long: a request line without an end");
	memcpy(text, "GET / HTTP/1.1\r\n", 16);
	tap_ok(parse(text, sizeof(text), &keep_alive) == -431,
	       "long: a header without an end");
}

static const struct {
	const char *target;
	int want;
	const char *path;
} targets[] = {
	{ "/", 0, "" },
	{ "/a/b", 0, "a/b" },
	{ "/a/b/", 0, "a/b/" },
	{ "//a///b", 0, "a/b" },
	{ "/./a/./b/.", 0, "a/b/" },
	{ "/a?b/../c", 0, "a" },
	{ "/a%20b%2fc%C3%A4", 0, "a b/c\xc3\xa4" },
	{ "/a%2Bb+c", 0, "a+b+c" },
	{ "/%2525", 0, "%25" },
	{ "/...", 0, "..." },
	{ "/..a/b..", 0, "..a/b.." },
	{ "/..", -403, NULL },
	{ "/../a", -403, NULL },
	{ "/a/..", -403, NULL },
	{ "/a/../b", -403, NULL },
	{ "/%2e%2E/a", -403, NULL },
	{ "/a%2f..%2fb", -403, NULL },
	{ "", -400, NULL },
	{ "*", -400, NULL },
	{ "a", -400, NULL },
	{ "http://x/a", 0, "a" },
	{ "HTTPS://x:80/a/b?c", 0, "a/b" },
	{ "http://[::1]:80/a", 0, "a" },
	{ "http://x", 0, "" },
	{ "http://x?b/c", 0, "" },
	{ "http://x/", 0, "" },
	{ "http://x//a", 0, "a" },
	{ "http://x/../a", -403, NULL },
	{ "http:///a", -400, NULL },
	{ "http://", -400, NULL },
	{ "http://a@x/a", -400, NULL },
	{ "http://x/a@b", 0, "a@b" },
	{ "http:/x/a", -400, NULL },
	{ "ftp://x/a", -400, NULL },
	{ "x:80", -400, NULL },
	{ "/%", -400, NULL },
	{ "/%2", -400, NULL },
	{ "/%2x", -400, NULL },
	{ "/%x2", -400, NULL },
	{ "/a%00b", -400, NULL },
	{ "/0123456789012345", -414, NULL },
};

static void test_targets(void)
{
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct http_str target = {
			targets[i].target, strlen(targets[i].target)
		};
		char path[17];
		int ret = http_decode_path(target, path, sizeof(path));

		tap_ok(ret == targets[i].want &&
		       (ret || !strcmp(path, targets[i].path)),
		       "target: \"%s\"", targets[i].target);
	}
}

static void test_query(void)
{
	static const char * const queries[][2] = {
		{ "/a?b=c&d", "?b=c&d" },
		{ "http://x/a?b", "?b" },
		{ "/a?", "?" },
		{ "/a?b?c#d?e", "?b?c" },
		{ "/a#b?c", "" },
		{ "/a", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		struct http_str target = {
			queries[i][0], strlen(queries[i][0])
		};

		tap_ok(http_str_is(http_query(target), queries[i][1]),
		       "query: \"%s\"", queries[i][0]);
	}
}

static const struct {
	const char *value;
	bool want;
	time_t t;
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", true, 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", true, 784111777 },
	{ "Sun Nov  6 08:49:37 1994", true, 784111777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", true, 0 },
	{ "", false, 0 },
	{ "yesterday", false, 0 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT; x", false, 0 },
	{ "Sun, 06 Nov 1994 08:49:37 CET", false, 0 },
	{ "Sun, 06 Nov 1994 28:49:37 GMT", false, 0 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT                                      ",
	  false, 0 },
};

static void test_dates(void)
{
	char text[HTTP_DATE_SIZE];
	size_t i;
	time_t t;

	for (i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		struct http_str value = {
			dates[i].value, strlen(dates[i].value)
		};
		bool ok = http_parse_date(value, &t);

		tap_ok(ok == dates[i].want && (!ok || t == dates[i].t),
		       "date: \"%s\"", dates[i].value);
	}
	tap_ok(!http_parse_date((struct http_str){ }, &t), "date: none");
	http_format_date(784111777, text);
	tap_ok(!strcmp(text, dates[0].value), "date: written");
}

static void test_types(void)
{
	static const char * const types[][2] = {
		{ "a/b.html", "text/html; charset=utf-8" },
		{ "a.TXT", "text/plain; charset=utf-8" },
		{ "a.mjs", "text/javascript; charset=utf-8" },
		{ "a.md", "text/markdown; charset=utf-8" },
		{ "a.webp", "image/webp" },
		{ "a.woff2", "font/woff2" },
		{ "a.mp3", "audio/mpeg" },
		{ "a.json", "application/json" },
		{ "a.html.png", "image/png" },
		{ "a.html/b", "application/octet-stream" },
		{ "html", "application/octet-stream" },
		{ "a.htmlx", "application/octet-stream" },
		{ "", "application/octet-stream" },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		tap_ok(!strcmp(http_content_type(types[i][0]), types[i][1]),
		       "type: \"%s\"", types[i][0]);
}

static void test_quote(void)
{
	static const char text[] = "GET /\"\\\n\x7f\xc3~ x";
	char *quoted = http_quote(text, sizeof(text));

	tap_ok(quoted && !strcmp(quoted,
				 "GET /\\x22\\x5c\\x0a\\x7f\\xc3~ x\\x00"),
	       "quote: everything special");
	free(quoted);
	quoted = http_quote(NULL, 0);
	tap_ok(quoted && !*quoted, "quote: nothing");
	free(quoted);
}

int main(void)
{
	test_heads();
	test_cut();
	test_fields();
	test_long();
	test_targets();
	test_query();
	test_dates();
	test_types();
	test_quote();
	return tap_done();
}
