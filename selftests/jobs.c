// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: transfers that go on after the call that submitted them. Completions are read
 * from the device (read, poll), and each job ends exactly once.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	MIB(2)
#define JOB_SIZE	KIB(512)
#define SEND		ZCXFER_OP_SEND
#define RECV		ZCXFER_OP_RECV

FIXTURE(jobs)
{
	int dev;
	int sv[2];
	struct source src;
	struct run run;
	struct receiver rx;
	struct zcxfer_desc desc;
	struct zcxfer_transfer send;	/* all of @desc */
};

FIXTURE_VARIANT(jobs)
{
	const char *fs;
	enum link link;
	__u32 flags;
};

FIXTURE_VARIANT_ADD(jobs, ext4_tcp) { "ext4", LINK_TCP, 0 };
FIXTURE_VARIANT_ADD(jobs, xfs_unix) { "xfs", LINK_UNIX, 0 };
FIXTURE_VARIANT_ADD(jobs, ext4_tls) { "ext4", LINK_TLS, 0 };
FIXTURE_VARIANT_ADD(jobs, tmpfs_tcp) { "tmpfs", LINK_TCP, 0 };
FIXTURE_VARIANT_ADD(jobs, overlay_unix) { "overlay", LINK_UNIX, 0 };
FIXTURE_VARIANT_ADD(jobs, xfs_tcp_direct) { "xfs", LINK_TCP, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(jobs, ext4_unix_dontcache) { "ext4", LINK_UNIX, ZCXFER_F_DONTCACHE };
FIXTURE_VARIANT_ADD(jobs, ext4_tcp_stable) { "ext4", LINK_TCP, ZCXFER_F_STABLE };

FIXTURE_SETUP(jobs)
{
	const char *dir = mounted_dir(variant->fs);

	ASSERT_NE(NULL, dir);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, dir, FILE_SIZE));
	ASSERT_EQ(0, link_open(variant->link, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
	self->run = source_run(&self->src, 0, FILE_SIZE);
	self->desc = file_desc(self->src.fd, 0, FILE_SIZE);
	self->send = send_init(self->sv[0], &self->desc, 1, variant->flags);
}

FIXTURE_TEARDOWN(jobs)
{
	close(self->sv[0]);
	close(self->sv[1]);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
}

/* Submits a job, which fills the socket and waits for the peer. */
static int submit_blocked(struct _test_data_jobs *self, __u64 user_data)
{
	return zc_submit(self->dev, SEND, user_data, &self->send) ?:
	       wait_blocked(self->sv[1]);
}

TEST_F_TIMEOUT(jobs, send_more_than_fits_into_the_socket, TIMEOUT)
{
	ASSERT_EQ(0, submit_blocked(self, 7));
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, zc_complete(self->dev, 7, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(FILE_SIZE, self->send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
}

TEST_F_TIMEOUT(jobs, send_uncached_files, TIMEOUT)
{
	ASSERT_EQ(0, source_forget_cache(&self->src));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, zc_submit(self->dev, SEND, 7, &self->send));
	EXPECT_EQ(0, zc_complete(self->dev, 7, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(FILE_SIZE, self->send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

TEST_F_TIMEOUT(jobs, need_no_memory_or_descriptor_of_the_submitter, TIMEOUT)
{
	char memory[5000] = "";
	struct zcxfer_desc descs[2] = {
		memory_desc(memory, sizeof(memory)), self->desc,
	};
	struct run runs[2] = { { 99, 0, sizeof(memory) }, self->run };
	int sock = dup(self->sv[0]);

	pattern_fill(memory, 99, 0, sizeof(memory));
	self->send = send_init(sock, descs, 2, variant->flags);
	ASSERT_EQ(0, submit_blocked(self, 7));
	memset(memory, 0, sizeof(memory));
	close(sock);
	close(self->src.fd);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 2));
	EXPECT_EQ(0, zc_complete(self->dev, 7, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     FILE_SIZE + sizeof(memory)));
	self->src.fd = open(self->src.path, O_RDONLY);
}

TEST_F_TIMEOUT(jobs, of_one_socket_run_in_order, TIMEOUT)
{
	enum { JOBS = 40, LEN = 100001 };
	struct zcxfer_desc descs[JOBS];
	struct zcxfer_transfer sends[JOBS];
	struct run runs[JOBS];
	unsigned int i;

	for (i = 0; i < JOBS; i++) {
		__u64 offset = (i * 7919 * 512) % (FILE_SIZE - LEN);

		descs[i] = file_desc(self->src.fd, offset, LEN);
		runs[i] = source_run(&self->src, offset, LEN);
		sends[i] = send_init(self->sv[0], &descs[i], 1, variant->flags);
		ASSERT_EQ(0, zc_submit(self->dev, SEND, i, &sends[i]));
	}
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, JOBS));
	for (i = 0; i < JOBS; i++) {
		EXPECT_EQ(0, zc_complete(self->dev, i, &sends[i]));
		EXPECT_EQ(LEN, sends[i].result.bytes);
	}
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], JOBS * LEN));
}

