// SPDX-License-Identifier: GPL-2.0
/*
 * The HTTP parsers: tables of inputs and expected results. Each head is parsed from
 * memory that ends where the head ends, so that a sanitizer sees a read beyond.
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
	{ "a body", "GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n",
	  -400, false },
	{ "chunks", "GET / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\n\r\n", -400, false },
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
		"If-Range: y\r\nIf-Modified-Since: z\r\nOther:\r\n\r\nGET ";
	struct http_request req;
	int ret = http_parse_request(text, sizeof(text) - 1, &req);

	tap_ok(ret == (int)sizeof(text) - 1 - 4, "fields: the next request");
	tap_ok(http_str_is(req.method, "HEAD"), "fields: method");
	tap_ok(http_str_is(req.target, "/a%20b?c"), "fields: target");
	tap_ok(http_str_is(req.range, "bytes=1-2"), "fields: Range");
	tap_ok(http_str_is(req.if_range, "y"), "fields: If-Range");
	tap_ok(http_str_is(req.if_modified_since, "z"),
	       "fields: If-Modified-Since");
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
	tap_ok(parse(text, sizeof(text), &keep_alive) == -431,
	       "long: without an end");
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
	{ "http://x/a", -400, NULL },
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

int main(void)
{
	test_heads();
	test_cut();
	test_fields();
	test_long();
	test_targets();
	test_dates();
	return tap_done();
}
