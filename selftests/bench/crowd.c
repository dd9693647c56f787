// SPDX-License-Identifier: GPL-2.0
/*
 * The other end of all connections, one process on the other CPU: it answers each
 * transfer with a byte, which asks for the next. It never sleeps: to be woken costs
 * the sender, and the more often the faster that is. See loop.h.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"

/* One of the crowd. */
struct client {
	int sock;
	unsigned int got;	/* transfers */
	size_t done;		/* of the next */
	double asked;		/* when; 0: not yet */
};

static void set_nodelay(int sock)
{
	int on = 1;

	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* A transfer is there: note how long it took, and ask for the next. */
static int answer(const struct crowd *crowd, struct client *client,
		  unsigned int conn)
{
	struct latencies *latencies = crowd->latencies ?
				      crowd->latencies(conn) : NULL;
	double time = now(CLOCK_MONOTONIC);
	const unsigned int max = sizeof(latencies->ns) / sizeof(double);

	if (latencies && client->asked && latencies->nr < max)
		latencies->ns[latencies->nr++] = time - client->asked;
	client->asked = time;
	client->done = 0;
	client->got++;
	return send(client->sock, "", 1, MSG_NOSIGNAL) != 1;
}

/* Returns 1 at the end, -1 if something is wrong. */
static int receive(const struct crowd *crowd, struct client *client,
		   unsigned int conn)
{
	static char buffer[LOOP_LEN];
	ssize_t n = recv(client->sock, buffer, LOOP_LEN - client->done,
			 crowd->compare ? 0 : MSG_TRUNC);

	if (n <= 0)
		return n || client->done ? -1 : 1;
	if (crowd->compare &&
	    memcmp(buffer, crowd->expected(conn, client->got) + client->done,
		   n))
		return -1;
	client->done += n;
	if (client->done == LOOP_LEN && answer(crowd, client, conn))
		return -1;
	return 0;
}

/* Until all have ended. */
static int receive_all(const struct crowd *crowd, struct client *clients,
		       int epoll)
{
	struct epoll_event events[MAX_CONNS];
	unsigned int left = crowd->nr;

	while (left) {
		int n = epoll_wait(epoll, events, MAX_CONNS, 0), i;

		for (i = 0; i < n; i++) {
			struct client *client = events[i].data.ptr;
			int end = receive(crowd, client, client - clients);

			if (end < 0)
				return 1;
			left -= end;
			if (end)
				close(client->sock);
		}
	}
	return 0;
}

static int crowd_run(const struct bench *b, int sock, void *arg)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct client clients[MAX_CONNS] = { 0 };
	const struct crowd *crowd = arg;
	int epoll = epoll_create1(0);
	unsigned int i;

	(void)b;
	(void)sock;
	for (i = 0; i < crowd->nr; i++) {
		struct client *client = &clients[i];

		client->sock = accept(crowd->listener, NULL, NULL);
		set_nodelay(client->sock);
		event.data.ptr = client;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->sock, &event))
			return 1;
	}
	return receive_all(crowd, clients, epoll);
}

/* Sockets, pipes, and some more. */
static void allow_files(void)
{
	struct rlimit limit = { 4 * MAX_CONNS + 256, 4 * MAX_CONNS + 256 };

	setrlimit(RLIMIT_NOFILE, &limit);
}

/**
 * crowd_start - connect to a new process, many times
 * @b: the bench
 * @crowd: what it does
 * @l: its connections are new
 *
 * Return: the process, or -1 with errno.
 */
pid_t crowd_start(struct bench *b, struct crowd *crowd, struct loop *l)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	unsigned int i;
	pid_t pid;

	allow_files();
	crowd->listener = peer_listen(&addr, 0, MAX_CONNS);
	pid = peer_start(b, 0, crowd_run, crowd);
	l->nr = crowd->nr;
	for (i = 0; i < l->nr; i++) {
		struct conn *c = &l->conns[i];

		*c = (struct conn) { .sock = socket(AF_INET, SOCK_STREAM, 0) };
		set_nodelay(c->sock);
		if (connect(c->sock, (struct sockaddr *)&addr, sizeof(addr)))
			return -1;
	}
	close(crowd->listener);
	return pid;
}

/**
 * crowd_end - end all streams and wait for the process
 * @b: the bench
 * @pid: what crowd_start() returned
 * @l: the loop
 *
 * Return: its exit code, or -1.
 */
int crowd_end(struct bench *b, pid_t pid, struct loop *l)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		close(l->conns[i].sock);
	return peer_end(b, pid);
}
