// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receiver: a process on a CPU of its own, which takes all that arrives. After each
 * batch it acknowledges through a pipe: a byte through the socket would cost the sender.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core.h"

#define BUFFER_SIZE	(1 << 20)

static char data[BUFFER_SIZE] __attribute__((aligned(8)));

/* Root may set more than the sysctls allow. */
static void set_buffers(int sock, int bytes)
{
	if (!bytes)
		return;
	setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
}

/**
 * receiver_listen - listen, and report the port to the lab
 * @channel: of the process
 * @address: the receiver's
 * @buffers: bytes of the buffers of each connection, 0 for the kernel's default
 * @backlog: connections that may wait to be accepted
 *
 * Return: the socket, or -errno.
 */
int receiver_listen(int channel, struct in_addr address, int buffers, int backlog)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr = address };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;
	socklen_t len = sizeof(addr);

	set_buffers(listener, buffers);
	if (listener < 0 || bind(listener, (struct sockaddr *)&addr, len) ||
	    listen(listener, backlog) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len))
		err = -errno;
	report_step(channel, "listen",
		    (struct report){ .err = err, .value = addr.sin_port });
	return err ?: listener;
}

/**
 * receiver_connect - connect to a process that called receiver_listen()
 * @address: the receiver's
 * @port: what it reported
 * @buffers: bytes of the socket's buffers, 0 for the kernel's default
 *
 * Return: the socket, or -errno.
 */
int receiver_connect(struct in_addr address, in_port_t port, int buffers)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr = address,
		.sin_port = port,
	};
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	set_buffers(sock, buffers);
	if (sock < 0 || connect(sock, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return sock;
}

/*
 * @done is where in the stream the range begins, and @differs the first byte of the
 * stream that is not the file's. After it the rest is taken as well, so that the row
 * also shows if too much was sent.
 */
static int compare_range(int sock, struct lab_range left, __u64 done, __u64 *differs)
{
	while (left.len) {
		size_t want = left.len < LAB_CHUNK ? left.len : LAB_CHUNK, same;
		ssize_t n = recv(sock, data, want, MSG_WAITALL);

		if (n != (ssize_t)want)
			return n < 0 ? -errno : -ENODATA;
		same = pattern_differs(data, want, left.offset);
		if (same != want && *differs == NO_DIFFERENCE)
			*differs = done + same;
		done += want;
		left.offset += want;
		left.len -= want;
	}
	return 0;
}

static int compare(const struct task *task, int sock, __u64 *differs)
{
	unsigned int i, k;
	__u64 done = 0;
	int err = 0;

	for (i = 0; i < task->responses; i++)
		for (k = 0; k < task->nr && !err; k++) {
			err = compare_range(sock, task->ranges[k], done, differs);
			done += task->ranges[k].len;
		}
	return err;
}

static int acknowledge(const struct task *task)
{
	return write(task->acks[1], "", 1) == 1 ? 0 : -EPIPE;
}

/* All responses, or, if it is not known how many, until the sender ends. */
static int take(const struct task *task, int sock)
{
	/* With MSG_TRUNC TCP discards and does not copy. */
	int flags = task->take == TAKE_DISCARD ? MSG_TRUNC : 0, err = 0;
	__u64 batch = (__u64)task->len * task->batch, next = batch;
	__u64 all = (__u64)task->len * task->responses, done = 0;

	while (!err && (done < all || !task->responses)) {
		ssize_t n = recv(sock, data, BUFFER_SIZE, flags);

		if (n < 0)
			return -errno;
		if (!n)
			return task->responses ? -ENODATA : 0;
		done += n;
		for (; batch && done >= next && !err; next += batch)
			err = acknowledge(task);
	}
	return err ?: done > all && task->responses ? -EMSGSIZE : 0;
}

/* receiver_main - what the process does: its exit code is 2 if too much arrived */
int receiver_main(int channel, const void *arg)
{
	const struct task *task = arg;
	__u64 differs = NO_DIFFERENCE;
	int listener, sock, err;
	char byte;

	use_last_cpu(true);
	err = route_enter_receiver(task->route);
	if (err) {
		report_step(channel, "enter the route", (struct report){ .err = err });
		return 1;
	}
	listener = receiver_listen(channel, task->route->address, task->buffers, 1);
	if (listener < 0)
		return 1;
	sock = accept(listener, NULL, NULL);
	if (sock < 0)
		err = -errno;
	else
		err = task->take == TAKE_COMPARE ? compare(task, sock, &differs) :
			take(task, sock);
	report_step(channel, "receive", (struct report){ .err = err, .value = differs });
	if (err)
		return 1;
	return recv(sock, &byte, 1, 0) > 0 ? 2 : 0;
}
