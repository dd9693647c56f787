// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers that vanish, and sockets and devices that are shared: the errno and
 * the stop that uapi/linux/zcxfer.h promises, exact counts, never a SIGPIPE.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	MIB(4)
#define BUFFERS		KIB(64)

static atomic_uint sigpipes;

static void count_sigpipe(int sig)
{
	sigpipes++;
}

FIXTURE(peer)
{
	int dev;
	int sv[2];
	struct source src;
	struct sender tx;
	struct receiver rx;
	struct run run;
	struct zcxfer_desc desc;
};

FIXTURE_VARIANT(peer)
{
	enum link link;
};

FIXTURE_VARIANT_ADD(peer, tcp) { LINK_TCP };
FIXTURE_VARIANT_ADD(peer, unix) { LINK_UNIX };

FIXTURE_SETUP(peer)
{
	const char *dir = mounted_dir("ext4");

	if (!dir)
		SKIP(return, "no ext4 mounted");
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, dir, FILE_SIZE));
	ASSERT_EQ(0, link_open(variant->link, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, BUFFERS));
	self->run = source_run(&self->src, 0, FILE_SIZE);
	self->desc = file_desc(self->src.fd, 0, FILE_SIZE);
	sigpipes = 0;
	ASSERT_TRUE(signal(SIGPIPE, count_sigpipe) != SIG_ERR);
}

FIXTURE_TEARDOWN(peer)
{
	EXPECT_EQ(0, sigpipes);
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/* A call that must fail because of the socket. */
static void refuse(struct __test_metadata *_metadata,
		   struct _test_data_peer *self, int error)
{
	struct zcxfer_transfer send = send_init(self->sv[0], &self->desc, 1, 0);

	EXPECT_EQ(-error, zc_send(self->dev, &send));
	send.result.socket_calls = 0;
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_SOCKET, 0, error));
}

static void wait_for_hangup(struct __test_metadata *_metadata, int fd)
{
	struct pollfd pfd = { .fd = fd };

	EXPECT_EQ(1, poll(&pfd, 1, 10000));
}

TEST_F_TIMEOUT(peer, shut_down_socket_is_epipe, TIMEOUT)
{
	ASSERT_EQ(0, shutdown(self->sv[0], SHUT_WR));
	refuse(_metadata, self, EPIPE);
	refuse(_metadata, self, EPIPE);
	EXPECT_EQ(0, receive_all(self->sv[1]));
}

TEST_F_TIMEOUT(peer, vanished_before_is_an_error, TIMEOUT)
{
	struct linger reset = { .l_onoff = 1 };

	/* TCP: an RST and no FIN. */
	ASSERT_EQ(0, setsockopt(self->sv[1], SOL_SOCKET, SO_LINGER, &reset,
				sizeof(reset)));
	close(self->sv[1]);
	wait_for_hangup(_metadata, self->sv[0]);
	if (variant->link == LINK_TCP)
		refuse(_metadata, self, ECONNRESET);
	refuse(_metadata, self, EPIPE);
	refuse(_metadata, self, EPIPE);
}

/* Only the answer to the first bytes shows TCP that the peer has closed. */
TEST_F_TIMEOUT(peer, closed_before_is_epipe, TIMEOUT)
{
	struct zcxfer_transfer send;

	close(self->sv[1]);
	if (variant->link == LINK_TCP) {
		self->desc.len = 1000;
		send = send_init(self->sv[0], &self->desc, 1, 0);
		EXPECT_EQ(0, zc_send(self->dev, &send));
		EXPECT_EQ(1000, send.result.bytes);
		wait_for_hangup(_metadata, self->sv[0]);
	}
	refuse(_metadata, self, EPIPE);
	refuse(_metadata, self, EPIPE);
}

/*
 * The peer closes with bytes unread: the result counts the bytes moved before and
 * has the reason, and the next call fails.
 */
