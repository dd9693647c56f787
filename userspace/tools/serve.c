// SPDX-License-Identifier: GPL-2.0
/*
 * zcxfer serve: options, the listening socket, and the loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve.h"
#include "tool.h"

#define DEFAULT_LISTEN	"127.0.0.1:8080"
#define EVENTS_MAX	64
#define BACKLOG		1024

static void print_usage(FILE *stream)
{
	fputs("usage: zcxfer serve DIR [--listen ADDR:PORT] [--verbose]\n"
	      "\n"
	      "Serve the files in DIR over HTTP, each reply with one ioctl. Neither\n"
	      "a slow client nor a slow disk delays other clients.\n"
	      "\n"
	      "  -l, --listen ADDR:PORT  address to listen at (" DEFAULT_LISTEN ");\n"
	      "                          [ADDR]:PORT for IPv6; port 0: any free port\n"
	      "  -v, --verbose           print a line on standard error for each reply\n"
	      "  -h, --help              print this text\n", stream);
}

/* Prints the URL, which a caller that gave port 0 needs. */
static void print_address(int listener, const char *dir)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char host[NI_MAXHOST], port[NI_MAXSERV];
	bool v6;

	if (getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    getnameinfo((struct sockaddr *)&addr, len, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	v6 = addr.ss_family == AF_INET6;
	printf("serving %s at http://%s%s%s:%s/\n", dir, v6 ? "[" : "", host,
	       v6 ? "]" : "", port);
	fflush(stdout);
}

/* Each connection needs its socket and the file that it sends. */
static unsigned int connection_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 256;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur > 65536)
		limit.rlim_cur = 65536;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > 64 ? (limit.rlim_cur - 32) / 2 : 16;
}

/* The event loop reads signals from a descriptor, so none interrupts a call. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int server_watch(struct server *srv, int op, int fd, void *data,
			__u32 events)
{
	struct epoll_event event = { .events = events, .data.ptr = data };

	return epoll_ctl(srv->epoll, op, fd, &event);
}

/* While there are @max_conns connections, new ones wait in the backlog. */
static void server_set_accepting(struct server *srv, bool accepting)
{
	if (srv->accepting == accepting)
		return;
	srv->accepting = accepting;
	server_watch(srv, EPOLL_CTL_MOD, srv->listener, &srv->listener,
		     accepting ? EPOLLIN : 0);
}

static void server_accept(struct server *srv)
{
	int fd = accept4(srv->listener, NULL, NULL,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		conn_open(srv, fd);
}

/*
 * Each completion makes room for a job. The refused ones are submitted before the
 * completed connections take their next requests.
 */
static void server_complete(struct server *srv)
{
	struct zcxfer_completion done[EVENTS_MAX];
	int nr = zcxfer_completions(srv->dev, done, EVENTS_MAX);
	int i;

	conn_retry(srv, nr);
	for (i = 0; i < nr; i++)
		conn_complete(srv, (struct conn *)(uintptr_t)done[i].user_data,
			      &done[i].result);
}

static int server_loop(struct server *srv)
{
	struct epoll_event events[EVENTS_MAX];
	time_t checked = 0;
	int nr, i;

	for (;;) {
		nr = epoll_wait(srv->epoll, events, EVENTS_MAX,
				srv->conns ? 1000 : -1);
		if (nr < 0 && errno != EINTR) {
			tool_error("epoll_wait: %s", strerror(errno));
			return TOOL_FAILED;
		}
		/*
		 * A connection is in @events at most once, and not while it has
		 * a job. This loop frees it only for what it waits for: its
		 * event, its completion, or room for its job. So no pointer in
		 * @events or in a completion is stale.
		 */
		for (i = 0; i < nr; i++) {
			if (events[i].data.ptr == &srv->signals)
				return TOOL_OK;
			if (events[i].data.ptr == &srv->listener)
				server_accept(srv);
			else if (events[i].data.ptr == &srv->dev)
				server_complete(srv);
			else
				conn_run(srv, events[i].data.ptr);
		}
		if (time(NULL) != checked) {
			checked = time(NULL);
			conn_close_idle(srv);
		}
		server_set_accepting(srv, srv->nr_conns < srv->max_conns);
	}
}

/* Opens all descriptors of the server, or prints which one failed. */
static int server_open(struct server *srv, const char *dir, const char *address)
{
	srv->root = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (srv->root < 0) {
		tool_error("%s: %s", dir, strerror(errno));
		return TOOL_FAILED;
	}
	srv->dev = tool_open_device();
	if (srv->dev < 0)
		return TOOL_FAILED;
	srv->listener = tool_listen(address);
	if (srv->listener < 0)
		return TOOL_FAILED;
	/* A connection may be closed before it is accepted: do not wait then. */
	fcntl(srv->listener, F_SETFL, O_NONBLOCK);
	listen(srv->listener, BACKLOG);
	srv->max_conns = connection_limit();
	srv->signals = open_signals();
	srv->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (srv->signals < 0 || srv->epoll < 0 ||
	    server_watch(srv, EPOLL_CTL_ADD, srv->signals, &srv->signals,
			 EPOLLIN) ||
	    server_watch(srv, EPOLL_CTL_ADD, srv->dev, &srv->dev, EPOLLIN) ||
	    server_watch(srv, EPOLL_CTL_ADD, srv->listener, &srv->listener,
			 EPOLLIN)) {
		tool_error("cannot start the event loop: %s", strerror(errno));
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

static void server_close(struct server *srv)
{
	int fds[] = { srv->epoll, srv->signals, srv->listener, srv->dev,
		      srv->root };
	size_t i;

	/* Closing the device cancels the jobs and drops their completions. */
	while (srv->conns)
		conn_close(srv, srv->conns);
	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

int cmd_serve(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct server srv = {
		.dev = -1,
		.root = -1,
		.epoll = -1,
		.listener = -1,
		.signals = -1,
		.accepting = true,
		.refused_end = &srv.refused,
	};
	const char *address = DEFAULT_LISTEN;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "l:vh", options, NULL)) != -1) {
		switch (opt) {
		case 'l':
			address = optarg;
			break;
		case 'v':
			srv.verbose = true;
			break;
		case 'h':
			print_usage(stdout);
			return TOOL_OK;
		default:
			print_usage(stderr);
			return TOOL_USAGE;
		}
	}
	if (argc - optind != 1) {
		print_usage(stderr);
		return TOOL_USAGE;
	}

	rc = server_open(&srv, argv[optind], address);
	if (!rc) {
		print_address(srv.listener, argv[optind]);
		rc = server_loop(&srv);
	}
	server_close(&srv);
	return rc;
}
