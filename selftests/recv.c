// SPDX-License-Identifier: GPL-2.0-only
/*
 * ZCXFER_IOC_RECV: the bytes of a socket arrive in ranges of files and in memory,
 * nothing beside these is touched, and bytes that could not be written stay in the
 * socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	(MIB(2) + 1234)
#define STREAM_SEED	4711
#define STREAM_SIZE	MIB(1)

/* A thread that writes a pattern into a socket, in pieces, and shuts it down. */
struct feeder {
	pthread_t thread;
	int fd;
	__u64 len;
	size_t piece;
	int pace_us;
};

static void *feed(void *arg)
{
	struct feeder *feeder = arg;
	char *data = malloc(feeder->piece);
	__u64 done = 0;

	while (done < feeder->len) {
		size_t n = feeder->piece;

		if (n > feeder->len - done)
			n = feeder->len - done;
		pattern_fill(data, STREAM_SEED, done, n);
		if (send(feeder->fd, data, n, MSG_NOSIGNAL) != (ssize_t)n)
			break;
		done += n;
		if (feeder->pace_us)
			usleep(feeder->pace_us);
	}
	shutdown(feeder->fd, SHUT_WR);
	free(data);
	return NULL;
}

static int feeder_start(struct feeder *feeder, int fd, __u64 len)
{
	feeder->fd = fd;
	feeder->len = len;
	if (!feeder->piece)
		feeder->piece = 77777;
	return -pthread_create(&feeder->thread, NULL, feed, feeder);
}

/* True if this is the stream from @offset on. */
static bool is_stream(const void *data, __u64 offset, size_t len)
{
	return pattern_match(data, STREAM_SEED, offset, len) == len;
}

/* Reads the rest of the stream by recv(2); true if it starts at @offset. */
static bool rest_is_there(int fd, __u64 offset)
{
	static char data[STREAM_SIZE];
	size_t got = 0;
	ssize_t n;

	while ((n = recv(fd, data + got, sizeof(data) - got, 0)) > 0)
		got += n;
	return got == STREAM_SIZE - offset && is_stream(data, offset, got);
}

FIXTURE(recv)
{
	int dev;
	int sv[2];
	int fd;			/* of @dst, for writing */
	struct source dst;
	struct feeder feeder;
	char *content;
};

FIXTURE_VARIANT(recv)
{
	const char *fs;
	enum link link;
	bool nonblock;
	__u32 flags;
};

