// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report that the network has released a job's pages, and the caller's memory,
 * which is pinned and sent by reference until then.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

/* The pattern of the memory, and the one that overwrites it. */
#define OLD		42
#define NEW		43
#define LEN		KIB(256)
#define SEND		ZCXFER_OP_SEND
#define RELEASED	ZCXFER_COMPLETION_RELEASED
#define COPIED		ZCXFER_COMPLETION_COPIED
#define MORE		ZCXFER_COMPLETION_MORE

FIXTURE(release)
{
	int dev;
	int sv[2];
	char *memory;
	struct run run;
	struct receiver rx;
	struct zcxfer_desc desc;
	struct zcxfer_transfer send;	/* of @memory */
};

/*
 * The receiver has little room, so that most bytes stay with the sender, which has
 * room for all.
 */
static int set_buffers(int sv[2])
{
	return link_set_buffers(sv, KIB(16)) ?: sock_set_room(sv[0], MIB(2));
}

FIXTURE_SETUP(release)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	ASSERT_EQ(0, set_buffers(self->sv));
	self->memory = mmap(NULL, LEN, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->memory);
	pattern_fill(self->memory, OLD, 0, LEN);
	self->run = (struct run) { OLD, 0, LEN };
	/* Begins and ends in the middle of a page. */
	self->run.offset = 100;
	self->run.len = LEN - 300;
	self->desc = memory_desc(self->memory + self->run.offset, self->run.len);
	self->send = send_init(self->sv[0], &self->desc, 1, ZCXFER_F_RELEASE);
}

FIXTURE_TEARDOWN(release)
{
	close(self->sv[0]);
	close(self->sv[1]);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

static __u64 pages_pinned(void)
{
	struct stats stats;

	return stats_read(&stats) ? ~0ULL : stats.pages_pinned;
}

static int submit(struct _test_data_release *self)
{
	return zc_submit(self->dev, SEND, 7, &self->send);
}

/* On a local route packets are copied when they arrive, hence COPIED. */
static int complete(struct _test_data_release *self, __u32 flags)
{
	return zc_complete_with(self->dev, 7, &self->send, flags);
}

TEST_F_TIMEOUT(release, is_reported_when_the_peer_has_all, TIMEOUT)
{
	ASSERT_EQ(0, submit(self));
	EXPECT_FALSE(zc_has_completion(self->dev, 200));
	EXPECT_EQ(LEN / PAGE, pages_pinned());
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	EXPECT_EQ(0, pages_pinned());
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(self->run.len, self->send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->run.len));
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
}

TEST_F_TIMEOUT(release, is_a_second_completion_with_notify, TIMEOUT)
{
	self->send.flags = ZCXFER_F_NOTIFY;
	ASSERT_EQ(0, submit(self));
	EXPECT_EQ(0, complete(self, MORE));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_FALSE(zc_has_completion(self->dev, 200));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->run.len));
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
}

/* Before the first completion is read as well, after which the second follows at once. */
TEST_F_TIMEOUT(release, of_an_unread_completion_can_be_cancelled, TIMEOUT)
{
	self->send.flags = ZCXFER_F_NOTIFY;
	ASSERT_EQ(0, submit(self));
	EXPECT_TRUE(zc_has_completion(self->dev, 60000));
	EXPECT_EQ(0, zc_cancel(self->dev, 7));
	EXPECT_EQ(-ENOENT, zc_cancel(self->dev, 7));
	EXPECT_EQ(0, complete(self, MORE));
	EXPECT_EQ(0, complete(self, 0));
}

/* Memory beyond the end of the address space is none, pinned or not. */
TEST_F_TIMEOUT(release, of_memory_that_wraps_is_refused_with_efault, TIMEOUT)
{
	self->desc = memory_desc((void *)-PAGE, 2 * PAGE);
	EXPECT_EQ(-EFAULT, submit(self));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 0, EFAULT));
}

/* The pages are released before the first completion is read. */
TEST_F_TIMEOUT(release, that_is_fast_is_a_second_completion_too, TIMEOUT)
{
	self->send.flags = ZCXFER_F_NOTIFY;
	self->desc.len = 10000;
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	self->send.sock_fd = self->sv[0];
	ASSERT_EQ(0, submit(self));
	while (pages_pinned())
		usleep(1000);
	EXPECT_EQ(0, complete(self, MORE));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
}

TEST_F_TIMEOUT(release, allows_to_reuse_memory, TIMEOUT)
{
	ASSERT_EQ(0, submit(self));
	self->rx.pace_us = 1000;
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	pattern_fill(self->memory, NEW, 0, LEN);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->run.len));
}

