// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every byte arrives: of every range, from every file system, over every kind of
 * socket; and the result counts what was sent by reference and what was copied.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

/* More than the largest folio, and the end is in the middle of a page. */
#define FILE_SIZE	(MIB(2) + KIB(64) + 123)
/* 9p without a cache asks the host for every byte, each time. */
#define SLOW_FILE_SIZE	(KIB(256) + 123)
#define SLOW_DESCS	512

/* A call into the socket must take at least so much contiguous data. */
#define CALL_BYTES	KIB(256)

/* Adds the bytes that must be copied by the header's rules, and the reasons. */
static void expect_copied(const struct zcxfer_desc *descs, __u32 nr,
			  __u32 copybreak, struct zcxfer_result *want)
{
	for (; nr--; descs++) {
		if (descs->type == ZCXFER_DESC_MEMORY && descs->len)
			want->copy_reasons |= ZCXFER_COPIED_MEMORY;
		else if (descs->len && descs->len < copybreak)
			want->copy_reasons |= ZCXFER_COPIED_SHORT;
		else
			continue;
		want->bytes_copied += descs->len;
	}
	want->bytes_referenced = want->bytes - want->bytes_copied;
}

/* Every file system and socket, blocking and non-blocking. */
FIXTURE(send)
{
	int dev;
	int sv[2];
	struct source src;
	struct receiver rx;
	struct zcxfer_info info;
};

FIXTURE_VARIANT(send)
{
	const char *fs;
	enum link link;
	bool nonblock;
};