FIXTURE_VARIANT_ADD(recv, ext4_tcp) { "ext4", LINK_TCP, false };
FIXTURE_VARIANT_ADD(recv, ext4_unix) { "ext4", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(recv, ext4_tcp_nonblock) { "ext4", LINK_TCP, true };
FIXTURE_VARIANT_ADD(recv, ext4_tcp_direct) { "ext4", LINK_TCP, false, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(recv, ext4_unix_direct) { "ext4", LINK_UNIX, true, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(recv, xfs_tcp_direct) { "xfs", LINK_TCP, true, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(recv, xfs_unix_direct) { "xfs", LINK_UNIX, false, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(recv, ext4_tls) { "ext4", LINK_TLS, false };
FIXTURE_VARIANT_ADD(recv, xfs_tls_nonblock) { "xfs", LINK_TLS, true };
FIXTURE_VARIANT_ADD(recv, xfs_tls_direct) { "xfs", LINK_TLS, false, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(recv, xfs_tcp) { "xfs", LINK_TCP, false };
FIXTURE_VARIANT_ADD(recv, xfs_unix) { "xfs", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(recv, xfs_tcp_nonblock) { "xfs", LINK_TCP, true };
FIXTURE_VARIANT_ADD(recv, tmpfs_tcp) { "tmpfs", LINK_TCP, false };
FIXTURE_VARIANT_ADD(recv, tmpfs_unix) { "tmpfs", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(recv, tmpfs_tcp_nonblock) { "tmpfs", LINK_TCP, true };
FIXTURE_VARIANT_ADD(recv, overlay_tcp) { "overlay", LINK_TCP, false };
FIXTURE_VARIANT_ADD(recv, overlay_unix) { "overlay", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(recv, overlay_tcp_nonblock) { "overlay", LINK_TCP, true };
FIXTURE_VARIANT_ADD(recv, 9p_tcp) { "9p", LINK_TCP, false };
FIXTURE_VARIANT_ADD(recv, 9p_unix) { "9p", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(recv, 9p_tcp_nonblock) { "9p", LINK_TCP, true };
FIXTURE_VARIANT_ADD(recv, hostfs_tcp) { "hostfs", LINK_TCP, false };
FIXTURE_VARIANT_ADD(recv, hostfs_unix) { "hostfs", LINK_UNIX, false };

FIXTURE_SETUP(recv)
{
	const char *dir = mounted_dir(variant->fs);

	if (!dir)
		SKIP(return, "no %s mounted", variant->fs);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->dst, dir, FILE_SIZE));
	self->fd = open(self->dst.path, O_RDWR);
	ASSERT_LE(0, self->fd);
	self->content = malloc(FILE_SIZE);
	ASSERT_TRUE(!!self->content);
	ASSERT_EQ(0, link_open(variant->link, self->sv));
	if (variant->nonblock)
		ASSERT_EQ(0, fcntl(self->sv[1], F_SETFL, O_NONBLOCK));
}

FIXTURE_TEARDOWN(recv)
{
	close(self->fd);
	source_destroy(&self->dst);
	free(self->content);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/* Ranges in the order of the stream, all over the file. */
static const struct { __u64 offset, len; } ranges[] = {
	{ 5000, 1 }, { 0, 4096 }, { 4096, 100 }, { 8192, 4095 }, { 20001, 0 },
	{ 20001, 70000 }, { MIB(1), 300000 }, { MIB(1) - 1, 1 },
	{ MIB(2), 1234 }, { 100000, 333333 },
};

/* True if each range has its part of the stream, and the bytes between are unchanged. */
static bool file_is_right(struct source *dst, char *content)
{
	__u64 offset = 0;
	unsigned int i;

	if (pread(dst->fd, content, FILE_SIZE, 0) != FILE_SIZE)
		return false;
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (!is_stream(content + ranges[i].offset, offset,
			       ranges[i].len))
			return false;
		pattern_fill(content + ranges[i].offset, dst->seed,
			     ranges[i].offset, ranges[i].len);
		offset += ranges[i].len;
	}
	return pattern_match(content, dst->seed, 0, FILE_SIZE) == FILE_SIZE;
}

TEST_F_TIMEOUT(recv, every_range_is_filled, TIMEOUT)
{
	struct zcxfer_desc descs[ARRAY_SIZE(ranges)];
	struct zcxfer_transfer recv;
	unsigned int i;
	__u64 sum;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		descs[i] = file_desc(self->fd, ranges[i].offset, ranges[i].len);
	sum = descs_len(descs, i);
	ASSERT_EQ(0, feeder_start(&self->feeder, self->sv[0], sum));
	recv = send_init(self->sv[1], descs, i, variant->flags);
	EXPECT_EQ(0, zc_recv_all(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_DONE, recv.result.stop);
	EXPECT_EQ(sum, recv.result.bytes);
	if (variant->flags & ZCXFER_F_DIRECT) {
		/* The bytes of whole blocks. */
		EXPECT_LT(0, recv.result.bytes_referenced);
	} else if (variant->link != LINK_TCP) {
		EXPECT_EQ(sum, recv.result.bytes_copied);
		EXPECT_EQ(ZCXFER_COPIED_BUFFER, recv.result.copy_reasons);
	} else {
		/* TCP may merge packets by a copy when memory is short. */
		EXPECT_LT(sum - sum / 10, recv.result.bytes_referenced);
		EXPECT_EQ(0, recv.result.copy_reasons & ~ZCXFER_COPIED_BUFFER);
	}
	pthread_join(self->feeder.thread, NULL);
	EXPECT_TRUE(file_is_right(&self->dst, self->content));
}

TEST_F_TIMEOUT(recv, slow_small_pieces_add_up, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->fd, 77, 100000);
	struct zcxfer_transfer recv;

	self->feeder.piece = 1777;
	self->feeder.pace_us = 200;
	ASSERT_EQ(0, feeder_start(&self->feeder, self->sv[0], 100000));
	recv = send_init(self->sv[1], &desc, 1, variant->flags);
	EXPECT_EQ(0, zc_recv_all(self->dev, &recv));
	EXPECT_EQ(100000, recv.result.bytes);
	pthread_join(self->feeder.thread, NULL);
	ASSERT_EQ(100000, pread(self->dst.fd, self->content, 100000, 77));
	EXPECT_TRUE(is_stream(self->content, 0, 100000));
}

TEST_F_TIMEOUT(recv, end_of_the_stream_stops, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		file_desc(self->fd, 0, 1000),
		file_desc(self->fd, 5000, 70000),
		file_desc(self->fd, 100000, 1),
	};
	struct zcxfer_transfer recv;

	ASSERT_EQ(0, feeder_start(&self->feeder, self->sv[0], 50000));
	recv = send_init(self->sv[1], descs, 3, variant->flags);
	EXPECT_EQ(0, zc_recv_all(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_EOF, recv.result.stop);
	EXPECT_EQ(50000, recv.result.bytes);
	EXPECT_EQ(49000, descs[1].offset - 5000);
	pthread_join(self->feeder.thread, NULL);

	/* The next call receives nothing, and stops there, too. */
	recv = send_init(self->sv[1], descs, 3, variant->flags);
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_TRUE(result_is(&recv, (struct zcxfer_result){
		.stop = ZCXFER_STOP_EOF, .socket_calls = ANY_CALLS,
	}));
}

/* Tests that need no matrix of file systems. */
FIXTURE(stream)
{
	int dev;
	int sv[2];
	struct source dst;
	struct feeder feeder;
	char *memory;
};

FIXTURE_VARIANT(stream)
{
	enum link link;
};

FIXTURE_VARIANT_ADD(stream, tcp) { LINK_TCP };
FIXTURE_VARIANT_ADD(stream, unix) { LINK_UNIX };
FIXTURE_VARIANT_ADD(stream, tls) { LINK_TLS };

FIXTURE_SETUP(stream)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create_memfd(&self->dst, KIB(64)));
	self->memory = calloc(1, STREAM_SIZE);
	ASSERT_TRUE(!!self->memory);
	ASSERT_EQ(0, link_open(variant->link, self->sv));
}

FIXTURE_TEARDOWN(stream)
{
	free(self->memory);
	source_destroy(&self->dst);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(stream, header_and_payload_are_split_in_one_call, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		memory_desc(self->memory, 100),
		file_desc(self->dst.fd, 10, 50000),
		memory_desc(self->memory + 100, 7),
		memory_desc(NULL, 0),
		file_desc(self->dst.fd, 60000, 1),
	};
	struct zcxfer_transfer recv = send_init(self->sv[1], descs, 5, 0);
	char got[50000];

	ASSERT_EQ(0, feeder_start(&self->feeder, self->sv[0], 50108));
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_DONE, recv.result.stop);
	EXPECT_EQ(50108, recv.result.bytes);
	pthread_join(self->feeder.thread, NULL);
	EXPECT_TRUE(is_stream(self->memory, 0, 100));
	ASSERT_EQ(50000, pread(self->dst.fd, got, 50000, 10));
	EXPECT_TRUE(is_stream(got, 100, 50000));
	EXPECT_TRUE(is_stream(self->memory + 100, 50100, 7));
	ASSERT_EQ(1, pread(self->dst.fd, got, 1, 60000));
	EXPECT_TRUE(is_stream(got, 50107, 1));
}

/* The file takes @room bytes and then fails with @error. */
static void fill_up(struct __test_metadata *_metadata,
		    struct _test_data_stream *self, int fd, __u64 room,
		    int error, __u32 flags)
{
	struct zcxfer_desc desc = file_desc(fd, 0, STREAM_SIZE);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, flags);
	char *got = malloc(room + 1);

	ASSERT_EQ(0, feeder_start(&self->feeder, self->sv[0], STREAM_SIZE));
	if (room) {
		EXPECT_EQ(0, zc_recv(self->dev, &recv));
		EXPECT_EQ(room, recv.result.bytes);
		EXPECT_EQ(ZCXFER_STOP_DESC, recv.result.stop);
		EXPECT_EQ(error, recv.result.error);
		send_advance(&recv);
	}
	EXPECT_EQ(-error, zc_recv(self->dev, &recv));
	EXPECT_EQ(0, recv.result.bytes);
	EXPECT_EQ(room, pread(fd, got, room, 0));
	EXPECT_TRUE(is_stream(got, 0, room));
	EXPECT_TRUE(rest_is_there(self->sv[1], room));
	pthread_join(self->feeder.thread, NULL);
	free(got);
}

TEST_F_TIMEOUT(stream, no_space_loses_nothing, TIMEOUT)
{
	const char *dir = "/tmp/zctest.small";
	int fd;

	mkdir(dir, 0755);
	ASSERT_EQ(0, mount("small", dir, "tmpfs", 0, "size=128k"));
	fd = open("/tmp/zctest.small/file", O_RDWR | O_CREAT, 0644);
	ASSERT_LE(0, fd);
	fill_up(_metadata, self, fd, KIB(128), ENOSPC, 0);
	close(fd);
	EXPECT_EQ(0, umount2(dir, MNT_DETACH));
}

TEST_F_TIMEOUT(stream, file_size_limit_loses_nothing, TIMEOUT)
{
	struct rlimit limit = { KIB(100), RLIM_INFINITY };

	ASSERT_EQ(0, ftruncate(self->dst.fd, 0));
	ASSERT_TRUE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
	fill_up(_metadata, self, self->dst.fd, KIB(100), EFBIG, 0);
}

/* The limit is in the middle of a block. */
TEST_F_TIMEOUT(stream, file_size_limit_of_direct_write_loses_nothing, TIMEOUT)
{
	struct rlimit limit = { 100001, RLIM_INFINITY };
	struct source dst;

	ASSERT_EQ(0, source_create_writable(&dst, mounted_dir("ext4"), 0));
	ASSERT_TRUE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
	fill_up(_metadata, self, dst.fd, 100001, EFBIG, ZCXFER_F_DIRECT);
	source_destroy(&dst);
}

/* Whole blocks are written past the page cache, the rest through it. */
TEST_F_TIMEOUT(stream, direct_write_leaves_no_pages, TIMEOUT)
{
	enum { OFFSET = 2 * PAGE, LEN = KIB(64) + 100 };
	char got[LEN];
	struct zcxfer_transfer recv;
	struct zcxfer_desc desc;
	struct source dst;
	int queued = 0;

	ASSERT_EQ(0, source_create_writable(&dst, mounted_dir("ext4"), MIB(1)));
	ASSERT_EQ(0, source_forget_cache(&dst));
	ASSERT_EQ(0, link_set_buffers(self->sv, MIB(1)));
	ASSERT_EQ(0, feeder_start(&self->feeder, self->sv[0], LEN));
	while (queued < LEN)
		ASSERT_EQ(0, ioctl(self->sv[1], FIONREAD, &queued));
	desc = file_desc(dst.fd, OFFSET, LEN);
	recv = send_init(self->sv[1], &desc, 1, ZCXFER_F_DIRECT);
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_DONE, recv.result.stop);
	EXPECT_EQ(LEN, recv.result.bytes);
	EXPECT_EQ(variant->link != LINK_TCP ? 100 : 0,
		  recv.result.bytes_copied);
	EXPECT_GE(1, source_pages_resident(&dst));
	pthread_join(self->feeder.thread, NULL);
	ASSERT_EQ(LEN, pread(dst.fd, got, LEN, OFFSET));
	EXPECT_TRUE(is_stream(got, 0, LEN));
	/* The bytes around the range are unchanged. */
	ASSERT_EQ(OFFSET, pread(dst.fd, got, OFFSET, 0));
	EXPECT_EQ(OFFSET, pattern_match(got, dst.seed, 0, OFFSET));
	ASSERT_EQ(PAGE, pread(dst.fd, got, PAGE, OFFSET + LEN));
	EXPECT_EQ(PAGE, pattern_match(got, dst.seed, OFFSET + LEN, PAGE));
	source_destroy(&dst);
}

TEST_F_TIMEOUT(stream, direct_write_to_a_memfd_is_refused, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		memory_desc(self->memory, 100),
		file_desc(self->dst.fd, 0, 100),
	};
	struct zcxfer_transfer recv = send_init(self->sv[1], descs, 2,
						ZCXFER_F_DIRECT);

	ASSERT_EQ(0, feeder_start(&self->feeder, self->sv[0], STREAM_SIZE));
	EXPECT_EQ(-EOPNOTSUPP, zc_recv(self->dev, &recv));
	EXPECT_TRUE(result_refused(&recv, ZCXFER_STOP_DESC, 1, EOPNOTSUPP));
	EXPECT_TRUE(rest_is_there(self->sv[1], 0));
	pthread_join(self->feeder.thread, NULL);
}

TEST_F_TIMEOUT(stream, sealed_file_loses_nothing, TIMEOUT)
{
	ASSERT_EQ(0, fcntl(self->dst.fd, F_ADD_SEALS, F_SEAL_WRITE));
	fill_up(_metadata, self, self->dst.fd, 0, EPERM, 0);
	EXPECT_EQ(0, source_check(&self->dst));
}

TEST_F_TIMEOUT(stream, bad_memory_loses_nothing, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		memory_desc(self->memory, 100),
		memory_desc((void *)8, 100),
	};
	struct zcxfer_transfer recv = send_init(self->sv[1], descs, 2, 0);

	ASSERT_EQ(0, feeder_start(&self->feeder, self->sv[0], STREAM_SIZE));
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(100, recv.result.bytes);
	EXPECT_EQ(ZCXFER_STOP_DESC, recv.result.stop);
	EXPECT_EQ(EFAULT, recv.result.error);
	EXPECT_EQ(1, recv.result.desc);
	EXPECT_TRUE(rest_is_there(self->sv[1], 100));
	pthread_join(self->feeder.thread, NULL);
}

TEST_F_TIMEOUT(stream, dontwait_stops_with_exact_count, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 5000);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1,
						ZCXFER_F_DONTWAIT);
	struct pollfd pfd = { .fd = self->sv[1], .events = POLLIN };
	char data[1000];

	EXPECT_EQ(-EAGAIN, zc_recv(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, recv.result.stop);
	pattern_fill(data, STREAM_SEED, 0, sizeof(data));
	ASSERT_EQ(1000, send(self->sv[0], data, 1000, 0));
	ASSERT_EQ(1, poll(&pfd, 1, 10000));
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, recv.result.stop);
	EXPECT_EQ(1000, recv.result.bytes);
	ASSERT_EQ(1000, pread(self->dst.fd, data, 1000, 0));
	EXPECT_TRUE(is_stream(data, 0, 1000));
}