/* Until then the socket refers to the memory itself: the peer sees the change. */
TEST_F_TIMEOUT(release, must_precede_the_reuse_of_memory, TIMEOUT)
{
	static char got[LEN];
	size_t old;

	self->send.flags = ZCXFER_F_NOTIFY;
	ASSERT_EQ(0, submit(self));
	ASSERT_EQ(0, complete(self, MORE));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	pattern_fill(self->memory, NEW, 0, LEN);
	ASSERT_EQ(self->run.len,
		  recv(self->sv[1], got, self->run.len, MSG_WAITALL));
	old = pattern_match(got, OLD, self->run.offset, self->run.len);
	EXPECT_LT(0, old);
	EXPECT_GT(self->run.len - 2 * PAGE, old);
	/* The pages that the peer had no room for are all new. */
	EXPECT_EQ(2 * PAGE, pattern_match(got + self->run.len - 2 * PAGE, NEW,
					  self->run.offset + self->run.len -
					  2 * PAGE, 2 * PAGE));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
}

TEST_F_TIMEOUT(release, is_reported_for_unmapped_memory, TIMEOUT)
{
	ASSERT_EQ(0, submit(self));
	ASSERT_EQ(0, munmap(self->memory, LEN));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->run.len));
}

static void is_copied(struct __test_metadata *_metadata,
		      struct _test_data_release *self, __u32 reason)
{
	ASSERT_EQ(0, submit(self));
	EXPECT_EQ(0, pages_pinned());
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, complete(self, RELEASED));
	EXPECT_EQ(self->run.len, self->send.result.bytes_copied);
	EXPECT_EQ(reason, self->send.result.copy_reasons);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->run.len));
}

/* As the page cache of a file that the caller may not write. */
TEST_F_TIMEOUT(release, read_only_memory_is_copied, TIMEOUT)
{
	ASSERT_EQ(0, mprotect(self->memory, LEN, PROT_READ));
	is_copied(_metadata, self, ZCXFER_COPIED_MEMORY);
}

TEST_F_TIMEOUT(release, memory_is_copied_if_the_socket_reports_none, TIMEOUT)
{
	close(self->sv[0]);
	close(self->sv[1]);
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	self->send.sock_fd = self->sv[0];
	is_copied(_metadata, self, ZCXFER_COPIED_MEMORY);
}

TEST_F_TIMEOUT(release, short_memory_is_copied, TIMEOUT)
{
	self->run.len = 500;
	self->desc.len = 500;
	is_copied(_metadata, self, ZCXFER_COPIED_MEMORY);
}

TEST_F_TIMEOUT(release, memory_is_copied_under_the_policy_never, TIMEOUT)
{
	ASSERT_EQ(0, param_write("zc_policy", "never"));
	is_copied(_metadata, self, ZCXFER_COPIED_MEMORY);
	ASSERT_EQ(0, param_write("zc_policy", "writable"));
}

/* A file between two ranges of memory, in many packets. */
TEST_F_TIMEOUT(release, of_files_is_reported_when_the_peer_has_all, TIMEOUT)
{
	struct zcxfer_desc descs[3];
	struct run runs[3];
	struct source src;

	ASSERT_EQ(0, source_create(&src, mounted_dir("ext4"), LEN));
	descs[0] = self->desc;
	descs[1] = file_desc(src.fd, 5, LEN - 5);
	descs[2] = self->desc;
	runs[0] = self->run;
	runs[1] = source_run(&src, 5, LEN - 5);
	runs[2] = self->run;
	self->send = send_init(self->sv[0], descs, 3, ZCXFER_F_RELEASE);
	ASSERT_EQ(0, submit(self));
	EXPECT_FALSE(zc_has_completion(self->dev, 200));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 3));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     2 * self->run.len + LEN - 5));
	EXPECT_EQ(0, source_check(&src));
	source_destroy(&src);
}

/* The leases have ended before the completion can be read. */
TEST_F_TIMEOUT(release, of_leases_lets_writers_in, TIMEOUT)
{
	struct source src;
	int fd;

	ASSERT_EQ(0, source_create(&src, mounted_dir("ext4"), LEN));
	self->desc = file_desc(src.fd, 0, LEN);
	self->run = source_run(&src, 0, LEN);
	self->send.flags = ZCXFER_F_RELEASE | ZCXFER_F_STABLE;
	ASSERT_EQ(0, submit(self));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	fd = open(src.path, O_WRONLY | O_NONBLOCK);
	EXPECT_LE(0, fd);
	close(fd);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], LEN));
	source_destroy(&src);
}

/* The cancel ends the wait for the network, which still has the pages. */
TEST_F_TIMEOUT(release, is_not_reported_if_the_wait_is_cancelled, TIMEOUT)
{
	ASSERT_EQ(0, submit(self));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	EXPECT_EQ(0, zc_cancel(self->dev, 7));
	EXPECT_EQ(0, complete(self, 0));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	EXPECT_EQ(-ENOENT, zc_cancel(self->dev, 7));
	EXPECT_EQ(LEN / PAGE, pages_pinned());
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->run.len));
	EXPECT_TRUE(stats_at_rest());
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
}

