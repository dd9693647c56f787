// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reply that is a file: the whole file, one range of it, or several. No byte of
 * the file is read here.
 */
#include <stdint.h>
#include <sys/random.h>

#include "serve.h"

/* 128 bits, so that no file contains it by chance or can be made to. */
#define BOUNDARY_SIZE	33

/* The header lines that every reply about the file has (RFC 9110, 15.4.5). */
static void print_validators(FILE *stream, const struct resource *res)
{
	char modified[HTTP_DATE_SIZE];

	http_format_date(res->val.modified, modified);
	fprintf(stream, "ETag: %s\r\nLast-Modified: %s\r\n", res->val.etag,
		modified);
	if (res->varies)
		fputs("Vary: Accept-Encoding\r\n", stream);
}

/* The header lines of a reply that has bytes of the file. */
static void print_file_fields(FILE *stream, const struct resource *res)
{
	print_validators(stream, res);
	fputs("Accept-Ranges: bytes\r\n", stream);
	if (res->coding)
		fprintf(stream, "Content-Encoding: %s\r\n", res->coding);
}

static int reply_not_modified(struct reply *reply, const struct resource *res)
{
	size_t mark = reply_head(reply, 304);

	print_validators(reply->stream, res);
	return reply_finish(reply, mark);
}

static int reply_whole(struct reply *reply, const struct resource *res)
{
	struct range all = { .len = res->st.st_size };
	size_t mark;

	reply_add_range(reply, &all);
	mark = reply_head(reply, 200);
	fprintf(reply->stream, "Content-Type: %s\r\n", res->type);
	print_file_fields(reply->stream, res);
	return reply_finish(reply, mark);
}

static void print_content_range(FILE *stream, const struct range *range,
				const struct resource *res)
{
	fprintf(stream, "Content-Range: bytes %llu-%llu/%jd\r\n", range->start,
		range->start + range->len - 1, (intmax_t)res->st.st_size);
}

static int reply_one_range(struct reply *reply, const struct resource *res,
			   const struct range *range)
{
	size_t mark;

	reply_add_range(reply, range);
	mark = reply_head(reply, 206);
	fprintf(reply->stream, "Content-Type: %s\r\n", res->type);
	print_file_fields(reply->stream, res);
	print_content_range(reply->stream, range, res);
	return reply_finish(reply, mark);
}

/* Makes a separator for the parts, which clients search for in what they receive. */
static void make_boundary(char boundary[BOUNDARY_SIZE])
{
	unsigned long long random[2] = { };

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		random[0] = time(NULL);
	snprintf(boundary, BOUNDARY_SIZE, "%016llx%016llx", random[0], random[1]);
}

static int reply_ranges(struct reply *reply, const struct resource *res,
			const struct range *ranges, int nr)
{
	char boundary[BOUNDARY_SIZE];
	size_t mark;
	int i;

	make_boundary(boundary);
	for (i = 0; i < nr; i++) {
		mark = reply_mark(reply);
		fprintf(reply->stream, "\r\n--%s\r\nContent-Type: %s\r\n",
			boundary, res->type);
		print_content_range(reply->stream, &ranges[i], res);
		fputs("\r\n", reply->stream);
		reply_add_text(reply, mark);
		reply_add_range(reply, &ranges[i]);
	}
	mark = reply_mark(reply);
	fprintf(reply->stream, "\r\n--%s--\r\n", boundary);
	reply_add_text(reply, mark);

	mark = reply_head(reply, 206);
	fprintf(reply->stream,
		"Content-Type: multipart/byteranges; boundary=%s\r\n", boundary);
	print_file_fields(reply->stream, res);
	return reply_finish(reply, mark);
}

/**
 * reply_file() - build the reply to a request for a file
 * @reply: the reply, which owns the file
 * @res: the file
 * @req: the request, whose conditions and ranges decide what is sent
 *
 * Return: 0, or a negative errno if there is no memory.
 */
int reply_file(struct reply *reply, const struct resource *res,
	       const struct http_request *req)
{
	int status = http_check_conditions(req, &res->val);
	struct range ranges[RANGES_MAX];
	int nr = RANGES_IGNORE;
	char header[64];

	if (status == 304)
		return reply_not_modified(reply, res);
	if (status)
		return reply_status(reply, status, NULL, NULL);

	/* Ranges are defined for GET only, and If-Range may exclude them. */
	if (http_str_is(req->method, "GET") && http_range_applies(req, &res->val))
		nr = range_parse(req->range, res->st.st_size, ranges);

	if (nr == RANGES_UNSATISFIABLE) {
		snprintf(header, sizeof(header), "Content-Range: bytes */%jd\r\n",
			 (intmax_t)res->st.st_size);
		return reply_status(reply, 416, header, NULL);
	}
	if (nr == RANGES_IGNORE)
		return reply_whole(reply, res);
	if (nr == 1)
		return reply_one_range(reply, res, ranges);
	return reply_ranges(reply, res, ranges, nr);
}
