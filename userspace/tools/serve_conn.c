// SPDX-License-Identifier: GPL-2.0-only
/*
 * One connection: reads requests and sends replies, one at a time. A request that
 * arrives while a reply is sent stays in the socket.
 *
 * A reply is a job whose user_data is the connection's address. The connection must
 * therefore not be freed before the completion: epoll reports one event at a time
 * (EPOLLONESHOT) and is not armed while there is a job. A client that closes its
 * connection ends the job.
 */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve_conn.h"

/* Armed for one event: bytes of the client, or the end of its stream. */
#define CONN_EVENTS	(EPOLLIN | EPOLLONESHOT)

/* Returns false if there is no memory for the connection; @fd is the caller's then. */
bool conn_open(struct server *srv, int fd, const char *peer)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	int one = 1;

	if (!conn || serve_watch(srv, EPOLL_CTL_ADD, fd, conn, CONN_EVENTS)) {
		free(conn);
		return false;
	}
	conn->fd = fd;
	/* A reply is one transfer: nothing follows that TCP should wait for. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	conn->active = serve_now();
	snprintf(conn->peer, sizeof(conn->peer), "%s", peer);
	conn->reply.file = -1;
	conn->next = srv->conns;
	conn->prev = &srv->conns;
	if (conn->next)
		conn->next->prev = &conn->next;
	srv->conns = conn;
	srv->nr_conns++;
	return true;
}

void conn_close(struct server *srv, struct conn *conn)
{
	*conn->prev = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	srv->nr_conns--;
	srv->paused = false;
	reply_free(&conn->reply);
	free(conn->request);
	/* close() may not do this: a job may still have a reference. */
	epoll_ctl(srv->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
	close(conn->fd);
	free(conn);
}

enum step conn_wait(struct server *srv, struct conn *conn)
{
	return serve_watch(srv, EPOLL_CTL_MOD, conn->fd, conn, CONN_EVENTS) ?
		STEP_CLOSE : STEP_WAIT;
}

/* Ends the server's stream, and waits for the client to end its own. */
enum step conn_finish(struct server *srv, struct conn *conn)
{
	shutdown(conn->fd, SHUT_WR);
	conn->state = CONN_DRAIN;
	conn->active = serve_now();
	return conn_wait(srv, conn);
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
	/* A client that sends its request slowly has no more time for it. */
	if (!conn->in_len)
		conn->active = serve_now();
	conn->in_len += got;
	return STEP_NEXT;
}

/* Keeps the request line for the log, or what there is of it. */
static void conn_keep_request_line(struct conn *conn)
{
	const char *end = conn->in + conn->in_len, *start = conn->in, *at;

	while (start < end && (*start == '\r' || *start == '\n'))
		start++;
	for (at = start; at < end && *at != '\r' && *at != '\n'; at++)
		;
	free(conn->request);
	conn->request = http_quote(start, at - start);
}

static enum step conn_read(struct server *srv, struct conn *conn)
{
	struct http_request req;
	int head, err;

	head = http_parse_request(conn->in, conn->in_len, &req);
	if (!head)
		return conn_receive(srv, conn);

	conn_keep_request_line(conn);
	if (head < 0)
		err = reply_error(&conn->reply, -head);
	else
		err = reply_to_request(&conn->reply, srv, &req);
	if (err)
		return conn_refuse(srv, conn, 503);

	/* @req points into conn->in: it is invalid from here on. */
	if (head < 0)
		head = conn->in_len;
	conn->in_len -= head;
	memmove(conn->in, conn->in + head, conn->in_len);
	conn->state = CONN_WAIT;
	conn->active = serve_now();
	return STEP_NEXT;
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
void conn_advance(struct server *srv, struct conn *conn, enum step step)
{
	while (step == STEP_NEXT) {
		switch (conn->state) {
		case CONN_READ:
			step = conn_read(srv, conn);
			break;
		case CONN_WAIT:
			step = conn_send(srv, conn);
			break;
		default:
			step = conn_drain(srv, conn);
		}
	}
	if (step == STEP_CLOSE)
		conn_close(srv, conn);
}
