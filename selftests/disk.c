// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks that are slow, broken, or do not answer. The disk is a network block
 * device whose server is a thread of the test: it sees every request, and
 * decides when to answer and what.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/nbd.h>
#include <linux/sockios.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define DISK_SIZE	MIB(64)
#define DISK_BLOCK	4096
/* Programs that probe a new disk, at any time, do not read beyond this. */
#define UNSCANNED	MIB(1)

enum { MAX_REQUESTS = 256 };

struct disk {
	int fd;
	int sock[2];		/* the kernel's end and the server's */
	pthread_t client;
	pthread_t server;
	pthread_mutex_t lock;	/* protects the replies and the list */
	atomic_int delay_ms;	/* before each answer */
	atomic_bool silent;	/* take requests, answer them later */
	__u64 bad_from;		/* from here on nothing can be read */
	unsigned int nr_waiting;
	struct nbd_request waiting[MAX_REQUESTS];
};

static void answer(struct disk *disk, const struct nbd_request *request)
{
	__u64 from = be64toh(request->from), len = be32toh(request->len);
	static char buf[KIB(64)];
	struct nbd_reply reply = { .magic = htobe32(NBD_REPLY_MAGIC) };
	__u64 n;

	usleep(disk->delay_ms * 1000);
	memcpy(reply.handle, request->handle, sizeof(reply.handle));
	if (from + len > disk->bad_from)
		reply.error = htobe32(EIO);
	send(disk->sock[1], &reply, sizeof(reply), MSG_NOSIGNAL);
	if (reply.error)
		return;
	for (; len; from += n, len -= n) {
		n = len < sizeof(buf) ? len : sizeof(buf);
		pattern_fill(buf, 42, from, n);
		send(disk->sock[1], buf, n, MSG_NOSIGNAL);
	}
}

static void *serve(void *arg)
{
	struct disk *disk = arg;
	struct nbd_request request;

	while (recv(disk->sock[1], &request, sizeof(request), MSG_WAITALL) ==
	       sizeof(request)) {
		if (be32toh(request.type) != NBD_CMD_READ)
			break;
		pthread_mutex_lock(&disk->lock);
		if (disk->silent && disk->nr_waiting < MAX_REQUESTS)
			disk->waiting[disk->nr_waiting++] = request;
		else
			answer(disk, &request);
		pthread_mutex_unlock(&disk->lock);
	}
	/* The kernel's side ends when its connection does. */
	shutdown(disk->sock[1], SHUT_RDWR);
	return NULL;
}

/* The kernel's side runs in a call that returns when the disk is removed. */
static void *run_client(void *arg)
{
	struct disk *disk = arg;

	ioctl(disk->fd, NBD_DO_IT);
	return NULL;
}

static void answer_waiting(struct disk *disk)
{
	unsigned int i;

	disk->silent = false;
	pthread_mutex_lock(&disk->lock);
	for (i = 0; i < disk->nr_waiting; i++)
		answer(disk, &disk->waiting[i]);
	disk->nr_waiting = 0;
	pthread_mutex_unlock(&disk->lock);
}

/* True if a request for the block at @offset is waiting for its answer. */
static bool is_waiting(struct disk *disk, __u64 offset)
{
	bool found = false;
	unsigned int i;

	pthread_mutex_lock(&disk->lock);
	for (i = 0; i < disk->nr_waiting; i++) {
		__u64 from = be64toh(disk->waiting[i].from);

		found |= from <= offset &&
			 offset < from + be32toh(disk->waiting[i].len);
	}
	pthread_mutex_unlock(&disk->lock);
	return found;
}

static void wait_asked(struct disk *disk, __u64 offset)
{
	while (!is_waiting(disk, offset))
		usleep(1000);
}

/*
 * A request fails as a whole: a direct read that would succeed must not be merged with
 * one that fails. (Requests have up to 4 MiB in 7.3, 1280 KiB in 6.12.)
 */
