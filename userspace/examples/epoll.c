// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Sends a file to each client that connects: epoll FILE PORT
 *
 * One thread, and no call that blocks it: each connection is a job, and the
 * device becomes readable when a job has completed. Neither a client that does
 * not read nor a slow disk delays the other clients.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zcxfer.h>

static int file, dev;

static int listen_on(int port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons(port),
	};
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(sock, SOMAXCONN))
		return -1;
	return sock;
}

/* The job's user_data is the socket, which finish() closes. */
static void serve(int sock)
{
	struct stat st;
	struct zcxfer_desc desc;
	struct zcxfer_transfer transfer = {
		.sock_fd = sock, .nr_descs = 1, .descs = (uintptr_t)&desc,
	};
	int err = fstat(file, &st) ? -errno : 0;

	desc = zcxfer_file_range(file, 0, st.st_size);
	if (!err)
		err = zcxfer_submit_job(dev, ZCXFER_OP_SEND, sock, &transfer);
	if (err) {
		fprintf(stderr, "epoll: %s\n", strerror(-err));
		close(sock);
	}
}

static void finish(void)
{
	struct zcxfer_completion done[64];
	int n = zcxfer_completions(dev, done, 64), i;

	for (i = 0; i < n; i++) {
		printf("%llu bytes: %s\n", done[i].result.bytes,
		       zcxfer_stop_name(done[i].result.stop));
		close(done[i].user_data);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int listener = argc == 3 ? listen_on(atoi(argv[2])) : -1;
	int loop = epoll_create1(EPOLL_CLOEXEC), i, n;
	struct epoll_event events[2] = {
		{ .events = EPOLLIN, .data.fd = listener },
		{ .events = EPOLLIN },
	};

	dev = zcxfer_open();
	file = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (dev < 0 || file < 0 || listener < 0) {
		fprintf(stderr, "usage: epoll FILE PORT (%s)\n",
			strerror(dev < 0 ? -dev : errno));
		return 1;
	}
	events[1].data.fd = dev;
	for (i = 0; i < 2; i++)
		epoll_ctl(loop, EPOLL_CTL_ADD, events[i].data.fd, &events[i]);
	while ((n = epoll_wait(loop, events, 2, -1)) > 0 || errno == EINTR)
		for (i = 0; i < n; i++)
			if (events[i].data.fd == dev)
				finish();
			else
				serve(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	return 1;
}
