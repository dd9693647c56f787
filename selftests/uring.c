// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs by io_uring: each command has one completion, its result has been written
 * before, and nothing is left behind when its ring, process or device ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <liburing.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	MIB(2)
#define SEND		ZCXFER_IOC_SEND
#define RECV		ZCXFER_IOC_RECV
#define DEFER		(IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER)
/* How long to wait for a completion. */
#define WAIT_S		60

/* A ring, and how its commands are submitted. */
struct ring {
	struct io_uring ring;
	bool has_cqe32;
	unsigned int sqe_flags;	/* IOSQE_* of each */
	int fd;			/* of the device, as commands name it */
};

static int ring_open(struct ring *ring, int dev, unsigned int setup,
		     unsigned int sqe_flags)
{
	ring->has_cqe32 = setup & IORING_SETUP_CQE32;
	ring->sqe_flags = sqe_flags;
	ring->fd = sqe_flags & IOSQE_FIXED_FILE ? 0 : dev;
	return io_uring_queue_init(16, &ring->ring, setup) ?:
	       io_uring_register_files(&ring->ring, &dev, 1);
}

static struct io_uring_sqe *ring_prepare(struct ring *ring, __u32 op,
					 struct zcxfer_transfer *t)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->ring);

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = ring->fd;
	sqe->flags = ring->sqe_flags;
	sqe->cmd_op = op;
	sqe->user_data = (uintptr_t)t;
	if (t)
		memset(&t->result, POISON, sizeof(t->result));
	return sqe;
}

/* Submits the @nr commands that are prepared. Returns 0 or an error. */
static int ring_flush(struct ring *ring, int nr)
{
	int ret = io_uring_submit(&ring->ring);

	/* With SQPOLL liburing counts what the kernel's thread has not taken yet. */
	if (ret < 0 || (ring->ring.flags & IORING_SETUP_SQPOLL))
		return ret < 0 ? ret : 0;
	return ret == nr ? 0 : -EPROTO;
}

static int ring_submit(struct ring *ring, __u32 op, struct zcxfer_transfer *t)
{
	ring_prepare(ring, op, t);
	return ring_flush(ring, 1);
}

static bool ring_has_completion(struct ring *ring, int ms)
{
	struct __kernel_timespec ts = { 0, ms * 1000000LL };
	struct io_uring_cqe *cqe;

	return !io_uring_wait_cqe_timeout(&ring->ring, &cqe, &ts);
}

/* Returns the result of the next completion, which must be of @t. */
static int ring_wait(struct ring *ring, const struct zcxfer_transfer *t,
		     __u64 *bytes)
{
	struct __kernel_timespec ts = { WAIT_S, 0 };
	struct io_uring_cqe *cqe;
	int ret = io_uring_wait_cqe_timeout(&ring->ring, &cqe, &ts);

	if (ret)
		return ret;
	ret = cqe->user_data == (uintptr_t)t ? cqe->res : -EPROTO;
	if (ring->has_cqe32 && bytes)
		*bytes = cqe->big_cqe[0];
	io_uring_cqe_seen(&ring->ring, cqe);
	return ret;
}

/* The same, and @t->result must agree with it and with itself. */
static int ring_complete(struct ring *ring, struct zcxfer_transfer *t)
{
	__u64 bytes = POISON;
	int ret = ring_wait(ring, t, &bytes);
	int err = t->result.stop == ZCXFER_STOP_EOF ? ENODATA : t->result.error;

	if (ret == -EPROTO || zc_outcome(t) == -EPROTO)
		return -EPROTO;
	if (ret != -err || (ring->has_cqe32 && bytes != t->result.bytes)) {
		ksft_print_msg("completed with %d, %llu bytes\n", ret, bytes);
		return -EPROTO;
	}
	return ret;
}

FIXTURE(uring)
{
	int dev;
	int sv[2];
	struct source src;
	struct run run;
	struct receiver rx;
	struct zcxfer_desc desc;
	struct zcxfer_transfer send;	/* all of @desc */
	struct ring ring;
};