static int forbid_merges(int disk)
{
	char path[48];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/block/nbd%d/queue/nomerges", disk);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	ret = write(fd, "2", 1) == 1 ? 0 : -errno;
	close(fd);
	return ret;
}

static int open_free_disk(void)
{
	char path[32], pid[16];
	int i, fd, n;

	for (i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), "/sys/block/nbd%d/pid", i);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? 0 : read(fd, pid, sizeof(pid));
		close(fd);
		if (n > 0)
			continue;
		if (forbid_merges(i))
			ksft_print_msg("nbd%d merges requests\n", i);
		snprintf(path, sizeof(path), "/dev/nbd%d", i);
		fd = open(path, O_RDWR);
		if (fd >= 0)
			return fd;
	}
	return -ENODEV;
}

static int disk_start(struct disk *disk)
{
	unsigned long blocks = DISK_SIZE / DISK_BLOCK;

	if (access("/dev/nbd0", F_OK) && system("modprobe -q nbd"))
		return -ENODEV;
	disk->fd = open_free_disk();
	if (disk->fd < 0)
		return disk->fd;
	disk->bad_from = UINT64_MAX;
	pthread_mutex_init(&disk->lock, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, disk->sock) ||
	    ioctl(disk->fd, NBD_SET_BLKSIZE, (unsigned long)DISK_BLOCK) ||
	    ioctl(disk->fd, NBD_SET_SIZE_BLOCKS, blocks) ||
	    ioctl(disk->fd, NBD_SET_SOCK, disk->sock[0]))
		return -errno;
	if (pthread_create(&disk->server, NULL, serve, disk) ||
	    pthread_create(&disk->client, NULL, run_client, disk))
		return -ENOMEM;
	/* The device has its size once it is running. */
	while (lseek(disk->fd, 0, SEEK_END) != DISK_SIZE)
		usleep(1000);
	return 0;
}

static void disk_stop(struct disk *disk)
{
	answer_waiting(disk);
	ioctl(disk->fd, NBD_DISCONNECT);
	pthread_join(disk->server, NULL);
	pthread_join(disk->client, NULL);
	ioctl(disk->fd, NBD_CLEAR_SOCK);
	close(disk->fd);
}

FIXTURE(disk)
{
	int dev;
	int sv[2];
	struct disk disk;
	struct sender tx;
	struct receiver rx;
};

FIXTURE_SETUP(disk)
{
	int ret;

	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	ret = disk_start(&self->disk);
	if (ret)
		SKIP(return, "no network block device: %s", strerror(-ret));
	/* The scan for partitions has cached something. */
	ASSERT_EQ(0, ioctl(self->disk.fd, BLKFLSBUF));
}

FIXTURE_TEARDOWN(disk)
{
	disk_stop(&self->disk);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/* Ranges all over the disk, for one transfer or for a job each. */
enum { RANGES = 16 };

struct ranges {
	struct zcxfer_desc descs[RANGES];
	struct run runs[RANGES];
};

static void ranges_init(const struct disk *disk, struct ranges *ranges)
{
	unsigned int i;

	for (i = 0; i < RANGES; i++) {
		ranges->runs[i] = (struct run){ 42, MIB(i * 3 + 1), KIB(16) };
		ranges->descs[i] = file_desc(disk->fd, ranges->runs[i].offset,
					     ranges->runs[i].len);
	}
}

/* Returns how many are requested: waits until all are, ten seconds at most. */
static unsigned int ranges_waiting(struct disk *disk,
				   const struct ranges *ranges)
{
	__u64 deadline = now_ms() + 10000;
	unsigned int i, asked;

	do {
		usleep(10000);
		for (i = 0, asked = 0; i < RANGES; i++)
			asked += is_waiting(disk, ranges->runs[i].offset);
	} while (asked < RANGES && now_ms() < deadline);
	return asked;
}

static void send_slowly(struct __test_metadata *_metadata,
			struct _test_data_disk *self, __u32 flags)
{
	struct run runs[] = {
		{ 42, MIB(8) + 5, 10000 },
		{ 42, MIB(4), MIB(1) },
		{ 42, MIB(16) - 1, 2 },
		{ 42, DISK_SIZE - 5000, 5000 },
	};
	struct zcxfer_desc descs[4];
	struct zcxfer_transfer send;
	unsigned int i;
	__u64 sum;

	for (i = 0; i < 4; i++)
		descs[i] = file_desc(self->disk.fd, runs[i].offset,
				     runs[i].len);
	sum = descs_len(descs, 4);
	self->disk.delay_ms = 20;
	ASSERT_EQ(0, link_set_buffers(self->sv, MIB(8)));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 4));
	send = send_init(self->sv[0], descs, 4, flags);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(sum, send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], sum));
}