TEST_F_TIMEOUT(stream, timeout_stops_with_exact_count, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 5000);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	struct timeval timeout = { .tv_usec = 100000 };
	char data[1000];

	ASSERT_EQ(0, setsockopt(self->sv[1], SOL_SOCKET, SO_RCVTIMEO, &timeout,
				sizeof(timeout)));
	pattern_fill(data, STREAM_SEED, 0, sizeof(data));
	ASSERT_EQ(1000, send(self->sv[0], data, 1000, 0));
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, recv.result.stop);
	EXPECT_EQ(1000, recv.result.bytes);
	EXPECT_EQ(-EAGAIN, zc_recv(self->dev, &recv));
	ASSERT_EQ(1000, pread(self->dst.fd, data, 1000, 0));
	EXPECT_TRUE(is_stream(data, 0, 1000));
}

/* As read(2) does. The reader of the pipe sees that its last writer is gone. */
TEST_F_TIMEOUT(stream, passed_descriptors_are_closed, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 1);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	int fds[2];
	char byte;

	if (variant->link != LINK_UNIX)
		return;
	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(0, pass_fd(self->sv[0], fds[1]));
	close(fds[1]);
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(1, recv.result.bytes);
	EXPECT_EQ(0, read(fds[0], &byte, 1));
	close(fds[0]);
}

