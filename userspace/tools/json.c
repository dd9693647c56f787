// SPDX-License-Identifier: GPL-2.0-only
/* A writer of JSON (RFC 8259): one object in one line. */
#include <string.h>

#include "json.h"

/*
 * Bytes of the character at @text, 0 if it is not UTF-8 (RFC 3629): names of files
 * may have any bytes.
 */
static int utf8_length(const unsigned char *text)
{
	unsigned char low = 0x80, high = 0xbf;
	int i, len;

	if (*text < 0x80)
		return 1;
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	len = *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
	/* Not longer than needed, no surrogates, not beyond U+10FFFF. */
	if (*text == 0xe0)
		low = 0xa0;
	else if (*text == 0xed)
		high = 0x9f;
	else if (*text == 0xf0)
		low = 0x90;
	else if (*text == 0xf4)
		high = 0x8f;
	for (i = 1; i < len; i++, low = 0x80, high = 0xbf)
		if (text[i] < low || text[i] > high)
			return 0;
	return len;
}

static void put_text(FILE *stream, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	int len;

	fputc('"', stream);
	for (; *s; s += len ? len : 1) {
		len = utf8_length(s);
		if (!len)
			fputs("\\ufffd", stream);
		else if (*s < ' ' || *s == 0x7f)
			fprintf(stream, "\\u%04x", *s);
		else if (*s == '"' || *s == '\\')
			fprintf(stream, "\\%c", *s);
		else
			fwrite(s, len, 1, stream);
	}
	fputc('"', stream);
}

static void put_name(struct json *json, const char *name)
{
	fprintf(json->stream, "%s\"%s\": ", json->separator, name);
	json->separator = ", ";
}

/**
 * json_begin - begin an object
 * @json: filled in
 * @stream: stream to write to
 */
void json_begin(struct json *json, FILE *stream)
{
	json->stream = stream;
	json->separator = "{";
}

/**
 * json_number - write a member that is a number
 * @json: the object
 * @name: name of the member
 * @value: its value
 */
void json_number(struct json *json, const char *name, uint64_t value)
{
	put_name(json, name);
	fprintf(json->stream, "%llu", (unsigned long long)value);
}

/**
 * json_seconds - write a member that is a duration
 * @json: the object
 * @name: name of the member
 * @value: its value
 */
void json_seconds(struct json *json, const char *name, double value)
{
	put_name(json, name);
	fprintf(json->stream, "%.6f", value);
}

/**
 * json_null - write a member that is null
 * @json: the object
 * @name: name of the member
 */
void json_null(struct json *json, const char *name)
{
	put_name(json, name);
	fputs("null", json->stream);
}

/**
 * json_string - write a member that is a string
 * @json: the object
 * @name: name of the member
 * @text: its value; bytes that are not UTF-8 become U+FFFD; NULL becomes null
 */
void json_string(struct json *json, const char *name, const char *text)
{
	if (!text) {
		json_null(json, name);
		return;
	}
	put_name(json, name);
	put_text(json->stream, text);
}

/**
 * json_errno - write the members "error" and "error_name"
 * @json: the object
 * @error: a positive errno; 0 for none, whose name is null
 */
void json_errno(struct json *json, int error)
{
	json_number(json, "error", error);
	json_string(json, "error_name", error ? strerrorname_np(error) : NULL);
}

/**
 * json_begin_array - begin a member that is an array
 * @json: the object
 * @name: name of the member
 */
void json_begin_array(struct json *json, const char *name)
{
	put_name(json, name);
	fputc('[', json->stream);
	json->separator = "";
}

/**
 * json_element - write an element of an array
 * @json: the object
 * @text: the element
 */
void json_element(struct json *json, const char *text)
{
	fputs(json->separator, json->stream);
	put_text(json->stream, text);
	json->separator = ", ";
}

/**
 * json_end_array - end an array
 * @json: the object
 */
void json_end_array(struct json *json)
{
	fputc(']', json->stream);
	json->separator = ", ";
}

/**
 * json_end - end the object, and the line
 * @json: the object
 */
void json_end(struct json *json)
{
	fputs("}\n", json->stream);
}
