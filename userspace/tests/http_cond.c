// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a client may ask a reply to depend on: preconditions, in their order of
 * precedence, and content codings.
 */
#include <stdint.h>
#include <string.h>

#include "../tools/http.h"
#include "tap.h"

/* The file: modified at 1 000 000 000.5 s, of 16 bytes, inode 2. */
#define ETAG	"\"de0b6b3c5316500-10-2\""
#define SAME	"Sun, 09 Sep 2001 01:46:40 GMT"
#define BEFORE	"Sun, 09 Sep 2001 01:46:39 GMT"
#define AFTER	"Sun, 09 Sep 2001 01:46:41 GMT"
#define MODIFIED	1000000000

static struct http_validators validators(time_t now)
{
	struct stat st = { .st_size = 16, .st_ino = 2 };
	struct http_validators val;

	st.st_mtim = (struct timespec){ MODIFIED, 500000000 };
	http_set_validators(&val, &st, now);
	return val;
}

/* Parses a request with the header lines @fields, which must end with CR LF. */
static struct http_request request(const char *fields)
{
	static char text[1024];
	struct http_request req;
	int len;

	len = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n",
		       fields);
	if (http_parse_request(text, len, &req) != len)
		tap_ok(false, "parse: %s", fields);
	return req;
}

static const struct {
	const char *name;
	const char *fields;
	int want;
} conditions[] = {
	{ "none", "", 0 },
	{ "If-Match", "If-Match: " ETAG "\r\n", 0 },
	{ "If-Match, another", "If-Match: \"x\"\r\n", 412 },
	{ "If-Match, weak", "If-Match: W/" ETAG "\r\n", 412 },
	{ "If-Match, any", "If-Match: *\r\n", 0 },
	{ "If-Match in a list", "If-Match: \"x,y\" ,\t" ETAG "\r\n", 0 },
	{ "If-Match on a second line",
	  "If-Match: \"x\"\r\nIf-Match: " ETAG "\r\n", 0 },
	{ "If-Match, malformed", "If-Match: x, " ETAG "\r\n", 412 },
	{ "If-Match, not closed", "If-Match: \"de0b\r\n", 412 },
	{ "If-Match, empty", "If-Match:\r\n", 412 },
	{ "If-Match, inside of another tag",
	  "If-Match: \"x\", \", de0b6b3c5316500-10-2\"\r\n", 412 },
	{ "If-Unmodified-Since", "If-Unmodified-Since: " SAME "\r\n", 0 },
	{ "If-Unmodified-Since, later", "If-Unmodified-Since: " AFTER "\r\n", 0 },
	{ "If-Unmodified-Since, earlier",
	  "If-Unmodified-Since: " BEFORE "\r\n", 412 },
	{ "If-Unmodified-Since, no date", "If-Unmodified-Since: x\r\n", 0 },
	{ "If-None-Match", "If-None-Match: " ETAG "\r\n", 304 },
	{ "If-None-Match, weak", "If-None-Match: W/" ETAG "\r\n", 304 },
	{ "If-None-Match, another", "If-None-Match: \"x\"\r\n", 0 },
	{ "If-None-Match, any", "If-None-Match: *\r\n", 304 },
	{ "If-None-Match in a list",
	  "If-None-Match: W/\"x\",\"y\"," ETAG "\r\n", 304 },
	{ "If-None-Match, other case",
	  "If-None-Match: \"DE0B6B3C5316500-10-2\"\r\n", 0 },
	{ "If-Modified-Since", "If-Modified-Since: " SAME "\r\n", 304 },
	{ "If-Modified-Since, later", "If-Modified-Since: " AFTER "\r\n", 304 },
	{ "If-Modified-Since, earlier", "If-Modified-Since: " BEFORE "\r\n", 0 },
	{ "If-Modified-Since, no date", "If-Modified-Since: x\r\n", 0 },
	/* Precedence. */
	{ "If-Match before If-Unmodified-Since",
	  "If-Unmodified-Since: " BEFORE "\r\nIf-Match: " ETAG "\r\n", 0 },
	{ "If-None-Match before If-Modified-Since",
	  "If-Modified-Since: " SAME "\r\nIf-None-Match: \"x\"\r\n", 0 },
	{ "If-None-Match and If-Modified-Since",
	  "If-Modified-Since: " BEFORE "\r\nIf-None-Match: " ETAG "\r\n", 304 },
	{ "If-Match before If-None-Match",
	  "If-None-Match: " ETAG "\r\nIf-Match: \"x\"\r\n", 412 },
	{ "If-Match, then If-None-Match",
	  "If-None-Match: " ETAG "\r\nIf-Match: " ETAG "\r\n", 304 },
	{ "If-Unmodified-Since before If-None-Match",
	  "If-None-Match: " ETAG "\r\nIf-Unmodified-Since: " BEFORE "\r\n", 412 },
	{ "If-Unmodified-Since, then If-Modified-Since",
	  "If-Modified-Since: " SAME "\r\nIf-Unmodified-Since: " SAME "\r\n", 304 },
};

static void test_conditions(void)
{
	struct http_validators val = validators(MODIFIED + 100);
	size_t i;

	tap_ok(!strcmp(val.etag, ETAG), "tag: %s", val.etag);
	for (i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		struct http_request req = request(conditions[i].fields);

		tap_ok(http_check_conditions(&req, &val) == conditions[i].want,
		       "condition: %s", conditions[i].name);
	}
}

