// SPDX-License-Identifier: GPL-2.0-only
/* The other end: a process on the receiver's CPU, as the lab's receiver. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define SECONDS		60
#define BACKLOG		256

static struct in_addr loopback(void)
{
	return (struct in_addr){ .s_addr = htonl(INADDR_LOOPBACK) };
}

struct peer_task {
	int buffers;
	peer_main *run;
	void *arg;
};

static int peer_process(int channel, const void *arg)
{
	const struct peer_task *task = arg;
	int listener;

	use_last_cpu(true);
	listener = receiver_listen(channel, loopback(), task->buffers, BACKLOG);
	return listener < 0 ? 1 : task->run(listener, task->arg);
}

/**
 * peer_start - start the process
 * @peer: its buffers are set
 * @run: what it does
 * @arg: passed to @run
 *
 * Return: 0, or -1 with errno.
 */
int peer_start(struct peer *peer, peer_main *run, void *arg)
{
	const struct peer_task task = { peer->buffers, run, arg };
	int err = process_start(&peer->process, peer_process, &task);
	struct report report;

	if (err) {
		errno = -err;
		return -1;
	}
	err = process_wait(&peer->process, &report, SECONDS) ?: report.err;
	if (err) {
		process_end(&peer->process, 0);
		errno = -err;
		return -1;
	}
	peer->port = report.value;
	return 0;
}

/**
 * peer_connect - connect to the process
 * @peer: started
 *
 * Return: the socket, or -1 with errno.
 */
int peer_connect(const struct peer *peer)
{
	int sock = receiver_connect(loopback(), peer->port, peer->buffers);

	if (sock < 0) {
		errno = -sock;
		return -1;
	}
	return sock;
}

/**
 * peer_end - wait for the process to end
 * @peer: started; all connections to it are closed
 *
 * Return: its exit code, or -1.
 */
int peer_end(struct peer *peer)
{
	return process_end(&peer->process, SECONDS);
}

struct expected {
	const char *bytes;
	size_t len;
};

/* Compare what arrives with &struct expected, then send a byte back. */
static int compare(int listener, void *arg)
{
	int sock = accept(listener, NULL, NULL);
	const struct expected *expected = arg;
	char *got = malloc(MIB);
	size_t done = 0;

	while (done < expected->len) {
		ssize_t n = recv(sock, got, MIB, 0);

		if (n <= 0 || memcmp(got, expected->bytes + done, n))
			return 1;
		done += n;
	}
	return send(sock, "", 1, 0) != 1;
}

static int send_timed(const struct lab_method *method, struct lab_transfer *t,
		      const struct lab_range *ranges, unsigned int nr,
		      struct peer_times *times)
{
	double wall = lab_ns(CLOCK_MONOTONIC), cpu = lab_ns(CLOCK_PROCESS_CPUTIME_ID);
	int err = lab_send(method, t, ranges, nr);
	char byte;

	times->blocked_ns = lab_ns(CLOCK_MONOTONIC) - wall;
	err = err || recv(t->sock, &byte, 1, 0) != 1;
	times->wall_ns = lab_ns(CLOCK_MONOTONIC) - wall;
	times->cpu_ns = lab_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	return err;
}

/**
 * peer_send - send ranges once, to a peer that compares
 * @method: the method
 * @t: the transfer; its socket is set here
 * @ranges: the ranges
 * @nr: their number
 * @options: of the sockets
 * @bytes: the content of all ranges
 * @times: set
 *
 * Return: 0, or -1 if it failed or the content differs.
 */
int peer_send(const struct lab_method *method, struct lab_transfer *t,
	      const struct lab_range *ranges, unsigned int nr,
	      const struct peer_options *options, const char *bytes,
	      struct peer_times *times)
{
	struct peer peer = { .buffers = options->buffers };
	struct expected expected = { .bytes = bytes };
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++)
		expected.len += ranges[i].len;
	if (peer_start(&peer, compare, &expected))
		return -1;
	t->sock = peer_connect(&peer);
	err = options->pace && setsockopt(t->sock, SOL_SOCKET, SO_MAX_PACING_RATE,
					  &options->pace, sizeof(options->pace));
	if (!err && method->prepare)
		err = method->prepare(t);
	if (!err) {
		err = send_timed(method, t, ranges, nr, times);
		if (method->finish)
			method->finish(t);
	}
	close(t->sock);
	return peer_end(&peer) || err ? -1 : 0;
}