static void wait_for_hangup(struct __test_metadata *_metadata, int fd)
{
	struct pollfd pfd = { .fd = fd };

	EXPECT_EQ(1, poll(&pfd, 1, 10000));
}

TEST_F_TIMEOUT(stream, reset_behind_bytes_is_reported_once, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 5000);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	struct linger linger = { .l_onoff = 1 };
	char data[1000];

	if (variant->link != LINK_TCP)
		return;
	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_LINGER, &linger,
				sizeof(linger)));
	pattern_fill(data, STREAM_SEED, 0, sizeof(data));
	ASSERT_EQ(1000, send(self->sv[0], data, 1000, 0));
	close(self->sv[0]);
	wait_for_hangup(_metadata, self->sv[1]);
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_SOCKET, recv.result.stop);
	EXPECT_EQ(ECONNRESET, recv.result.error);
	EXPECT_EQ(1000, recv.result.bytes);
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_EOF, recv.result.stop);
}

static void handler(int sig)
{
}

TEST_F_TIMEOUT(stream, signal_stops_with_exact_count, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 5000);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	struct sigaction action = { .sa_handler = handler };
	struct itimerval timer = { .it_value.tv_usec = 300000 };
	char data[1000];

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	pattern_fill(data, STREAM_SEED, 0, sizeof(data));
	ASSERT_EQ(1000, send(self->sv[0], data, 1000, 0));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &timer, NULL));
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_SIGNAL, recv.result.stop);
	EXPECT_EQ(1000, recv.result.bytes);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &timer, NULL));
	EXPECT_EQ(-EINTR, zc_recv(self->dev, &recv));
}