FIXTURE_VARIANT(uring)
{
	enum link link;
	unsigned int setup;
	unsigned int sqe_flags;
	__u32 flags;
};

FIXTURE_VARIANT_ADD(uring, tcp) { LINK_TCP, 0, 0, 0 };
FIXTURE_VARIANT_ADD(uring, unix_cqe32) { LINK_UNIX, IORING_SETUP_CQE32, 0, 0 };
FIXTURE_VARIANT_ADD(uring, tcp_sqpoll) { LINK_TCP, IORING_SETUP_SQPOLL, 0, 0 };
FIXTURE_VARIANT_ADD(uring, unix_defer) { LINK_UNIX, DEFER, 0, 0 };
FIXTURE_VARIANT_ADD(uring, tcp_async) { LINK_TCP, 0, IOSQE_ASYNC, 0 };
FIXTURE_VARIANT_ADD(uring, tcp_fixed_file) { LINK_TCP, 0, IOSQE_FIXED_FILE, 0 };
FIXTURE_VARIANT_ADD(uring, tcp_stable) { LINK_TCP, 0, 0, ZCXFER_F_STABLE };

FIXTURE_SETUP(uring)
{
	int ret;

	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, mounted_dir("ext4"), FILE_SIZE));
	ASSERT_EQ(0, link_open(variant->link, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
	self->run = source_run(&self->src, 0, FILE_SIZE);
	self->desc = file_desc(self->src.fd, 0, FILE_SIZE);
	self->send = send_init(self->sv[0], &self->desc, 1, variant->flags);
	ret = ring_open(&self->ring, self->dev, variant->setup,
			variant->sqe_flags);
	if (ret == -EPERM)
		SKIP(return, "io_uring is not allowed here");
	ASSERT_EQ(0, ret);
}

FIXTURE_TEARDOWN(uring)
{
	io_uring_queue_exit(&self->ring.ring);
	close(self->sv[0]);
	close(self->sv[1]);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
}

/* Submits a command, which fills the socket and waits for the peer. */
static int submit_blocked(struct _test_data_uring *self)
{
	return ring_submit(&self->ring, SEND, &self->send) ?:
	       wait_blocked(self->sv[1]);
}

TEST_F_TIMEOUT(uring, sends_more_than_fits_into_the_socket, TIMEOUT)
{
	ASSERT_EQ(0, submit_blocked(self));
	EXPECT_FALSE(ring_has_completion(&self->ring, 100));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, ring_complete(&self->ring, &self->send));
	EXPECT_EQ(FILE_SIZE, self->send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
	EXPECT_FALSE(ring_has_completion(&self->ring, 100));
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
}

TEST_F_TIMEOUT(uring, sends_an_uncached_file, TIMEOUT)
{
	ASSERT_EQ(0, source_forget_cache(&self->src));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	ASSERT_EQ(0, ring_submit(&self->ring, SEND, &self->send));
	EXPECT_EQ(0, ring_complete(&self->ring, &self->send));
	EXPECT_EQ(FILE_SIZE, self->send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

/* The completion is there when the submission returns, without a wait for task work. */
TEST_F_TIMEOUT(uring, completes_at_once_if_it_need_not_wait, TIMEOUT)
{
	struct io_uring_cqe *cqe;

	if ((variant->setup & IORING_SETUP_SQPOLL) ||
	    (variant->sqe_flags & IOSQE_ASYNC))
		SKIP(return, "another task submits the command");
	self->desc.len = 1000;
	ASSERT_EQ(0, ring_submit(&self->ring, SEND, &self->send));
	ASSERT_NE(0, io_uring_cq_ready(&self->ring.ring));
	EXPECT_EQ(0, io_uring_peek_cqe(&self->ring.ring, &cqe));
	EXPECT_EQ(0, ring_complete(&self->ring, &self->send));
	EXPECT_EQ(1000, self->send.result.bytes);
}

TEST_F_TIMEOUT(uring, linked_to_another_follows_it, TIMEOUT)
{
	enum { JOBS = 8, LEN = 200001 };
	struct zcxfer_transfer sends[JOBS];
	struct zcxfer_desc descs[JOBS];
	struct run runs[JOBS];
	struct io_uring_sqe *sqe;
	unsigned int i;

	for (i = 0; i < JOBS; i++) {
		descs[i] = file_desc(self->src.fd, i * LEN, LEN);
		runs[i] = source_run(&self->src, i * LEN, LEN);
		sends[i] = send_init(self->sv[0], &descs[i], 1, variant->flags);
		sqe = ring_prepare(&self->ring, SEND, &sends[i]);
		if (i < JOBS - 1)
			sqe->flags |= IOSQE_IO_LINK;
	}
	ASSERT_EQ(0, ring_flush(&self->ring, JOBS));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, JOBS));
	for (i = 0; i < JOBS; i++)
		EXPECT_EQ(0, ring_complete(&self->ring, &sends[i]));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], JOBS * LEN));
}