FIXTURE_VARIANT_ADD(send, ext4_tcp) { "ext4", LINK_TCP, false };
FIXTURE_VARIANT_ADD(send, ext4_unix) { "ext4", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(send, ext4_tcp_nonblock) { "ext4", LINK_TCP, true };
FIXTURE_VARIANT_ADD(send, ext4_unix_nonblock) { "ext4", LINK_UNIX, true };
FIXTURE_VARIANT_ADD(send, xfs_tcp) { "xfs", LINK_TCP, false };
FIXTURE_VARIANT_ADD(send, xfs_unix) { "xfs", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(send, xfs_tcp_nonblock) { "xfs", LINK_TCP, true };
FIXTURE_VARIANT_ADD(send, xfs_unix_nonblock) { "xfs", LINK_UNIX, true };
FIXTURE_VARIANT_ADD(send, xfs_tls) { "xfs", LINK_TLS, false };
FIXTURE_VARIANT_ADD(send, xfs_tls_nonblock) { "xfs", LINK_TLS, true };
FIXTURE_VARIANT_ADD(send, tmpfs_tcp) { "tmpfs", LINK_TCP, false };
FIXTURE_VARIANT_ADD(send, tmpfs_unix) { "tmpfs", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(send, tmpfs_tcp_nonblock) { "tmpfs", LINK_TCP, true };
FIXTURE_VARIANT_ADD(send, tmpfs_unix_nonblock) { "tmpfs", LINK_UNIX, true };
FIXTURE_VARIANT_ADD(send, overlay_tcp) { "overlay", LINK_TCP, false };
FIXTURE_VARIANT_ADD(send, overlay_unix) { "overlay", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(send, overlay_tcp_nonblock) { "overlay", LINK_TCP, true };
FIXTURE_VARIANT_ADD(send, overlay_unix_nonblock) { "overlay", LINK_UNIX, true };
FIXTURE_VARIANT_ADD(send, 9p_tcp) { "9p", LINK_TCP, false };
FIXTURE_VARIANT_ADD(send, 9p_unix) { "9p", LINK_UNIX, false };
FIXTURE_VARIANT_ADD(send, 9p_tcp_nonblock) { "9p", LINK_TCP, true };
FIXTURE_VARIANT_ADD(send, 9p_unix_nonblock) { "9p", LINK_UNIX, true };
FIXTURE_VARIANT_ADD(send, hostfs_tcp) { "hostfs", LINK_TCP, false };
FIXTURE_VARIANT_ADD(send, hostfs_unix_nonblock) { "hostfs", LINK_UNIX, true };

/* True if the files are the host's. */
static bool is_remote(const char *fs)
{
	return !strcmp(fs, "9p") || !strcmp(fs, "hostfs");
}

FIXTURE_SETUP(send)
{
	const char *dir = mounted_dir(variant->fs);

	if (!dir)
		SKIP(return, "no %s mounted", variant->fs);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, zc_info(self->dev, &self->info));
	/* Files of overlayfs and networks are copied unless they are open for writing. */
	ASSERT_EQ(0, source_create_writable(&self->src, dir,
					    is_remote(variant->fs) ?
					    SLOW_FILE_SIZE : FILE_SIZE));
	ASSERT_EQ(0, link_open(variant->link, self->sv));
	if (variant->nonblock)
		ASSERT_EQ(0, fcntl(self->sv[0], F_SETFL, O_NONBLOCK));
}

FIXTURE_TEARDOWN(send)
{
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/* One transfer that must move @bytes and end with @stop. */
static void send_and_judge(struct __test_metadata *_metadata,
			   struct _test_data_send *self,
			   const struct _fixture_variant_send *variant,
			   struct zcxfer_desc *descs, __u32 nr,
			   enum zcxfer_stop stop, __u64 bytes)
{
	struct zcxfer_result want = { .bytes = bytes, .stop = stop, .desc = nr };
	struct zcxfer_transfer send = send_init(self->sv[0], descs, nr, 0);

	if (variant->nonblock) {
		/* The rest of a range may be so short that it is copied. */
		EXPECT_EQ(0, zc_send_all(self->dev, &send));
		EXPECT_EQ(stop, send.result.stop);
		EXPECT_EQ(bytes, send.result.bytes);
		return;
	}
	expect_copied(descs, nr, self->info.copybreak, &want);
	want.socket_calls = ANY_CALLS;
	if (stop == ZCXFER_STOP_EOF) {
		want.desc = nr - 1;
		want.desc_bytes = bytes;
		if (want.bytes_copied)
			want.bytes_copied = bytes;
		want.bytes_referenced = bytes - want.bytes_copied;
	}
	EXPECT_EQ(0, zc_send(self->dev, &send));
	if (is_remote(variant->fs)) {
		/* Either is right: it depends on the cache mode of 9p. */
		EXPECT_EQ(0, send.result.copy_reasons & ZCXFER_COPIED_POLICY);
		want.bytes_copied = send.result.bytes_copied;
		want.bytes_referenced = send.result.bytes_referenced;
		want.copy_reasons = send.result.copy_reasons;
	}
	EXPECT_TRUE(result_is(&send, want));
}

TEST_F_TIMEOUT(send, every_range_arrives_intact, TIMEOUT)
{
	const __u64 brk = self->info.copybreak, size = self->src.size;
	const __u64 offsets[] = { 0, 1, 4095, 4096, 4097, 8191 };
	const __u64 lengths[] = {
		0, 1, brk - 1, brk, brk + 1, 4095, 4096, 4097, 8191,
		KIB(64) - 1, KIB(64), KIB(64) + 1,
		MIB(2) - 1, MIB(2), MIB(2) + 1,
	};
	struct zcxfer_desc descs[ARRAY_SIZE(offsets) * (ARRAY_SIZE(lengths) + 3)];
	struct run runs[ARRAY_SIZE(descs)];
	unsigned int i, j, n = 0;
	__u64 sum = 0;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		for (j = 0; j < ARRAY_SIZE(lengths); j++)
			if (offsets[i] + lengths[j] < size)
				descs[n++] = file_desc(self->src.fd, offsets[i],
						       lengths[j]);
		/* Up to the end of the file, and a byte less and more. */
		for (j = 0; j < 3; j++)
			descs[n++] = file_desc(self->src.fd, offsets[i],
					       size - offsets[i] - 1 + j);
	}
	for (i = 0; i < n; i++) {
		runs[i] = source_run(&self->src, descs[i].offset, descs[i].len);
		if (descs[i].offset + descs[i].len > size)
			runs[i].len = size - descs[i].offset;
		sum += runs[i].len;
	}

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, n));
	for (i = 0; i < n; i++)
		send_and_judge(_metadata, self, variant, &descs[i], 1,
			       descs[i].len > runs[i].len ? ZCXFER_STOP_EOF :
			       ZCXFER_STOP_DONE, runs[i].len);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], sum));
}

