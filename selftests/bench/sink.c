// SPDX-License-Identifier: GPL-2.0
/*
 * The receiver: a process on the other CPU, so that the sender's CPU time is
 * the sender's alone. After each batch it tells the sender, see sample.c.
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

#define BUFFER_SIZE	MIB
#define SOCKET_BUFFER	(8 * MIB)	/* twice the largest batch */

/** pin_to - run on one CPU only */
void pin_to(int cpu)
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

static __u64 response_bytes(const struct bench *b)
{
	__u64 sum = 0;
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		sum += b->ranges[i].len;
	return sum;
}

/* Receive until the end; @ack gets a byte whenever a batch is complete. */
static int receive(const struct bench *b, int sock, int ack, enum sink sink,
		   unsigned int responses)
{
	__u64 got = 0, batch = response_bytes(b) * b->batch, next = batch;
	char *buffer = malloc(BUFFER_SIZE);
	ssize_t n;

	while ((n = recv(sock, buffer, BUFFER_SIZE,
			 sink == SINK_DISCARD ? MSG_TRUNC : 0)) > 0) {
		got += n;
		if (sink == SINK_COMPARE && !expected(b, buffer, n))
			return 1;
		for (; batch && sink != SINK_COMPARE && got >= next;
		     next += batch)
			if (write(ack, "", 1) != 1)
				return 1;
	}
	return n < 0 ||
	       (sink == SINK_COMPARE && got != response_bytes(b) * responses);
}

/*
 * Room for a whole batch: root may have more than the sysctls allow; without it
 * the largest batches meet a full socket.
 */
static void grow_buffers(int sock)
{
	int size = SOCKET_BUFFER;

	setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
}

/* The receiver's process. */
static void sink_main(const struct bench *b, int listener, int ack,
		      enum sink kind, unsigned int responses)
{
	int sock;

	pin_to(1);
	sock = accept(listener, NULL, NULL);
	_exit(receive(b, sock, ack, kind, responses));
}

/**
 * sink_start - connect to a new receiver
 * @b: its socket is set, its ranges and batch are as they will be
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
	int acks[2];
	pid_t pid;

	grow_buffers(listener);
	if (bind(listener, (struct sockaddr *)&addr, len) ||
	    listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    pipe(acks))
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(acks[0]);
		sink_main(b, listener, acks[1], kind, responses);
	}
	close(acks[1]);
	b->ack = acks[0];
	b->sock = socket(AF_INET, SOCK_STREAM, 0);
	grow_buffers(b->sock);
	if (pid < 0 || connect(b->sock, (struct sockaddr *)&addr, len))
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
	close(b->ack);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}
