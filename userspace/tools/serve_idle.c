// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients that are silent, and clients that do not read, must not stay connected for
 * ever. A client that reads slowly must.
 */
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "serve_conn.h"

/*
 * A client that reads slowly makes no progress that its peer sees until its buffer
 * has room for a whole segment, or for a part of a large buffer. So it has more
 * time than a silent one, by this factor.
 */
#define STALL_FACTOR	5

/**
 * struct progress - how far the client has read
 * @left: bytes that it has not acknowledged
 * @acked: changes whenever it acknowledges some; a job refills the socket, so @left
 *	need not change
 * @seconds: how long ago it acknowledged anything
 */
struct progress {
	int left;
	__u64 acked;
	time_t seconds;
};

static struct progress progress_of(const struct conn *conn)
{
	struct progress progress = { };
	struct tcp_info info = { };
	socklen_t len = sizeof(info);

	ioctl(conn->fd, SIOCOUTQ, &progress.left);
	if (getsockopt(conn->fd, IPPROTO_TCP, TCP_INFO, &info, &len)) {
		/* A UNIX socket: all that is left is in the client's buffer. */
		progress.acked = progress.left;
	} else {
		progress.acked = info.tcpi_bytes_acked;
		progress.seconds = info.tcpi_last_ack_recv / 1000;
	}
	return progress;
}

/* Gives up a client that does not read; what it has not read is of no use. */
static void conn_abort(struct server *srv, struct conn *conn)
{
	struct linger at_once = { .l_onoff = 1 };

	setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (conn->state == CONN_SEND)
		/* Its completion closes the connection. */
		zcxfer_cancel_jobs(srv->dev, (uintptr_t)conn);
	else
		conn_close(srv, conn);
}

/* Checks a connection that has been quiet for &server.timeout; may free it. */
static void conn_check_quiet(struct server *srv, struct conn *conn, time_t now)
{
	struct progress progress;
	time_t stalled;

	if (conn->state == CONN_READ && conn->in_len) {
		conn_advance(srv, conn, conn_refuse(srv, conn, 408));
		return;
	}
	progress = progress_of(conn);
	if (progress.acked != conn->acked) {
		conn->acked = progress.acked;
		if (conn->active < now - progress.seconds)
			conn->active = now - progress.seconds;
	}
	/* With everything acknowledged, a job waits for a disk, not for the client. */
	if (!progress.left && conn->state == CONN_SEND)
		conn->active = now;
	stalled = now - conn->active;
	if (progress.left && stalled >= STALL_FACTOR * (time_t)srv->timeout)
		conn_abort(srv, conn);
	else if (!progress.left && stalled >= (time_t)srv->timeout)
		conn_close(srv, conn);
}

/*
 * Closes a connection that is of little use, if the server stops or has no room for
 * others: for a second no request has begun on it, or its client has had everything.
 * Returns false if @conn is neither; may free it.
 */
static bool conn_close_early(struct server *srv, struct conn *conn, time_t now)
{
	int unread = 0;

	if (now - conn->active < 2)
		return false;
	if (conn->state == CONN_DRAIN && !progress_of(conn).left) {
		conn_close(srv, conn);
		return true;
	}
	ioctl(conn->fd, FIONREAD, &unread);
	if (conn->state != CONN_READ || conn->in_len || unread)
		return false;
	conn_advance(srv, conn, conn_finish(srv, conn));
	return true;
}

/* Checks all connections; serve_loop.c calls this every second. */
void conn_check_all(struct server *srv)
{
	time_t now = serve_now(), quiet = now - srv->timeout;
	bool early = srv->stop_at || srv->paused ||
		     srv->nr_conns >= srv->max_conns;
	struct conn *conn, *next;

	for (conn = srv->conns; conn; conn = next) {
		next = conn->next;
		if (early && conn_close_early(srv, conn, now))
			continue;
		/* conn_retry() limits CONN_WAIT, which is not the client's fault. */
		if (conn->active <= quiet && conn->state != CONN_WAIT)
			conn_check_quiet(srv, conn, now);
	}
}
