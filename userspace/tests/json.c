// SPDX-License-Identifier: GPL-2.0-only
/* The writer of JSON: strings of every kind, and the forms of an object. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/json.h"
#include "tap.h"

static const struct {
	const char *text;
	const char *json;
} strings[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a \"b\" \\c", "a \\\"b\\\" \\\\c" },
	{ "tab\tnewline\n\x7f", "tab\\u0009newline\\u000a\\u007f" },
	{ "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7" },
	{ "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf" },
	/* Not UTF-8: Latin-1, cut off, too long, surrogates, too large. */
	{ "\xe4.", "\\ufffd." },
	{ "\xe2\x82", "\\ufffd\\ufffd" },
	{ "\x80\xff", "\\ufffd\\ufffd" },
	{ "\xc0\xaf", "\\ufffd\\ufffd" },
	{ "\xe0\x9f\xbf", "\\ufffd\\ufffd\\ufffd" },
	{ "\xf0\x8f\xbf\xbf", "\\ufffd\\ufffd\\ufffd\\ufffd" },
	{ "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd" },
	{ "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
};

static void test_string(const char *text, const char *want)
{
	char *out = NULL, line[200];
	struct json json;
	size_t len;
	FILE *stream = open_memstream(&out, &len);

	if (!stream) {
		tap_ok(false, "out of memory");
		return;
	}
	json_begin(&json, stream);
	json_string(&json, "s", text);
	json_end(&json);
	fclose(stream);
	snprintf(line, sizeof(line), "{\"s\": \"%s\"}\n", want);
	tap_ok(!strcmp(out, line), "string: %s", want);
	free(out);
}

static void test_object(void)
{
	static const char want[] =
		"{\"n\": 4294967296, \"none\": [], \"two\": [\"a\", \"b\"], \"s\": null}\n";
	char *out = NULL;
	struct json json;
	size_t len;
	FILE *stream = open_memstream(&out, &len);

	if (!stream) {
		tap_ok(false, "out of memory");
		return;
	}
	json_begin(&json, stream);
	json_number(&json, "n", 1ULL << 32);
	json_begin_array(&json, "none");
	json_end_array(&json);
	json_begin_array(&json, "two");
	json_element(&json, "a");
	json_element(&json, "b");
	json_end_array(&json);
	json_string(&json, "s", NULL);
	json_end(&json);
	fclose(stream);
	tap_ok(!strcmp(out, want), "numbers, arrays and null");
	free(out);
}

static void test_errors(void)
{
	static const char want[] =
		"{\"t\": 1.500000, \"error\": 32, \"error_name\": \"EPIPE\"}\n";
	char *out = NULL;
	struct json json;
	size_t len;
	FILE *stream = open_memstream(&out, &len);

	if (!stream) {
		tap_ok(false, "out of memory");
		return;
	}
	json_begin(&json, stream);
	json_seconds(&json, "t", 1.5);
	json_errno(&json, EPIPE);
	json_end(&json);
	fclose(stream);
	tap_ok(!strcmp(out, want), "seconds and an error");
	free(out);
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(strings) / sizeof(*strings); i++)
		test_string(strings[i].text, strings[i].json);
	test_object();
	test_errors();
	return tap_done();
}