TEST_F_TIMEOUT(stream, sigkill_ends_a_wait_for_bytes, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 5000);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child)
		_exit(zc_recv(self->dev, &recv) ? 1 : 0);
	usleep(300000);
	EXPECT_GT(KILL_MS, kill_and_wait(child));
}

/* A call that must be refused because of its socket or its descriptor. */
static void refuse(struct __test_metadata *_metadata,
		   struct _test_data_stream *self, int sock, int fd,
		   enum zcxfer_stop stop, int error)
{
	struct zcxfer_desc desc = file_desc(fd, 0, 100);
	struct zcxfer_transfer recv = send_init(sock, &desc, 1,
						ZCXFER_F_DONTWAIT);

	EXPECT_EQ(-error, zc_recv(self->dev, &recv));
	recv.result.socket_calls = 0;
	EXPECT_TRUE(result_refused(&recv, stop, 0, error));
}

TEST_F_TIMEOUT(stream, file_that_cannot_be_written_is_refused, TIMEOUT)
{
	char path[] = "/tmp/zctest.recv.XXXXXX";
	int fd = mkstemp(path), fds[2];

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(fds));
	refuse(_metadata, self, self->sv[1], -1, ZCXFER_STOP_DESC, EBADF);
	refuse(_metadata, self, self->sv[1], open(path, O_RDONLY),
	       ZCXFER_STOP_DESC, EBADF);
	refuse(_metadata, self, self->sv[1], open(path, O_RDWR | O_PATH),
	       ZCXFER_STOP_DESC, EBADF);
	refuse(_metadata, self, self->sv[1], open(path, O_RDWR | O_APPEND),
	       ZCXFER_STOP_DESC, EINVAL);
	refuse(_metadata, self, self->sv[1], open(path, O_RDWR | O_DIRECT),
	       ZCXFER_STOP_DESC, EINVAL);
	refuse(_metadata, self, self->sv[1], fds[1], ZCXFER_STOP_DESC, ESPIPE);
	refuse(_metadata, self, self->sv[1], self->sv[0], ZCXFER_STOP_DESC,
	       ESPIPE);
	refuse(_metadata, self, self->sv[1], open("/dev/null", O_RDWR),
	       ZCXFER_STOP_DESC, EINVAL);
	unlink(path);
}

TEST_F_TIMEOUT(stream, unsuitable_socket_is_refused, TIMEOUT)
{
	int zero = 0;

	refuse(_metadata, self, -1, self->dst.fd, ZCXFER_STOP_SOCKET, EBADF);
	refuse(_metadata, self, self->dst.fd, self->dst.fd, ZCXFER_STOP_SOCKET,
	       ENOTSOCK);
	refuse(_metadata, self, socket(AF_INET, SOCK_DGRAM, 0), self->dst.fd,
	       ZCXFER_STOP_SOCKET, EOPNOTSUPP);
	refuse(_metadata, self, socket(AF_INET, SOCK_STREAM, 0), self->dst.fd,
	       ZCXFER_STOP_SOCKET, ENOTCONN);
	refuse(_metadata, self, listen_tcp(AF_INET), self->dst.fd,
	       ZCXFER_STOP_SOCKET, ENOTCONN);
	refuse(_metadata, self, socket(AF_UNIX, SOCK_STREAM, 0), self->dst.fd,
	       ZCXFER_STOP_SOCKET, ENOTCONN);
	ASSERT_EQ(0, setsockopt(self->sv[1], SOL_SOCKET, SO_PEEK_OFF, &zero,
				sizeof(zero)));
	refuse(_metadata, self, self->sv[1], self->dst.fd, ZCXFER_STOP_SOCKET,
	       EOPNOTSUPP);
}

