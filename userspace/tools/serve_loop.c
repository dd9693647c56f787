// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loop: one epoll for the listening socket, the device, the signals and all
 * connections.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve_conn.h"
#include "tool.h"

#define EVENTS_MAX	64

/* Longest time that running replies have after SIGTERM, in seconds. */
#define STOP_SECONDS	30

/* How often connections and times are checked, in milliseconds. */
#define CHECK_MS	1000
/* How often it is tried whether there is room for a job, in milliseconds. */
#define RETRY_MS	100

time_t serve_now(void)
{
	return (time_t)tool_now();
}

int serve_watch(struct server *srv, int op, int fd, void *data, __u32 events)
{
	struct epoll_event event = { .events = events, .data.ptr = data };

	return epoll_ctl(srv->epoll, op, fd, &event);
}

/*
 * While there are @max_conns connections, or no descriptors, new connections wait in
 * the backlog.
 */
static void set_accepting(struct server *srv)
{
	bool accepting = srv->nr_conns < srv->max_conns && !srv->paused;

	if (srv->listener < 0 || srv->accepting == accepting)
		return;
	srv->accepting = accepting;
	serve_watch(srv, EPOLL_CTL_MOD, srv->listener, &srv->listener,
		    accepting ? EPOLLIN : 0);
}

/* Accepts a connection; returns false if there is none, or no room for one. */
static bool accept_one(struct server *srv)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char peer[PEER_SIZE] = "-";
	int fd;

	fd = accept4(srv->listener, (struct sockaddr *)&addr, &len,
		     SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		/* Until a connection is closed, or the next check. */
		srv->paused = errno == EMFILE || errno == ENFILE ||
			      errno == ENOBUFS || errno == ENOMEM;
		/* There are fewer descriptors than expected; a reply needs two. */
		if (errno == EMFILE)
			srv->max_conns = srv->nr_conns > 2 ?
				srv->nr_conns / 2 : 1;
		return false;
	}
	if (addr.ss_family != AF_UNIX)
		getnameinfo((struct sockaddr *)&addr, len, peer, sizeof(peer),
			    NULL, 0, NI_NUMERICHOST);
	if (!conn_open(srv, fd, peer)) {
		srv->paused = true;
		send_status(fd, 503);
		close(fd);
	}
	return !srv->paused;
}

/*
 * Each completion makes room for a job. The jobs that wait for it are submitted
 * before the completed connections take their next requests.
 */
static void complete(struct server *srv)
{
	struct zcxfer_completion done[EVENTS_MAX];
	int nr = zcxfer_completions(srv->dev, done, EVENTS_MAX);
	struct conn *conn;
	int i;

	conn_retry(srv);
	for (i = 0; i < nr; i++) {
		conn = (struct conn *)(uintptr_t)done[i].user_data;
		conn_advance(srv, conn, conn_sent(srv, conn, &done[i].result));
	}
}

/* SIGHUP: opens the log and the directory again; both may be others by now. */
static void reload(struct server *srv)
{
	int root = open(srv->dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);

	log_open(srv);
	if (root < 0) {
		tool_error("%s: %s: still serving the directory opened before",
			   srv->dir, strerror(errno));
		return;
	}
	close(srv->root);
	srv->root = root;
}

/*
 * SIGTERM: clients that have connected may still send a request, and running replies
 * end; conn_check_all() closes the rest.
 */
static void stop(struct server *srv)
{
	srv->stop_at = serve_now() + STOP_SECONDS;
	while (srv->nr_conns < srv->max_conns && accept_one(srv))
		;
	tool_unlisten(srv->listener, srv->address);
	srv->listener = -1;
}

/* Returns false if the server must end now; sets @stops for SIGTERM. */
static bool take_signal(struct server *srv, bool *stops)
{
	struct signalfd_siginfo info;

	if (read(srv->signals, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo == SIGHUP)
		reload(srv);
	else if (info.ssi_signo == SIGTERM && !srv->stop_at)
		*stops = true;
	else
		return false;
	return true;
}

/*
 * Handles the events of one epoll_wait(). A connection is in @events at most once,
 * and not while it has a job. It is freed here only for what it waits for: its event,
 * its completion, or room for its job. So no pointer in @events or in a completion is
 * stale; other reasons to close a connection must wait until all are handled.
 */
static bool handle(struct server *srv, const struct epoll_event *events, int nr)
{
	bool stops = false;
	int i;

	for (i = 0; i < nr; i++) {
		if (events[i].data.ptr == &srv->signals) {
			if (!take_signal(srv, &stops))
				return false;
		} else if (events[i].data.ptr == &srv->listener) {
			accept_one(srv);
		} else if (events[i].data.ptr == &srv->dev) {
			complete(srv);
		} else {
			conn_advance(srv, events[i].data.ptr, STEP_NEXT);
		}
	}
	if (stops)
		stop(srv);
	return true;
}

/* How long the loop may sleep, in milliseconds. */
static int longest_sleep(const struct server *srv)
{
	if (srv->waiting)
		return RETRY_MS;
	return srv->conns || srv->paused ? CHECK_MS : -1;
}

/**
 * serve_loop() - serve until a signal ends the server
 * @srv: the server, with all that it needs open
 *
 * Return: the exit code.
 */
int serve_loop(struct server *srv)
{
	struct epoll_event events[EVENTS_MAX];
	time_t checked = serve_now();
	int nr;

	for (;;) {
		nr = epoll_wait(srv->epoll, events, EVENTS_MAX,
				longest_sleep(srv));
		if (nr < 0 && errno != EINTR) {
			tool_error("epoll_wait: %s", strerror(errno));
			return TOOL_FAILED;
		}
		if (!handle(srv, events, nr))
			return TOOL_OK;
		if (srv->waiting)
			conn_retry(srv);
		if (serve_now() != checked) {
			checked = serve_now();
			conn_check_all(srv);
			srv->paused = false;
		}
		if (srv->stop_at && (!srv->conns || checked >= srv->stop_at))
			return TOOL_OK;
		set_accepting(srv);
	}
}
