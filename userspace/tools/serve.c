// SPDX-License-Identifier: GPL-2.0-only
/*
 * zcxfer serve: options, and what the server opens.
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

#include "serve_conn.h"
#include "tool.h"

#define USAGE		"zcxfer serve [OPTION]... DIR"
#define DEFAULT_LISTEN	"127.0.0.1:8080"
#define DEFAULT_TIMEOUT	60
#define BACKLOG		1024

static void print_help(void)
{
	fputs("usage: " USAGE "\n"
	      "\n"
	      "Serve the files in DIR over HTTP, each reply with one ioctl. Neither\n"
	      "a slow client nor a slow disk delays other clients.\n"
	      "\n"
	      "  -l, --listen ADDR:PORT  address to listen at (" DEFAULT_LISTEN ");\n"
	      "                          [ADDR]:PORT for IPv6; port 0: any free port;\n"
	      "                          unix:PATH for a UNIX socket\n"
	      "  -L, --log FILE          append a line in the common log format to FILE\n"
	      "                          (\"-\": standard output) for each reply\n"
	      "  -p, --precompressed     send FILE.br or FILE.gz in place of FILE to\n"
	      "                          clients that accept it\n"
	      "  -t, --timeout SECONDS   disconnect clients that are silent this long (60)\n"
	      "  -v, --verbose           print a line on standard error for each reply\n"
	      "  -h, --help              print this text\n"
	      "\n"
	      "SIGHUP opens DIR and the log again. SIGTERM stops the server when its\n"
	      "running replies have ended, SIGINT or a second SIGTERM at once.\n",
	      stdout);
}

/* Prints the URL, which a caller that gave port 0 needs. */
static void print_address(const struct server *srv)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char host[NI_MAXHOST], port[NI_MAXSERV];
	bool v6;

	if (getsockname(srv->listener, (struct sockaddr *)&addr, &len))
		return;
	v6 = addr.ss_family == AF_INET6;
	if (addr.ss_family == AF_UNIX)
		printf("serving %s at %s\n", srv->dir, srv->address);
	else if (!getnameinfo((struct sockaddr *)&addr, len, host, sizeof(host),
			      port, sizeof(port),
			      NI_NUMERICHOST | NI_NUMERICSERV))
		printf("serving %s at http://%s%s%s:%s/\n", srv->dir,
		       v6 ? "[" : "", host, v6 ? "]" : "", port);
	fflush(stdout);
}

/*
 * Each connection needs its socket and the file that it sends. Sixteen are left for
 * the server, for what it inherited, and for reading a directory.
 */
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
	return limit.rlim_cur > 18 ? (limit.rlim_cur - 16) / 2 : 1;
}

/* The event loop reads signals from a descriptor, so none interrupts a call. */
static int open_signals(void)
{
	sigset_t set;

	/* A reader of the log or of standard error may end before the server. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Opens all descriptors of the server, or prints which one failed. */
static int server_open(struct server *srv)
{
	srv->root = open(srv->dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (srv->root < 0) {
		tool_error("%s: %s", srv->dir, strerror(errno));
		return TOOL_FAILED;
	}
	if (log_open(srv))
		return TOOL_FAILED;
	srv->dev = tool_open_device();
	if (srv->dev < 0)
		return TOOL_FAILED;
	srv->listener = tool_listen(srv->address);
	if (srv->listener < 0)
		return TOOL_FAILED;
	/* Another process, or the client, may take a connection from the backlog. */
	fcntl(srv->listener, F_SETFL, O_NONBLOCK);
	fcntl(srv->dev, F_SETFL, O_NONBLOCK);
	listen(srv->listener, BACKLOG);
	srv->max_conns = connection_limit();
	srv->signals = open_signals();
	srv->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (srv->signals < 0 || srv->epoll < 0 ||
	    serve_watch(srv, EPOLL_CTL_ADD, srv->signals, &srv->signals,
			EPOLLIN) ||
	    serve_watch(srv, EPOLL_CTL_ADD, srv->dev, &srv->dev, EPOLLIN) ||
	    serve_watch(srv, EPOLL_CTL_ADD, srv->listener, &srv->listener,
			EPOLLIN)) {
		tool_error("cannot start the event loop: %s", strerror(errno));
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

static void server_close(struct server *srv)
{
	int fds[] = { srv->epoll, srv->signals, srv->dev, srv->root };
	size_t i;

	/* Closing the device cancels the jobs and drops their completions. */
	while (srv->conns)
		conn_close(srv, srv->conns);
	if (srv->listener >= 0)
		tool_unlisten(srv->listener, srv->address);
	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	if (srv->log)
		fclose(srv->log);
}

/* Reads the options; -1 to go on, or an exit code. */
static int parse_options(int argc, char **argv, struct server *srv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "log", required_argument, NULL, 'L' },
		{ "precompressed", no_argument, NULL, 'p' },
		{ "timeout", required_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	char *end;
	int opt;

	while ((opt = getopt_long(argc, argv, ":l:L:pt:vh", options,
				  NULL)) != -1) {
		switch (opt) {
		case 'l':
			srv->address = optarg;
			break;
		case 'L':
			srv->log_path = optarg;
			break;
		case 'p':
			srv->precompressed = true;
			break;
		case 't':
			srv->timeout = strtoul(optarg, &end, 10);
			if (*end || *optarg < '0' || *optarg > '9' ||
			    srv->timeout < 1 || srv->timeout > 86400)
				return tool_usage_error(USAGE,
					"--timeout: '%s' is not 1 to 86400 seconds",
					optarg);
			break;
		case 'v':
			srv->verbose = true;
			break;
		case 'h':
			print_help();
			return TOOL_OK;
		default:
			return tool_option_error(USAGE, argv, opt);
		}
	}
	if (argc == optind)
		return tool_usage_error(USAGE, "DIR is missing");
	if (argc - optind > 1)
		return tool_usage_error(USAGE, "%s: one argument too many",
					argv[optind + 1]);
	srv->dir = argv[optind];
	return -1;
}

int cmd_serve(int argc, char **argv)
{
	struct server srv = {
		.address = DEFAULT_LISTEN,
		.timeout = DEFAULT_TIMEOUT,
		.dev = -1,
		.root = -1,
		.epoll = -1,
		.listener = -1,
		.signals = -1,
		.accepting = true,
		.waiting_end = &srv.waiting,
	};
	int rc = parse_options(argc, argv, &srv);

	if (rc >= 0)
		return rc;
	rc = server_open(&srv);
	if (!rc) {
		print_address(&srv);
		rc = serve_loop(&srv);
	}
	server_close(&srv);
	return rc;
}