TEST_F_TIMEOUT(send, cold_file_arrives_intact, TIMEOUT)
{
	const __u64 size = self->src.size;
	const struct run runs[] = {
		source_run(&self->src, size / 2 + 1, size / 4),
		source_run(&self->src, size / 4 - 1, 5000),
		source_run(&self->src, size - 100, 100),
		source_run(&self->src, 0, size),
	};
	struct zcxfer_desc descs[ARRAY_SIZE(runs)];
	unsigned int i;
	__u64 sum;

	for (i = 0; i < ARRAY_SIZE(runs); i++)
		descs[i] = file_desc(self->src.fd, runs[i].offset, runs[i].len);
	sum = descs_len(descs, i);
	ASSERT_EQ(0, source_forget_cache(&self->src));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, i));
	send_and_judge(_metadata, self, variant, descs, i, ZCXFER_STOP_DONE,
		       sum);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], sum));
}

/*
 * As many descriptors as a call takes: memory, ranges of several files, the
 * same file by a second fd, empty ones between. Lengths and offsets are
 * neither aligned nor ordered.
 */
TEST_F_TIMEOUT(send, mixed_descs_arrive_in_order, TIMEOUT)
{
	const __u32 nr = is_remote(variant->fs) ? SLOW_DESCS : self->info.max_descs;
	struct zcxfer_desc *descs;
	struct source files[4];
	unsigned int i, x = 1;
	struct run *runs;
	__u64 sum;
	char *memory;
	int fds[5];

	descs = calloc(nr, sizeof(*descs));
	runs = calloc(nr, sizeof(*runs));
	memory = malloc(KIB(64));
	ASSERT_TRUE(descs && runs && memory);
	pattern_fill(memory, 42, 0, KIB(64));
	for (i = 0; i < 4; i++) {
		const char *dir = mounted_dir(variant->fs);

		ASSERT_EQ(0, source_create_writable(&files[i], dir, KIB(64)));
		fds[i] = files[i].fd;
	}
	fds[4] = dup(fds[0]);

	for (i = 0; i < nr; i++) {
		unsigned int which, offset, len;

		x = x * 1103515245 + 12345;
		which = (x >> 16) % 8;
		x = x * 1103515245 + 12345;
		offset = (x >> 8) % KIB(60);
		len = (x >> 20) % 16 ? (x >> 12) % KIB(4) : 0;
		if (which < 5) {
			descs[i] = file_desc(fds[which], offset, len);
			runs[i] = source_run(&files[which % 4], offset, len);
		} else {
			descs[i] = memory_desc(memory + offset, len);
			runs[i] = (struct run){ 42, offset, len };
		}
	}
	sum = descs_len(descs, nr);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, nr));
	send_and_judge(_metadata, self, variant, descs, nr, ZCXFER_STOP_DONE,
		       sum);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], sum));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(0, source_check(&files[i]));
		source_destroy(&files[i]);
	}
}

/* Tests that need no matrix: ext4 and TCP unless the test is about another. */
FIXTURE(special)
{
	const char *dir;
	int dev;
	int sv[2];
	struct receiver rx;
	struct zcxfer_info info;
};

FIXTURE_SETUP(special)
{
	self->dir = mounted_dir("ext4");
	if (!self->dir)
		SKIP(return, "no ext4 mounted");
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, zc_info(self->dev, &self->info));
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
}

FIXTURE_TEARDOWN(special)
{
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/* Sends all of @src from @fd in one call; returns the result. */
static struct zcxfer_result send_whole(struct __test_metadata *_metadata,
				       struct _test_data_special *self, int fd,
				       const struct source *src)
{
	struct zcxfer_desc desc = file_desc(fd, 0, src->size);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	struct run run = source_run(src, 0, src->size);

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], src->size));
	return send.result;
}

TEST_F_TIMEOUT(special, contiguous_data_takes_few_socket_calls, TIMEOUT)
{
	const char *const filesystems[] = { "ext4", "xfs", "tmpfs", "overlay" };
	const enum link links[] = { LINK_TCP, LINK_UNIX };
	const __u64 lengths[] = { 1, 4096, KIB(256) - 1, KIB(256), MIB(1) + 1,
				  FILE_SIZE };
	unsigned int fs, link, i;

	for (fs = 0; fs < ARRAY_SIZE(filesystems); fs++) {
		const char *dir = mounted_dir(filesystems[fs]);
		struct zcxfer_result result;
		struct source src;

		for (i = 0; dir && i < ARRAY_SIZE(lengths); i++) {
			ASSERT_EQ(0, source_create(&src, dir, lengths[i]));
			for (link = 0; link < ARRAY_SIZE(links); link++) {
				ASSERT_EQ(0, link_open(links[link], self->sv));
				result = send_whole(_metadata, self, src.fd,
						    &src);
				EXPECT_GE(lengths[i] / CALL_BYTES + 1,
					  result.socket_calls)
					TH_LOG("%s, link %u, %llu bytes",
					       filesystems[fs], link,
					       lengths[i]);
				close(self->sv[0]);
				close(self->sv[1]);
			}
			source_destroy(&src);
		}
	}
}