TEST_F_TIMEOUT(jobs, of_other_sockets_do_not_wait, TIMEOUT)
{
	struct zcxfer_transfer other;
	struct receiver rx = { };
	int sv[2];

	ASSERT_EQ(0, submit_blocked(self, 1));
	ASSERT_EQ(0, link_open(variant->link, sv));
	ASSERT_EQ(0, receiver_start(&rx, sv[1], &self->run, 1));
	other = send_init(sv[0], &self->desc, 1, variant->flags);
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 2, &other));
	EXPECT_EQ(0, zc_complete(self->dev, 2, &other));
	EXPECT_EQ(ZCXFER_STOP_DONE, other.result.stop);
	EXPECT_EQ(0, receiver_finish(&rx, sv[0], FILE_SIZE));
	EXPECT_EQ(0, zc_cancel(self->dev, 1));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_CANCELLED, self->send.result.stop);
}

TEST_F_TIMEOUT(jobs, are_cancelled_with_exact_count, TIMEOUT)
{
	ASSERT_EQ(0, submit_blocked(self, 7));
	EXPECT_EQ(-ENOENT, zc_cancel(self->dev, 8));
	EXPECT_EQ(0, zc_cancel(self->dev, 7));
	EXPECT_EQ(0, zc_complete(self->dev, 7, &self->send));
	EXPECT_EQ(ZCXFER_STOP_CANCELLED, self->send.result.stop);
	EXPECT_LT(0, self->send.result.bytes);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &self->run, 1,
				     self->send.result.bytes));
	EXPECT_EQ(-ENOENT, zc_cancel(self->dev, 7));
	EXPECT_FALSE(zc_has_completion(self->dev, 100));
}

TEST_F_TIMEOUT(jobs, that_wait_for_their_turn_can_be_cancelled, TIMEOUT)
{
	struct zcxfer_transfer second = self->send, third = self->send;
	struct run runs[2] = { self->run, self->run };

	ASSERT_EQ(0, submit_blocked(self, 1));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 2, &second));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 3, &third));
	EXPECT_EQ(0, zc_cancel(self->dev, 2));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 2, &second));
	EXPECT_EQ(ZCXFER_STOP_CANCELLED, second.result.stop);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 2));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(0, zc_complete(self->dev, 3, &third));
	EXPECT_EQ(FILE_SIZE, third.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], 2 * FILE_SIZE));
}

/* Their bytes would be at the wrong position of the stream. */
TEST_F_TIMEOUT(jobs, behind_one_that_ends_early_are_cancelled, TIMEOUT)
{
	struct zcxfer_desc beyond = file_desc(self->src.fd, FILE_SIZE - 10, 11);
	struct zcxfer_transfer short_one = send_init(self->sv[0], &beyond, 1,
						     variant->flags);
	struct zcxfer_transfer third = self->send, fourth = self->send;
	struct run runs[2] = {
		self->run, source_run(&self->src, FILE_SIZE - 10, 10),
	};

	ASSERT_EQ(0, submit_blocked(self, 1));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 2, &short_one));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 3, &third));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 4, &fourth));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 2));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(0, zc_complete(self->dev, 2, &short_one));
	EXPECT_EQ(ZCXFER_STOP_EOF, short_one.result.stop);
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 3, &third));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 4, &fourth));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE + 10));
}

/* True if the job completes; false if it does not and the socket is full. */
static bool completes_before_full(int dev, int sock)
{
	struct pollfd room = { .fd = sock, .events = POLLOUT };
	bool full;

	/* A worker that has not run yet leaves room. */
	do {
		full = !poll(&room, 1, 0);
		if (zc_has_completion(dev, 200))
			return true;
	} while (!full);
	return false;
}

/*
 * Sends records until one has no room; with kTLS TCP has a part of that one. Returns
 * how many bytes have completed, or an error. The last job may still complete if the
 * network releases something meanwhile.
 */
static long submit_until_full(struct _test_data_jobs *self, enum link link)
{
	long done;
	int err;

	if (link == LINK_TLS) {
		close(self->sv[0]);
		close(self->sv[1]);
		err = link_open_narrow_tls(self->sv);
		if (err)
			return err;
		self->send.sock_fd = self->sv[0];
	}
	self->desc.len = TLS_RECORD;
	for (done = 0; done < FILE_SIZE; done += TLS_RECORD) {
		self->desc.offset = done;
		err = zc_submit(self->dev, SEND, done, &self->send);
		if (err || !completes_before_full(self->dev, self->sv[0]))
			return err ?: done;
		err = zc_complete(self->dev, done, &self->send);
		if (err)
			return err;
	}
	return -EFBIG;
}

TEST_F_TIMEOUT(jobs, that_have_completed_survive_a_shutdown, TIMEOUT)
{
	long done = submit_until_full(self, variant->link);

	ASSERT_LT(0, done);
	ASSERT_EQ(0, shutdown(self->sv[0], SHUT_WR));
	zc_complete(self->dev, done, &self->send);
	EXPECT_EQ(ZCXFER_STOP_SOCKET, self->send.result.stop);
	EXPECT_EQ(EPIPE, self->send.result.error);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish_with(&self->rx, self->sv[0], done));
}

