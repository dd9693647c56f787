// SPDX-License-Identifier: GPL-2.0
/*
 * One connection: reads requests, sends replies, one after the other. A request
 * that comes while a reply is being sent waits in the socket.
 *
 * A reply is a job, and the connection is the job's name. So it must not be freed
 * before the job is over, nor be met elsewhere: epoll tells of it when asked to,
 * and once (EPOLLONESHOT), and it is not asked while there is a job. A client that
 * is gone ends the job.
 */
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "serve.h"

/* A client that does nothing for so long is taken for gone. */
#define IDLE_SECONDS	60

/**
 * enum conn_state - what a connection waits for
 * @CONN_READ: a request, or the rest of it
 * @CONN_SEND: the end of the job that sends the reply, or room for that job
 * @CONN_DRAIN: the end of what the client sends; until then closing would reset
 *	the connection, and the client might lose the last reply
 */
enum conn_state {
	CONN_READ,
	CONN_SEND,
	CONN_DRAIN,
};

/* What became of a step: stop here until told, do the next, or close. */
enum step {
	STEP_WAIT,
	STEP_NEXT,
	STEP_CLOSE,
};

/**
 * struct conn - a connection
 * @next: in the server's list
 * @prev: in the server's list: what points to this one
 * @next_refused: in the server's list of those
 * @fd: the socket, non-blocking
 * @state: what it waits for
 * @active: when it last got on (CLOCK_MONOTONIC, seconds)
 * @reply: what is sent in CONN_SEND
 * @line: start of the request line that @reply is for, to tell the user
 * @in: received, but not answered
 * @in_len: how much that is
 */
struct conn {
	struct conn *next;
	struct conn **prev;
	struct conn *next_refused;
	int fd;
	enum conn_state state;
	time_t active;
	struct reply reply;
	char line[64];
	char in[HTTP_HEAD_MAX];
	size_t in_len;
};

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Be told when the client has sent something, or is gone. */
static int conn_watch(struct server *srv, struct conn *conn, int op)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };

	event.data.ptr = conn;
	return epoll_ctl(srv->epoll, op, conn->fd, &event);
}

static void conn_set_options(int fd)
{
	unsigned int idle = IDLE_SECONDS * 1000;
	int one = 1;

	/* A reply is one call: nothing follows that is worth waiting for. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* How far a job has come only TCP knows, so it sees to idle readers. */
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &idle, sizeof(idle));
}

/* Takes over @fd. */
void conn_open(struct server *srv, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		close(fd);
		return;
	}
	conn->fd = fd;
	if (conn_watch(srv, conn, EPOLL_CTL_ADD)) {
		free(conn);
		close(fd);
		return;
	}
	conn_set_options(fd);
	conn->active = now();
	conn->reply.file = -1;
	conn->next = srv->conns;
	conn->prev = &srv->conns;
	if (conn->next)
		conn->next->prev = &conn->next;
	srv->conns = conn;
	srv->nr_conns++;
}

