// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that nobody may change before the network has released their pages
 * (ZCXFER_F_STABLE).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	MIB(2)
#define ROUTE		ZCXFER_COPIED_ROUTE

FIXTURE(stable)
{
	int dev;
	int sv[2];
	struct source src;
	struct run run;
	struct receiver rx;
	struct sender tx;
	struct zcxfer_desc desc;
	struct zcxfer_transfer send;	/* all of @desc */
};

FIXTURE_VARIANT(stable)
{
	const char *fs;
	enum link link;
	__u32 flags;
	/* On a local route the receiver must get a copy, which it may keep. */
	__u32 reason;
};

FIXTURE_VARIANT_ADD(stable, ext4_tcp) { "ext4", LINK_TCP, 0, ROUTE };
FIXTURE_VARIANT_ADD(stable, ext4_unix) { "ext4", LINK_UNIX, 0, ZCXFER_COPIED_PROTOCOL };
FIXTURE_VARIANT_ADD(stable, ext4_tls) { "ext4", LINK_TLS, 0, ZCXFER_COPIED_PROTOCOL };
FIXTURE_VARIANT_ADD(stable, ext4_tcp_direct) { "ext4", LINK_TCP, ZCXFER_F_DIRECT, 0 };
FIXTURE_VARIANT_ADD(stable, xfs_tcp) { "xfs", LINK_TCP, 0, ROUTE };
FIXTURE_VARIANT_ADD(stable, xfs_tcp_dontcache) { "xfs", LINK_TCP, ZCXFER_F_DONTCACHE, ROUTE };
FIXTURE_VARIANT_ADD(stable, tmpfs_tcp) { "tmpfs", LINK_TCP, 0, ROUTE };

FIXTURE_SETUP(stable)
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
	self->send = send_init(self->sv[0], &self->desc, 1,
			       ZCXFER_F_STABLE | variant->flags);
}

FIXTURE_TEARDOWN(stable)
{
	close(self->sv[0]);
	close(self->sv[1]);
	EXPECT_TRUE(stats_at_rest());
	source_destroy(&self->src);
}

/* True if the socket has the pages after the call, false if it has copies. */
static bool pages_are_in_socket(const struct _fixture_variant_stable *variant)
{
	return variant->reason == ROUTE;
}

/* True if a lease keeps writers out; the attempt to write breaks that lease. */
static bool is_leased(const struct source *src)
{
	int fd = open(src->path, O_WRONLY | O_NONBLOCK);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EWOULDBLOCK;
}

/* Starts a process that overwrites the file as soon as it may. */
static pid_t writer_start(const struct source *src)
{
	pid_t child = fork();
	char page[PAGE] = "";
	int fd;

	if (child)
		return child;
	fd = open(src->path, O_WRONLY);
	_exit(fd >= 0 && pwrite(fd, page, PAGE, 0) == PAGE ? 0 : 1);
}

static bool has_ended(pid_t child)
{
	int status = 1;

	return waitpid(child, &status, WNOHANG) == child && !status;
}

static bool ends(pid_t child)
{
	int status = 1;

	return waitpid(child, &status, 0) == child && !status;
}

static int start_blocked(struct _test_data_stable *self)
{
	return sender_start(&self->tx, self->dev, self->send) ?:
	       sender_wait_blocked(&self->tx, self->sv[1]);
}

TEST_F_TIMEOUT(stable, unchanged_file_is_sent, TIMEOUT)
{
	/* The next change must have another time than the last. */
	usleep(50000);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->send.result.stop);
	/* Not every change of a file on tmpfs changes its time. */
	EXPECT_EQ(strcmp(variant->fs, "tmpfs") ? 0 : ZCXFER_CHANGE_UNKNOWN,
		  self->send.result.changes);
	EXPECT_EQ(variant->reason, self->send.result.copy_reasons);
	EXPECT_EQ(variant->reason ? FILE_SIZE : 0, self->send.result.bytes_copied);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
	EXPECT_TRUE(stats_at_rest());
	EXPECT_FALSE(is_leased(&self->src));
	EXPECT_EQ(0, source_check(&self->src));
}