/* The socket still sends the bytes that it has taken. */
TEST_F_TIMEOUT(jobs, that_wait_for_tcp_to_take_all_can_be_cancelled, TIMEOUT)
{
	long done = submit_until_full(self, variant->link);

	ASSERT_LT(0, done);
	ASSERT_EQ(0, zc_cancel(self->dev, done));
	zc_complete(self->dev, done, &self->send);
	if (variant->link == LINK_TLS)
		EXPECT_EQ(TLS_RECORD, self->send.result.bytes);
	done += self->send.result.bytes;
	EXPECT_EQ(0, receive_exactly(self->sv[1], &self->run, 1, done));
}

TEST_F_TIMEOUT(jobs, that_wait_for_tcp_to_take_all_end_with_the_device, TIMEOUT)
{
	ASSERT_LT(0, submit_until_full(self, variant->link));
	close(self->dev);
	/* A lease is held until the peer has acknowledged or closed. */
	if (variant->flags & ZCXFER_F_STABLE)
		close(self->sv[1]);
	EXPECT_TRUE(stats_at_rest());
	self->dev = zc_open();
}

TEST_F_TIMEOUT(jobs, end_when_the_peer_closes, TIMEOUT)
{
	ASSERT_EQ(0, submit_blocked(self, 7));
	close(self->sv[1]);
	EXPECT_EQ(0, zc_complete(self->dev, 7, &self->send));
	EXPECT_EQ(ZCXFER_STOP_SOCKET, self->send.result.stop);
	EXPECT_TRUE(self->send.result.error == EPIPE ||
		    self->send.result.error == ECONNRESET);
	self->sv[1] = -1;
}

TEST_F_TIMEOUT(jobs, end_with_the_device, TIMEOUT)
{
	struct zcxfer_transfer second = self->send;

	ASSERT_EQ(0, submit_blocked(self, 1));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 2, &second));
	close(self->dev);
	/* A lease is held until the peer has acknowledged or closed. */
	if (variant->flags & ZCXFER_F_STABLE)
		close(self->sv[1]);
	EXPECT_TRUE(stats_at_rest());
	self->dev = zc_open();
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
}

TEST_F_TIMEOUT(jobs, with_unread_completions_end_with_the_device, TIMEOUT)
{
	self->desc.len = 1000;
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 7, &self->send));
	EXPECT_TRUE(zc_has_completion(self->dev, 60000));
	close(self->dev);
	self->dev = -1;
}

TEST_F_TIMEOUT(jobs, go_on_while_another_descriptor_is_open, TIMEOUT)
{
	int dev = dup(self->dev);

	ASSERT_EQ(0, submit_blocked(self, 7));
	close(dev);
	EXPECT_FALSE(zc_has_completion(self->dev, 100));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, zc_complete(self->dev, 7, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

/* The child's descriptor of the device is closed, which must not end the parent's job. */
TEST_F_TIMEOUT(jobs, end_with_their_submitter, TIMEOUT)
{
	int submitted[2], err;
	pid_t child;

	ASSERT_EQ(0, submit_blocked(self, 1));
	ASSERT_EQ(0, pipe(submitted));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		err = zc_submit(self->dev, SEND, 2, &self->send);
		if (write(submitted[1], &err, sizeof(err)) == sizeof(err))
			pause();
		_exit(1);
	}
	/* A submission that a kill interrupts may fail. */
	ASSERT_EQ(sizeof(err), read(submitted[0], &err, sizeof(err)));
	ASSERT_EQ(0, err);
	close(submitted[0]);
	close(submitted[1]);
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
	EXPECT_GT(KILL_MS, kill_and_wait(child));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 2, &self->send));
	EXPECT_FALSE(zc_has_completion(self->dev, 100));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

/*
 * The device is in a message that nobody receives, in the queue of a socket that
 * a job holds a reference to: both are freed only if the job ends.
 */
TEST_F_TIMEOUT(jobs, and_a_device_in_flight_form_no_cycle, TIMEOUT)
{
	pid_t child = fork();
	int dev, sv[2];

	ASSERT_LE(0, child);
	if (!child) {
		struct zcxfer_transfer recv;
		int i;

		dev = zc_open();
		if (dev < 0 || link_open(LINK_UNIX, sv) || pass_fd(sv[0], dev))
			_exit(1);
		for (i = 0; i < 2; i++) {
			recv = send_init(sv[i], &self->desc, 1, variant->flags);
			if (zc_submit(dev, SEND, 3 + i, &recv))
				_exit(1);
		}
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &dev, 0));
	EXPECT_EQ(0, dev);
	EXPECT_TRUE(stats_at_rest());
}

FIXTURE(job)
{
	int dev;
	int sv[2];
	struct source src;
	struct zcxfer_desc desc;
	struct zcxfer_transfer send;	/* all of @desc */
};

FIXTURE_SETUP(job)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create_writable(&self->src, mounted_dir("ext4"),
					    JOB_SIZE));
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	self->desc = file_desc(self->src.fd, 0, JOB_SIZE);
	self->send = send_init(self->sv[0], &self->desc, 1, 0);
}

FIXTURE_TEARDOWN(job)
{
	close(self->sv[0]);
	close(self->sv[1]);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
	source_destroy(&self->src);
}