TEST_F_TIMEOUT(special, header_and_ranges_leave_in_one_call, TIMEOUT)
{
	struct zcxfer_desc descs[129];
	struct run runs[129];
	struct zcxfer_transfer send;
	struct source src;
	char header[300];
	unsigned int i;

	ASSERT_EQ(0, source_create(&src, self->dir, MIB(1)));
	pattern_fill(header, 42, 0, sizeof(header));
	for (i = 0; i < 129; i++) {
		if (i % 2) {
			descs[i] = file_desc(src.fd, i * 8000, KIB(4));
			runs[i] = source_run(&src, i * 8000, KIB(4));
		} else {
			descs[i] = memory_desc(header, 100 + i);
			runs[i] = (struct run){ 42, 0, 100 + i };
		}
	}
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 129));
	send = send_init(self->sv[0], descs, 129, 0);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(64 * KIB(4), send.result.bytes_referenced);
	EXPECT_EQ(ZCXFER_COPIED_MEMORY, send.result.copy_reasons);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
				     descs_len(descs, 129)));
	EXPECT_EQ(0, source_check(&src));
	source_destroy(&src);
}

TEST_F_TIMEOUT(special, hole_arrives_as_zeros, TIMEOUT)
{
	const char *const filesystems[] = { "ext4", "xfs", "tmpfs" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(filesystems); i++) {
		struct run runs[3];
		struct zcxfer_desc desc;
		struct zcxfer_transfer send;
		struct source src;

		if (!mounted_dir(filesystems[i]))
			continue;
		ASSERT_EQ(0, source_create(&src, mounted_dir(filesystems[i]),
					   KIB(100)));
		/* Data, then a hole up to 3 MiB. */
		ASSERT_EQ(0, truncate(src.path, MIB(3)));
		runs[0] = source_run(&src, 50, KIB(100) - 50);
		runs[1] = (struct run){ HOLE, 0, MIB(3) - KIB(100) };

		desc = file_desc(src.fd, 50, MIB(3) - 50);
		ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
		ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 2));
		send = send_init(self->sv[0], &desc, 1, 0);
		EXPECT_EQ(0, zc_send(self->dev, &send));
		EXPECT_EQ(MIB(3) - 50, send.result.bytes_referenced)
			TH_LOG("%s", filesystems[i]);
		EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0],
					     MIB(3) - 50));
		source_destroy(&src);
	}
}

TEST_F_TIMEOUT(special, direct_io_source_is_copied, TIMEOUT)
{
	const char *const filesystems[] = { "ext4", "xfs" };
	struct zcxfer_result result;
	struct source src;
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(filesystems); i++) {
		if (!mounted_dir(filesystems[i]))
			continue;
		ASSERT_EQ(0, source_create(&src, mounted_dir(filesystems[i]),
					   MIB(1)));
		fd = open(src.path, O_RDONLY | O_DIRECT);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
		result = send_whole(_metadata, self, fd, &src);
		EXPECT_EQ(MIB(1), result.bytes_copied);
		EXPECT_EQ(ZCXFER_COPIED_SOURCE, result.copy_reasons)
			TH_LOG("%s", filesystems[i]);
		EXPECT_EQ(0, source_check(&src));
		source_destroy(&src);
		close(fd);
	}
}

/* A block device whose content is @src. Returns an fd to read and write it. */
static int open_loop_device(const struct source *src)
{
	struct loop_config config = { .info.lo_flags = LO_FLAGS_AUTOCLEAR };
	int control = open("/dev/loop-control", O_RDWR), fd;
	char path[32];

	if (control < 0)
		return -errno;
	snprintf(path, sizeof(path), "/dev/loop%d",
		 ioctl(control, LOOP_CTL_GET_FREE));
	close(control);
	config.fd = open(src->path, O_RDWR);
	fd = open(path, O_RDWR);
	if (fd < 0 || ioctl(fd, LOOP_CONFIGURE, &config))
		return -errno;
	close(config.fd);
	return fd;
}