TEST_F_TIMEOUT(stream, flag_for_sending_is_refused, TIMEOUT)
{
	const __u32 flags[] = {
		ZCXFER_F_MORE, ZCXFER_F_CACHED, ZCXFER_F_DONTCACHE,
		ZCXFER_F_STABLE, 0
	};
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 100);
	struct zcxfer_transfer recv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		recv = send_init(self->sv[1], &desc, 1, flags[i]);
		/* Not a flag, but for sending, too. */
		recv.readahead = !flags[i];
		EXPECT_EQ(-EINVAL, zc_recv(self->dev, &recv));
		EXPECT_TRUE(result_refused(&recv, ZCXFER_STOP_CALL, 0, EINVAL));
	}
}

TEST_F_TIMEOUT(stream, setuid_bit_is_cleared_by_another_user, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 100);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	struct stat st;

	ASSERT_EQ(0, fchown(self->dst.fd, NOBODY, NOBODY));
	ASSERT_EQ(0, fchmod(self->dst.fd, 04755));
	ASSERT_EQ(0, feeder_start(&self->feeder, self->sv[0], 100));
	ASSERT_EQ(0, become_nobody());
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	ASSERT_EQ(0, become_root());
	pthread_join(self->feeder.thread, NULL);
	ASSERT_EQ(0, fstat(self->dst.fd, &st));
	EXPECT_EQ(0755, st.st_mode & 07777);
}

/* Under repair a peek may show another queue than the one that a read takes from. */
TEST_F_TIMEOUT(stream, socket_under_repair_is_refused, TIMEOUT)
{
	int on = 1, queue = TCP_SEND_QUEUE;
	char data[KIB(64)] = { 0 };

	if (variant->link != LINK_TCP)
		return;
	ASSERT_EQ(0, fcntl(self->sv[1], F_SETFL, O_NONBLOCK));
	while (send(self->sv[1], data, sizeof(data), 0) > 0)
		;
	ASSERT_EQ(0, setsockopt(self->sv[1], IPPROTO_TCP, TCP_REPAIR, &on,
				sizeof(on)));
	ASSERT_EQ(0, setsockopt(self->sv[1], IPPROTO_TCP, TCP_REPAIR_QUEUE,
				&queue, sizeof(queue)));
	refuse(_metadata, self, self->sv[1], self->dst.fd, ZCXFER_STOP_SOCKET,
	       EOPNOTSUPP);
	on = 0;
	ASSERT_EQ(0, setsockopt(self->sv[1], IPPROTO_TCP, TCP_REPAIR, &on,
				sizeof(on)));
}

/* The stream goes on behind an urgent byte as if that were not there. */
TEST_F_TIMEOUT(stream, urgent_byte_is_left_out, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 3000);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	char data[3000];

	if (variant->link != LINK_TCP)
		return;
	pattern_fill(data, STREAM_SEED, 0, sizeof(data));
	ASSERT_EQ(1000, send(self->sv[0], data, 1000, 0));
	ASSERT_EQ(1, send(self->sv[0], "!", 1, MSG_OOB));
	ASSERT_EQ(2000, send(self->sv[0], data + 1000, 2000, 0));
	ASSERT_EQ(0, shutdown(self->sv[0], SHUT_WR));
	EXPECT_EQ(0, zc_recv_all(self->dev, &recv));
	EXPECT_EQ(3000, recv.result.bytes);
	ASSERT_EQ(3000, pread(self->dst.fd, data, 3000, 0));
	EXPECT_TRUE(is_stream(data, 0, 3000));
}

/*
 * A peek skips an out-of-band byte, but a read would take it for an ordinary one once
 * another has arrived. A job that waits beside it would look again and again.
 */
TEST_F_TIMEOUT(stream, unix_out_of_band_byte_is_refused, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 100);
	struct zcxfer_transfer recv;
	char data[100], byte;

	if (variant->link != LINK_UNIX)
		return;
	recv = send_init(self->sv[1], &desc, 1, 0);
	ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_RECV, 1, &recv));
	if (send(self->sv[0], "!", 1, MSG_OOB) != 1)
		SKIP(return, "no MSG_OOB: %s", strerror(errno));
	EXPECT_EQ(-EOPNOTSUPP, zc_complete(self->dev, 1, &recv));
	pattern_fill(data, STREAM_SEED, 0, sizeof(data));
	ASSERT_EQ(100, send(self->sv[0], data, 100, 0));
	refuse(_metadata, self, self->sv[1], self->dst.fd, ZCXFER_STOP_SOCKET,
	       EOPNOTSUPP);
	ASSERT_EQ(1, read(self->sv[1], &byte, 1));
	recv = send_init(self->sv[1], &desc, 1, ZCXFER_F_DONTWAIT);
	EXPECT_EQ(0, zc_recv(self->dev, &recv));
	EXPECT_EQ(99, recv.result.bytes);
	ASSERT_EQ(99, pread(self->dst.fd, data, 99, 0));
	EXPECT_TRUE(is_stream(data, 1, 99));
}