TEST_F_TIMEOUT(job, that_is_refused_has_no_completion, TIMEOUT)
{
	char memory[8] = "";
	struct zcxfer_desc huge = memory_desc(memory, MIB(1) + 1);

	EXPECT_EQ(-EINVAL, zc_ioctl(self->dev, ZCXFER_IOC_SUBMIT,
				    &(struct zcxfer_submit) {
		.size = sizeof(struct zcxfer_submit),
		.op = 2,
		.transfer = (uintptr_t)&self->send,
	}));
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SUBMIT,
				    &(struct zcxfer_submit) {
		.size = sizeof(struct zcxfer_submit), .transfer = 4096,
	}));
	EXPECT_EQ(-EINVAL, zc_ioctl(self->dev, ZCXFER_IOC_SUBMIT,
				    &(struct zcxfer_submit) { .size = 23 }));
	EXPECT_EQ(-EINVAL, zc_ioctl(self->dev, ZCXFER_IOC_CANCEL,
				    &(struct zcxfer_cancel) {
		.size = sizeof(struct zcxfer_cancel), .flags = 1,
	}));

	self->send.flags = 1U << 31;
	EXPECT_EQ(-EINVAL, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_CALL, 0, EINVAL));
	self->send.flags = 0;
	self->send.sock_fd = self->src.fd;
	EXPECT_EQ(-ENOTSOCK, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_SOCKET, 0, ENOTSOCK));
	self->send.sock_fd = -1;
	EXPECT_EQ(-EBADF, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_SOCKET, 0, EBADF));

	self->send = send_init(self->sv[0], &huge, 1, 0);
	EXPECT_EQ(-EMSGSIZE, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 0, EMSGSIZE));
	huge = memory_desc((void *)8, 8);
	EXPECT_EQ(-EFAULT, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 0, EFAULT));
	huge = memory_desc(memory, sizeof(memory));
	EXPECT_EQ(-EOPNOTSUPP, zc_submit(self->dev, RECV, 1, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 0, EOPNOTSUPP));
	huge = file_desc(-1, 0, 8);
	EXPECT_EQ(-EBADF, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 0, EBADF));
	EXPECT_FALSE(zc_has_completion(self->dev, 100));
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(job, with_dontwait_ends_when_the_socket_is_full, TIMEOUT)
{
	self->send.flags = ZCXFER_F_DONTWAIT;
	ASSERT_EQ(0, link_set_buffers(self->sv, 1));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, self->send.result.stop);
	EXPECT_LT(self->send.result.bytes, JOB_SIZE);
}

TEST_F_TIMEOUT(job, with_cached_ends_at_the_first_miss, TIMEOUT)
{
	self->send.flags = ZCXFER_F_CACHED;
	ASSERT_EQ(0, source_forget_cache(&self->src));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_EQ(-EAGAIN, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_MISS, self->send.result.stop);
	EXPECT_EQ(0, source_pages_resident(&self->src));
}

static void on_signal(int sig)
{
}

/* A non-blocking socket, a timeout, a signal: a call would have ended. */
TEST_F_TIMEOUT(job, goes_on_where_a_call_ends, TIMEOUT)
{
	struct run run = source_run(&self->src, 0, JOB_SIZE);
	struct timeval timeout = { .tv_usec = 1000 };

	ASSERT_TRUE(signal(SIGUSR1, on_signal) != SIG_ERR);
	ASSERT_EQ(0, fcntl(self->sv[0], F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_SNDTIMEO, &timeout,
				sizeof(timeout)));
	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	ASSERT_EQ(0, raise(SIGUSR1));
	EXPECT_FALSE(zc_has_completion(self->dev, 100));
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, JOB_SIZE));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
}

TEST_F_TIMEOUT(job, is_cancelled_with_all_of_its_name, TIMEOUT)
{
	struct zcxfer_transfer other;
	int sv[2];

	ASSERT_EQ(0, link_open(LINK_UNIX, sv));
	other = send_init(sv[0], &self->desc, 1, 0);
	ASSERT_EQ(0, link_set_buffers(sv, 1));
	ASSERT_EQ(0, link_set_buffers(self->sv, 1));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &other));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	ASSERT_EQ(0, wait_blocked(sv[1]));
	EXPECT_EQ(0, zc_cancel(self->dev, 1));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_CANCELLED, self->send.result.stop);
	EXPECT_EQ(0, zc_complete(self->dev, 1, &other));
	EXPECT_EQ(ZCXFER_STOP_CANCELLED, other.result.stop);
	close(sv[0]);
	close(sv[1]);
}

/* An exec closes the device, whose jobs another process would not expect. */
TEST_F_TIMEOUT(job, ends_with_its_program, TIMEOUT)
{
	struct zcxfer_transfer second = self->send;
	pid_t child;

	ASSERT_EQ(0, link_set_buffers(self->sv, 1));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		if (!zc_submit(self->dev, SEND, 2, &second))
			execl("/bin/sleep", "sleep", "1000", NULL);
		_exit(1);
	}
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 2, &second));
	EXPECT_GT(KILL_MS, kill_and_wait(child));
	EXPECT_EQ(0, zc_cancel(self->dev, 1));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
}