TEST_F_TIMEOUT(peer, vanished_in_the_middle_ends_with_a_count, TIMEOUT)
{
	struct zcxfer_result *result = &self->tx.send.result;

	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], &self->desc, 1, 0)));
	ASSERT_EQ(0, sender_wait_blocked(&self->tx, self->sv[1]));
	close(self->sv[1]);
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_LT(0, result->bytes);
	EXPECT_GT(FILE_SIZE, result->bytes);
	EXPECT_EQ(ZCXFER_STOP_SOCKET, result->stop);
	/* A UNIX socket drops the error if it has taken a part of the call. */
	if (variant->link == LINK_TCP || result->error != EPIPE)
		EXPECT_EQ(ECONNRESET, result->error);
	refuse(_metadata, self, EPIPE);
}

TEST_F_TIMEOUT(peer, own_shutdown_in_the_middle_ends_with_a_count, TIMEOUT)
{
	struct zcxfer_result *result = &self->tx.send.result;
	__u64 bytes;

	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], &self->desc, 1, 0)));
	ASSERT_EQ(0, sender_wait_blocked(&self->tx, self->sv[1]));
	ASSERT_EQ(0, shutdown(self->sv[0], SHUT_WR));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, sender_finish(&self->tx));
	bytes = result->bytes;
	EXPECT_LT(0, bytes);
	EXPECT_EQ(ZCXFER_STOP_SOCKET, result->stop);
	EXPECT_EQ(EPIPE, result->error);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], bytes));
	refuse(_metadata, self, EPIPE);
}

TEST_F_TIMEOUT(peer, shut_down_for_reading_is_epipe_on_unix, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], &self->desc, 1,
					    ZCXFER_F_DONTWAIT);

	ASSERT_EQ(0, shutdown(self->sv[1], SHUT_RD));
	if (variant->link == LINK_UNIX) {
		refuse(_metadata, self, EPIPE);
		return;
	}
	/* TCP does not report it to the sender. */
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_LT(0, send.result.bytes);
}

TEST_F_TIMEOUT(peer, shut_down_for_writing_still_gets_all, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], &self->desc, 1, 0);
	char byte;

	ASSERT_EQ(0, shutdown(self->sv[1], SHUT_WR));
	EXPECT_EQ(0, recv(self->sv[0], &byte, 1, 0));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

/* The bytes stay intact although socket, file and device are closed. */
TEST_F_TIMEOUT(peer, gets_what_was_sent_after_everything_is_closed, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], &self->desc, 1,
					    ZCXFER_F_DONTWAIT);

	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_LT(0, send.result.bytes);
	close(self->sv[0]);
	close(self->dev);
	source_destroy(&self->src);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish(&self->rx, -1, send.result.bytes));

	/* For the teardown. */
	ASSERT_EQ(0, source_create(&self->src, mounted_dir("ext4"), 0));
}

/* One thread both sends and receives. */
TEST_F_TIMEOUT(peer, in_the_same_thread_works_with_dontwait, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], &self->desc, 1,
					    ZCXFER_F_DONTWAIT);
	__u64 at = 0;
	int ret;

	while (at < FILE_SIZE) {
		struct run run = source_run(&self->src, at, FILE_SIZE - at);

		ret = zc_send(self->dev, &send);
		if (ret != -EAGAIN)
			ASSERT_EQ(0, ret);
		ASSERT_EQ(0, receive_exactly(self->sv[1], &run, 1,
					     send.result.bytes));
		at += send.result.bytes;
		send_advance(&send);
	}
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
}

/*
 * Two threads send into one socket. The order between them is undefined, but the
 * bytes of each must arrive, all and in order. The top bit shows whose a byte is.
 */
static int mark_source(struct source *src, unsigned char bit, char *content)
{
	int fd = open(src->path, O_WRONLY);
	__u64 i;

	pattern_fill(content, src->seed, 0, src->size);
	for (i = 0; i < src->size; i++)
		content[i] = (content[i] & 0x7f) | bit;
	if (pwrite(fd, content, src->size, 0) != src->size)
		return -errno;
	return close(fd);
}