TEST_F_TIMEOUT(disk, slow_read_is_waited_for, TIMEOUT)
{
	send_slowly(_metadata, self, 0);
}

/* The flag is about the socket only. */
TEST_F_TIMEOUT(disk, slow_read_is_waited_for_with_dontwait, TIMEOUT)
{
	send_slowly(_metadata, self, ZCXFER_F_DONTWAIT);
}

TEST_F_TIMEOUT(disk, all_ranges_are_requested_at_once, TIMEOUT)
{
	struct ranges ranges;

	ranges_init(&self->disk, &ranges);
	self->disk.silent = true;
	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], ranges.descs, RANGES,
					    0)));
	EXPECT_EQ(RANGES, ranges_waiting(&self->disk, &ranges));
	EXPECT_EQ(0, receive_all(self->sv[1]));

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], ranges.runs,
				    RANGES));
	answer_waiting(&self->disk);
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->tx.send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], RANGES * KIB(16)));
}

TEST_F_TIMEOUT(disk, cached_transfer_requests_nothing, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->disk.fd, MIB(1), MIB(1));
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						ZCXFER_F_CACHED);

	self->disk.silent = true;
	EXPECT_EQ(-EAGAIN, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_MISS, 0, EAGAIN));
	usleep(100000);
	EXPECT_FALSE(is_waiting(&self->disk, MIB(1)));
}

/* Returns how much is requested before the byte at @from, the first, is read. */
static __u64 asked_at_once(struct _test_data_disk *self, __u64 from,
			   __u64 readahead)
{
	struct zcxfer_desc desc = file_desc(self->disk.fd, from, MIB(12));
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	__u64 asked = 0, last;

	send.readahead = readahead;
	self->disk.silent = true;
	if (sender_start(&self->tx, self->dev, send))
		return 0;
	do {
		usleep(300000);
		last = asked;
		for (asked = 0; is_waiting(&self->disk, from + asked);)
			asked += PAGE;
	} while (!asked || asked != last);

	/* The call fails, as the peer has shut the connection down. */
	shutdown(self->sv[1], SHUT_RDWR);
	answer_waiting(&self->disk);
	sender_finish(&self->tx);
	return asked;
}

TEST_F_TIMEOUT(disk, readahead_is_as_the_caller_says, TIMEOUT)
{
	const __u64 windows[] = { 1, PAGE, 4 * PAGE, MIB(1), MIB(8) };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(windows); i++) {
		__u64 window = windows[i] < PAGE ? PAGE : windows[i];

		ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
		EXPECT_EQ(window, asked_at_once(self, UNSCANNED + i * MIB(12),
						windows[i]));
	}
}

TEST_F_TIMEOUT(disk, readahead_defaults_to_the_devices, TIMEOUT)
{
	unsigned long sectors;

	ASSERT_EQ(0, ioctl(self->disk.fd, BLKRAGET, &sectors));
	EXPECT_EQ(sectors * 512, asked_at_once(self, UNSCANNED, 0));
}

