// SPDX-License-Identifier: GPL-2.0-only
/*
 * The access log, in the common log format, and the lines of --verbose.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve_conn.h"
#include "tool.h"

/**
 * log_open() - open the access log, or open it again
 * @srv: the server; on failure it keeps the log that it has
 *
 * Return: 0, or %TOOL_FAILED after an error message.
 */
int log_open(struct server *srv)
{
	FILE *log;

	if (!srv->log_path)
		return TOOL_OK;
	log = strcmp(srv->log_path, "-") ? fopen(srv->log_path, "ae") :
					   fdopen(dup(STDOUT_FILENO), "a");
	if (!log) {
		tool_error("--log: %s: %s", srv->log_path, strerror(errno));
		return TOOL_FAILED;
	}
	/* A reader of the log, and the next log after a rename, get whole lines. */
	setvbuf(log, NULL, _IOLBF, 0);
	if (srv->log)
		fclose(srv->log);
	srv->log = log;
	return TOOL_OK;
}

/* host identity user [time] "request" status bytes, the bytes without the head. */
static void log_common(const struct server *srv, const struct conn *conn,
		       int status, const struct zcxfer_result *result)
{
	const struct reply *reply = &conn->reply;
	__u64 head = reply->descs ? reply->descs[0].len : 0;
	char when[64] = "-";
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(when, sizeof(when), "%d/%b/%Y:%H:%M:%S %z", &tm);
	fprintf(srv->log, "%s - - [%s] \"%s\" %d ", conn->peer, when,
		conn->request ? conn->request : "-", status);
	if (result && result->bytes > head)
		fprintf(srv->log, "%llu\n", result->bytes - head);
	else
		fputs("-\n", srv->log);
	/* A full disk must not end the log when it has room again. */
	clearerr(srv->log);
}

static void log_verbose(const struct conn *conn, int status,
			const struct zcxfer_result *result)
{
	const struct reply *reply = &conn->reply;
	const char *request = conn->request ? conn->request : "-";

	if (!result)
		fprintf(stderr, "%s: %d %s\n", request, status,
			http_reason(status));
	else if (result->stop == ZCXFER_STOP_DONE)
		fprintf(stderr,
			"%s: %d, %llu bytes, %llu by reference, %u call%s\n",
			request, status, result->bytes,
			result->bytes_referenced, reply->calls,
			reply->calls == 1 ? "" : "s");
	else
		fprintf(stderr, "%s: %s\n", request,
			result->stop == ZCXFER_STOP_EOF ?
				"the file shrank" : strerror(result->error));
}

/**
 * log_reply() - record a reply
 * @srv: the server
 * @conn: the connection, with the reply and the request line
 * @status: HTTP status
 * @result: result of the reply's job, or %NULL if it needed none
 */
void log_reply(const struct server *srv, const struct conn *conn, int status,
	       const struct zcxfer_result *result)
{
	if (srv->log)
		log_common(srv, conn, status, result);
	if (srv->verbose)
		log_verbose(conn, status, result);
}