TEST_F_TIMEOUT(peer, of_two_senders_gets_both_streams, TIMEOUT)
{
	enum { SIZE = 1 << 20 };
	struct zcxfer_desc descs[2];
	struct sender tx[2];
	struct source src[2];
	char *content[2], *buf = malloc(SIZE);
	size_t got[2] = {};
	unsigned int i, wrong = 0;
	ssize_t n, j;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, source_create(&src[i], mounted_dir("ext4"), SIZE));
		content[i] = malloc(SIZE);
		ASSERT_EQ(0, mark_source(&src[i], i << 7, content[i]));
		descs[i] = file_desc(src[i].fd, 0, SIZE);
	}
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, sender_start(&tx[i], self->dev,
					  send_init(self->sv[0], &descs[i], 1,
						    0)));
	while (got[0] + got[1] < 2 * SIZE && !wrong) {
		n = recv(self->sv[1], buf, SIZE, 0);
		ASSERT_LT(0, n);
		for (j = 0; j < n; j++) {
			int which = (unsigned char)buf[j] >> 7;

			if (got[which] == SIZE ||
			    content[which][got[which]++] != buf[j])
				wrong++;
		}
	}
	ASSERT_EQ(0, wrong);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, sender_finish(&tx[i]));
		EXPECT_EQ(ZCXFER_STOP_DONE, tx[i].send.result.stop);
		EXPECT_EQ(SIZE, tx[i].send.result.bytes);
		source_destroy(&src[i]);
	}
	EXPECT_EQ(0, receive_all(self->sv[1]));
}

TEST_F_TIMEOUT(peer, is_served_by_a_child_with_the_inherited_device, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], &self->desc, 1, 0);
	int status;
	pid_t child;

	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(zc_send(self->dev, &send) ||
		      send.result.bytes != FILE_SIZE);
	/* This must not close the child's descriptor. */
	close(self->dev);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status) && !WEXITSTATUS(status));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

TEST_F_TIMEOUT(peer, is_served_through_passed_descriptors, TIMEOUT)
{
	int channel[2], dev, sock;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
	ASSERT_EQ(0, pass_fd(channel[0], self->dev));
	close(self->dev);
	dev = take_fd(channel[1]);
	ASSERT_LE(0, dev);
	ASSERT_EQ(0, pass_fd(channel[0], self->sv[0]));
	sock = take_fd(channel[1]);
	ASSERT_LE(0, sock);

	struct zcxfer_transfer send = send_init(sock, &self->desc, 1, 0);

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, zc_send(dev, &send));
	EXPECT_EQ(FILE_SIZE, send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, sock, FILE_SIZE));
}

/* A connection that is being established: the call waits for it, as write(2) does. */
FIXTURE(connecting)
{
	int dev;
	int listener;
	int sock;
	struct source src;
};

FIXTURE_SETUP(connecting)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create_memfd(&self->src, 1000));
	/* A listener that does not accept; two connections fill its queue. */
	self->listener = listen_tcp(AF_INET);
	ASSERT_LE(0, self->listener);
	ASSERT_LE(0, connect_to(self->listener, SOCK_NONBLOCK));
	ASSERT_LE(0, connect_to(self->listener, SOCK_NONBLOCK));
	self->sock = connect_to(self->listener, SOCK_NONBLOCK);
	ASSERT_LE(0, self->sock);
}

FIXTURE_TEARDOWN(connecting)
{
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(connecting, nonblocking_socket_would_block, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, 1000);
	struct zcxfer_transfer send = send_init(self->sock, &desc, 1, 0);

	EXPECT_EQ(-EAGAIN, zc_send(self->dev, &send));
	send.result.socket_calls = 0;
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_WOULD_BLOCK, 0, EAGAIN));
}

TEST_F_TIMEOUT(connecting, blocking_socket_waits, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, 1000);
	struct run run = source_run(&self->src, 0, 1000);
	struct sender tx;
	int i, peer = -1;

	ASSERT_EQ(0, fcntl(self->sock, F_SETFL, 0));
	ASSERT_EQ(0, sender_start(&tx, self->dev,
				  send_init(self->sock, &desc, 1, 0)));
	/* The third connection is the sender's. */
	for (i = 0; i < 3; i++) {
		peer = accept(self->listener, NULL, NULL);
		ASSERT_LE(0, peer);
	}
	EXPECT_EQ(0, sender_finish(&tx));
	EXPECT_EQ(1000, tx.send.result.bytes);
	EXPECT_EQ(0, receive_exactly(peer, &run, 1, 1000));
}

TEST_HARNESS_MAIN
