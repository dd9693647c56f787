// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending from the page cache alone (ZCXFER_F_CACHED), and the result's report on
 * a file that changes while it is sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	(MIB(1) + 123)

FIXTURE(cached)
{
	int dev;
	int sv[2];
	struct source src;
};

FIXTURE_VARIANT(cached)
{
	const char *fs;
};

FIXTURE_VARIANT_ADD(cached, ext4) { "ext4" };
FIXTURE_VARIANT_ADD(cached, xfs) { "xfs" };

FIXTURE_SETUP(cached)
{
	const char *dir = mounted_dir(variant->fs);

	if (!dir)
		SKIP(return, "no %s mounted", variant->fs);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, dir, FILE_SIZE));
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, MIB(8)));
	/* Without readahead: a read brings no other pages in. */
	ASSERT_EQ(0, posix_fadvise(self->src.fd, 0, 0, POSIX_FADV_RANDOM));
	ASSERT_EQ(0, source_forget_cache(&self->src));
}

FIXTURE_TEARDOWN(cached)
{
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	EXPECT_TRUE(stats_at_rest());
}

static int read_pages(const struct source *src, unsigned int first,
		      unsigned int nr)
{
	char page[PAGE];

	for (; nr--; first++)
		if (pread(src->fd, page, PAGE, first * PAGE) != PAGE)
			return -EIO;
	return 0;
}

TEST_F_TIMEOUT(cached, uncached_file_is_a_miss, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, FILE_SIZE);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						ZCXFER_F_CACHED);

	EXPECT_EQ(-EAGAIN, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_MISS, 0, EAGAIN));
	EXPECT_EQ(0, receive_all(self->sv[1]));
	/* Not even a read was started. */
	usleep(100000);
	EXPECT_EQ(0, source_pages_resident(&self->src));
}

TEST_F_TIMEOUT(cached, first_missing_byte_stops_with_exact_count, TIMEOUT)
{
	char header[] = "header";
	struct zcxfer_desc descs[] = {
		memory_desc(header, 0),
		file_desc(self->src.fd, 3 * PAGE + 100, PAGE),
		file_desc(self->src.fd, 7 * PAGE + 1, 20 * PAGE),
		file_desc(self->src.fd, 0, PAGE),
	};
	struct run runs[] = {
		source_run(&self->src, 3 * PAGE + 100, PAGE),
		source_run(&self->src, 7 * PAGE + 1, 9 * PAGE - 1),
	};
	struct zcxfer_transfer send = send_init(self->sv[0], descs, 4,
						ZCXFER_F_CACHED);

	ASSERT_EQ(0, read_pages(&self->src, 3, 2));
	ASSERT_EQ(0, read_pages(&self->src, 7, 9));
	ASSERT_EQ(11, source_pages_resident(&self->src));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_MISS, send.result.stop);
	EXPECT_EQ(EAGAIN, send.result.error);
	EXPECT_EQ(2, send.result.desc);
	EXPECT_EQ(9 * PAGE - 1, send.result.desc_bytes);
	EXPECT_EQ(send.result.bytes, send.result.bytes_referenced);
	EXPECT_EQ(0, receive_exactly(self->sv[1], runs, 2, send.result.bytes));
	EXPECT_EQ(11, source_pages_resident(&self->src));
}

/* Short ranges are copied, by another loop. */
TEST_F_TIMEOUT(cached, miss_behind_a_copy_stops_with_exact_count, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 5 * PAGE - 100, 200);
	struct run run = source_run(&self->src, 5 * PAGE - 100, 100);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						ZCXFER_F_CACHED);

	ASSERT_EQ(0, read_pages(&self->src, 4, 1));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_MISS, send.result.stop);
	EXPECT_EQ(100, send.result.bytes_copied);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, 100));
}

TEST_F_TIMEOUT(cached, cached_file_is_sent, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, FILE_SIZE + 1);
	struct run run = source_run(&self->src, 0, FILE_SIZE);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						ZCXFER_F_CACHED);

	ASSERT_EQ(0, source_check(&self->src));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_EOF, send.result.stop);
	EXPECT_EQ(FILE_SIZE, send.result.bytes);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, FILE_SIZE));
}