/* override_creds() of later kernels takes no reference; to put the last one is a BUG. */
TEST_F_TIMEOUT(job, may_hold_the_last_reference_to_credentials, TIMEOUT)
{
	struct run run = source_run(&self->src, 0, JOB_SIZE);

	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
	ASSERT_EQ(0, become_nobody());
	EXPECT_EQ(0, zc_submit(self->dev, SEND, 7, &self->send));
	ASSERT_EQ(0, become_root());
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, JOB_SIZE));
	EXPECT_EQ(0, zc_complete(self->dev, 7, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
}

TEST_F_TIMEOUT(job, ends_at_the_end_of_the_file, TIMEOUT)
{
	self->desc.len = JOB_SIZE + 1;
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_EOF, self->send.result.stop);
	EXPECT_EQ(JOB_SIZE, self->send.result.bytes);
}

TEST_F_TIMEOUT(job, ends_if_the_socket_is_shut_down, TIMEOUT)
{
	shutdown(self->sv[0], SHUT_WR);
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_EQ(-EPIPE, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_SOCKET, self->send.result.stop);
}

/* The bytes that are not sent yet are encrypted. */
TEST_F_TIMEOUT(job, goes_on_when_its_socket_is_encrypted, TIMEOUT)
{
	char before[KIB(8)];
	__u64 received = 0;

	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(16)));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	ASSERT_EQ(0, sock_encrypt(self->sv[0], TLS_TX));
	/* The bytes that were in the socket before stay as they are. */
	ASSERT_EQ(sizeof(before), read(self->sv[1], before, sizeof(before)));
	EXPECT_EQ(sizeof(before), pattern_match(before, self->src.seed, 0,
						sizeof(before)));
	while (!zc_has_completion(self->dev, 1))
		received += receive_all(self->sv[1]);
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_LT(0, received);
}

/* kTLS does not report the release of pages. */
TEST_F_TIMEOUT(job, that_awaits_a_release_ends_when_its_socket_is_encrypted, TIMEOUT)
{
	self->send.flags = ZCXFER_F_RELEASE;
	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(16)));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	ASSERT_EQ(0, sock_encrypt(self->sv[0], TLS_TX));
	while (!zc_has_completion(self->dev, 1))
		receive_all(self->sv[1]);
	EXPECT_EQ(0, zc_complete_with(self->dev, 1, &self->send,
				      ZCXFER_COMPLETION_RELEASED |
				      ZCXFER_COMPLETION_COPIED));
	EXPECT_EQ(ZCXFER_STOP_SOCKET, self->send.result.stop);
	EXPECT_EQ(EOPNOTSUPP, self->send.result.error);
}

TEST_F_TIMEOUT(job, without_descriptors_ends, TIMEOUT)
{
	self->send.nr_descs = 0;
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
}

TEST_F_TIMEOUT(job, receives_into_a_file, TIMEOUT)
{
	static char bytes[JOB_SIZE];
	struct source dst = self->src;
	__u64 half = sizeof(bytes) / 2;

	dst.seed = 4711;
	pattern_fill(bytes, dst.seed, 0, sizeof(bytes));
	self->send.sock_fd = self->sv[1];
	ASSERT_EQ(0, zc_submit(self->dev, RECV, 1, &self->send));
	EXPECT_FALSE(zc_has_completion(self->dev, 50));
	ASSERT_EQ(half, write(self->sv[0], bytes, half));
	EXPECT_FALSE(zc_has_completion(self->dev, 50));
	ASSERT_EQ(half, write(self->sv[0], bytes + half, half));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(0, source_check(&dst));
}

TEST_F_TIMEOUT(job, that_receives_and_is_cancelled_consumes_nothing, TIMEOUT)
{
	char byte;

	self->send.sock_fd = self->sv[1];
	ASSERT_EQ(0, zc_submit(self->dev, RECV, 1, &self->send));
	usleep(50000);
	EXPECT_EQ(0, zc_cancel(self->dev, 1));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 1, &self->send));
	ASSERT_EQ(1, write(self->sv[0], "x", 1));
	EXPECT_EQ(1, read(self->sv[1], &byte, 1));
}

/*
 * CPU time that it takes to close all duplicates of @fd, from the first on, but for the
 * last, which replaces it; in ms, or ~0.
 */
