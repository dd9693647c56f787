// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns a request into a reply: a file, the index of a directory, or a status.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve.h"

/* Served in place of a directory that contains it. */
#define INDEX		"index.html"

/**
 * reply_status() - build a reply that has only a status
 * @reply: the reply
 * @status: HTTP status
 * @header: one more line of the head, or %NULL
 * @detail: the reason, for people, or %NULL
 *
 * Return: 0, or a negative errno if there is no memory.
 */
int reply_status(struct reply *reply, int status, const char *header,
		 const char *detail)
{
	size_t mark = reply_mark(reply);

	fprintf(reply->stream, "%d %s\n", status, http_reason(status));
	if (detail)
		fprintf(reply->stream, "%s\n", detail);
	reply_add_text(reply, mark);
	mark = reply_head(reply, status);
	fputs("Content-Type: text/plain; charset=utf-8\r\n", reply->stream);
	if (status == 503)
		fprintf(reply->stream, "Retry-After: %d\r\n", RETRY_SECONDS);
	if (header)
		fputs(header, reply->stream);
	return reply_finish(reply, mark);
}

/* The reply for an errno of opening a file. */
static int reply_errno(struct reply *reply, int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return reply_status(reply, 404, NULL, NULL);
	case EXDEV:
		return reply_status(reply, 403, NULL,
				    "It is outside of the directory that is served.");
	case ENXIO:	/* also open(2) of a UNIX socket */
	case ENODEV:
	case EISDIR:
		return reply_status(reply, 403, NULL, "It is not a regular file.");
	case EACCES:
	case EPERM:
	case ELOOP:
		return reply_status(reply, 403, NULL, NULL);
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return reply_status(reply, 503, NULL, NULL);
	default:
		return reply_status(reply, 500, NULL, NULL);
	}
}

/* The index of the directory that the reply has open. */
static int reply_index(struct reply *reply, const char *path,
		       const struct http_request *req)
{
	const struct http_validators none = { };
	int status = http_check_conditions(req, &none);
	struct range all = { };
	size_t mark;
	int index;

	if (status == 304)
		return reply_finish(reply, reply_head(reply, 304));
	if (status)
		return reply_status(reply, status, NULL, NULL);
	index = open_index(reply->file, path);
	if (index < 0)
		return reply_errno(reply, -index);
	close(reply->file);
	reply->file = index;
	all.len = lseek(index, 0, SEEK_END);
	reply_add_range(reply, &all);
	mark = reply_head(reply, 200);
	fputs("Content-Type: text/html; charset=utf-8\r\n", reply->stream);
	return reply_finish(reply, mark);
}

/* The relative links of an index work only if its URL ends with '/'. */
static int reply_redirect(struct reply *reply, const char *path,
			  struct http_str query)
{
	size_t mark = reply_head(reply, 301);

	fputs("Location: /", reply->stream);
	print_url(reply->stream, path);
	fprintf(reply->stream, "/%.*s\r\n", (int)query.len, query.ptr);
	return reply_finish(reply, mark);
}

/* @reply has the directory open; @path has room for an index and a suffix. */
static int reply_directory(struct reply *reply, const struct server *srv,
			   char *path, const struct http_request *req)
{
	size_t len = strlen(path);
	struct resource res;
	int err;

	if (len && path[len - 1] != '/')
		return reply_redirect(reply, path, http_query(req->target));
	memcpy(path + len, INDEX, sizeof(INDEX));
	err = open_resource(&res, srv, path, req);
	path[len] = '\0';
	if (err == -ENOENT)
		return reply_index(reply, path, req);
	close(reply->file);
	reply->file = res.file;
	return err ? reply_errno(reply, -err) : reply_file(reply, &res, req);
}

static int reply_path(struct reply *reply, const struct server *srv,
		      const struct http_request *req)
{
	char path[HTTP_HEAD_MAX + sizeof(INDEX) + SUFFIX_SIZE];
	struct resource res;
	int err;

	err = http_decode_path(req->target, path, HTTP_HEAD_MAX);
	if (err)
		return reply_status(reply, -err, NULL, NULL);
	err = open_resource(&res, srv, path, req);
	reply->file = res.file >= 0 ? res.file : -1;
	if (err == -EISDIR)
		return reply_directory(reply, srv, path, req);
	return err ? reply_errno(reply, -err) : reply_file(reply, &res, req);
}

/**
 * reply_to_request() - build the reply to a request
 * @reply: filled in; the caller must call reply_free(), also after a failure
 * @srv: the server
 * @req: the request
 *
 * Return: 0, or a negative errno if there is no memory for a reply.
 */
int reply_to_request(struct reply *reply, const struct server *srv,
		     const struct http_request *req)
{
	bool head = http_str_is(req->method, "HEAD");
	int err;

	err = reply_start(reply);
	if (err)
		return err;
	reply->keep_alive = req->keep_alive && !srv->stop_at;

	if (head || http_str_is(req->method, "GET"))
		err = reply_path(reply, srv, req);
	else
		err = reply_status(reply, 405, "Allow: GET, HEAD\r\n", NULL);
	if (head)
		reply->nr = 1;
	return err;
}

/* The reply to a malformed request, after which the connection is closed. */
int reply_error(struct reply *reply, int status)
{
	int err = reply_start(reply);

	return err ? err : reply_status(reply, status, NULL, NULL);
}