/* A caller that gets WOULD_BLOCK waits for room, one that gets MISS for a disk. */
TEST_F_TIMEOUT(cached, full_socket_is_not_a_miss, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, FILE_SIZE);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						ZCXFER_F_CACHED |
						ZCXFER_F_DONTWAIT);

	ASSERT_EQ(0, source_check(&self->src));
	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, send.result.stop);
	EXPECT_LT(0, receive_all(self->sv[1]));
}

TEST(cached_tmpfs_is_memory)
{
	struct zcxfer_transfer send;
	struct zcxfer_desc desc;
	struct source src;
	int dev, sv[2];
	struct run run;

	dev = zc_open();
	ASSERT_LE(0, dev);
	ASSERT_EQ(0, source_create_memfd(&src, FILE_SIZE));
	ASSERT_EQ(0, link_open(LINK_UNIX, sv));
	ASSERT_EQ(0, link_set_buffers(sv, MIB(8)));
	desc = file_desc(src.fd, 0, FILE_SIZE);
	run = source_run(&src, 0, FILE_SIZE);
	send = send_init(sv[0], &desc, 1, ZCXFER_F_CACHED);
	EXPECT_EQ(0, zc_send(dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(0, receive_exactly(sv[1], &run, 1, FILE_SIZE));
	source_destroy(&src);
	EXPECT_TRUE(stats_at_rest());
}

/*
 * Changes. The sender waits in the middle of a large file while the test changes
 * it; the bytes that arrive are compared in races.c, not here.
 */
FIXTURE(changes)
{
	int dev;
	int sv[2];
	struct source src;
	struct source other;
	struct sender tx;
	struct zcxfer_desc desc;
};

FIXTURE_VARIANT(changes)
{
	const char *fs;
	bool maps;	/* files can be mapped to write to them */
	bool dated;	/* every change shows in the ctime */
};

FIXTURE_VARIANT_ADD(changes, ext4) { "ext4", true, true };
FIXTURE_VARIANT_ADD(changes, xfs) { "xfs", true, true };
FIXTURE_VARIANT_ADD(changes, tmpfs) { "tmpfs", true, false };
FIXTURE_VARIANT_ADD(changes, overlay) { "overlay", true, true };
FIXTURE_VARIANT_ADD(changes, 9p) { "9p", false, false };
FIXTURE_VARIANT_ADD(changes, hostfs) { "hostfs", true, false };

FIXTURE_SETUP(changes)
{
	const char *dir = mounted_dir(variant->fs);

	if (!dir)
		SKIP(return, "no %s mounted", variant->fs);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create_writable(&self->src, dir, FILE_SIZE));
	ASSERT_EQ(0, source_create_writable(&self->other, dir, FILE_SIZE));
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(16)));
	self->desc = file_desc(self->src.fd, 0, FILE_SIZE);
}

FIXTURE_TEARDOWN(changes)
{
	source_destroy(&self->src);
	source_destroy(&self->other);
	EXPECT_TRUE(stats_at_rest());
}

static void *drain(void *arg)
{
	char buf[KIB(16)];

	while (recv(*(int *)arg, buf, sizeof(buf), 0) > 0)
		;
	return NULL;
}

/* Sends, calls @change in the middle, and returns the result's changes. */
static int changes_of(struct __test_metadata *_metadata,
		      struct _test_data_changes *self,
		      int (*change)(struct _test_data_changes *self))
{
	pthread_t thread;

	/* The next change must have another time than the last. */
	usleep(50000);
	if (sender_start(&self->tx, self->dev,
			 send_init(self->sv[0], &self->desc, 1, 0)) ||
	    sender_wait_blocked(&self->tx, self->sv[1]))
		return -1;
	if (change)
		EXPECT_EQ(0, change(self));
	if (pthread_create(&thread, NULL, drain, &self->sv[1]))
		return -1;
	EXPECT_EQ(0, sender_finish(&self->tx));
	shutdown(self->sv[0], SHUT_WR);
	pthread_join(thread, NULL);
	return self->tx.send.result.changes;
}

static int write_byte(struct _test_data_changes *self)
{
	return pwrite(self->src.fd, "x", 1, 0) != 1;
}