TEST_F_TIMEOUT(special, block_device_goes_by_reference, TIMEOUT)
{
	struct zcxfer_result result;
	struct source src;
	int loop, yes = 1, no = 0;

	ASSERT_EQ(0, source_create(&src, self->dir, MIB(2)));
	loop = open_loop_device(&src);
	if (loop < 0)
		SKIP(return, "no loop device: %s", strerror(-loop));
	result = send_whole(_metadata, self, loop, &src);
	EXPECT_EQ(MIB(2), result.bytes_referenced);
	EXPECT_EQ(0, result.copy_reasons);

	/* Nobody may write to a read-only device. */
	ASSERT_EQ(0, ioctl(loop, BLKROSET, &yes));
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	result = send_whole(_metadata, self, loop, &src);
	EXPECT_EQ(MIB(2), result.bytes_copied);
	EXPECT_EQ(ZCXFER_COPIED_POLICY, result.copy_reasons);
	/* It stays for the next user of the device. */
	ASSERT_EQ(0, ioctl(loop, BLKROSET, &no));
	close(loop);
	EXPECT_EQ(0, source_check(&src));
	source_destroy(&src);
}

TEST_F_TIMEOUT(special, tcp6_goes_by_reference, TIMEOUT)
{
	struct zcxfer_result result;
	struct source src;

	if (link_open(LINK_TCP6, self->sv))
		SKIP(return, "no IPv6");
	ASSERT_EQ(0, source_create(&src, self->dir, MIB(1)));
	result = send_whole(_metadata, self, src.fd, &src);
	EXPECT_EQ(MIB(1), result.bytes_referenced);
	EXPECT_EQ(0, source_check(&src));
	source_destroy(&src);
}

/* kTLS must encrypt from the pages, not in place. */
TEST_F_TIMEOUT(special, ktls_leaves_the_pages_alone, TIMEOUT)
{
	struct zcxfer_result result;
	struct source src;

	ASSERT_EQ(0, link_encrypt(self->sv));
	ASSERT_EQ(0, source_create(&src, self->dir, MIB(1) + 77));
	result = send_whole(_metadata, self, src.fd, &src);
	EXPECT_EQ(MIB(1) + 77, result.bytes_referenced);
	EXPECT_EQ(0, source_check(&src));
	source_destroy(&src);
}

TEST_F_TIMEOUT(special, memory_does_not_grow_with_the_transfer, TIMEOUT)
{
	enum { TIMES = 20 };
	struct zcxfer_desc descs[TIMES];
	struct run runs[TIMES];
	struct zcxfer_transfer send;
	long before, least, now;
	struct source src;
	unsigned int i;
	pid_t child;
	int status;

	ASSERT_EQ(0, source_create(&src, self->dir, MIB(16)));
	for (i = 0; i < TIMES; i++) {
		descs[i] = file_desc(src.fd, 0, MIB(16));
		runs[i] = source_run(&src, 0, MIB(16));
	}
	before = mem_available();
	least = before;

	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(self->sv[1]);
		send = send_init(self->sv[0], descs, TIMES, 0);
		if (zc_send(self->dev, &send) ||
		    send.result.bytes_referenced != TIMES * MIB(16))
			_exit(1);
		_exit(0);
	}
	close(self->sv[0]);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, TIMES));
	while (waitpid(child, &status, WNOHANG) == 0) {
		now = mem_available();
		if (now < least)
			least = now;
		usleep(20000);
	}
	EXPECT_TRUE(WIFEXITED(status) && !WEXITSTATUS(status));
	EXPECT_EQ(0, receiver_finish(&self->rx, -1, TIMES * MIB(16)));
	/* 320 MiB were sent; socket buffers take a few. */
	EXPECT_GT(64 * 1024, before - least);
	EXPECT_EQ(0, source_check(&src));
	source_destroy(&src);
}

/* Returns how many of the @nr pages at @offset are in the page cache. */
static unsigned int pages_cached(int fd, __u64 offset, unsigned int nr)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char in_core[nr];
	unsigned int i, cached = 0;
	void *map;

	map = mmap(NULL, nr * page, PROT_READ, MAP_SHARED, fd, offset);
	if (map == MAP_FAILED)
		return 0;
	if (mincore(map, nr * page, in_core))
		nr = 0;
	munmap(map, nr * page);
	for (i = 0; i < nr; i++)
		cached += in_core[i] & 1;
	return cached;
}