/*
 * Returns how much sendfile(2) sends, with nothing in the page cache before and after.
 * A folio that could not be read ahead is read once more, as a whole: up to the bad
 * block if it is a page, less if it is larger, as those of block devices are from 6.15 on.
 */
static ssize_t sendfile_until_error(int file, size_t len)
{
	int null = open("/dev/null", O_WRONLY);
	off_t pos = 0;

	while (sendfile(null, file, &pos, len - pos) > 0)
		;
	close(null);
	return errno != EIO || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) ?
	       -1 : pos;
}

TEST_F_TIMEOUT(disk, read_error_ends_the_call_with_eio, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->disk.fd, 0, MIB(2));
	struct run run = { 42, 0, MIB(2) };
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	ssize_t sent;

	self->disk.bad_from = MIB(1) + KIB(8);
	sent = sendfile_until_error(self->disk.fd, MIB(2));
	ASSERT_LE(MIB(1), sent);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(sent, send.result.bytes);
	EXPECT_EQ(ZCXFER_STOP_DESC, send.result.stop);
	EXPECT_EQ(EIO, send.result.error);

	/* A call that sends nothing returns the error. */
	send_advance(&send);
	EXPECT_EQ(-EIO, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DESC, 0, EIO));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], sent));
}

/*
 * The header is sent before the disk is waited for, with MSG_MORE. If the read then
 * fails, TCP must not go on waiting for more bytes. It would for 200 ms: a call that
 * took almost as long proves nothing and is repeated.
 */
TEST_F_TIMEOUT(disk, read_error_holds_nothing_back, TIMEOUT)
{
	char header[100] = "";
	struct zcxfer_desc descs[] = {
		memory_desc(header, sizeof(header)),
		file_desc(self->disk.fd, MIB(1), MIB(1)),
	};
	struct zcxfer_transfer send;
	int unsent = -1, i;
	__u64 start;

	self->disk.bad_from = 0;
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
		send = send_init(self->sv[0], descs, 2, 0);
		start = now_ms();
		EXPECT_EQ(0, zc_send(self->dev, &send));
		ASSERT_EQ(0, ioctl(self->sv[0], SIOCOUTQNSD, &unsent));
		if (now_ms() - start < 150)
			break;
	}
	EXPECT_GT(10, i);
	EXPECT_EQ(0, unsent);
	EXPECT_EQ(sizeof(header), send.result.bytes);
	EXPECT_EQ(1, send.result.desc);
	EXPECT_EQ(EIO, send.result.error);
}

TEST_F_TIMEOUT(disk, read_error_ends_a_direct_call_with_eio, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->disk.fd, 100, MIB(2));
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						ZCXFER_F_DIRECT);
	struct run run = { 42, 100, MIB(2) };

	self->disk.bad_from = MIB(1) + KIB(8);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DESC, send.result.stop);
	EXPECT_EQ(EIO, send.result.error);
	/* Up to the read of 512 KiB that failed as a whole. */
	EXPECT_EQ(MIB(1) - 100, send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], MIB(1) - 100));
}

/* The disk reads on while the socket takes the first read. */
TEST_F_TIMEOUT(disk, direct_reads_are_ahead_of_the_socket, TIMEOUT)
{
	enum { READS = 4, READ = KIB(512) };
	struct zcxfer_desc desc = file_desc(self->disk.fd, 100, MIB(4));
	struct run run = { 42, 100, MIB(4) };
	unsigned int i;

	self->disk.silent = true;
	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], &desc, 1,
					    ZCXFER_F_DIRECT)));
	for (i = 0; i < READS; i++)
		wait_asked(&self->disk, i * READ);
	usleep(100000);
	EXPECT_FALSE(is_waiting(&self->disk, READS * READ));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	answer_waiting(&self->disk);
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->tx.send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], MIB(4)));
}