static int write_other(struct _test_data_changes *self)
{
	return pwrite(self->other.fd, "x", 1, 0) != 1;
}

static int truncate_it(struct _test_data_changes *self)
{
	return ftruncate(self->src.fd, FILE_SIZE - PAGE);
}

static int set_mode(struct _test_data_changes *self)
{
	return fchmod(self->src.fd, 0640);
}

static int store_byte(struct _test_data_changes *self)
{
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->src.fd, 0);

	if (map == MAP_FAILED)
		return -1;
	*map = 'x';
	return munmap(map, PAGE);
}

/* The page is mapped by a read. On tmpfs the store then causes no fault. */
static int store_byte_after_read(struct _test_data_changes *self)
{
	volatile char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
				  self->src.fd, 0);

	if (map == MAP_FAILED)
		return -1;
	*map = *map + 1;
	return munmap((void *)map, PAGE);
}

/* A store through the mapping need not update the file's time. */
static int map_it(struct _test_data_changes *self)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    self->src.fd, 0) == MAP_FAILED;
}

static int unknown(const struct _fixture_variant_changes *variant, int changes)
{
	return variant->dated ? changes : ZCXFER_CHANGE_UNKNOWN;
}

TEST_F_TIMEOUT(changes, none_are_reported_of_an_unchanged_file, TIMEOUT)
{
	EXPECT_EQ(unknown(variant, 0), changes_of(_metadata, self, NULL));
}

TEST_F_TIMEOUT(changes, of_another_file_are_not_reported, TIMEOUT)
{
	EXPECT_EQ(unknown(variant, 0),
		  changes_of(_metadata, self, write_other));
}

TEST_F_TIMEOUT(changes, before_the_call_are_not_reported, TIMEOUT)
{
	ASSERT_EQ(0, write_byte(self));
	EXPECT_EQ(unknown(variant, 0), changes_of(_metadata, self, NULL));
}

/* Another change in the tick in which the call begins would not change the time. */
TEST_F_TIMEOUT(changes, just_before_the_call_make_it_unknown, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, 100);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	unsigned int i;

	/* Until both are in the same tick. */
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, write_byte(self));
		ASSERT_EQ(0, zc_send(self->dev, &send));
		EXPECT_EQ(0, send.result.changes & ZCXFER_CHANGED);
		if (send.result.changes)
			break;
	}
	EXPECT_GT(100, i);
}

TEST_F_TIMEOUT(changes, by_write_are_reported, TIMEOUT)
{
	EXPECT_EQ(unknown(variant, ZCXFER_CHANGED),
		  changes_of(_metadata, self, write_byte));
}

TEST_F_TIMEOUT(changes, by_truncate_are_reported, TIMEOUT)
{
	EXPECT_EQ(unknown(variant, ZCXFER_CHANGED),
		  changes_of(_metadata, self, truncate_it));
}

TEST_F_TIMEOUT(changes, of_attributes_are_reported, TIMEOUT)
{
	EXPECT_EQ(unknown(variant, ZCXFER_CHANGED),
		  changes_of(_metadata, self, set_mode));
}

TEST_F_TIMEOUT(changes, of_a_mapped_file_are_unknown, TIMEOUT)
{
	if (!variant->maps)
		SKIP(return, "no shared mappings without a cache");
	EXPECT_EQ(ZCXFER_CHANGE_UNKNOWN, changes_of(_metadata, self, map_it));
}

TEST_F_TIMEOUT(changes, by_a_mapping_are_reported, TIMEOUT)
{
	if (!variant->maps)
		SKIP(return, "no shared mappings without a cache");
	EXPECT_EQ(unknown(variant, ZCXFER_CHANGED),
		  changes_of(_metadata, self, store_byte));
}

TEST_F_TIMEOUT(changes, by_a_mapping_after_a_read_are_reported, TIMEOUT)
{
	if (!variant->maps)
		SKIP(return, "no shared mappings without a cache");
	EXPECT_EQ(unknown(variant, ZCXFER_CHANGED),
		  changes_of(_metadata, self, store_byte_after_read));
}

TEST_HARNESS_MAIN
