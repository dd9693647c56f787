// SPDX-License-Identifier: GPL-2.0
/* The receiver. After each batch it tells the sender, see sample.c. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define BUFFER_SIZE	MIB
/*
 * Room for a whole batch, twice; without it the largest batches meet a full
 * socket.
 */
#define SOCKET_BUFFER	(8 * MIB)

/* What the receiver's process is to do. */
struct sink_task {
	enum sink kind;
	unsigned int responses;
	int acks[2];
};

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

/* Receive until the end; a byte goes back whenever a batch is complete. */
static int receive(const struct bench *b, int sock, void *arg)
{
	__u64 got = 0, batch = response_bytes(b) * b->batch, next = batch;
	const struct sink_task *task = arg;
	bool compare = task->kind == SINK_COMPARE;
	char *buffer = malloc(BUFFER_SIZE);
	ssize_t n;

	close(task->acks[0]);
	while ((n = recv(sock, buffer, BUFFER_SIZE,
			 task->kind == SINK_DISCARD ? MSG_TRUNC : 0)) > 0) {
		got += n;
		if (compare && !expected(b, buffer, n))
			return 1;
		for (; batch && !compare && got >= next; next += batch)
			if (write(task->acks[1], "", 1) != 1)
				return 1;
	}
	return n < 0 || (compare && got != response_bytes(b) * task->responses);
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
	struct sink_task task = { .kind = kind, .responses = responses };
	pid_t pid;

	if (pipe(task.acks))
		return -1;
	pid = peer_start(b, SOCKET_BUFFER, receive, &task);
	close(task.acks[1]);
	b->ack = task.acks[0];
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
	close(b->ack);
	return peer_end(b, pid);
}