TEST_F_TIMEOUT(stable, writer_stops_the_transfer, TIMEOUT)
{
	__u64 start;

	ASSERT_EQ(0, start_blocked(self));
	start = now_ms();
	EXPECT_TRUE(is_leased(&self->src));
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_GT(1000, now_ms() - start);
	EXPECT_EQ(ZCXFER_STOP_LEASE, self->tx.send.result.stop);
	EXPECT_EQ(EBUSY, self->tx.send.result.error);
	EXPECT_LT(0, self->tx.send.result.bytes);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     self->tx.send.result.bytes));
}

TEST_F_TIMEOUT(stable, truncation_stops_the_transfer, TIMEOUT)
{
	pid_t child;

	ASSERT_EQ(0, start_blocked(self));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(truncate(self->src.path, 0) ? 1 : 0);
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_LEASE, self->tx.send.result.stop);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     self->tx.send.result.bytes));
	EXPECT_TRUE(ends(child));
	EXPECT_EQ(0, lseek(self->src.fd, 0, SEEK_END));
}

/* The call has returned, but the pages are still in the socket. */
TEST_F_TIMEOUT(stable, writer_waits_until_the_pages_are_free, TIMEOUT)
{
	pid_t child;

	self->send.flags |= ZCXFER_F_DONTWAIT;
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, self->send.result.stop);
	child = writer_start(&self->src);
	ASSERT_LE(0, child);
	if (pages_are_in_socket(variant)) {
		usleep(200000);
		EXPECT_FALSE(has_ended(child));
	} else {
		EXPECT_TRUE(ends(child));
	}
	/* The bytes arrive as they were when they were sent. */
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     self->send.result.bytes));
	if (pages_are_in_socket(variant))
		EXPECT_TRUE(ends(child));
}

/* The administrator sets how long a writer waits for a lease at most. */
TEST_F_TIMEOUT(stable, writer_does_not_wait_for_ever, TIMEOUT)
{
	pid_t child;

	self->send.flags |= ZCXFER_F_DONTWAIT;
	ASSERT_EQ(0, set_lease_break_time("1"));
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
	child = writer_start(&self->src);
	ASSERT_LE(0, child);
	EXPECT_TRUE(ends(child));
	EXPECT_EQ(0, set_lease_break_time("45"));
}

TEST_F_TIMEOUT(stable, full_socket_stops_with_exact_count, TIMEOUT)
{
	struct timeval timeout = { .tv_usec = 200000 };
	__u64 sent, start = now_ms();

	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_SNDTIMEO, &timeout,
				sizeof(timeout)));
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, self->send.result.stop);
	/* The kernel counts ticks, some of which may be late on a busy machine. */
	EXPECT_LE(100, now_ms() - start);
	sent = self->send.result.bytes;
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	send_advance(&self->send);
	EXPECT_EQ(0, zc_send_all(self->dev, &self->send));
	EXPECT_EQ(FILE_SIZE, sent + self->send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

static void handler(int sig)
{
}

TEST_F_TIMEOUT(stable, signal_stops_with_exact_count, TIMEOUT)
{
	struct sigaction action = { .sa_handler = handler };
	struct itimerval timer = { .it_value.tv_usec = 500000 };

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &timer, NULL));
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
	EXPECT_EQ(ZCXFER_STOP_SIGNAL, self->send.result.stop);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     self->send.result.bytes));
}

TEST_F_TIMEOUT(stable, sigkill_leaves_nothing_behind, TIMEOUT)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child)
		_exit(zc_send(self->dev, &self->send) ? 1 : 0);
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	EXPECT_GT(KILL_MS, kill_and_wait(child));
}

TEST_F_TIMEOUT(stable, file_open_for_writing_is_refused, TIMEOUT)
{
	int fd = open(self->src.path, O_RDWR);
	void *map;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBUSY, zc_send(self->dev, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 0, EBUSY));
	map = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_TRUE(map != MAP_FAILED);
	close(fd);
	EXPECT_EQ(-EBUSY, zc_send(self->dev, &self->send));
	ASSERT_EQ(0, munmap(map, PAGE));
	EXPECT_EQ(0, receive_all(self->sv[1]));
	self->send.flags |= ZCXFER_F_DONTWAIT;
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
}