static __u64 close_duplicates(int *fd, unsigned int nr)
{
	struct timespec before, after;
	unsigned int i, first = 100;
	int last = -1;

	for (i = 0; i <= nr; i++) {
		last = fcntl(*fd, F_DUPFD, first);
		if (last < 0)
			return ~0;
	}
	close(*fd);
	*fd = last;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	syscall(__NR_close_range, first, last - 1, 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	return (after.tv_sec - before.tv_sec) * 1000 +
	       (after.tv_nsec - before.tv_nsec) / 1000000;
}

/* Each close looks for another descriptor of the device, but not from the first on. */
TEST_F_TIMEOUT(job, with_many_descriptors_of_the_device, TIMEOUT)
{
	enum { NR = 60000 };
	struct rlimit files = { NR + 1000, NR + 1000 };
	__u64 plain, device;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	plain = close_duplicates(&self->src.fd, NR);
	device = close_duplicates(&self->dev, NR);
	ASSERT_NE(~0ULL, plain);
	ASSERT_NE(~0ULL, device);
	ksft_print_msg("%llu ms, of an ordinary file %llu ms\n", device, plain);
	EXPECT_GT(20 * (plain + 20), device);
}

TEST_F_TIMEOUT(job, that_receives_with_dontwait_ends_without_data, TIMEOUT)
{
	self->send.sock_fd = self->sv[1];
	self->send.flags = ZCXFER_F_DONTWAIT;
	ASSERT_EQ(0, zc_submit(self->dev, RECV, 1, &self->send));
	EXPECT_EQ(-EAGAIN, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, self->send.result.stop);
}

TEST_F_TIMEOUT(job, that_receives_is_behind_the_one_before, TIMEOUT)
{
	enum { JOBS = 20, LEN = 1000 };
	struct zcxfer_transfer recvs[JOBS];
	struct zcxfer_desc descs[JOBS];
	static char bytes[JOBS * LEN];
	int i;

	for (i = 0; i < JOBS; i++) {
		descs[i] = file_desc(self->src.fd, i * LEN, LEN);
		recvs[i] = send_init(self->sv[1], &descs[i], 1, 0);
		ASSERT_EQ(0, zc_submit(self->dev, RECV, i, &recvs[i]));
	}
	pattern_fill(bytes, 4711, 0, sizeof(bytes));
	ASSERT_EQ(sizeof(bytes), write(self->sv[0], bytes, sizeof(bytes)));
	for (i = 0; i < JOBS; i++)
		EXPECT_EQ(0, zc_complete(self->dev, i, &recvs[i]));
	ASSERT_EQ(sizeof(bytes), pread(self->src.fd, bytes, sizeof(bytes), 0));
	EXPECT_EQ(sizeof(bytes), pattern_match(bytes, 4711, 0, sizeof(bytes)));
}

TEST_F_TIMEOUT(job, that_receives_is_not_behind_one_that_sends, TIMEOUT)
{
	struct zcxfer_transfer recv;
	struct zcxfer_desc desc;
	struct source dst;

	ASSERT_EQ(0, source_create_memfd(&dst, PAGE));
	desc = file_desc(dst.fd, 0, 10);
	recv = send_init(self->sv[0], &desc, 1, 0);
	ASSERT_EQ(0, link_set_buffers(self->sv, 1));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	ASSERT_EQ(0, zc_submit(self->dev, RECV, 2, &recv));
	ASSERT_EQ(10, write(self->sv[1], "0123456789", 10));
	EXPECT_EQ(0, zc_complete(self->dev, 2, &recv));
	EXPECT_EQ(ZCXFER_STOP_DONE, recv.result.stop);
	EXPECT_EQ(0, zc_cancel(self->dev, 1));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	source_destroy(&dst);
}

TEST_F_TIMEOUT(job, that_would_grow_a_file_beyond_the_limit_is_refused, TIMEOUT)
{
	struct rlimit limit = { JOB_SIZE - 1, RLIM_INFINITY };

	self->send.sock_fd = self->sv[1];
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
	EXPECT_EQ(-EFBIG, zc_submit(self->dev, RECV, 1, &self->send));
	limit.rlim_cur = JOB_SIZE;
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
	EXPECT_EQ(0, zc_submit(self->dev, RECV, 1, &self->send));
	EXPECT_EQ(0, zc_cancel(self->dev, 1));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 1, &self->send));
}

TEST_F_TIMEOUT(job, with_a_lease_stops_for_a_writer, TIMEOUT)
{
	int fd;

	close(self->src.fd);
	self->src.fd = open(self->src.path, O_RDONLY);
	self->desc.fd = self->src.fd;
	self->send.flags = ZCXFER_F_STABLE;
	ASSERT_EQ(0, link_set_buffers(self->sv, 1));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	fd = open(self->src.path, O_WRONLY | O_NONBLOCK);
	EXPECT_EQ(-1, fd);
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_LEASE, self->send.result.stop);
}

/* The job waits for another one's end, but must not keep its lease so long. */
TEST_F_TIMEOUT(job, with_a_lease_stops_for_a_writer_before_its_turn, TIMEOUT)
{
	struct zcxfer_transfer second, third = self->send;
	struct zcxfer_desc desc;
	struct source src;

	ASSERT_EQ(0, source_create(&src, mounted_dir("ext4"), JOB_SIZE));
	desc = file_desc(src.fd, 0, JOB_SIZE);
	second = send_init(self->sv[0], &desc, 1, ZCXFER_F_STABLE);
	ASSERT_EQ(0, link_set_buffers(self->sv, 1));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 2, &second));
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 3, &third));
	EXPECT_EQ(-1, open(src.path, O_WRONLY | O_NONBLOCK));
	EXPECT_EQ(-EBUSY, zc_complete(self->dev, 2, &second));
	EXPECT_EQ(ZCXFER_STOP_LEASE, second.result.stop);
	/* The bytes of the third would be where those of the second belong. */
	EXPECT_FALSE(zc_has_completion(self->dev, 100));
	EXPECT_EQ(0, zc_cancel(self->dev, 1));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 3, &third));
	source_destroy(&src);
}