TEST_F_TIMEOUT(special, all_ranges_are_read_ahead_before_the_first_is_sent,
	       TIMEOUT)
{
	const char *const filesystems[] = { "ext4", "xfs" };
	enum { RANGES = 16, PAGES = 16 };
	unsigned int fs, i, cached;
	__u64 deadline;

	for (fs = 0; fs < ARRAY_SIZE(filesystems); fs++) {
		struct zcxfer_desc descs[1 + RANGES];
		struct zcxfer_transfer send;
		struct source src;

		if (!mounted_dir(filesystems[fs]))
			continue;
		ASSERT_EQ(0, source_create(&src, mounted_dir(filesystems[fs]),
					   MIB(4 + RANGES)));
		/* The first does not fit into the socket: nothing else is sent. */
		descs[0] = file_desc(src.fd, 0, MIB(4));
		for (i = 0; i < RANGES; i++)
			descs[1 + i] = file_desc(src.fd, MIB(4 + i) + KIB(512),
						 PAGES * 4096);
		ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
		ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
		ASSERT_EQ(0, source_forget_cache(&src));
		for (i = 0; i < RANGES; i++)
			ASSERT_EQ(0, pages_cached(src.fd, descs[1 + i].offset,
						  PAGES));

		send = send_init(self->sv[0], descs, 1 + RANGES,
				 ZCXFER_F_DONTWAIT);
		EXPECT_EQ(0, zc_send(self->dev, &send));
		EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, send.result.stop);
		EXPECT_EQ(0, send.result.desc);

		deadline = now_ms() + 10000;
		do {
			usleep(10000);
			for (i = 0, cached = 0; i < RANGES; i++)
				cached += pages_cached(src.fd,
						       descs[1 + i].offset,
						       PAGES);
		} while (cached < RANGES * PAGES && now_ms() < deadline);
		EXPECT_EQ(RANGES * PAGES, cached)
			TH_LOG("%s", filesystems[fs]);

		close(self->sv[0]);
		close(self->sv[1]);
		EXPECT_EQ(0, source_check(&src));
		source_destroy(&src);
	}
}

/* A network of two namespaces whose near device has no scatter-gather. */
static int route_without_sg(int sv[2])
{
	const char *const commands[] = {
		"ip netns add zctest",
		"ip link add zct0 type veth peer name zct1 netns zctest",
		"ip addr add 10.197.0.1/30 dev zct0",
		"ip link set zct0 up",
		"ip -n zctest addr add 10.197.0.2/30 dev zct1",
		"ip -n zctest link set zct1 up",
	};
	struct ethtool_value value = { .cmd = ETHTOOL_SSG, .data = 0 };
	struct ifreq ifr = { .ifr_name = "zct0", .ifr_data = (char *)&value };
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x0ac50002),	/* 10.197.0.2 */
	};
	socklen_t len = sizeof(addr);
	int here, there, listener;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (system(commands[i]))
			return -ENOTSUP;

	here = open("/proc/self/ns/net", O_RDONLY);
	there = open("/run/netns/zctest", O_RDONLY);
	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET))
		return -errno;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&addr, len) ||
	    listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    setns(here, CLONE_NEWNET))
		return -errno;

	sv[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (ioctl(sv[0], SIOCETHTOOL, &ifr) ||
	    connect(sv[0], (struct sockaddr *)&addr, len))
		return -errno;
	sv[1] = accept(listener, NULL, NULL);
	return sv[1] < 0 ? -errno : 0;
}

TEST_F_TIMEOUT(special, route_without_scatter_gather_is_reported, TIMEOUT)
{
	struct zcxfer_result result;
	struct source src;
	int ret;

	ret = route_without_sg(self->sv);
	if (!ret) {
		EXPECT_EQ(0, source_create(&src, self->dir, MIB(1)));
		result = send_whole(_metadata, self, src.fd, &src);
		EXPECT_EQ(MIB(1), result.bytes_copied);
		EXPECT_EQ(ZCXFER_COPIED_ROUTE, result.copy_reasons);
		EXPECT_EQ(0, source_check(&src));
		source_destroy(&src);
	}
	if (system("ip netns del zctest 2>/dev/null"))
		TH_LOG("no namespace to remove");
	if (ret == -ENOTSUP)
		SKIP(return, "no veth");
	EXPECT_EQ(0, ret);
}

TEST_HARNESS_MAIN