TEST_F_TIMEOUT(stable, file_of_another_is_refused, TIMEOUT)
{
	ASSERT_EQ(0, become_nobody());
	EXPECT_EQ(-EACCES, zc_send(self->dev, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 0, EACCES));
	ASSERT_EQ(0, become_root());
	EXPECT_EQ(0, receive_all(self->sv[1]));
	EXPECT_TRUE(stats_at_rest());
}

/* The second descriptor is refused, which ends the lease on the first file. */
TEST_F_TIMEOUT(stable, refused_call_leaves_no_lease, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		self->desc, file_desc(-1, 0, 1),
	};

	self->send.descs = (uintptr_t)descs;
	self->send.nr_descs = 2;
	EXPECT_EQ(-EBADF, zc_send(self->dev, &self->send));
	EXPECT_FALSE(is_leased(&self->src));
}

/* A UNIX socket reports it by no event of poll(2). */
TEST_F_TIMEOUT(stable, peer_that_stops_reading_ends_the_call, TIMEOUT)
{
	if (variant->link != LINK_UNIX)
		SKIP(return, "TCP goes on sending");
	ASSERT_EQ(0, start_blocked(self));
	shutdown(self->sv[1], SHUT_RD);
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_SOCKET, self->tx.send.result.stop);
	EXPECT_EQ(EPIPE, self->tx.send.result.error);
}

/* A message for the caller in the error queue makes no room. */
TEST_F_TIMEOUT(stable, unread_timestamp_is_no_room, TIMEOUT)
{
	int stamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	struct timeval timeout = { .tv_usec = 500000 };
	struct pollfd pfd = { .fd = self->sv[0] };

	if (variant->link != LINK_TCP)
		SKIP(return, "this socket makes no timestamps");
	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_TIMESTAMPING,
				&stamps, sizeof(stamps)));
	ASSERT_EQ(1, send(self->sv[0], "x", 1, 0));
	ASSERT_EQ(1, poll(&pfd, 1, 10000));
	ASSERT_EQ(POLLERR, pfd.revents);
	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_SNDTIMEO, &timeout,
				sizeof(timeout)));
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, self->send.result.stop);
	EXPECT_GT(100, self->send.result.socket_calls);
}

/* A call takes one lease for each file, and no more than max_user_leases. */
TEST_F_TIMEOUT(stable, leases_are_bounded, TIMEOUT)
{
	struct zcxfer_desc descs[4];
	struct source other;
	char most[32];

	ASSERT_EQ(0, source_create(&other, mounted_dir(variant->fs), 100));
	descs[0] = file_desc(self->src.fd, 0, 1);
	descs[1] = file_desc(other.fd, 0, 1);
	descs[2] = file_desc(self->src.fd, 0, 1);
	descs[3] = file_desc(other.fd, 0, 1);
	self->send.descs = (uintptr_t)descs;
	ASSERT_EQ(0, param_read("max_user_leases", most, sizeof(most)));
	ASSERT_EQ(0, param_write("max_user_leases", "1"));
	self->send.nr_descs = 2;
	EXPECT_EQ(-ENFILE, zc_send(self->dev, &self->send));
	EXPECT_TRUE(result_refused(&self->send, ZCXFER_STOP_DESC, 1, ENFILE));
	ASSERT_EQ(0, param_write("max_user_leases", "2"));
	self->send.nr_descs = 4;
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
	EXPECT_EQ(4, self->send.result.bytes);
	EXPECT_EQ(0, param_write("max_user_leases", most));
	source_destroy(&other);
}

