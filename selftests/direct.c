// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that are sent past the page cache (ZCXFER_F_DIRECT), or whose uncached
 * part is (ZCXFER_F_DONTCACHE). Disks that are slow or broken are in disk.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

/* Several reads of 512 KiB, and the end is in the middle of a block. */
#define FILE_SIZE	(MIB(3) + 123)

FIXTURE(direct)
{
	int dev;
	int sv[2];
	struct source src;
	struct receiver rx;
};

FIXTURE_VARIANT(direct)
{
	const char *fs;
	enum link link;
	__u32 flag;
};

FIXTURE_VARIANT_ADD(direct, ext4_tcp) { "ext4", LINK_TCP, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(direct, ext4_unix) { "ext4", LINK_UNIX, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(direct, xfs_tcp) { "xfs", LINK_TCP, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(direct, xfs_unix) { "xfs", LINK_UNIX, ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(direct, ext4_dontcache) { "ext4", LINK_TCP, ZCXFER_F_DONTCACHE };
FIXTURE_VARIANT_ADD(direct, xfs_dontcache) { "xfs", LINK_UNIX, ZCXFER_F_DONTCACHE };

FIXTURE_SETUP(direct)
{
	const char *dir = mounted_dir(variant->fs);

	if (!dir)
		SKIP(return, "no %s mounted", variant->fs);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create_writable(&self->src, dir, FILE_SIZE));
	ASSERT_EQ(0, source_forget_cache(&self->src));
	ASSERT_EQ(0, link_open(variant->link, self->sv));
}

FIXTURE_TEARDOWN(direct)
{
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	EXPECT_TRUE(stats_at_rest());
}

/* One call that must send all, and copy and cache nothing. */
static void send_directly(struct __test_metadata *_metadata,
			  struct _test_data_direct *self,
			  const struct _fixture_variant_direct *variant,
			  struct zcxfer_desc *descs, const struct run *runs,
			  __u32 nr)
{
	struct zcxfer_transfer send = send_init(self->sv[0], descs, nr,
						variant->flag);
	__u64 bytes = descs_len(descs, nr);

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, nr));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_TRUE(result_is(&send, (struct zcxfer_result){
		.bytes = bytes,
		.bytes_referenced = bytes,
		.desc = nr,
		.stop = ZCXFER_STOP_DONE,
		.socket_calls = ANY_CALLS,
	}));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], bytes));
}

TEST_F_TIMEOUT(direct, every_range_arrives_intact, TIMEOUT)
{
	const __u64 offsets[] = { 0, 1, 511, 512, 4095, 4096, 4097, KIB(512) - 1 };
	const __u64 lengths[] = {
		0, 1, 511, 512, 513, 4096, 4097, KIB(512) - 1, KIB(512),
		KIB(512) + 1, MIB(2) + 4097,
	};
	struct zcxfer_desc descs[ARRAY_SIZE(offsets) * ARRAY_SIZE(lengths) + 1];
	struct run runs[ARRAY_SIZE(descs)];
	unsigned int i, j, n = 0;

	for (i = 0; i < ARRAY_SIZE(offsets); i++)
		for (j = 0; j < ARRAY_SIZE(lengths); j++)
			runs[n++] = source_run(&self->src, offsets[i],
					       lengths[j]);
	/* Up to the last byte, which is in a partial block. */
	runs[n++] = source_run(&self->src, FILE_SIZE - 1000, 1000);
	for (i = 0; i < n; i++)
		descs[i] = file_desc(self->src.fd, runs[i].offset, runs[i].len);
	send_directly(_metadata, self, variant, descs, runs, n);
	EXPECT_EQ(0, source_pages_resident(&self->src));
}

TEST_F_TIMEOUT(direct, mixes_with_memory_and_other_files, TIMEOUT)
{
	struct zcxfer_transfer send;
	struct zcxfer_desc descs[5];
	struct source other;
	struct run runs[5];
	char memory[300];
	__u64 bytes;

	ASSERT_EQ(0, source_create(&other, mounted_dir(variant->fs), KIB(64)));
	pattern_fill(memory, 42, 0, sizeof(memory));
	runs[0] = (struct run){ 42, 0, 100 };
	runs[1] = source_run(&self->src, 4097, KIB(600));
	runs[2] = (struct run){ 42, 100, 200 };
	runs[3] = source_run(&other, 1, KIB(60));
	runs[4] = source_run(&self->src, 7, MIB(1));
	descs[0] = memory_desc(memory, 100);
	descs[1] = file_desc(self->src.fd, 4097, KIB(600));
	descs[2] = memory_desc(memory + 100, 200);
	descs[3] = file_desc(other.fd, 1, KIB(60));
	descs[4] = file_desc(self->src.fd, 7, MIB(1));
	send = send_init(self->sv[0], descs, 5, variant->flag);
	bytes = descs_len(descs, 5);

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 5));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(bytes, send.result.bytes);
	EXPECT_EQ(300, send.result.bytes_copied);
	EXPECT_EQ(ZCXFER_COPIED_MEMORY, send.result.copy_reasons);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], bytes));
	source_destroy(&other);
}

