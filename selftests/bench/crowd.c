// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other end of all connections, one process on the other CPU: it acknowledges each
 * transfer with a byte, which starts the next. It never sleeps: to wake it would cost
 * the sender, and a faster sender more often. See loop.h.
 */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"

/* One connection of the crowd. */
struct client {
	int sock;
	unsigned int got;	/* transfers */
	size_t done;		/* of the next */
	double acked;		/* the time of the last acknowledgment, or 0 */
};

static void set_nodelay(int sock)
{
	int on = 1;

	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* A transfer has arrived: record how long it took, and acknowledge it. */
static int acknowledge(const struct crowd *crowd, struct client *client,
		       unsigned int conn)
{
	struct latencies *latencies = crowd->latencies ?
				      crowd->latencies(conn) : NULL;
	double time = lab_ns(CLOCK_MONOTONIC);
	const unsigned int max = sizeof(latencies->ns) / sizeof(double);

	if (latencies && client->acked && latencies->nr < max)
		latencies->ns[latencies->nr++] = time - client->acked;
	client->acked = time;
	client->done = 0;
	client->got++;
	return send(client->sock, "", 1, MSG_NOSIGNAL) != 1;
}

/* Returns 1 at the end of the stream, -1 on error. */
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
	if (client->done == LOOP_LEN && acknowledge(crowd, client, conn))
		return -1;
	return 0;
}

/* Until all streams have ended. */
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

static int crowd_run(int listener, void *arg)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct client clients[MAX_CONNS] = { 0 };
	const struct crowd *crowd = arg;
	int epoll = epoll_create1(0);
	unsigned int i;

	for (i = 0; i < crowd->nr; i++) {
		struct client *client = &clients[i];

		client->sock = accept(listener, NULL, NULL);
		set_nodelay(client->sock);
		event.data.ptr = client;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->sock, &event))
			return 1;
	}
	return receive_all(crowd, clients, epoll);
}

/* For sockets and pipes, and some more. */
static void allow_files(void)
{
	struct rlimit limit = { 4 * MAX_CONNS + 256, 4 * MAX_CONNS + 256 };

	setrlimit(RLIMIT_NOFILE, &limit);
}

/**
 * crowd_start - connect to a new process, many times
 * @crowd: what it does
 * @l: its connections are new
 *
 * Return: 0, or -1 with errno.
 */
int crowd_start(struct crowd *crowd, struct loop *l)
{
	unsigned int i;

	allow_files();
	if (peer_start(&crowd->peer, crowd_run, crowd))
		return -1;
	l->nr = crowd->nr;
	for (i = 0; i < l->nr; i++) {
		struct conn *c = &l->conns[i];

		*c = (struct conn) { .sock = peer_connect(&crowd->peer) };
		if (c->sock < 0)
			return -1;
		set_nodelay(c->sock);
	}
	return 0;
}

/**
 * crowd_end - end all streams and wait for the process
 * @crowd: started
 * @l: the loop
 *
 * Return: its exit code, or -1.
 */
int crowd_end(struct crowd *crowd, struct loop *l)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		close(l->conns[i].sock);
	return peer_end(&crowd->peer);
}