/* A call that receives, in a thread, while the test changes the socket. */
struct call {
	pthread_t thread;
	int dev;
	struct zcxfer_transfer recv;
};

static void *receive(void *arg)
{
	struct call *call = arg;

	zc_recv(call->dev, &call->recv);
	return NULL;
}

enum { BEFORE = 100, ALL = 5000 };

/* Starts a call, and waits until it has received BEFORE bytes and waits for more. */
static void start_call(struct __test_metadata *_metadata,
		       struct _test_data_stream *self, struct call *call,
		       struct zcxfer_desc *desc)
{
	char data[BEFORE], got[BEFORE];

	pattern_fill(data, STREAM_SEED, 0, BEFORE);
	*desc = file_desc(self->dst.fd, 0, ALL);
	call->dev = self->dev;
	call->recv = send_init(self->sv[1], desc, 1, 0);
	ASSERT_EQ(0, pthread_create(&call->thread, NULL, receive, call));
	ASSERT_EQ(BEFORE, send(self->sv[0], data, BEFORE, 0));
	do {
		ASSERT_EQ(BEFORE, pread(self->dst.fd, got, BEFORE, 0));
	} while (!is_stream(got, 0, BEFORE));
}

/* Sends the rest: all bytes are in the file, or still in the socket. */
static void finish_call(struct __test_metadata *_metadata,
			struct _test_data_stream *self, struct call *call)
{
	char data[ALL + 1];
	ssize_t done, n;

	pattern_fill(data, STREAM_SEED, 0, ALL);
	ASSERT_EQ(ALL - BEFORE, send(self->sv[0], data + BEFORE, ALL - BEFORE, 0));
	ASSERT_EQ(0, shutdown(self->sv[0], SHUT_WR));
	pthread_join(call->thread, NULL);
	done = call->recv.result.bytes;
	ASSERT_LE(BEFORE, done);
	memset(data, 0, sizeof(data));
	ASSERT_EQ(done, pread(self->dst.fd, data, done, 0));
	while ((n = recv(self->sv[1], data + done, sizeof(data) - done, 0)) > 0)
		done += n;
	EXPECT_EQ(ALL, done);
	EXPECT_TRUE(is_stream(data, 0, ALL));
}

TEST_F_TIMEOUT(stream, peek_offset_meanwhile_loses_nothing, TIMEOUT)
{
	struct zcxfer_desc desc;
	struct call call;
	int offset = 5;

	start_call(_metadata, self, &call, &desc);
	ASSERT_EQ(0, setsockopt(self->sv[1], SOL_SOCKET, SO_PEEK_OFF, &offset,
				sizeof(offset)));
	finish_call(_metadata, self, &call);
}

/* A map whose sockets BPF programs may read. */
static int add_to_sockmap(int fd)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = sizeof(fd),
		.value_size = sizeof(fd),
		.max_entries = 1,
	};
	int map = syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)), key = 0;

	if (map < 0)
		return -errno;
	attr = (union bpf_attr){
		.map_fd = map, .key = (uintptr_t)&key, .value = (uintptr_t)&fd,
	};
	return syscall(__NR_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)) ?
	       -errno : 0;
}

TEST_F_TIMEOUT(stream, sockmap_meanwhile_loses_nothing, TIMEOUT)
{
	struct zcxfer_desc desc;
	struct call call;
	int err;

	start_call(_metadata, self, &call, &desc);
	err = add_to_sockmap(self->sv[1]);
	if (!err)
		refuse(_metadata, self, self->sv[1], self->dst.fd,
		       ZCXFER_STOP_SOCKET, EOPNOTSUPP);
	finish_call(_metadata, self, &call);
	if (err)
		SKIP(return, "no map for this socket: %s", strerror(-err));
}

TEST_F_TIMEOUT(stream, reset_is_an_error, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->dst.fd, 0, 5000);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	struct linger linger = { .l_onoff = 1 };

	if (variant->link != LINK_TCP)
		return;
	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_LINGER, &linger,
				sizeof(linger)));
	close(self->sv[0]);
	EXPECT_EQ(-ECONNRESET, zc_recv(self->dev, &recv));
	EXPECT_EQ(ZCXFER_STOP_SOCKET, recv.result.stop);
}

/*
 * Another reader takes the bytes between the peek and the read, against the rules, and
 * the next record is as long as they were: it is lost, but the connection goes on.
 */