TEST_F_TIMEOUT(job, with_cached_sends_tmpfs, TIMEOUT)
{
	struct zcxfer_desc desc;
	struct source src;

	ASSERT_EQ(0, source_create(&src, mounted_dir("tmpfs"), KIB(16)));
	desc = file_desc(src.fd, 0, KIB(16));
	self->send = send_init(self->sv[0], &desc, 1, ZCXFER_F_CACHED);
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	source_destroy(&src);
}

TEST_F_TIMEOUT(job, ends_when_the_peer_stops_reading, TIMEOUT)
{
	close(self->sv[0]);
	close(self->sv[1]);
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, 1));
	self->send.sock_fd = self->sv[0];
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	shutdown(self->sv[1], SHUT_RD);
	EXPECT_EQ(0, zc_complete(self->dev, 1, &self->send));
	EXPECT_EQ(EPIPE, self->send.result.error);
}

TEST_F_TIMEOUT(job, completions_fill_the_readers_buffer, TIMEOUT)
{
	struct zcxfer_completion done[4];
	struct pollfd pfd = { .fd = self->dev, .events = POLLIN | POLLOUT };
	unsigned int i;

	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(POLLOUT, pfd.revents);
	ASSERT_EQ(0, fcntl(self->dev, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, read(self->dev, done, sizeof(done)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, read(self->dev, done, sizeof(done[0]) - 1));
	EXPECT_EQ(EINVAL, errno);

	self->desc.len = 10;
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, zc_submit(self->dev, SEND, i, &self->send));
	EXPECT_EQ(1, poll(&pfd, 1, 10000));
	EXPECT_EQ(POLLIN | POLLOUT, pfd.revents);
	EXPECT_EQ(-1, syscall(SYS_read, self->dev, 8, sizeof(done)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(3 * sizeof(done[0]), read(self->dev, done,
					    4 * sizeof(done[0]) - 1));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(i, done[i].user_data);
	EXPECT_EQ(2 * sizeof(done[0]), read(self->dev, done, sizeof(done)));
	EXPECT_EQ(3, done[0].user_data);
	EXPECT_EQ(4, done[1].user_data);
}

/* A signal ends the wait, too. */
TEST_F_TIMEOUT(job, completion_is_waited_for_by_read, TIMEOUT)
{
	struct zcxfer_completion done;
	pid_t child = fork();
	int status;

	ASSERT_LE(0, child);
	if (!child)
		_exit(read(self->dev, &done, sizeof(done)) == sizeof(done) ?
		      0 : 1);
	usleep(50000);
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &self->send));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);

	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(read(self->dev, &done, sizeof(done)) < 0);
	usleep(50000);
	EXPECT_GT(KILL_MS, kill_and_wait(child));
}

/* @limit allows two jobs of that much memory: the third, on device @third, is refused. */
static void refused_the_third(struct __test_metadata *_metadata,
			      struct _test_data_job *self, int third,
			      const char *param, const char *limit, int error)
{
	static char memory[100000];
	struct pollfd pfd = { .fd = third, .events = POLLOUT };
	struct zcxfer_transfer sends[3];
	char before[32];
	unsigned int i;
	int err;

	/* Full until the peer reads. TCP gets room back with each acknowledgment. */
	close(self->sv[0]);
	close(self->sv[1]);
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	sock_fill(self->sv[0]);
	self->desc = memory_desc(memory, sizeof(memory));
	for (i = 0; i < 3; i++)
		sends[i] = send_init(self->sv[0], &self->desc, 1, 0);
	ASSERT_EQ(0, param_read(param, before, sizeof(before)));
	ASSERT_EQ(0, param_write(param, limit));
	EXPECT_EQ(0, zc_submit(self->dev, SEND, 0, &sends[0]));
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(0, zc_submit(self->dev, SEND, 1, &sends[1]));
	/* POLLOUT follows the limits of the device, not those of its user. */
	EXPECT_EQ(error == EDQUOT, poll(&pfd, 1, 0));
	EXPECT_EQ(-error, zc_submit(third, SEND, 2, &sends[2]));
	EXPECT_TRUE(result_refused(&sends[2], ZCXFER_STOP_CALL, 0, error));
	EXPECT_EQ(0, zc_cancel(self->dev, 0));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 0, &sends[0]));
	/* A job that was cancelled may release its files after its completion. */
	EXPECT_EQ(1, poll(&pfd, 1, -1));
	do
		err = zc_submit(third, SEND, 2, &sends[2]);
	while (err == -EDQUOT);
	EXPECT_EQ(0, err);
	EXPECT_EQ(0, param_write(param, before));
}

TEST_F_TIMEOUT(job, is_refused_when_there_are_too_many, TIMEOUT)
{
	refused_the_third(_metadata, self, self->dev, "max_jobs", "2", EAGAIN);
}

TEST_F_TIMEOUT(job, is_refused_when_they_hold_too_much_memory, TIMEOUT)
{
	/* A job may exceed the limit if there is any room. */
	refused_the_third(_metadata, self, self->dev, "max_memory", "170000",
			  EAGAIN);
}

TEST_F_TIMEOUT(job, is_refused_when_its_user_has_too_many, TIMEOUT)
{
	int other = zc_open();

	refused_the_third(_metadata, self, other, "max_user_jobs", "2", EDQUOT);
	close(other);
}