/* The submission entry has been reused when the command starts. */
TEST_F_TIMEOUT(uring, linked_to_another_does_not_need_its_entry, TIMEOUT)
{
	enum { ENTRIES = 16 };
	struct zcxfer_desc desc = file_desc(self->src.fd, 77, 5000);
	struct zcxfer_transfer second = send_init(self->sv[0], &desc, 1,
						  variant->flags);
	struct run runs[] = { self->run, source_run(&self->src, 77, 5000) };
	struct io_uring_sqe *sqe;
	unsigned int i;

	sqe = ring_prepare(&self->ring, SEND, &self->send);
	sqe->flags |= IOSQE_IO_LINK;
	ring_prepare(&self->ring, SEND, &second);
	ASSERT_EQ(0, ring_flush(&self->ring, 2));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	for (i = 0; i < ENTRIES; i++) {
		io_uring_prep_nop(io_uring_get_sqe(&self->ring.ring));
		ASSERT_LE(0, io_uring_submit_and_wait(&self->ring.ring, 1));
		io_uring_cq_advance(&self->ring.ring, 1);
	}
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 2));
	EXPECT_EQ(0, ring_complete(&self->ring, &self->send));
	EXPECT_EQ(0, ring_complete(&self->ring, &second));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE + 5000));
}

TEST_F_TIMEOUT(uring, linked_to_one_that_ends_early_is_not_started, TIMEOUT)
{
	struct zcxfer_transfer second = self->send;
	struct io_uring_sqe *sqe;

	self->desc = file_desc(self->src.fd, FILE_SIZE - 10, 11);
	sqe = ring_prepare(&self->ring, SEND, &self->send);
	sqe->flags |= IOSQE_IO_LINK;
	ring_prepare(&self->ring, SEND, &second);
	ASSERT_EQ(0, ring_flush(&self->ring, 2));
	EXPECT_EQ(-ENODATA, ring_complete(&self->ring, &self->send));
	EXPECT_EQ(ZCXFER_STOP_EOF, self->send.result.stop);
	EXPECT_EQ(-ECANCELED, ring_wait(&self->ring, &second, NULL));
	self->run = source_run(&self->src, FILE_SIZE - 10, 10);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &self->run, 1, 10));
}

TEST_F_TIMEOUT(uring, is_cancelled_with_exact_count, TIMEOUT)
{
	ASSERT_EQ(0, submit_blocked(self));
	EXPECT_EQ(-ENOENT, zc_cancel(self->dev, 8));
	EXPECT_EQ(0, zc_cancel(self->dev, (uintptr_t)&self->send));
	EXPECT_EQ(-ECANCELED, ring_complete(&self->ring, &self->send));
	EXPECT_EQ(ZCXFER_STOP_CANCELLED, self->send.result.stop);
	EXPECT_LT(0, self->send.result.bytes);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &self->run, 1,
				     self->send.result.bytes));
	EXPECT_EQ(-ENOENT, zc_cancel(self->dev, (uintptr_t)&self->send));
}