/* The caller's own lease, its signal and its owner stay as they are. */
TEST_F_TIMEOUT(stable, lease_of_the_caller_is_untouched, TIMEOUT)
{
	int fd = self->src.fd;

	ASSERT_EQ(0, fcntl(fd, F_SETSIG, SIGRTMIN));
	ASSERT_EQ(0, fcntl(fd, F_SETLEASE, F_RDLCK));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
	EXPECT_TRUE(stats_at_rest());
	EXPECT_EQ(F_RDLCK, fcntl(fd, F_GETLEASE));
	EXPECT_EQ(SIGRTMIN, fcntl(fd, F_GETSIG));
	EXPECT_EQ(getpid(), fcntl(fd, F_GETOWN));
}

/* Packets outlive the open file of the device. */
TEST_F_TIMEOUT(stable, module_stays_while_pages_are_in_the_network, TIMEOUT)
{
	if (!pages_are_in_socket(variant))
		SKIP(return, "this socket has copies");
	self->send.flags |= ZCXFER_F_DONTWAIT;
	EXPECT_EQ(0, zc_send(self->dev, &self->send));
	close(self->dev);
	EXPECT_TRUE(module_is_busy());
}

/* Also if kTLS has taken a record, and TCP has no room for all of it. */
TEST_F_TIMEOUT(stable, calls_that_have_returned_survive_a_shutdown, TIMEOUT)
{
	__u64 sent;
	int i;

	if (variant->link == LINK_TLS) {
		close(self->sv[0]);
		close(self->sv[1]);
		ASSERT_EQ(0, link_open_narrow_tls(self->sv));
		self->send.sock_fd = self->sv[0];
	}
	self->desc.len = TLS_RECORD;
	for (sent = 0; sent < FILE_SIZE; sent += TLS_RECORD) {
		self->desc.offset = sent;
		ASSERT_EQ(0, sender_start(&self->tx, self->dev, self->send));
		for (i = 0; i < 20 && !self->tx.done; i++)
			usleep(10000);
		if (!self->tx.done)
			break;
		ASSERT_EQ(0, sender_finish(&self->tx));
	}
	ASSERT_EQ(0, shutdown(self->sv[0], SHUT_WR));
	sender_finish(&self->tx);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, receiver_finish_with(&self->rx, self->sv[0], sent));
}

/* A device that another user has opened. */
static int open_as_nobody(void)
{
	int sv[2], dev = -1;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) || chmod(DEVICE, 0666))
		return -1;
	child = fork();
	if (!child) {
		if (setresuid(NOBODY, NOBODY, NOBODY))
			_exit(1);
		_exit(pass_fd(sv[1], zc_open()) ? 1 : 0);
	}
	if (child > 0 && waitpid(child, NULL, 0) == child)
		dev = take_fd(sv[0]);
	close(sv[0]);
	close(sv[1]);
	chmod(DEVICE, 0600);
	return dev;
}

/* Leases are charged to the user who opened the device. */
TEST_F_TIMEOUT(stable, leases_of_another_user_do_not_count, TIMEOUT)
{
	struct zcxfer_transfer send;
	struct zcxfer_desc desc;
	struct source other;
	int dev, sv[2];
	char most[32];

	ASSERT_EQ(0, param_read("max_user_leases", most, sizeof(most)));
	ASSERT_EQ(0, param_write("max_user_leases", "1"));
	dev = open_as_nobody();
	ASSERT_LE(0, dev);
	/* It does not fit into the socket, so it keeps its lease. */
	ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_SEND, 1, &self->send));
	ASSERT_EQ(0, source_create(&other, mounted_dir("ext4"), PAGE));
	ASSERT_EQ(0, link_open(LINK_UNIX, sv));
	desc = file_desc(other.fd, 0, PAGE);
	send = send_init(sv[0], &desc, 1, ZCXFER_F_STABLE);
	EXPECT_EQ(-ENFILE, zc_send(self->dev, &send));
	EXPECT_EQ(0, zc_send(dev, &send));
	ASSERT_EQ(0, zc_cancel(self->dev, 1));
	zc_complete(self->dev, 1, &self->send);
	EXPECT_EQ(ZCXFER_STOP_CANCELLED, self->send.result.stop);
	EXPECT_EQ(0, param_write("max_user_leases", most));
	close(dev);
	close(sv[0]);
	close(sv[1]);
	source_destroy(&other);
}

TEST_HARNESS_MAIN