TEST_F_TIMEOUT(disk, cached_pages_are_not_requested_again, TIMEOUT)
{
	enum { PART = KIB(64), PARTS = 4 };
	struct zcxfer_desc desc = file_desc(self->disk.fd, 0, PARTS * PART);
	struct run run = { 42, 0, PARTS * PART };
	struct source range = { .fd = self->disk.fd, .size = PARTS * PART };
	char part[PART];
	int tries = 100;

	ASSERT_EQ(0, posix_fadvise(self->disk.fd, 0, 0, POSIX_FADV_RANDOM));
	/* A scan for partitions of a new disk empties its cache. */
	do {
		ASSERT_LT(0, tries--);
		posix_fadvise(self->disk.fd, 0, 0, POSIX_FADV_DONTNEED);
		ASSERT_EQ(PART, pread(self->disk.fd, part, PART, 0));
		ASSERT_EQ(PART, pread(self->disk.fd, part, PART, 2 * PART));
		usleep(200000);
	} while (source_pages_resident(&range) != 2 * PART / PAGE);
	self->disk.silent = true;
	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], &desc, 1,
					    ZCXFER_F_DONTCACHE)));
	wait_asked(&self->disk, PART);
	wait_asked(&self->disk, 3 * PART);
	EXPECT_FALSE(is_waiting(&self->disk, PART - 1));
	EXPECT_FALSE(is_waiting(&self->disk, 2 * PART));
	EXPECT_FALSE(is_waiting(&self->disk, 3 * PART - 1));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	answer_waiting(&self->disk);
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->tx.send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], PARTS * PART));
}

static void kill_while_silent(struct __test_metadata *_metadata,
			      struct _test_data_disk *self, __u32 flags)
{
	struct zcxfer_desc descs[] = {
		file_desc(self->disk.fd, MIB(1), MIB(1)),
		file_desc(self->disk.fd, MIB(4), MIB(1)),
	};
	struct zcxfer_transfer send = send_init(self->sv[0], descs, 2, flags);
	pid_t child;

	self->disk.silent = true;
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(zc_send(self->dev, &send) ? 1 : 0);
	wait_asked(&self->disk, MIB(1));
	usleep(100000);
	EXPECT_GT(KILL_MS, kill_and_wait(child));
}

TEST_F_TIMEOUT(disk, wait_for_an_answer_is_ended_by_sigkill, TIMEOUT)
{
	kill_while_silent(_metadata, self, 0);
}

/* The disk still writes into pages of a process that has ended. */
TEST_F_TIMEOUT(disk, answer_after_sigkill_leaves_nothing_behind, TIMEOUT)
{
	struct stats stats;
	int i;

	kill_while_silent(_metadata, self, ZCXFER_F_DIRECT);
	ASSERT_EQ(0, stats_read(&stats));
	EXPECT_EQ(4, stats.reads_held);
	answer_waiting(&self->disk);
	for (i = 0; i < 1000 && stats.reads_held; i++) {
		usleep(10000);
		ASSERT_EQ(0, stats_read(&stats));
	}
	EXPECT_EQ(0, stats.reads_held);
}

/* The disk does not answer: a submitter that waited for it would hang. */
TEST_F_TIMEOUT(disk, submitter_does_not_wait_for_an_answer, TIMEOUT)
{
	struct ranges ranges;
	struct zcxfer_transfer all;

	ranges_init(&self->disk, &ranges);
	all = send_init(self->sv[0], ranges.descs, RANGES, 0);
	self->disk.silent = true;
	ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_SEND, 7, &all));
	EXPECT_EQ(RANGES, ranges_waiting(&self->disk, &ranges));
	EXPECT_FALSE(zc_has_completion(self->dev, 100));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], ranges.runs,
				    RANGES));
	answer_waiting(&self->disk);
	EXPECT_EQ(0, zc_complete(self->dev, 7, &all));
	EXPECT_EQ(ZCXFER_STOP_DONE, all.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], RANGES * KIB(16)));
}