TEST_F_TIMEOUT(stream, second_reader_breaks_no_tls_connection, TIMEOUT)
{
	int dir = open(mounted_dir("ext4"), O_RDONLY | O_DIRECTORY), one = 1;
	struct zcxfer_transfer recv;
	struct zcxfer_desc desc;
	struct source dst;
	char data[100] = {};

	if (variant->link != LINK_TLS)
		return;
	/* As with TLS 1.2, a record is decrypted straight into the reader's memory. */
	ASSERT_EQ(0, setsockopt(self->sv[1], SOL_TLS, TLS_RX_EXPECT_NO_PAD, &one,
				sizeof(one)));
	ASSERT_EQ(0, source_create_writable(&dst, mounted_dir("ext4"), 0));
	desc = file_desc(dst.fd, 0, 100);
	recv = send_init(self->sv[1], &desc, 1, 0);
	ASSERT_EQ(0, ioctl(dir, FIFREEZE, 0));
	ASSERT_EQ(100, send(self->sv[0], data, 100, 0));
	ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_RECV, 1, &recv));
	EXPECT_EQ(0, wait_workers_blocked(1));
	EXPECT_EQ(100, read(self->sv[1], data, 100));
	EXPECT_EQ(100, send(self->sv[0], data, 100, 0));
	ASSERT_EQ(0, ioctl(dir, FITHAW, 0));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &recv));
	EXPECT_EQ(100, recv.result.bytes);
	pattern_fill(data, STREAM_SEED, 0, sizeof(data));
	EXPECT_EQ(100, send(self->sv[0], data, 100, 0));
	EXPECT_EQ(100, read(self->sv[1], data, 100));
	EXPECT_TRUE(is_stream(data, 0, 100));
	source_destroy(&dst);
	close(dir);
}

static const struct sockaddr_in near_end = {
	.sin_family = AF_INET,
	.sin_port = 0x2923,
	.sin_addr.s_addr = 0x0109090a,	/* 10.9.9.1 */
};

/* The far end of a veth pair, in its own network namespace: sends packets of 1448 bytes. */
static void send_small_packets(int go)
{
	struct feeder feeder = { .len = STREAM_SIZE, .piece = STREAM_SIZE };
	char byte;

	if (unshare(CLONE_NEWNET) || write(go, "", 1) != 1 ||
	    read(go, &byte, 1) != 1 ||
	    system("ip addr add 10.9.9.2/24 dev zct1") ||
	    system("ip link set zct1 up") ||
	    system("ethtool -K zct1 tso off gso off"))
		_exit(1);
	feeder.fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(feeder.fd, (void *)&near_end, sizeof(near_end)))
		_exit(1);
	feed(&feeder);
	read(feeder.fd, &byte, 1);
	_exit(0);
}

FIXTURE(gro) {};
FIXTURE_SETUP(gro) {}
FIXTURE_TEARDOWN(gro) {}

/*
 * GRO merges small packets into large ones, and chains those to the first that do
 * not fit into it (frag_list): their bytes are in pages as well. This test runs some
 * ten programs, which takes long under KASAN.
 */
TEST_F_TIMEOUT(gro, merged_packets_go_by_reference, TIMEOUT)
{
	int go[2], listener, sock, dev = zc_open(), status, one = 1;
	struct zcxfer_transfer recv;
	struct zcxfer_desc desc;
	struct source dst;
	char command[100], byte;
	char *content = malloc(STREAM_SIZE);
	pid_t child;

	ASSERT_LE(0, dev);
	ASSERT_EQ(0, source_create_memfd(&dst, KIB(4)));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, go));
	child = fork();
	if (!child)
		send_small_packets(go[1]);
	ASSERT_EQ(1, read(go[0], &byte, 1));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	snprintf(command, sizeof(command), "ip link set zct1 netns %d", child);
	if (system("ip link add zct0 type veth peer name zct1") ||
	    system(command) || system("ip addr add 10.9.9.1/24 dev zct0") ||
	    system("ip link set zct0 up && ethtool -K zct0 gro on")) {
		kill_and_wait(child);
		SKIP(return, "no veth");
	}
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ASSERT_EQ(0, setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one,
				sizeof(one)));
	ASSERT_EQ(0, bind(listener, (void *)&near_end, sizeof(near_end)));
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(1, write(go[0], "", 1));
	sock = accept(listener, NULL, NULL);
	ASSERT_LE(0, sock);
	/* Let the receive queue grow. */
	usleep(300000);

	desc = file_desc(dst.fd, 0, STREAM_SIZE);
	recv = send_init(sock, &desc, 1, 0);
	EXPECT_EQ(0, zc_recv(dev, &recv));
	EXPECT_EQ(STREAM_SIZE, recv.result.bytes);
	EXPECT_EQ(STREAM_SIZE, recv.result.bytes_referenced);
	ASSERT_EQ(STREAM_SIZE, pread(dst.fd, content, STREAM_SIZE, 0));
	EXPECT_TRUE(is_stream(content, 0, STREAM_SIZE));
	close(sock);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	free(content);
	source_destroy(&dst);
	EXPECT_TRUE(stats_at_rest());
}

TEST_HARNESS_MAIN
