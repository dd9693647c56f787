// SPDX-License-Identifier: GPL-2.0
/*
 * One connection: reads requests, sends replies, one after the other. A request
 * that comes while a reply is being sent waits in the socket.
 */
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve.h"

/**
 * enum conn_state - what a connection waits for
 * @CONN_READ: a request, or the rest of it
 * @CONN_SEND: room in the socket for the rest of the reply
 * @CONN_DRAIN: the end of what the client sends; until then closing would reset
 *	the connection, and the client might lose the last reply
 */
enum conn_state {
	CONN_READ,
	CONN_SEND,
	CONN_DRAIN,
};

/* What became of a step: stop here until epoll tells, do the next, or close. */
enum step {
	STEP_WAIT,
	STEP_NEXT,
	STEP_CLOSE,
};

/**
 * struct conn - a connection
 * @next: in the server's list
 * @prev: in the server's list: what points to this one
 * @fd: the socket, non-blocking
 * @events: what epoll waits for
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
	int fd;
	__u32 events;
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

/* Takes over @fd. */
void conn_open(struct server *srv, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct conn *conn = calloc(1, sizeof(*conn));
	int one = 1;

	event.data.ptr = conn;
	if (!conn || epoll_ctl(srv->epoll, EPOLL_CTL_ADD, fd, &event)) {
		free(conn);
		close(fd);
		return;
	}
	/* A reply is one call: nothing follows that is worth waiting for. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	conn->fd = fd;
	conn->events = event.events;
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
	close(conn->fd);	/* which also removes it from epoll */
	free(conn);
}

/* Clients that vanished without a word must not stay for ever. */
void conn_close_idle(struct server *srv, time_t seconds)
{
	time_t oldest = now() - seconds;
	struct conn *conn, *next;

	for (conn = srv->conns; conn; conn = next) {
		next = conn->next;
		if (conn->active < oldest)
			conn_close(srv, conn);
	}
}

static void conn_wait(struct server *srv, struct conn *conn, __u32 events)
{
	struct epoll_event event = { .events = events, .data.ptr = conn };

	if (conn->events == events)
		return;
	epoll_ctl(srv->epoll, EPOLL_CTL_MOD, conn->fd, &event);
	conn->events = events;
}

static enum step conn_receive(struct server *srv, struct conn *conn)
{
	ssize_t got;

	got = recv(conn->fd, conn->in + conn->in_len,
		   sizeof(conn->in) - conn->in_len, 0);
	if (got < 0 && errno == EAGAIN) {
		conn_wait(srv, conn, EPOLLIN);
		return STEP_WAIT;
	}
	if (got <= 0)
		return STEP_CLOSE;
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

/* The reply is out. */
static enum step conn_sent(struct server *srv, struct conn *conn)
{
	struct reply *reply = &conn->reply;
	bool keep_alive = reply->keep_alive;

	if (srv->verbose)
		fprintf(stderr,
			"%s: %d, %llu bytes, %llu by reference, %llu call%s\n",
			conn->line, reply->status, reply->bytes,
			reply->bytes_referenced, reply->calls,
			reply->calls == 1 ? "" : "s");
	reply_free(reply);
	if (!keep_alive) {
		shutdown(conn->fd, SHUT_WR);
		conn->state = CONN_DRAIN;
		conn_wait(srv, conn, EPOLLIN);
		return STEP_WAIT;
	}
	conn->state = CONN_READ;
	/*
	 * It is the others' turn now. Of a request that was received already
	 * epoll knows nothing, but it does of room in the socket.
	 */
	conn_wait(srv, conn, conn->in_len ? EPOLLOUT : EPOLLIN);
	return STEP_WAIT;
}

/* The whole reply, or as much as the socket takes, in one call. */
static enum step conn_send(struct server *srv, struct conn *conn)
{
	struct reply *reply = &conn->reply;
	struct zcxfer_result result;
	int err;

	err = zcxfer_send(srv->dev, conn->fd, reply->next, reply->nr, 0,
			  &result);
	reply->calls++;
	if (err && err != -EAGAIN && err != -EINTR) {
		if (srv->verbose)
			fprintf(stderr, "%s: %s\n", conn->line,
				strerror(-err));
		return STEP_CLOSE;
	}
	reply->bytes += result.bytes;
	reply->bytes_referenced += result.bytes_referenced;
	/* Before the end is looked at: it may be the last descriptor's. */
	zcxfer_advance(&reply->next, &reply->nr, &result);
	if (!reply->nr)
		return conn_sent(srv, conn);
	if (result.stop == ZCXFER_STOP_EOF) {
		/*
		 * The file shrank, so the promised length cannot be kept.
		 * Closing early is the only way to tell the client.
		 */
		if (srv->verbose)
			fprintf(stderr, "%s: the file shrank\n", conn->line);
		return STEP_CLOSE;
	}
	if (result.stop != ZCXFER_STOP_WOULD_BLOCK)
		return STEP_NEXT;	/* if it was an error, it comes again */
	conn_wait(srv, conn, EPOLLOUT);
	return STEP_WAIT;
}

static enum step conn_drain(struct conn *conn)
{
	ssize_t got = recv(conn->fd, conn->in, sizeof(conn->in), 0);

	return got > 0 || (got < 0 && errno == EAGAIN) ? STEP_WAIT : STEP_CLOSE;
}

/* Goes on as far as that is possible without waiting; may free @conn. */
void conn_run(struct server *srv, struct conn *conn)
{
	enum step step;

	if (conn->state != CONN_DRAIN)
		conn->active = now();
	do {
		switch (conn->state) {
		case CONN_READ:
			step = conn_read(srv, conn);
			break;
		case CONN_SEND:
			step = conn_send(srv, conn);
			break;
		default:
			step = conn_drain(conn);
		}
	} while (step == STEP_NEXT);
	if (step == STEP_CLOSE)
		conn_close(srv, conn);
}
