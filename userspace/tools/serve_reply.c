// SPDX-License-Identifier: GPL-2.0
/*
 * Turns a request into a reply. No byte of a file is read here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "range.h"
#include "serve.h"

/* Separates parts. A file may contain it: Content-Range has a part's length. */
#define BOUNDARY	"zcxfer-7d1f0c2b9a64e835"

/* Served in place of a directory that contains it. */
#define INDEX		"index.html"

/* The file that a request names. */
struct resource {
	const char *path;
	struct stat st;
	char modified[HTTP_DATE_SIZE];
};

/* A reply that has only a status; @header is one more line of the head. */
static int reply_status(struct reply *reply, int status, const char *header)
{
	size_t mark = reply_mark(reply);

	if (status != 304) {
		fprintf(reply->stream, "%d %s\n", status, http_reason(status));
		reply_add_text(reply, mark);
	}
	mark = reply_head(reply, status);
	if (status != 304)
		fputs("Content-Type: text/plain\r\n", reply->stream);
	fputs(header, reply->stream);
	return reply_finish(reply, mark);
}

/* The HTTP status for an errno of open(2). */
static int status_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return 404;
	case EACCES:
	case EPERM:
	case ELOOP:
	case EXDEV:	/* the path leads out of the directory */
		return 403;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return 503;
	default:
		return 500;
	}
}

/*
 * Opens @path below @root. The kernel refuses a path that leads out of there by
 * ".." or by a symbolic link.
 */
static int open_beneath(int root, const char *path)
{
	struct open_how how = {
		/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	return syscall(SYS_openat2, root, *path ? path : ".", &how,
		       sizeof(how));
}

static int reply_whole(struct reply *reply, const struct resource *res)
{
	struct range all = { .len = res->st.st_size };
	size_t mark;

	reply_add_range(reply, &all);
	mark = reply_head(reply, 200);
	fprintf(reply->stream,
		"Content-Type: %s\r\nLast-Modified: %s\r\nAccept-Ranges: bytes\r\n",
		http_content_type(res->path), res->modified);
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
	fprintf(reply->stream, "Content-Type: %s\r\nLast-Modified: %s\r\n",
		http_content_type(res->path), res->modified);
	print_content_range(reply->stream, range, res);
	return reply_finish(reply, mark);
}

static int reply_ranges(struct reply *reply, const struct resource *res,
			const struct range *ranges, int nr)
{
	size_t mark;
	int i;

	for (i = 0; i < nr; i++) {
		mark = reply_mark(reply);
		fprintf(reply->stream, "\r\n--" BOUNDARY "\r\nContent-Type: %s\r\n",
			http_content_type(res->path));
		print_content_range(reply->stream, &ranges[i], res);
		fputs("\r\n", reply->stream);
		reply_add_text(reply, mark);
		reply_add_range(reply, &ranges[i]);
	}
	mark = reply_mark(reply);
	fputs("\r\n--" BOUNDARY "--\r\n", reply->stream);
	reply_add_text(reply, mark);

	mark = reply_head(reply, 206);
	fprintf(reply->stream,
		"Content-Type: multipart/byteranges; boundary=" BOUNDARY "\r\n"
		"Last-Modified: %s\r\n", res->modified);
	return reply_finish(reply, mark);
}

static int reply_file(struct reply *reply, const struct resource *res,
		      const struct http_request *req)
{
	struct range ranges[RANGES_MAX];
	char header[64];
	time_t since;
	int nr = RANGES_IGNORE;

	if (http_parse_date(req->if_modified_since, &since) &&
	    res->st.st_mtime <= since)
		return reply_status(reply, 304, "");

	/* Ranges are defined for GET only, and If-Range may exclude them. */
	if (http_str_is(req->method, "GET") &&
	    (!req->if_range.ptr || http_str_is(req->if_range, res->modified)))
		nr = range_parse(req->range, res->st.st_size, ranges);

	if (nr == RANGES_UNSATISFIABLE) {
		snprintf(header, sizeof(header),
			 "Content-Range: bytes */%jd\r\n",
			 (intmax_t)res->st.st_size);
		return reply_status(reply, 416, header);
	}
	if (nr == RANGES_IGNORE)
		return reply_whole(reply, res);
	if (nr == 1)
		return reply_one_range(reply, res, ranges);
	return reply_ranges(reply, res, ranges, nr);
}

static int reply_index(struct reply *reply, const char *path)
{
	struct range all = { };
	size_t mark;
	int index;

	index = open_index(reply->file, path);
	if (index < 0)
		return reply_status(reply, status_of(-index), "");
	close(reply->file);
	reply->file = index;
	all.len = lseek(index, 0, SEEK_END);
	reply_add_range(reply, &all);
	mark = reply_head(reply, 200);
	fputs("Content-Type: text/html\r\n", reply->stream);
	return reply_finish(reply, mark);
}

/* The relative links of an index work only if its URL ends with '/'. */
static int reply_redirect(struct reply *reply, const char *path)
{
	size_t mark = reply_head(reply, 301);

	fputs("Location: /", reply->stream);
	print_url(reply->stream, path);
	fputs("/\r\n", reply->stream);
	return reply_finish(reply, mark);
}

static int reply_path(struct reply *reply, int root, char *path,
		      const struct http_request *req)
{
	struct resource res = { .path = path };
	size_t len = strlen(path);
	int file;

	reply->file = open_beneath(root, path);
	if (reply->file < 0)
		return reply_status(reply, status_of(errno), "");
	if (fstat(reply->file, &res.st))
		return reply_status(reply, 500, "");

	if (S_ISDIR(res.st.st_mode)) {
		if (len && path[len - 1] != '/')
			return reply_redirect(reply, path);
		memcpy(path + len, INDEX, sizeof(INDEX));
		file = open_beneath(root, path);
		path[len] = '\0';
		if (file < 0)
			return reply_index(reply, path);
		close(reply->file);
		reply->file = file;
		res.path = INDEX;
		if (fstat(file, &res.st))
			return reply_status(reply, 500, "");
	}
	if (!S_ISREG(res.st.st_mode))
		return reply_status(reply, 403, "");
	http_format_date(res.st.st_mtime, res.modified);
	return reply_file(reply, &res, req);
}

/**
 * reply_to_request() - build the reply to a request
 * @reply: filled in; the caller must call reply_free(), also after a failure
 * @root: the directory that is served
 * @req: the request
 *
 * Return: 0, or a negative errno if there is no memory for a reply.
 */
int reply_to_request(struct reply *reply, int root,
		     const struct http_request *req)
{
	char path[HTTP_HEAD_MAX + sizeof(INDEX)];
	bool head = http_str_is(req->method, "HEAD");
	int err;

	err = reply_start(reply);
	if (err)
		return err;
	reply->keep_alive = req->keep_alive;

	err = http_decode_path(req->target, path, HTTP_HEAD_MAX);
	if (!head && !http_str_is(req->method, "GET"))
		err = reply_status(reply, 405, "Allow: GET, HEAD\r\n");
	else if (err)
		err = reply_status(reply, -err, "");
	else
		err = reply_path(reply, root, path, req);
	if (head)
		reply->nr = 1;
	return err;
}

/* The reply to a malformed request, after which the connection is closed. */
int reply_error(struct reply *reply, int status)
{
	int err = reply_start(reply);

	return err ? err : reply_status(reply, status, "");
}