void conn_close(struct server *srv, struct conn *conn)
{
	*conn->prev = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	srv->nr_conns--;
	reply_free(&conn->reply);
	/* Not left to close(): a job may not have let go of the socket yet. */
	epoll_ctl(srv->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
	close(conn->fd);
	free(conn);
}

/* Clients that vanished without a word must not stay for ever. */
void conn_close_idle(struct server *srv)
{
	time_t oldest = now() - IDLE_SECONDS;
	struct conn *conn, *next;

	for (conn = srv->conns; conn; conn = next) {
		next = conn->next;
		if (conn->state != CONN_SEND && conn->active < oldest)
			conn_close(srv, conn);
	}
}

static enum step conn_wait(struct server *srv, struct conn *conn)
{
	return conn_watch(srv, conn, EPOLL_CTL_MOD) ? STEP_CLOSE : STEP_WAIT;
}

static enum step conn_receive(struct server *srv, struct conn *conn)
{
	ssize_t got;

	got = recv(conn->fd, conn->in + conn->in_len,
		   sizeof(conn->in) - conn->in_len, 0);
	if (got < 0 && errno == EAGAIN)
		return conn_wait(srv, conn);
	if (got <= 0)
		return STEP_CLOSE;
	conn->active = now();
	conn->in_len += got;
	return STEP_NEXT;
}

/* Keeps the request line, as far as it can be shown. */
static void conn_note_line(struct conn *conn)
{
	size_t i;

	for (i = 0; i < conn->in_len && i < sizeof(conn->line) - 1; i++) {
		if (!isprint((unsigned char)conn->in[i]))
			break;
		conn->line[i] = conn->in[i];
	}
	conn->line[i] = '\0';
}

static enum step conn_read(struct server *srv, struct conn *conn)
{
	struct http_request req;
	int head, err;

	head = http_parse_request(conn->in, conn->in_len, &req);
	if (!head)
		return conn_receive(srv, conn);

	conn_note_line(conn);
	if (head < 0)
		err = reply_error(&conn->reply, -head);
	else
		err = reply_to_request(&conn->reply, srv->root, &req);
	if (err)
		return STEP_CLOSE;

	/* @req pointed into what is moved away now. */
	if (head < 0)
		head = conn->in_len;
	conn->in_len -= head;
	memmove(conn->in, conn->in + head, conn->in_len);
	conn->state = CONN_SEND;
	return STEP_NEXT;
}

/* The device has no room for its job: it is its turn when others are over. */
static void conn_queue(struct server *srv, struct conn *conn)
{
	conn->next_refused = NULL;
	*srv->refused_end = conn;
	srv->refused_end = &conn->next_refused;
}

/* The whole reply is one job; the device tells when it is over. */
static enum step conn_send(struct server *srv, struct conn *conn)
{
	struct reply *reply = &conn->reply;
	struct zcxfer_transfer transfer = {
		.sock_fd = conn->fd,
		.nr_descs = reply->nr,
		.descs = (uintptr_t)reply->descs,
	};
	int err;

	err = zcxfer_submit(srv->dev, ZCXFER_OP_SEND, (uintptr_t)conn,
			    &transfer);
	reply->calls++;
	if (err == -EAGAIN)
		conn_queue(srv, conn);
	if (!err || err == -EAGAIN)
		return STEP_WAIT;
	if (srv->verbose)
		fprintf(stderr, "%s: %s\n", conn->line, strerror(-err));
	return STEP_CLOSE;
}

static void conn_report(const struct conn *conn,
			const struct zcxfer_result *result)
{
	const struct reply *reply = &conn->reply;

	if (result->stop == ZCXFER_STOP_DONE)
		fprintf(stderr,
			"%s: %d, %llu bytes, %llu by reference, %u call%s\n",
			conn->line, reply->status, result->bytes,
			result->bytes_referenced, reply->calls,
			reply->calls == 1 ? "" : "s");
	else
		fprintf(stderr, "%s: %s\n", conn->line,
			result->stop == ZCXFER_STOP_EOF ?
				"the file shrank" : strerror(result->error));
}

/* The reply is out, or as much of it as ever will be. */
static enum step conn_sent(struct server *srv, struct conn *conn,
			   const struct zcxfer_result *result)
{
	bool keep_alive = conn->reply.keep_alive;

	if (srv->verbose)
		conn_report(conn, result);
	reply_free(&conn->reply);
	/*
	 * The promised length cannot be kept: closing early is the only way to
	 * tell the client.
	 */
	if (result->stop != ZCXFER_STOP_DONE)
		return STEP_CLOSE;
	conn->active = now();
	if (!keep_alive) {
		shutdown(conn->fd, SHUT_WR);
		conn->state = CONN_DRAIN;
		return conn_wait(srv, conn);
	}
	conn->state = CONN_READ;
	/* Of a request that was received already epoll knows nothing. */
	return conn->in_len ? STEP_NEXT : conn_wait(srv, conn);
}

/* What is sent so late nobody reads; a piece at a time, as others wait. */
static enum step conn_drain(struct server *srv, struct conn *conn)
{
	ssize_t got = recv(conn->fd, conn->in, sizeof(conn->in), 0);

	if (!got || (got < 0 && errno != EAGAIN))
		return STEP_CLOSE;
	return conn_wait(srv, conn);
}

/* Goes on as far as that is possible without waiting; may free @conn. */
static void conn_go_on(struct server *srv, struct conn *conn, enum step step)
{
	while (step == STEP_NEXT) {
		switch (conn->state) {
		case CONN_READ:
			step = conn_read(srv, conn);
			break;
		case CONN_SEND:
			step = conn_send(srv, conn);
			break;
		default:
			step = conn_drain(srv, conn);
		}
	}
	if (step == STEP_CLOSE)
		conn_close(srv, conn);
}

/* The client has sent something, or is gone. */
void conn_run(struct server *srv, struct conn *conn)
{
	conn_go_on(srv, conn, STEP_NEXT);
}

/* The job is over. */
void conn_complete(struct server *srv, struct conn *conn,
		   const struct zcxfer_result *result)
{
	conn_go_on(srv, conn, conn_sent(srv, conn, result));
}

/* The device has room for @nr jobs: for those who have waited longest. */
void conn_retry(struct server *srv, int nr)
{
	struct conn *conn;

	for (; nr > 0 && srv->refused; nr--) {
		conn = srv->refused;
		srv->refused = conn->next_refused;
		if (!srv->refused)
			srv->refused_end = &srv->refused;
		conn_go_on(srv, conn, STEP_NEXT);
	}
}
