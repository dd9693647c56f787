// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of status codes, content types, and quoting for the access log.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"

#define UTF8	"; charset=utf-8"

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
		{ 408, "Request Timeout" },
		{ 412, "Precondition Failed" },
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

static const char * const types[][2] = {
	{ ".aac", "audio/aac" },
	{ ".avif", "image/avif" },
	{ ".bmp", "image/bmp" },
	{ ".bz2", "application/x-bzip2" },
	{ ".css", "text/css" UTF8 },
	{ ".csv", "text/csv" UTF8 },
	{ ".flac", "audio/flac" },
	{ ".gif", "image/gif" },
	{ ".gz", "application/gzip" },
	{ ".htm", "text/html" UTF8 },
	{ ".html", "text/html" UTF8 },
	{ ".ico", "image/vnd.microsoft.icon" },
	{ ".ics", "text/calendar" UTF8 },
	{ ".jpeg", "image/jpeg" },
	{ ".jpg", "image/jpeg" },
	{ ".js", "text/javascript" UTF8 },
	{ ".json", "application/json" },
	{ ".m4a", "audio/mp4" },
	{ ".m4v", "video/mp4" },
	{ ".map", "application/json" },
	{ ".md", "text/markdown" UTF8 },
	{ ".mjs", "text/javascript" UTF8 },
	{ ".mov", "video/quicktime" },
	{ ".mp3", "audio/mpeg" },
	{ ".mp4", "video/mp4" },
	{ ".oga", "audio/ogg" },
	{ ".ogg", "audio/ogg" },
	{ ".ogv", "video/ogg" },
	{ ".opus", "audio/ogg" },
	{ ".otf", "font/otf" },
	{ ".pdf", "application/pdf" },
	{ ".png", "image/png" },
	{ ".svg", "image/svg+xml" },
	{ ".tar", "application/x-tar" },
	{ ".tif", "image/tiff" },
	{ ".tiff", "image/tiff" },
	{ ".ttf", "font/ttf" },
	{ ".txt", "text/plain" UTF8 },
	{ ".wasm", "application/wasm" },
	{ ".wav", "audio/wav" },
	{ ".webm", "video/webm" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".webp", "image/webp" },
	{ ".woff", "font/woff" },
	{ ".woff2", "font/woff2" },
	{ ".xhtml", "application/xhtml+xml" },
	{ ".xml", "application/xml" },
	{ ".xz", "application/x-xz" },
	{ ".zip", "application/zip" },
	{ ".zst", "application/zstd" },
};

/**
 * http_content_type() - guess the media type of a file
 * @path: its name
 *
 * Text is taken for UTF-8. XML and JSON name or define their character set themselves.
 *
 * Return: the value of Content-Type.
 */
const char *http_content_type(const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t i;

	for (i = 0; dot && i < sizeof(types) / sizeof(*types); i++) {
		if (!strcasecmp(dot, types[i][0]))
			return types[i][1];
	}
	return "application/octet-stream";
}

/**
 * http_quote() - make a text that cannot end a quoted field of a log, nor a line
 * @text: the text
 * @len: its length
 *
 * Quotes, backslashes and what is not printable ASCII become "\xHH".
 *
 * Return: a string, which the caller must free, or %NULL.
 */
char *http_quote(const char *text, size_t len)
{
	char *quoted = malloc(4 * len + 1), *out = quoted;
	size_t i;

	for (i = 0; quoted && i < len; i++) {
		unsigned char c = text[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			*out++ = c;
		else
			out += sprintf(out, "\\x%02x", c);
	}
	if (quoted)
		*out = '\0';
	return quoted;
}
