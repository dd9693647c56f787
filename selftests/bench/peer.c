// SPDX-License-Identifier: GPL-2.0
/*
 * The other end of the socket: a process on the other CPU, so that the CPU time
 * of this one is that of the end which is measured.
 */
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Root may have more than the sysctls allow. */
static void set_buffers(int sock, int size)
{
	if (!size)
		return;
	setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
}

/**
 * peer_listen - a socket that listens
 * @addr: where, with port 0; its port is set
 * @buffers: bytes of the buffers of who connects, 0 for the kernel's own
 * @backlog: how many may connect before one is accepted
 *
 * Return: the socket, or -1 with errno.
 */
int peer_listen(struct sockaddr_in *addr, int buffers, int backlog)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(*addr);

	set_buffers(listener, buffers);
	if (bind(listener, (struct sockaddr *)addr, len) ||
	    listen(listener, backlog) ||
	    getsockname(listener, (struct sockaddr *)addr, &len))
		return -1;
	return listener;
}

/**
 * peer_start - connect to a new process
 * @b: the bench: its socket is set
 * @buffers: bytes of the sockets' buffers, 0 for the kernel's own
 * @run: what the process does with its socket; returns its exit code
 * @arg: handed on
 *
 * Return: the process, or -1 with errno.
 */
pid_t peer_start(struct bench *b, int buffers, peer_main *run, void *arg)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = peer_listen(&addr, buffers, 1);
	pid_t pid;

	if (listener < 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		pin_to(1);
		_exit(run(b, accept(listener, NULL, NULL), arg));
	}
	b->sock = socket(AF_INET, SOCK_STREAM, 0);
	set_buffers(b->sock, buffers);
	if (pid < 0 ||
	    connect(b->sock, (struct sockaddr *)&addr, sizeof(addr)))
		return -1;
	close(listener);
	pin_to(0);
	return pid;
}

/**
 * peer_end - end the stream and wait for the process
 * @b: the bench
 * @pid: what peer_start() returned
 *
 * Return: its exit code, or -1.
 */
int peer_end(struct bench *b, pid_t pid)
{
	int status;

	close(b->sock);
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

/** peer_compare - the other end: compares with &struct expected, then says so */
int peer_compare(const struct bench *b, int sock, void *arg)
{
	const struct expected *expected = arg;
	char *got = malloc(MIB);
	size_t done = 0;

	(void)b;
	while (done < expected->len) {
		ssize_t n = recv(sock, got, MIB, 0);

		if (n <= 0 || memcmp(got, expected->bytes + done, n))
			return 1;
		done += n;
	}
	return send(sock, "", 1, 0) != 1;
}
