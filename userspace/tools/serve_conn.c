// SPDX-License-Identifier: GPL-2.0
/*
 * One connection: reads requests and sends replies, one at a time. A request that
 * arrives while a reply is sent stays in the socket.
 *
 * A reply is a job whose user_data is the connection's address. The connection must
 * therefore not be freed before the completion: epoll reports one event at a time
 * (EPOLLONESHOT) and is not armed while there is a job. A client that closes its
 * connection ends the job.
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

/* A client that is idle for this long is disconnected. */
#define IDLE_SECONDS	60

/**
 * enum conn_state - what a connection waits for
 * @CONN_READ: a request, or the rest of it
 * @CONN_SEND: the completion of the reply's job, or room for that job
 * @CONN_DRAIN: the end of the client's stream; closing earlier would reset the
 *	connection, and the client might lose the last reply
 */
enum conn_state {
	CONN_READ,
	CONN_SEND,
	CONN_DRAIN,
};

/* The result of a step: return to the event loop, do the next step, or close. */
enum step {
	STEP_WAIT,
	STEP_NEXT,
	STEP_CLOSE,
};

/**
 * struct conn - a connection
 * @next: next connection of the server
 * @prev: the pointer to this connection: &server.conns or @next of another
 * @next_refused: next connection in &server.refused
 * @fd: the socket, non-blocking
 * @state: what the connection waits for
 * @active: time of the last progress (CLOCK_MONOTONIC, seconds)
 * @reply: the reply that is sent in CONN_SEND
 * @request_line: start of the request line that @reply is for, for messages
 * @in: bytes received that no reply has been built for
 * @in_len: number of bytes in @in
 */
struct conn {
	struct conn *next;
	struct conn **prev;
	struct conn *next_refused;
	int fd;
	enum conn_state state;
	time_t active;
	struct reply reply;
	char request_line[64];
	char in[HTTP_HEAD_MAX];
	size_t in_len;
};

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Arms epoll for one event: bytes of the client, or the end of its stream. */
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

	/* A reply is one transfer: nothing follows that TCP should wait for. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* Only TCP sees the progress of a job, so it times out idle readers. */
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &idle, sizeof(idle));
}

/* The connection owns @fd, which is closed on failure. */
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
	/* close() may not do this: a job may still have a reference. */
	epoll_ctl(srv->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
	close(conn->fd);
	free(conn);
}

/* Clients that vanish without closing must not stay connected forever. */
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

/* Copies the request line, up to the first character that cannot be printed. */
static void conn_copy_request_line(struct conn *conn)
{
	size_t i;

	for (i = 0; i < conn->in_len; i++) {
		if (i == sizeof(conn->request_line) - 1 ||
		    !isprint((unsigned char)conn->in[i]))
			break;
		conn->request_line[i] = conn->in[i];
	}
	conn->request_line[i] = '\0';
}

static enum step conn_read(struct server *srv, struct conn *conn)
{
	struct http_request req;
	int head, err;

	head = http_parse_request(conn->in, conn->in_len, &req);
	if (!head)
		return conn_receive(srv, conn);

	conn_copy_request_line(conn);
	if (head < 0)
		err = reply_error(&conn->reply, -head);
	else
		err = reply_to_request(&conn->reply, srv->root, &req);
	if (err)
		return STEP_CLOSE;

	/* @req points into conn->in: it is invalid from here on. */
	if (head < 0)
		head = conn->in_len;
	conn->in_len -= head;
	memmove(conn->in, conn->in + head, conn->in_len);
	conn->state = CONN_SEND;
	return STEP_NEXT;
}

/* The device has no room for the job: conn_retry() submits it again. */
static void conn_queue(struct server *srv, struct conn *conn)
{
	conn->next_refused = NULL;
	*srv->refused_end = conn;
	srv->refused_end = &conn->next_refused;
}

/* Submits the whole reply as one job; conn_complete() takes its completion. */
static enum step conn_send(struct server *srv, struct conn *conn)
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
	if (err == -EAGAIN)
		conn_queue(srv, conn);
	if (!err || err == -EAGAIN)
		return STEP_WAIT;
	if (srv->verbose)
		fprintf(stderr, "%s: %s\n", conn->request_line, strerror(-err));
	return STEP_CLOSE;
}

static void conn_report(const struct conn *conn,
			const struct zcxfer_result *result)
{
	const struct reply *reply = &conn->reply;

	if (result->stop == ZCXFER_STOP_DONE)
		fprintf(stderr,
			"%s: %d, %llu bytes, %llu by reference, %u call%s\n",
			conn->request_line, reply->status, result->bytes,
			result->bytes_referenced, reply->calls,
			reply->calls == 1 ? "" : "s");
	else
		fprintf(stderr, "%s: %s\n", conn->request_line,
			result->stop == ZCXFER_STOP_EOF ?
				"the file shrank" : strerror(result->error));
}

/* Ends a reply whose job has completed. */
static enum step conn_sent(struct server *srv, struct conn *conn,
			   const struct zcxfer_result *result)
{
	bool keep_alive = conn->reply.keep_alive;

	if (srv->verbose)
		conn_report(conn, result);
	reply_free(&conn->reply);
	/*
	 * The reply is shorter than its Content-Length. The client can learn that
	 * only from the closed connection.
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
	/* epoll does not report a request that is already in conn->in. */
	return conn->in_len ? STEP_NEXT : conn_wait(srv, conn);
}

/* Drops what the client still sends: one piece for each event, as others wait. */
static enum step conn_drain(struct server *srv, struct conn *conn)
{
	ssize_t got = recv(conn->fd, conn->in, sizeof(conn->in), 0);

	if (!got || (got < 0 && errno != EAGAIN))
		return STEP_CLOSE;
	return conn_wait(srv, conn);
}

/* Runs steps until one must wait; may free @conn. */
static void conn_advance(struct server *srv, struct conn *conn, enum step step)
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

/* The client has sent bytes, or closed the connection. */
void conn_run(struct server *srv, struct conn *conn)
{
	conn_advance(srv, conn, STEP_NEXT);
}

/* The job of the reply has completed. */
void conn_complete(struct server *srv, struct conn *conn,
		   const struct zcxfer_result *result)
{
	conn_advance(srv, conn, conn_sent(srv, conn, result));
}

/* Submits up to @nr refused jobs again, the oldest first. */
void conn_retry(struct server *srv, int nr)
{
	struct conn *conn;

	for (; nr > 0 && srv->refused; nr--) {
		conn = srv->refused;
		srv->refused = conn->next_refused;
		if (!srv->refused)
			srv->refused_end = &srv->refused;
		conn_advance(srv, conn, STEP_NEXT);
	}
}