/* A page that the server makes has neither tag nor date. */
static void test_no_validators(void)
{
	static const struct {
		const char *fields;
		int want;
	} table[] = {
		{ "", 0 },
		{ "If-Match: *\r\n", 0 },
		{ "If-Match: \"\"\r\n", 412 },
		{ "If-None-Match: \"\"\r\n", 0 },
		{ "If-None-Match: *\r\n", 304 },
		{ "If-Modified-Since: " SAME "\r\n", 0 },
		{ "If-Unmodified-Since: " BEFORE "\r\n", 0 },
	};
	struct http_validators val = { };
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct http_request req = request(table[i].fields);

		tap_ok(http_check_conditions(&req, &val) == table[i].want,
		       "no validators: %zu", i);
	}
}

/* Every change of time, size or inode changes the tag; the future is not shown. */
static void test_validators(void)
{
	struct stat st = { .st_size = 16, .st_ino = 2, .st_mtime = MODIFIED };
	struct http_validators val, other;

	http_set_validators(&val, &st, MODIFIED - 10);
	tap_ok(val.modified == MODIFIED - 10 && val.has_date,
	       "validators: modified in the future");
	st.st_mtim.tv_nsec = 1;
	http_set_validators(&other, &st, MODIFIED);
	tap_ok(strcmp(val.etag, other.etag), "validators: a nanosecond");
	st.st_mtim.tv_nsec = 0;
	st.st_size = 17;
	http_set_validators(&other, &st, MODIFIED);
	tap_ok(strcmp(val.etag, other.etag), "validators: size");
	st.st_size = 16;
	st.st_ino = 3;
	http_set_validators(&other, &st, MODIFIED);
	tap_ok(strcmp(val.etag, other.etag), "validators: inode");
	st = (struct stat){ .st_size = INT64_MAX, .st_ino = UINT64_MAX,
			    .st_mtime = -2 };
	http_set_validators(&other, &st, MODIFIED);
	tap_ok(strlen(other.etag) < HTTP_ETAG_SIZE &&
	       other.etag[strlen(other.etag) - 1] == '"',
	       "validators: the longest tag");
}

static void test_if_range(void)
{
	static const struct {
		const char *name;
		const char *fields;
		time_t now;
		bool want;
	} table[] = {
		{ "none", "", MODIFIED, true },
		{ "tag", "If-Range: " ETAG "\r\n", MODIFIED, true },
		{ "another tag", "If-Range: \"x\"\r\n", MODIFIED, false },
		{ "weak tag", "If-Range: W/" ETAG "\r\n", MODIFIED, false },
		{ "date", "If-Range: " SAME "\r\n", MODIFIED + 2, true },
		{ "other form of the date",
		  "If-Range: Sunday, 09-Sep-01 01:46:40 GMT\r\n", MODIFIED + 2,
		  true },
		{ "date of this second", "If-Range: " SAME "\r\n", MODIFIED,
		  false },
		{ "date of the last second", "If-Range: " SAME "\r\n",
		  MODIFIED + 1, false },
		{ "earlier date", "If-Range: " BEFORE "\r\n", MODIFIED + 100,
		  false },
		{ "later date", "If-Range: " AFTER "\r\n", MODIFIED + 100,
		  false },
		{ "nonsense", "If-Range: x\r\n", MODIFIED + 100, false },
		{ "empty", "If-Range:\r\n", MODIFIED + 100, false },
	};
	struct http_validators none = { };
	struct http_request req;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct http_validators val = validators(table[i].now);

		req = request(table[i].fields);
		tap_ok(http_range_applies(&req, &val) == table[i].want,
		       "If-Range: %s", table[i].name);
	}
	req = request("If-Range: \"\"\r\n");
	tap_ok(!http_range_applies(&req, &none), "If-Range: no validators");
}

static void test_codings(void)
{
	static const struct {
		const char *fields;
		int br, gzip, identity;
	} table[] = {
		{ "", 0, 0, 1 },
		{ "Accept-Encoding:\r\n", 0, 0, 1 },
		{ "Accept-Encoding: gzip\r\n", 0, 1000, 1 },
		{ "accept-encoding: X-GZIP , Br\r\n", 1000, 1000, 1 },
		{ "Accept-Encoding: gzip;q=0.5, br ; Q=1.000\r\n", 1000, 500, 1 },
		{ "Accept-Encoding: gzip;q=0\r\n", 0, 0, 1 },
		{ "Accept-Encoding: gzip;q=0.001,identity;q=0\r\n", 0, 1, 0 },
		{ "Accept-Encoding: *\r\n", 1000, 1000, 1000 },
		{ "Accept-Encoding: *;q=0, br;q=0.25\r\n", 250, 0, 0 },
		{ "Accept-Encoding: gzip\r\nAccept-Encoding: br\r\n", 1000, 1000, 1 },
		/* Malformed elements do not count. */
		{ "Accept-Encoding: gzip;q=2, br;q=1.001\r\n", 0, 0, 1 },
		{ "Accept-Encoding: gzip;q=0.5555, br;q=\r\n", 0, 0, 1 },
		{ "Accept-Encoding: gzip;q=x, br;level=9\r\n", 0, 0, 1 },
		{ "Accept-Encoding: gzip;q=0,5, br;q=15\r\n", 0, 0, 1 },
		{ "Accept-Encoding: gzipped, ;q=1\r\n", 0, 0, 1 },
	};
	struct http_request req;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		req = request(table[i].fields);
		tap_ok(http_coding_weight(req.fields, "br") == table[i].br &&
		       http_coding_weight(req.fields, "gzip") == table[i].gzip &&
		       http_coding_weight(req.fields, "identity") ==
				table[i].identity,
		       "coding: %zu", i);
	}
}

int main(void)
{
	test_conditions();
	test_no_validators();
	test_validators();
	test_if_range();
	test_codings();
	return tap_done();
}