/* Written bytes that are not on the disk yet are sent, too. */
TEST_F_TIMEOUT(direct, dirty_pages_are_sent, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, KIB(64));
	struct run runs[] = {
		source_run(&self->src, 0, 5000),
		{ 42, 0, 6000 },
		source_run(&self->src, 11000, KIB(64) - 11000),
	};
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						variant->flag);
	char memory[6000];

	pattern_fill(memory, 42, 0, sizeof(memory));
	ASSERT_EQ(sizeof(memory), pwrite(self->src.fd, memory, sizeof(memory),
					 5000));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, 3));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], KIB(64)));
	/* Restored, for the check at the end. */
	pattern_fill(memory, self->src.seed, 5000, sizeof(memory));
	ASSERT_EQ(sizeof(memory), pwrite(self->src.fd, memory, sizeof(memory),
					 5000));
}

TEST_F_TIMEOUT(direct, short_file_stops_with_exact_count, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		file_desc(self->src.fd, FILE_SIZE - MIB(1) - 1, MIB(2)),
		file_desc(self->src.fd, 0, 100),
	};
	struct run run = source_run(&self->src, FILE_SIZE - MIB(1) - 1,
				    MIB(1) + 1);
	struct zcxfer_transfer send = send_init(self->sv[0], descs, 2,
						variant->flag);

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_EOF, send.result.stop);
	EXPECT_EQ(MIB(1) + 1, send.result.bytes);
	EXPECT_EQ(0, send.result.desc);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], MIB(1) + 1));

	descs[0].offset = FILE_SIZE + KIB(8);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_EOF, send.result.stop);
	EXPECT_EQ(0, send.result.bytes);
	descs[0] = file_desc(self->src.fd, INT64_MAX - 5000, 5000);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_EOF, send.result.stop);
}

TEST_F_TIMEOUT(direct, full_socket_stops_with_exact_count, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 3, FILE_SIZE - 3);
	struct run run = source_run(&self->src, 3, FILE_SIZE - 3);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						variant->flag |
						ZCXFER_F_DONTWAIT);

	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, send.result.stop);
	/* Continued from there, all arrives. */
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	send_advance(&send);
	EXPECT_EQ(0, zc_send_all(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE - 3));
}

/* The pages sent are not the file's, so that the policy has no reason to copy. */
TEST_F_TIMEOUT(direct, policy_does_not_copy, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 5, 100);
	struct run run = source_run(&self->src, 5, 100);
	char policy[32];

	ASSERT_EQ(0, param_read("zc_policy", policy, sizeof(policy)));
	ASSERT_EQ(0, param_write("zc_policy", "never"));
	send_directly(_metadata, self, variant, &desc, &run, 1);
	EXPECT_EQ(0, param_write("zc_policy", policy));
}

/* The purpose of direct reads: they leave the cache to other files. */
TEST_F_TIMEOUT(direct, hot_file_stays_in_the_cache, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, FILE_SIZE);
	struct run run = source_run(&self->src, 0, FILE_SIZE);
	struct source hot;
	int pages;

	ASSERT_EQ(0, source_create(&hot, mounted_dir(variant->fs), MIB(1)));
	pages = source_pages_resident(&hot);
	ASSERT_EQ(MIB(1) / PAGE, pages);
	send_directly(_metadata, self, variant, &desc, &run, 1);
	EXPECT_EQ(pages, source_pages_resident(&hot));
	EXPECT_EQ(0, source_pages_resident(&self->src));
	source_destroy(&hot);
}

/* The file is partly cached, in runs of all lengths, and must stay so. */
TEST_F_TIMEOUT(direct, cache_stays_as_it_was, TIMEOUT)
{
	enum { PAGES = (FILE_SIZE + PAGE - 1) / PAGE };
	struct zcxfer_desc desc = file_desc(self->src.fd, 5, FILE_SIZE - 5);
	struct run run = source_run(&self->src, 5, FILE_SIZE - 5);
	unsigned char before[PAGES], after[PAGES];
	unsigned int i, runs = 0;
	char page[PAGE];

	ASSERT_EQ(0, posix_fadvise(self->src.fd, 0, 0, POSIX_FADV_RANDOM));
	for (i = 3; i < PAGES; i += ++runs + (i & 1))
		ASSERT_EQ(PAGE, pread(self->src.fd, page, PAGE, i * PAGE));
	for (i = 400; i < 600; i++)
		ASSERT_EQ(PAGE, pread(self->src.fd, page, PAGE, i * PAGE));
	ASSERT_EQ(0, source_residency(&self->src, before));
	send_directly(_metadata, self, variant, &desc, &run, 1);
	ASSERT_EQ(0, source_residency(&self->src, after));
	EXPECT_EQ(0, memcmp(before, after, PAGES));
}