/* Each job has a socket of its own, and one more needs nothing of the disk. */
TEST_F_TIMEOUT(disk, other_jobs_do_not_wait_for_an_answer, TIMEOUT)
{
	char memory[100] = "";
	struct zcxfer_desc desc = memory_desc(memory, sizeof(memory));
	struct zcxfer_transfer hot = send_init(self->sv[0], &desc, 1, 0);
	struct zcxfer_transfer send;
	struct ranges ranges;
	int sv[RANGES][2];
	unsigned int i;

	ranges_init(&self->disk, &ranges);
	self->disk.silent = true;
	for (i = 0; i < RANGES; i++) {
		ASSERT_EQ(0, link_open(LINK_UNIX, sv[i]));
		send = send_init(sv[i][0], &ranges.descs[i], 1, 0);
		ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_SEND, i, &send));
	}
	EXPECT_EQ(RANGES, ranges_waiting(&self->disk, &ranges));
	ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_SEND, 99, &hot));
	EXPECT_EQ(0, zc_complete(self->dev, 99, &hot));
	EXPECT_FALSE(zc_has_completion(self->dev, 100));
	answer_waiting(&self->disk);
	for (i = 0; i < RANGES; i++) {
		EXPECT_EQ(0, receive_exactly(sv[i][1], &ranges.runs[i], 1,
					     KIB(16)));
		EXPECT_TRUE(zc_has_completion(self->dev, 60000));
	}
}

static void cancel_while_silent(struct __test_metadata *_metadata,
				struct _test_data_disk *self, __u32 flags,
				bool waits)
{
	struct zcxfer_desc desc = file_desc(self->disk.fd, MIB(1), MIB(1));
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, flags);

	self->disk.silent = true;
	ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_SEND, 7, &send));
	wait_asked(&self->disk, MIB(1));
	usleep(100000);
	EXPECT_EQ(0, zc_cancel(self->dev, 7));
	if (waits)
		answer_waiting(&self->disk);
	EXPECT_TRUE(zc_has_completion(self->dev, 60000));
	if (!waits) {
		EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 7, &send));
		EXPECT_EQ(0, receive_all(self->sv[1]));
	}
}

/* The job completes although the disk has not answered. */
TEST_F_TIMEOUT(disk, wait_for_an_answer_is_ended_by_a_cancel, TIMEOUT)
{
	cancel_while_silent(_metadata, self, 0, false);
}

TEST_F_TIMEOUT(disk, answer_to_a_cancelled_direct_job_does_no_harm, TIMEOUT)
{
	cancel_while_silent(_metadata, self, ZCXFER_F_DIRECT, true);
}

TEST_F_TIMEOUT(disk, device_can_be_closed_before_the_answer, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->disk.fd, MIB(1), MIB(1));
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	struct stats stats;

	self->disk.silent = true;
	ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_SEND, 7, &send));
	wait_asked(&self->disk, MIB(1));
	usleep(100000);
	close(self->dev);
	/* Only the job itself remains, which the page's waiter refers to. */
	do {
		ASSERT_EQ(0, stats_read(&stats));
		EXPECT_EQ(1, stats.jobs_held);
	} while (stats.transfers_active || stats.files_held);
	EXPECT_TRUE(module_is_busy());
	answer_waiting(&self->disk);
}

TEST_F_TIMEOUT(disk, read_error_ends_a_job_with_eio, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->disk.fd, 0, MIB(2));
	struct run run = { 42, 0, MIB(2) };
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);

	self->disk.bad_from = MIB(1) + KIB(8);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_SEND, 7, &send));
	EXPECT_EQ(0, zc_complete(self->dev, 7, &send));
	EXPECT_EQ(MIB(1) + KIB(8), send.result.bytes);
	EXPECT_EQ(ZCXFER_STOP_DESC, send.result.stop);
	EXPECT_EQ(EIO, send.result.error);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     MIB(1) + KIB(8)));
}

TEST_HARNESS_MAIN