TEST_F_TIMEOUT(job, is_refused_when_its_user_has_too_much_memory, TIMEOUT)
{
	int other = zc_open();

	refused_the_third(_metadata, self, other, "max_user_memory", "170000",
			  EDQUOT);
	close(other);
}

/* The jobs of a device that was closed, unread or cancelled, are not charged any more. */
TEST_F_TIMEOUT(job, is_charged_to_its_user_until_it_is_freed, TIMEOUT)
{
	struct zcxfer_transfer second = self->send;
	int other = zc_open();
	char before[32];

	ASSERT_EQ(0, param_read("max_user_jobs", before, sizeof(before)));
	ASSERT_EQ(0, param_write("max_user_jobs", "2"));
	ASSERT_EQ(0, link_set_buffers(self->sv, 1));
	ASSERT_EQ(0, zc_submit(other, SEND, 1, &self->send));
	self->desc.len = 0;
	ASSERT_EQ(0, zc_submit(other, SEND, 2, &second));
	EXPECT_EQ(-EDQUOT, zc_submit(self->dev, SEND, 3, &second));
	close(other);
	EXPECT_TRUE(stats_at_rest());
	EXPECT_EQ(0, zc_submit(self->dev, SEND, 3, &second));
	EXPECT_EQ(0, zc_submit(self->dev, SEND, 3, &second));
	EXPECT_EQ(0, param_write("max_user_jobs", before));
}

/*
 * A job is charged for its ranges, its files and itself, whatever it is about: a parked
 * one with many descriptors takes more than a hundred kilobytes.
 */
TEST_F_TIMEOUT(job, is_charged_for_all_that_it_holds, TIMEOUT)
{
	enum { NR = 4096, LIMIT = MIB(4), RANGE = 32 };
	struct zcxfer_desc *descs = calloc(NR, sizeof(*descs));
	char before[32], limit[32];
	unsigned int i;
	int err = 0;

	ASSERT_NE(NULL, descs);
	for (i = 0; i < NR; i++)
		descs[i] = file_desc(self->src.fd, 0, 1);
	close(self->sv[0]);
	close(self->sv[1]);
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	sock_fill(self->sv[0]);
	ASSERT_EQ(0, param_read("max_memory", before, sizeof(before)));
	snprintf(limit, sizeof(limit), "%llu", (unsigned long long)LIMIT);
	ASSERT_EQ(0, param_write("max_memory", limit));
	self->send = send_init(self->sv[0], descs, NR, 0);
	for (i = 0; !err; i++)
		err = zc_submit(self->dev, SEND, i, &self->send);
	EXPECT_EQ(-EAGAIN, err);
	EXPECT_GE(LIMIT / (NR * RANGE) + 1, i - 1);
	EXPECT_EQ(0, param_write("max_memory", before));
	free(descs);
}

static int count_threads(void)
{
	char line[64] = "";
	FILE *file = popen("ls -d /proc/[0-9]*/task/* 2>/dev/null | wc -l", "r");

	if (!file || !fgets(line, sizeof(line), file))
		return -1;
	pclose(file);
	return atoi(line);
}

/* Ten thousand peers that do not read. */
TEST_F_TIMEOUT(job, needs_little_memory_and_no_thread_while_it_waits, TIMEOUT)
{
	enum { PARKED = 10000 };
	struct rlimit files = { 3 * PARKED, 3 * PARKED };
	int (*sv)[2] = calloc(PARKED, sizeof(*sv));
	int threads, i, bytes = 1;
	struct stats stats;
	long before;

	if (kernel_has_checks())
		SKIP(return, "a kernel that checks memory needs more of it");
	ASSERT_NE(NULL, sv);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	self->desc.len = KIB(64);
	for (i = 0; i < PARKED; i++) {
		ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv[i]));
		setsockopt(sv[i][0], SOL_SOCKET, SO_SNDBUF, &bytes,
			   sizeof(bytes));
		/* With a full socket a job allocates nothing but itself. */
		sock_fill(sv[i][0]);
	}
	threads = count_threads();
	before = mem_available();
	for (i = 0; i < PARKED; i++) {
		self->send.sock_fd = sv[i][0];
		ASSERT_EQ(0, zc_submit(self->dev, SEND, i, &self->send));
	}
	ASSERT_EQ(0, stats_read(&stats));
	EXPECT_EQ(PARKED, stats.jobs_held);
	ksft_print_msg("%ld bytes a job\n",
		       (before - mem_available()) * 1024 / PARKED);
	EXPECT_GT(4096, (before - mem_available()) * 1024 / PARKED);
	/* The number of idle kworkers varies. */
	EXPECT_GT(threads + 20, count_threads());
	for (i = 0; i < PARKED; i++) {
		close(sv[i][0]);
		close(sv[i][1]);
	}
	for (i = 0; i < PARKED; i++) {
		struct zcxfer_completion done;

		ASSERT_EQ(sizeof(done), read(self->dev, &done, sizeof(done)));
		EXPECT_EQ(ZCXFER_STOP_SOCKET, done.result.stop);
	}
	free(sv);
}

TEST_HARNESS_MAIN
