// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file whose file system is a program, so that every page comes from user space. The
 * server may be slow, fail, not answer, or be the very thread that reads the other end of
 * the socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "fusefs.h"

FIXTURE(fuse)
{
	int dev;
	int sv[2];
	int file;
	struct fuse_server fs;
	struct sender tx;
	struct receiver rx;
};

FIXTURE_VARIANT(fuse)
{
	__u32 open_flags;
};

FIXTURE_VARIANT_ADD(fuse, cached) { 0 };
FIXTURE_VARIANT_ADD(fuse, direct) { FOPEN_DIRECT_IO };

FIXTURE_SETUP(fuse)
{
	int ret;

	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	self->fs.bad_from = UINT64_MAX;
	self->fs.open_flags = variant->open_flags;
	ret = fuse_mount(&self->fs);
	if (ret)
		SKIP(return, "no FUSE: %s", strerror(-ret));
	self->file = open(MOUNT_POINT "/file", O_RDONLY);
	ASSERT_LE(0, self->file);
}

FIXTURE_TEARDOWN(fuse)
{
	close(self->file);
	EXPECT_EQ(0, umount2(MOUNT_POINT, MNT_DETACH));
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(fuse, file_arrives_intact, TIMEOUT)
{
	struct run runs[] = {
		{ FILE_SEED, 4097, 10000 },
		{ FILE_SEED, FILE_SIZE - 1, 1 },
		{ FILE_SEED, 0, FILE_SIZE },
		{ FILE_SEED, 1, FILE_SIZE - 1 },
	};
	struct zcxfer_desc descs[4];
	struct zcxfer_transfer send;
	unsigned int i;
	__u64 sum;

	for (i = 0; i < 4; i++)
		descs[i] = file_desc(self->file, runs[i].offset, runs[i].len);
	sum = descs_len(descs, 4);
	descs[3].len++;
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 4));
	send = send_init(self->sv[0], descs, 4, 0);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_EOF, send.result.stop);
	EXPECT_EQ(3, send.result.desc);
	EXPECT_EQ(sum, send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], sum));
	EXPECT_LT(0, self->fs.reads);
}

TEST_F_TIMEOUT(fuse, failed_read_ends_the_call_with_eio, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->file, 0, FILE_SIZE);
	struct run run = { FILE_SEED, 0, FILE_SIZE };
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);

	self->fs.bad_from = KIB(512);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DESC, send.result.stop);
	EXPECT_EQ(EIO, send.result.error);
	EXPECT_GE(KIB(512), send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     send.result.bytes));
}

/*
 * One thread serves the file and reads the socket: a call that locked one of them
 * while it waits for the other would never end.
 */
TEST_F_TIMEOUT(fuse, served_by_the_reader_of_the_socket_works, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->file, 0, FILE_SIZE);
	struct run run = { FILE_SEED, 0, FILE_SIZE };
	char *got = malloc(FILE_SIZE);
	struct pollfd pfds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	__u64 bytes = 0;
	ssize_t n;

	/* The server is idle, so it can be cancelled in its read(2). */
	ASSERT_EQ(0, pthread_cancel(self->fs.thread));
	ASSERT_EQ(0, pthread_join(self->fs.thread, NULL));
	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], &desc, 1, 0)));
	pfds[0].fd = self->fs.fd;
	pfds[1].fd = self->sv[1];
	while (bytes < FILE_SIZE) {
		ASSERT_LT(0, poll(pfds, 2, 20000));
		if (pfds[0].revents)
			ASSERT_TRUE(fuse_serve_one(&self->fs));
		if (!pfds[1].revents)
			continue;
		n = read(self->sv[1], got + bytes, FILE_SIZE - bytes);
		ASSERT_LT(0, n);
		bytes += n;
	}
	EXPECT_EQ(FILE_SIZE, pattern_match(got, run.seed, 0, FILE_SIZE));
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->tx.send.result.stop);
	/* Closing and unmounting need a server again. */
	ASSERT_EQ(0, pthread_create(&self->fs.thread, NULL, fuse_serve, &self->fs));
}

/* A process that sends, and does not keep the server's connection open. */
static pid_t send_in_child(const struct fuse_server *fs, int dev,
			   struct zcxfer_transfer *send)
{
	pid_t child = fork();

	if (child)
		return child;
	close(fs->fd);
	_exit(zc_send(dev, send) ? 1 : 0);
}

/* The header is sent before the file is read. */
TEST_F_TIMEOUT(fuse, silent_server_does_not_hold_the_header_back, TIMEOUT)
{
	char header[100] = { 0 }, got[100];
	struct zcxfer_desc descs[] = {
		memory_desc(header, sizeof(header)),
		file_desc(self->file, 0, FILE_SIZE),
	};
	struct zcxfer_transfer send = send_init(self->sv[0], descs, 2, 0);
	struct pollfd pfd = { .fd = self->sv[1], .events = POLLIN };
	pid_t child;

	pattern_fill(header, FILE_SEED + 1, 0, sizeof(header));
	self->fs.silent = true;
	child = send_in_child(&self->fs, self->dev, &send);
	ASSERT_LE(0, child);
	EXPECT_EQ(1, poll(&pfd, 1, 20000));
	EXPECT_EQ(sizeof(got), recv(self->sv[1], got, sizeof(got),
				    MSG_DONTWAIT));
	EXPECT_EQ(0, memcmp(got, header, sizeof(got)));
	EXPECT_GT(KILL_MS, kill_and_wait(child));
}

TEST_F_TIMEOUT(fuse, wait_for_a_silent_server_is_ended_by_sigkill, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->file, 0, FILE_SIZE);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	pid_t child;

	self->fs.silent = true;
	child = send_in_child(&self->fs, self->dev, &send);
	ASSERT_LE(0, child);
	while (!self->fs.reads)
		usleep(1000);
	usleep(100000);
	EXPECT_GT(KILL_MS, kill_and_wait(child));
}

/*
 * The writer has waited for the lease as long as it must, while the transfer waited for
 * memory. What it wrote is not sent.
 */
TEST_F_TIMEOUT(fuse, memory_is_waited_for_longer_than_the_lease_lasts, TIMEOUT)
{
	struct zcxfer_desc descs[2];
	struct source src;
	char *map;
	int fd;

	if (variant->open_flags & FOPEN_DIRECT_IO)
		SKIP(return, "such a file cannot be mapped");
	ASSERT_EQ(0, source_create_writable(&src, mounted_dir("ext4"), KIB(64)));
	close(src.fd);
	src.fd = open(src.path, O_RDONLY);
	ASSERT_LE(0, src.fd);
	map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, self->file, 0);
	ASSERT_TRUE(map != MAP_FAILED);
	descs[0] = file_desc(src.fd, 0, KIB(64));
	descs[1] = memory_desc(map, PAGE);
	self->fs.silent = true;
	ASSERT_EQ(0, set_lease_break_time("1"));
	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], descs, 2, ZCXFER_F_STABLE)));
	while (!self->fs.reads)
		usleep(1000);
	fd = open(src.path, O_WRONLY);
	EXPECT_LE(0, fd);
	EXPECT_EQ(4, pwrite(fd, "new!", 4, 0));
	fuse_answer_late(&self->fs);
	EXPECT_EQ(-EBUSY, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_LEASE, self->tx.send.result.stop);
	EXPECT_EQ(0, self->tx.send.result.bytes);
	EXPECT_EQ(0, set_lease_break_time("45"));
	close(fd);
	munmap(map, PAGE);
	source_destroy(&src);
}

TEST_HARNESS_MAIN