FIXTURE(dontcache)
{
	int dev;
	int sv[2];
	struct source src;
};

FIXTURE_SETUP(dontcache)
{
	ASSERT_NE(NULL, mounted_dir("ext4"));
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, mounted_dir("ext4"), MIB(1)));
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, MIB(4)));
}

FIXTURE_TEARDOWN(dontcache)
{
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	EXPECT_TRUE(stats_at_rest());
}

/* Cached pages are the file's, so that the policy applies to them. */
TEST_F_TIMEOUT(dontcache, policy_copies_cached_pages, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, KIB(64));
	struct run run = source_run(&self->src, 0, KIB(64));
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						ZCXFER_F_DONTCACHE);
	char policy[32], page[PAGE];

	ASSERT_EQ(0, posix_fadvise(self->src.fd, 0, 0, POSIX_FADV_RANDOM));
	ASSERT_EQ(0, source_forget_cache(&self->src));
	ASSERT_EQ(PAGE, pread(self->src.fd, page, PAGE, 7 * PAGE));
	ASSERT_EQ(0, param_read("zc_policy", policy, sizeof(policy)));
	ASSERT_EQ(0, param_write("zc_policy", "never"));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(0, param_write("zc_policy", policy));
	EXPECT_TRUE(result_is(&send, (struct zcxfer_result){
		.bytes = KIB(64),
		.bytes_referenced = KIB(64) - PAGE,
		.bytes_copied = PAGE,
		.copy_reasons = ZCXFER_COPIED_POLICY,
		.desc = 1,
		.stop = ZCXFER_STOP_DONE,
		.socket_calls = ANY_CALLS,
	}));
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, KIB(64)));
}

/* A reader left a page marked for readahead, which a transfer must not trigger. */
TEST_F_TIMEOUT(dontcache, readahead_of_others_is_not_continued, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, MIB(1));
	struct run run = source_run(&self->src, 0, MIB(1));
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						ZCXFER_F_DONTCACHE);
	char page[PAGE];
	int pages;

	ASSERT_EQ(0, source_forget_cache(&self->src));
	ASSERT_EQ(PAGE, pread(self->src.fd, page, PAGE, 0));
	pages = source_pages_resident(&self->src);
	ASSERT_LT(1, pages);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, MIB(1)));
	EXPECT_EQ(pages, source_pages_resident(&self->src));
}

/* Written bytes that are not on the disk yet are sent from the cache. */
TEST_F_TIMEOUT(dontcache, dirty_file_is_sent, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, MIB(1));
	struct run run = source_run(&self->src, 0, MIB(1));
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
						ZCXFER_F_DONTCACHE);

	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(MIB(1), send.result.bytes_referenced);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, MIB(1)));
	EXPECT_EQ(source_pages(&self->src), source_pages_resident(&self->src));
}

/* A sparse file that is larger than the memory. */
FIXTURE(large)
{
	int dev;
	int sv[2];
	struct source hot;
	struct source large;
};

FIXTURE_SETUP(large)
{
	const char *dir = mounted_dir("xfs");

	if (kernel_has_checks())
		SKIP(return, "takes too long under a kernel that checks memory");
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->hot, dir, MIB(16)));
	self->large = (struct source){ .size = GIB(4) };
	self->large.fd = open(dir, O_TMPFILE | O_RDWR, 0600);
	ASSERT_EQ(0, ftruncate(self->large.fd, GIB(4)));
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
}

FIXTURE_TEARDOWN(large)
{
	source_destroy(&self->large);
	source_destroy(&self->hot);
	EXPECT_TRUE(stats_at_rest());
}

static void *discard(void *arg)
{
	while (recv(*(int *)arg, NULL, MIB(1), MSG_TRUNC) > 0)
		;
	return NULL;
}

static void send_all_of_it(struct __test_metadata *_metadata,
			   struct _test_data_large *self, __u32 flags)
{
	struct zcxfer_desc desc = file_desc(self->large.fd, 0, GIB(4));
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, flags);
	pthread_t thread;

	ASSERT_EQ(source_pages(&self->hot), source_pages_resident(&self->hot));
	ASSERT_EQ(0, pthread_create(&thread, NULL, discard, &self->sv[1]));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(GIB(4), send.result.bytes_referenced);
	shutdown(self->sv[0], SHUT_WR);
	pthread_join(thread, NULL);
	EXPECT_EQ(source_pages(&self->hot), source_pages_resident(&self->hot));
	EXPECT_EQ(0, source_pages_resident(&self->large));
}

TEST_F_TIMEOUT(large, file_sent_directly_spares_a_hot_one, TIMEOUT)
{
	send_all_of_it(_metadata, self, ZCXFER_F_DIRECT);
}

TEST_F_TIMEOUT(large, file_sent_with_dontcache_spares_a_hot_one, TIMEOUT)
{
	send_all_of_it(_metadata, self, ZCXFER_F_DONTCACHE);
}

TEST_HARNESS_MAIN