/* io_uring has no means to ask a driver for that. */
TEST_F_TIMEOUT(uring, goes_on_when_io_uring_cancels_it, TIMEOUT)
{
	struct io_uring_sqe *sqe;

	ASSERT_EQ(0, submit_blocked(self));
	sqe = io_uring_get_sqe(&self->ring.ring);
	io_uring_prep_cancel64(sqe, (uintptr_t)&self->send, 0);
	sqe->user_data = 0;
	ASSERT_EQ(0, ring_flush(&self->ring, 1));
	EXPECT_GT(0, ring_wait(&self->ring, NULL, NULL));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, ring_complete(&self->ring, &self->send));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

TEST_F_TIMEOUT(uring, ends_when_the_peer_closes, TIMEOUT)
{
	int ret;

	ASSERT_EQ(0, submit_blocked(self));
	close(self->sv[1]);
	ret = ring_complete(&self->ring, &self->send);
	EXPECT_TRUE(ret == -EPIPE || ret == -ECONNRESET);
	EXPECT_EQ(ZCXFER_STOP_SOCKET, self->send.result.stop);
}

/*
 * A ring with a single submitter is closed before that task ends: then
 * io_lockdep_assert_cq_locked() of 6.12 warns when a worker completes a command,
 * whatever the command is.
 */
static bool is_asserted(unsigned int setup)
{
	return (setup & IORING_SETUP_DEFER_TASKRUN) &&
	       !access("/proc/lockdep", F_OK);
}

/* True if nothing is left of it. A lease is held until the peer closes. */
static bool is_over(struct _test_data_uring *self, __u32 flags)
{
	if (flags & ZCXFER_F_STABLE)
		close(self->sv[1]);
	return stats_at_rest();
}

TEST_F_TIMEOUT(uring, ends_with_the_ring, TIMEOUT)
{
	if (is_asserted(variant->setup))
		SKIP(return, "lockdep of this kernel would warn");
	ASSERT_EQ(0, submit_blocked(self));
	io_uring_queue_exit(&self->ring.ring);
	EXPECT_TRUE(is_over(self, variant->flags));
	ASSERT_EQ(0, ring_open(&self->ring, self->dev, 0, 0));
}

/* Forks a submitter that does not close its ring before it is killed or runs @program. */
static pid_t fork_submitter(struct _test_data_uring *self, unsigned int setup,
			    unsigned int sqe_flags, const char *program)
{
	struct ring ring;
	pid_t child = fork();

	if (child)
		return child < 0 || wait_blocked(self->sv[1]) ? -1 : child;
	if (ring_open(&ring, self->dev, setup, sqe_flags) ||
	    ring_submit(&ring, SEND, &self->send) ||
	    wait_blocked(self->sv[1]))
		_exit(1);
	close(self->sv[1]);
	if (program)
		execl(program, program, "1000", NULL);
	pause();
	_exit(1);
}

TEST_F_TIMEOUT(uring, ends_with_its_process, TIMEOUT)
{
	pid_t child = fork_submitter(self, variant->setup, variant->sqe_flags,
				     NULL);
	struct stats stats;

	ASSERT_LE(0, child);
	ASSERT_EQ(0, stats_read(&stats));
	EXPECT_EQ(1, stats.jobs_held);
	EXPECT_GT(KILL_MS, kill_and_wait(child));
	EXPECT_TRUE(is_over(self, variant->flags));
}

TEST_F_TIMEOUT(uring, ends_with_its_program, TIMEOUT)
{
	pid_t child = fork_submitter(self, variant->setup, variant->sqe_flags,
				     "/bin/sleep");

	ASSERT_LE(0, child);
	EXPECT_TRUE(is_over(self, variant->flags));
	EXPECT_GT(KILL_MS, kill_and_wait(child));
}

/* The ring keeps the device open. */
TEST_F_TIMEOUT(uring, goes_on_when_the_device_is_closed, TIMEOUT)
{
	ASSERT_EQ(0, submit_blocked(self));
	close(self->dev);
	EXPECT_TRUE(module_is_busy());
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, ring_complete(&self->ring, &self->send));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

