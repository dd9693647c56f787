// SPDX-License-Identifier: GPL-2.0
/*
 * The receiver: a process on the other CPU, so that the sender's CPU time is
 * the sender's alone. Responses stream: the next one is sent while the last one
 * is still being received, and a full socket holds up every method alike.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define BUFFER_SIZE	(1 << 20)

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Are these the next @len bytes of the stream of @responses responses? */
static bool expected(const struct bench *b, const char *data, size_t len)
{
	static unsigned int i;
	static size_t done;

	while (len) {
		const struct range *r = &b->ranges[i];
		size_t n = r->len - done < len ? r->len - done : len;

		if (memcmp(data, b->kept + r->offset + done, n))
			return false;
		data += n;
		len -= n;
		done += n;
		if (done == r->len) {
			done = 0;
			i = (i + 1) % b->nr;
		}
	}
	return true;
}

static int receive(const struct bench *b, int sock, enum sink sink,
		   unsigned int responses)
{
	char *buffer = malloc(BUFFER_SIZE);
	uint64_t want = 0, got = 0;
	unsigned int i;
	ssize_t n;

	for (i = 0; i < b->nr; i++)
		want += b->ranges[i].len;
	want *= responses;
	while ((n = recv(sock, buffer, BUFFER_SIZE,
			 sink == SINK_DISCARD ? MSG_TRUNC : 0)) > 0) {
		got += n;
		if (sink == SINK_COMPARE && !expected(b, buffer, n))
			return 1;
	}
	return n < 0 || (sink == SINK_COMPARE && got != want);
}

/**
 * sink_start - connect to a new receiver
 * @b: its socket is set
 * @kind: what the receiver does
 * @responses: how many it will be sent, for %SINK_COMPARE
 *
 * Return: its process, or -1.
 */
pid_t sink_start(struct bench *b, enum sink kind, unsigned int responses)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;
	int sock;

	if (bind(listener, (struct sockaddr *)&addr, len) ||
	    listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len))
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		pin_to(1);
		sock = accept(listener, NULL, NULL);
		_exit(receive(b, sock, kind, responses));
	}
	b->sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(b->sock, (struct sockaddr *)&addr, len))
		return -1;
	close(listener);
	pin_to(0);
	return pid;
}

/**
 * sink_end - end the stream and wait for the receiver
 * @b: the bench
 * @pid: what sink_start() returned
 *
 * Return: 0 if the receiver was content.
 */
int sink_end(struct bench *b, pid_t pid)
{
	int status;

	close(b->sock);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}