TEST_F_TIMEOUT(release, of_a_cancelled_job_comes_with_its_count, TIMEOUT)
{
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(16)));
	self->send.sock_fd = self->sv[0];
	ASSERT_EQ(0, submit(self));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	EXPECT_EQ(0, zc_cancel(self->dev, 7));
	EXPECT_FALSE(zc_has_completion(self->dev, 200));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	EXPECT_EQ(ZCXFER_STOP_CANCELLED, self->send.result.stop);
	EXPECT_GT(self->run.len, self->send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     self->send.result.bytes));
}

/* Until the socket is closed the job stays, without a reader, and holds the module. */
TEST_F_TIMEOUT(release, does_not_need_the_device, TIMEOUT)
{
	ASSERT_EQ(0, submit(self));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	close(self->dev);
	EXPECT_EQ(LEN / PAGE, pages_pinned());
	EXPECT_TRUE(module_is_busy());
	close(self->sv[0]);
	close(self->sv[1]);
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(release, is_reported_when_the_connection_breaks, TIMEOUT)
{
	ASSERT_EQ(0, submit(self));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	close(self->sv[1]);
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
}

TEST_F_TIMEOUT(release, does_not_need_the_process, TIMEOUT)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		submit(self);
		pause();
	}
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	EXPECT_GT(KILL_MS, kill_and_wait(child));
	EXPECT_EQ(LEN / PAGE, pages_pinned());
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->run.len));
}

/* Pinned memory is charged to the caller until the network releases it. */
TEST_F_TIMEOUT(release, of_more_than_may_be_locked_is_refused, TIMEOUT)
{
	struct rlimit limit = { LEN + 4 * PAGE, LEN + 4 * PAGE };
	struct zcxfer_transfer second = self->send;

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, become_nobody());
	ASSERT_EQ(0, submit(self));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	EXPECT_EQ(-ENOBUFS, zc_submit(self->dev, SEND, 8, &second));
	EXPECT_TRUE(result_refused(&second, ZCXFER_STOP_DESC, 0, ENOBUFS));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->run.len));
	self->desc.len = LEN / 2;
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	second.sock_fd = self->sv[0];
	EXPECT_EQ(0, zc_submit(self->dev, SEND, 8, &second));
	EXPECT_EQ(0, zc_cancel(self->dev, 8));
	ASSERT_EQ(0, become_root());
}

/* Memory that is copied because it cannot be pinned is charged like pinned memory. */
TEST_F_TIMEOUT(release, of_more_than_may_be_locked_is_refused_if_copied, TIMEOUT)
{
	struct rlimit limit = { PAGE, PAGE };

	ASSERT_EQ(0, mprotect(self->memory, LEN, PROT_READ));
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, become_nobody());
	EXPECT_EQ(-ENOBUFS, submit(self));
	ASSERT_EQ(0, become_root());
}

TEST_F_TIMEOUT(release, of_a_huge_descriptor_is_refused, TIMEOUT)
{
	self->desc.len = GIB(64) + 1;
	EXPECT_EQ(-ENOBUFS, submit(self));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 0, ENOBUFS));
}

/* A packet reports its release to one owner: TCP cannot append to the last one. */
TEST_F_TIMEOUT(release, that_is_pending_refuses_another, TIMEOUT)
{
	struct run runs[2] = { self->run, { HOLE, 0, 1 } };
	int one = 1;
	char byte = 0;

	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_ZEROCOPY, &one,
				sizeof(one)));
	ASSERT_EQ(0, submit(self));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	EXPECT_EQ(-1, send(self->sv[0], &byte, 1, MSG_ZEROCOPY | MSG_DONTWAIT));
	EXPECT_EQ(ENOBUFS, errno);
	EXPECT_EQ(1, send(self->sv[0], &byte, 1, MSG_DONTWAIT));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 2));
	EXPECT_EQ(0, complete(self, RELEASED | COPIED));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->run.len + 1));
}

#define MTU_PROBING	"/proc/sys/net/ipv4/tcp_mtu_probing"

/* Such a socket would report the release too early. */
TEST_F_TIMEOUT(release, pages_are_copied_if_the_socket_probes_for_an_mtu, TIMEOUT)
{
	struct source src;

	ASSERT_EQ(0, source_create(&src, mounted_dir("ext4"), LEN));
	self->desc = file_desc(src.fd, 0, LEN);
	self->run = source_run(&src, 0, LEN);
	ASSERT_EQ(0, setting_write(MTU_PROBING, "1"));
	is_copied(_metadata, self, ZCXFER_COPIED_PROTOCOL);
	EXPECT_EQ(0, setting_write(MTU_PROBING, "0"));
	source_destroy(&src);
}

TEST_F_TIMEOUT(release, is_only_for_jobs_that_send, TIMEOUT)
{
	EXPECT_EQ(-EINVAL, zc_send(self->dev, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_CALL, 0, EINVAL));
	EXPECT_EQ(-EINVAL, zc_recv(self->dev, &self->send));
	EXPECT_EQ(-EINVAL, zc_submit(self->dev, ZCXFER_OP_RECV, 7, &self->send));
	self->send.flags |= ZCXFER_F_NOTIFY;
	EXPECT_EQ(-EINVAL, submit(self));
}

TEST_HARNESS_MAIN