TEST_F_TIMEOUT(uring, receives_into_a_file, TIMEOUT)
{
	static char bytes[KIB(64)];
	struct zcxfer_desc desc;
	struct zcxfer_transfer recv;
	struct source dst;

	ASSERT_EQ(0, source_create_writable(&dst, mounted_dir("ext4"),
					    sizeof(bytes)));
	dst.seed = 4711;
	pattern_fill(bytes, dst.seed, 0, sizeof(bytes));
	desc = file_desc(dst.fd, 0, sizeof(bytes));
	recv = send_init(self->sv[1], &desc, 1, 0);
	ASSERT_EQ(0, ring_submit(&self->ring, RECV, &recv));
	EXPECT_FALSE(ring_has_completion(&self->ring, 100));
	ASSERT_EQ(sizeof(bytes), write(self->sv[0], bytes, sizeof(bytes)));
	EXPECT_EQ(0, ring_complete(&self->ring, &recv));
	EXPECT_EQ(0, source_check(&dst));
	source_destroy(&dst);
}

/* There is only one completion, after the release. */
TEST_F_TIMEOUT(uring, may_wait_for_the_release_of_its_pages, TIMEOUT)
{
	self->send.flags |= ZCXFER_F_RELEASE;
	ASSERT_EQ(0, sock_set_room(self->sv[0], MIB(4)));
	ASSERT_EQ(0, submit_blocked(self));
	EXPECT_EQ(variant->link == LINK_UNIX,
		  ring_has_completion(&self->ring, 100));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, ring_complete(&self->ring, &self->send));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

TEST_F_TIMEOUT(uring, that_waits_for_a_release_ends_with_the_ring, TIMEOUT)
{
	if (is_asserted(variant->setup))
		SKIP(return, "lockdep of this kernel would warn");
	self->send.flags |= ZCXFER_F_RELEASE;
	ASSERT_EQ(0, sock_set_room(self->sv[0], MIB(4)));
	ASSERT_EQ(0, submit_blocked(self));
	io_uring_queue_exit(&self->ring.ring);
	close(self->sv[1]);
	EXPECT_TRUE(stats_at_rest());
	ASSERT_EQ(0, ring_open(&self->ring, self->dev, 0, 0));
}

