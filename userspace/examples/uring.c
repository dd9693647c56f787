// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Sends a file to each client that connects: uring FILE PORT
 *
 * One thread, one system call: new connections and completed transfers are
 * completions of one ring. Neither a client that does not read nor a slow disk
 * delays the other clients.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zcxfer.h>

/* @transfer is the first member: the completion's user_data is its address. */
struct reply {
	struct zcxfer_transfer transfer;
	struct zcxfer_desc desc;
};

static struct io_uring ring;
static int file, dev;

static int listen_on(int port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons(port),
	};
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(sock, (struct sockaddr *)&addr, sizeof(addr)) ||
	       listen(sock, SOMAXCONN) ? -1 : sock;
}

static void accept_next(int listener)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
	sqe->user_data = 0;
}

static void serve(int sock)
{
	struct reply *reply = calloc(1, sizeof(*reply));
	struct stat st;

	if (!reply || fstat(file, &st))
		exit(1);
	reply->desc = zcxfer_file_range(file, 0, st.st_size);
	reply->transfer = (struct zcxfer_transfer) {
		.sock_fd = sock, .nr_descs = 1, .descs = (uintptr_t)&reply->desc,
	};
	zcxfer_prep_uring(io_uring_get_sqe(&ring), dev, ZCXFER_OP_SEND,
			  &reply->transfer);
}

static void finish(struct reply *reply, int res)
{
	printf("%llu bytes: %s\n", reply->transfer.result.bytes,
	       res ? strerror(-res) : "done");
	fflush(stdout);
	close(reply->transfer.sock_fd);
	free(reply);
}

int main(int argc, char **argv)
{
	int listener = argc == 3 ? listen_on(atoi(argv[2])) : -1;
	int err = io_uring_queue_init(64, &ring, 0);
	struct io_uring_cqe *cqe;

	dev = zcxfer_open();
	file = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (err || dev < 0 || file < 0 || listener < 0) {
		fprintf(stderr, "usage: uring FILE PORT (%s)\n",
			strerror(err ? -err : dev < 0 ? -dev : errno));
		return 1;
	}
	accept_next(listener);
	while (io_uring_submit_and_wait(&ring, 1) >= 0)
		while (!io_uring_peek_cqe(&ring, &cqe)) {
			if (cqe->user_data)
				finish(io_uring_cqe_get_data(cqe), cqe->res);
			else if (cqe->res >= 0)
				serve(cqe->res);
			if (!cqe->user_data)
				accept_next(listener);
			io_uring_cqe_seen(&ring, cqe);
		}
	return 1;
}
