// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends a reply as one job. If the device or the user has no room for another job,
 * the connection waits; if that takes too long, it gets a 503, which needs no job.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "serve_conn.h"

/* A connection waits for room at most this part of &server.timeout. */
#define ROOM_FRACTION	6

/*
 * Sends a status alone, without a job and without memory. The few bytes fit into a
 * socket, unless the client has not read earlier replies; then it gets no more than
 * the end of the stream.
 */
void send_status(int fd, int status)
{
	char text[256], date[HTTP_DATE_SIZE];
	int len;

	http_format_date(time(NULL), date);
	len = snprintf(text, sizeof(text),
		       "HTTP/1.1 %d %s\r\nServer: zcxfer\r\nDate: %s\r\n"
		       "Connection: close\r\nContent-Length: 0\r\n",
		       status, http_reason(status), date);
	if (status == 503)
		len += snprintf(text + len, sizeof(text) - len,
				"Retry-After: %d\r\n", RETRY_SECONDS);
	len += snprintf(text + len, sizeof(text) - len, "\r\n");
	send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Answers with a status alone, in place of the reply, and closes the connection. */
enum step conn_refuse(struct server *srv, struct conn *conn, int status)
{
	send_status(conn->fd, status);
	log_reply(srv, conn, status, NULL);
	reply_free(&conn->reply);
	return conn_finish(srv, conn);
}

/* True if room may appear later: of a limit, or of the kernel's memory. */
static bool is_limit(int err)
{
	return err == -EAGAIN || err == -EDQUOT || err == -ENOMEM;
}

/* Submits the whole reply. Returns false if there is no room for the job. */
static bool conn_submit(struct server *srv, struct conn *conn, enum step *step)
{
	struct reply *reply = &conn->reply;
	struct zcxfer_transfer transfer = {
		.sock_fd = conn->fd,
		.nr_descs = reply->nr,
		.descs = (uintptr_t)reply->descs,
	};
	int err;

	err = zcxfer_submit_job(srv->dev, ZCXFER_OP_SEND, (uintptr_t)conn,
				&transfer);
	reply->calls++;
	if (is_limit(err))
		return false;
	if (!err) {
		conn->state = CONN_SEND;
		conn->active = serve_now();
		*step = STEP_WAIT;
	} else if (transfer.result.stop == ZCXFER_STOP_SOCKET) {
		log_reply(srv, conn, reply->status, &transfer.result);
		*step = STEP_CLOSE;
	} else {
		*step = conn_refuse(srv, conn, 500);
	}
	return true;
}

/* Submits the reply, or lets it wait for its turn; serve_loop.c calls conn_retry(). */
enum step conn_send(struct server *srv, struct conn *conn)
{
	enum step step;

	if (!srv->waiting && conn_submit(srv, conn, &step))
		return step;
	conn->next_waiting = NULL;
	*srv->waiting_end = conn;
	srv->waiting_end = &conn->next_waiting;
	return STEP_WAIT;
}

/*
 * Submits the replies that wait, the oldest first, until there is no room again. Room
 * appears with a completion of this server, or, if the limit is the user's, with that
 * of another process, which nothing reports.
 */
void conn_retry(struct server *srv)
{
	time_t room = (srv->timeout + ROOM_FRACTION - 1) / ROOM_FRACTION;
	time_t oldest = serve_now() - room;
	struct conn *conn;
	enum step step;

	while ((conn = srv->waiting)) {
		if (!conn_submit(srv, conn, &step)) {
			if (conn->active > oldest)
				return;
			step = conn_refuse(srv, conn, 503);
		}
		srv->waiting = conn->next_waiting;
		if (!srv->waiting)
			srv->waiting_end = &srv->waiting;
		conn_advance(srv, conn, step);
	}
}

/* Ends a reply whose job has completed. */
enum step conn_sent(struct server *srv, struct conn *conn,
		    const struct zcxfer_result *result)
{
	bool keep_alive = conn->reply.keep_alive && !srv->stop_at;

	/* Nothing has left, so another status still can. */
	if (!result->bytes && (result->stop == ZCXFER_STOP_DESC ||
			       result->stop == ZCXFER_STOP_CALL))
		return conn_refuse(srv, conn,
				   result->error == ENOMEM ? 503 : 500);

	log_reply(srv, conn, conn->reply.status, result);
	reply_free(&conn->reply);
	free(conn->request);
	conn->request = NULL;
	/*
	 * The reply is shorter than its Content-Length. The client can learn that
	 * only from the closed connection.
	 */
	if (result->stop != ZCXFER_STOP_DONE)
		return STEP_CLOSE;
	if (!keep_alive)
		return conn_finish(srv, conn);
	conn->state = CONN_READ;
	conn->active = serve_now();
	/* epoll does not report a request that is already in conn->in. */
	return conn->in_len ? STEP_NEXT : conn_wait(srv, conn);
}