/* The bytes are sent. A command that is not over yet needs one cancel more. */
TEST_F_TIMEOUT(uring, that_waits_for_a_release_can_be_cancelled, TIMEOUT)
{
	if (variant->link == LINK_UNIX)
		SKIP(return, "no release is reported");
	self->send.flags |= ZCXFER_F_RELEASE;
	ASSERT_EQ(0, sock_set_room(self->sv[0], MIB(4)));
	ASSERT_EQ(0, submit_blocked(self));
	do {
		zc_cancel(self->dev, (uintptr_t)&self->send);
	} while (!ring_has_completion(&self->ring, 100));
	EXPECT_EQ(-ECANCELED, ring_wait(&self->ring, &self->send, NULL));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(FILE_SIZE, self->send.result.bytes);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

static void *submit_and_leave(void *arg)
{
	struct _test_data_uring *self = arg;

	return submit_blocked(self) ? self : NULL;
}

/* The job goes on, but no task is left that could write the result. */
TEST_F_TIMEOUT(uring, whose_thread_has_ended_ends_with_efault, TIMEOUT)
{
	pthread_t thread;
	void *failed;

	if (variant->setup & (IORING_SETUP_SQPOLL | IORING_SETUP_SINGLE_ISSUER))
		SKIP(return, "another task submits the command");
	ASSERT_EQ(0, pthread_create(&thread, NULL, submit_and_leave, self));
	ASSERT_EQ(0, pthread_join(thread, &failed));
	ASSERT_EQ(NULL, failed);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(-EFAULT, ring_wait(&self->ring, &self->send, NULL));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

static int module_refs(void)
{
	FILE *file = fopen("/sys/module/zcxfer/refcnt", "r");
	int refs = -1;

	if (file && fscanf(file, "%d", &refs) != 1)
		refs = -1;
	if (file)
		fclose(file);
	return refs;
}

/*
 * The worker waits for the file system, and nothing can end that wait: the ring must
 * not wait for the worker.
 */
TEST_F_TIMEOUT(uring, that_cannot_end_does_not_hold_the_ring, TIMEOUT)
{
	struct zcxfer_desc desc;
	struct zcxfer_transfer recv;
	struct source dst;
	struct stats stats;
	int fs, i;

	if (is_asserted(variant->setup))
		SKIP(return, "lockdep of this kernel would warn");
	fs = open(mounted_dir("xfs"), O_RDONLY);
	ASSERT_LE(0, fs);
	ASSERT_EQ(0, source_create_writable(&dst, mounted_dir("xfs"), PAGE));
	desc = file_desc(dst.fd, 0, PAGE);
	recv = send_init(self->sv[1], &desc, 1, 0);
	ASSERT_EQ(0, ioctl(fs, FIFREEZE, 0));
	EXPECT_EQ(0, ring_submit(&self->ring, RECV, &recv));
	EXPECT_EQ(PAGE, write(self->sv[0], dst.path, PAGE));
	EXPECT_EQ(0, wait_workers_blocked(1));
	/* The ring closes the device, which has a reference to the module, too. */
	close(self->dev);
	EXPECT_EQ(2, module_refs());
	io_uring_queue_exit(&self->ring.ring);
	for (i = 0; i < 1000 && module_refs() != 1; i++)
		usleep(10000);
	EXPECT_GT(1000, i);
	EXPECT_EQ(0, stats_read(&stats));
	EXPECT_EQ(1, stats.jobs_held);
	EXPECT_EQ(0, ioctl(fs, FITHAW, 0));
	EXPECT_TRUE(stats_at_rest());
	source_destroy(&dst);
	close(fs);
	self->dev = zc_open();
	ASSERT_EQ(0, ring_open(&self->ring, self->dev, 0, 0));
}

/* The transfer, in a page of its own, which can be protected. */
static struct zcxfer_transfer *send_of_its_own(struct _test_data_uring *self)
{
	struct zcxfer_transfer *send = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (send == MAP_FAILED)
		return NULL;
	*send = self->send;
	return send;
}

/* Only the completion can report that the result could not be written. */
TEST_F_TIMEOUT(uring, whose_result_is_not_accessible_ends_with_efault, TIMEOUT)
{
	struct zcxfer_transfer *send = send_of_its_own(self);

	ASSERT_NE(NULL, send);
	ASSERT_EQ(0, ring_submit(&self->ring, SEND, send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	/* Not unmapped: the receiver's stack might be mapped there. */
	ASSERT_EQ(0, mprotect(send, PAGE, PROT_NONE));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(-EFAULT, ring_wait(&self->ring, send, NULL));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

TEST_F_TIMEOUT(uring, that_is_invalid_is_refused, TIMEOUT)
{
	struct iovec buffer = { &self->desc, sizeof(self->desc) };

	ASSERT_EQ(0, ring_submit(&self->ring, ZCXFER_IOC_INFO, &self->send));
	EXPECT_EQ(-ENOTTY, ring_wait(&self->ring, &self->send, NULL));
	ASSERT_EQ(0, ring_submit(&self->ring, SEND, NULL));
	EXPECT_EQ(-EFAULT, ring_wait(&self->ring, NULL, NULL));
	self->send.size = 8;
	ASSERT_EQ(0, ring_submit(&self->ring, SEND, &self->send));
	EXPECT_EQ(-EINVAL, ring_wait(&self->ring, &self->send, NULL));
	self->send.size = sizeof(self->send);

	ASSERT_EQ(0, io_uring_register_buffers(&self->ring.ring, &buffer, 1));
	ring_prepare(&self->ring, SEND, &self->send)->rw_flags =
		IORING_URING_CMD_FIXED;
	ASSERT_EQ(0, ring_flush(&self->ring, 1));
	EXPECT_EQ(-EINVAL, ring_wait(&self->ring, &self->send, NULL));

	self->send.flags = ZCXFER_F_NOTIFY;
	ASSERT_EQ(0, ring_submit(&self->ring, SEND, &self->send));
	EXPECT_EQ(-EINVAL, ring_complete(&self->ring, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_CALL, 0, EINVAL));
	self->send.flags = 1U << 31;
	ASSERT_EQ(0, ring_submit(&self->ring, SEND, &self->send));
	EXPECT_EQ(-EINVAL, ring_complete(&self->ring, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_CALL, 0, EINVAL));
	self->send.flags = 0;
	self->send.sock_fd = self->src.fd;
	ASSERT_EQ(0, ring_submit(&self->ring, SEND, &self->send));
	EXPECT_EQ(-ENOTSOCK, ring_complete(&self->ring, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_SOCKET, 0,
				   ENOTSOCK));
	self->send.sock_fd = self->sv[0];
	self->desc.fd = -1;
	ASSERT_EQ(0, ring_submit(&self->ring, SEND, &self->send));
	EXPECT_EQ(-EBADF, ring_complete(&self->ring, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 0, EBADF));
	EXPECT_TRUE(stats_at_rest());
}

/* Nothing may be sent if the result cannot report it. */
TEST_F_TIMEOUT(uring, whose_result_cannot_be_written_is_not_started, TIMEOUT)
{
	struct zcxfer_transfer *send = send_of_its_own(self);
	struct io_uring_sqe *sqe;

	ASSERT_NE(NULL, send);
	sqe = ring_prepare(&self->ring, SEND, send);
	ASSERT_NE(NULL, sqe);
	ASSERT_EQ(0, mprotect(send, PAGE, PROT_READ));
	ASSERT_EQ(0, ring_flush(&self->ring, 1));
	EXPECT_EQ(-EFAULT, ring_wait(&self->ring, send, NULL));
	EXPECT_EQ(0, receive_all(self->sv[1]));
}

TEST_F_TIMEOUT(uring, is_refused_when_there_are_too_many, TIMEOUT)
{
	struct zcxfer_transfer second = self->send;
	char before[16];

	ASSERT_EQ(0, param_read("max_jobs", before, sizeof(before)));
	ASSERT_EQ(0, param_write("max_jobs", "1"));
	EXPECT_EQ(0, submit_blocked(self));
	EXPECT_EQ(0, ring_submit(&self->ring, SEND, &second));
	EXPECT_EQ(-EBUSY, ring_wait(&self->ring, &second, NULL));
	EXPECT_EQ(0, param_write("max_jobs", before));
	EXPECT_TRUE(result_refused(&second, ZCXFER_STOP_CALL, 0, EAGAIN));
	EXPECT_EQ(0, zc_cancel(self->dev, (uintptr_t)&self->send));
	EXPECT_EQ(-ECANCELED, ring_complete(&self->ring, &self->send));
}

TEST(uring_with_iopoll_is_refused)
{
	struct zcxfer_transfer send = send_init(-1, NULL, 0, 0);
	struct ring ring;
	int dev = zc_open();

	ASSERT_LE(0, dev);
	if (ring_open(&ring, dev, IORING_SETUP_IOPOLL, 0))
		SKIP(return, "no ring with IORING_SETUP_IOPOLL");
	ASSERT_EQ(0, ring_submit(&ring, SEND, &send));
	EXPECT_EQ(-EOPNOTSUPP, ring_wait(&ring, &send, NULL));
	io_uring_queue_exit(&ring.ring);
	close(dev);
}

TEST(uring_is_announced)
{
	struct zcxfer_info info;
	int dev = zc_open();

	ASSERT_LE(0, dev);
	ASSERT_EQ(0, zc_info(dev, &info));
	EXPECT_TRUE(info.features & ZCXFER_FEATURE_URING);
	close(dev);
}

TEST_HARNESS_MAIN
