// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of uapi/linux/zcxfer.h for one call: sizes, flags, pointers,
 * limits, and what a refused call leaves behind. Built for 32 bits, too
 * (abi32): the results must be the same.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

/* The sizes of the first version: a shorter structure is refused. */
#define INFO_SIZE_VER0		48
#define TRANSFER_SIZE_VER0	96

/* The same numbers in both builds. */
static_assert(sizeof(struct zcxfer_info) == 64, "struct zcxfer_info");
static_assert(sizeof(struct zcxfer_desc) == 32, "struct zcxfer_desc");
static_assert(sizeof(struct zcxfer_result) == 72, "struct zcxfer_result");
static_assert(sizeof(struct zcxfer_transfer) == 104, "struct zcxfer_transfer");
static_assert(offsetof(struct zcxfer_info, max_bytes) == 32, "max_bytes");
static_assert(offsetof(struct zcxfer_desc, len) == 16, "len");
static_assert(offsetof(struct zcxfer_transfer, descs) == 16, "descs");
static_assert(offsetof(struct zcxfer_transfer, result) == 24, "result");
static_assert(offsetof(struct zcxfer_transfer, readahead) == 96, "readahead");

#define SOURCE_SIZE	KIB(64)

/* Somewhere in the kernel's half, in both builds. */
#define KERNEL_ADDRESS	0xffff888000000000ULL

FIXTURE(abi)
{
	int dev;
	int sv[2];
	struct source src;
	struct zcxfer_info info;
	struct zcxfer_desc descs[2];
	long page;
};

FIXTURE_SETUP(abi)
{
	self->page = sysconf(_SC_PAGESIZE);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, zc_info(self->dev, &self->info));
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	ASSERT_EQ(0, source_create_memfd(&self->src, SOURCE_SIZE));
	self->descs[0] = file_desc(self->src.fd, 0, 100);
	self->descs[1] = file_desc(self->src.fd, 5000, 200);
}

FIXTURE_TEARDOWN(abi)
{
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	close(self->sv[0]);
	close(self->sv[1]);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/* A refused call has no effect on the calls after it. */
static void still_works(struct __test_metadata *_metadata,
			struct _test_data_abi *self)
{
	struct run runs[] = {
		source_run(&self->src, 0, 100),
		source_run(&self->src, 5000, 200),
	};
	struct zcxfer_transfer send;

	self->descs[0] = file_desc(self->src.fd, 0, 100);
	self->descs[1] = file_desc(self->src.fd, 5000, 200);
	send = send_init(self->sv[0], self->descs, 2, 0);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(300, send.result.bytes);
	EXPECT_EQ(0, receive_exactly(self->sv[1], runs, 2, 300));
}

/* One of several descriptors is bad: nothing of the others may be sent. */
static void refuse_desc_at(struct __test_metadata *_metadata,
			   struct _test_data_abi *self,
			   struct zcxfer_desc *descs, __u32 nr, __u32 at,
			   struct zcxfer_desc bad, int error)
{
	struct zcxfer_transfer send = send_init(self->sv[0], descs, nr, 0);
	struct zcxfer_desc good = descs[at];

	descs[at] = bad;
	EXPECT_EQ(-error, zc_send(self->dev, &send))
		TH_LOG("%u of %u", at, nr);
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DESC, at, error));
	EXPECT_EQ(0, receive_all(self->sv[1]));
	descs[at] = good;
}

/*
 * A descriptor must be refused wherever it stands: alone, among few and among
 * many (which the module stores elsewhere), after a file and after memory.
 */
static void refuse_desc(struct __test_metadata *_metadata,
			struct _test_data_abi *self, struct zcxfer_desc bad,
			int error)
{
	struct zcxfer_desc many[20];
	char byte = 'x';
	__u32 i;

	for (i = 0; i < 20; i++)
		many[i] = i % 2 ? memory_desc(&byte, 1) :
				  file_desc(self->src.fd, i, 1);
	refuse_desc_at(_metadata, self, many, 1, 0, bad, error);
	for (i = 0; i < 3; i++) {
		refuse_desc_at(_metadata, self, many, 3, i, bad, error);
		refuse_desc_at(_metadata, self, many, 20, i, bad, error);
	}
	refuse_desc_at(_metadata, self, many, 20, 19, bad, error);
}

/* A call whose structure is refused must not even touch the result. */
static void refuse_struct(struct __test_metadata *_metadata,
			  struct _test_data_abi *self, void *arg, size_t size,
			  int error)
{
	char before[2 * 4096];

	ASSERT_LE(size, sizeof(before));
	memcpy(before, arg, size);
	EXPECT_EQ(-error, zc_ioctl(self->dev, ZCXFER_IOC_SEND, arg))
		TH_LOG("size %u", *(__u32 *)before);
	EXPECT_EQ(0, memcmp(before, arg, size));
	EXPECT_EQ(0, receive_all(self->sv[1]));
}

/* Two pages, the second unmapped: for structures that reach over the end. */
static char *page_and_hole(long page)
{
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	munmap(map + page, page);
	return map;
}

TEST_F_TIMEOUT(abi, unknown_ioctl_is_enotty, TIMEOUT)
{
	const unsigned int unknown[] = {
		_IO(ZCXFER_IOC_TYPE, 0x06),
		_IO(ZCXFER_IOC_TYPE, 0xff),
		_IO(ZCXFER_IOC_TYPE + 1, 0x00),
		_IOWR(ZCXFER_IOC_TYPE, 0x00, struct zcxfer_info),
		_IOWR(ZCXFER_IOC_TYPE, 0x01, struct zcxfer_transfer),
		FIONREAD,
		0,
	};
	struct zcxfer_transfer send = send_init(self->sv[0], self->descs, 2, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		unsigned int cmd = unknown[i];

		EXPECT_EQ(-ENOTTY, zc_ioctl(self->dev, cmd, &send))
			TH_LOG("ioctl %#x", cmd);
	}
	EXPECT_EQ(0, receive_all(self->sv[1]));
}

TEST_F_TIMEOUT(abi, info_reports_version_and_limits, TIMEOUT)
{
	char copybreak[32], policy[32];
	const char *const policies[] = { "never", "writable", "all" };

	EXPECT_EQ(sizeof(self->info), self->info.size);
	EXPECT_EQ(0, self->info.flags);
	EXPECT_EQ(ZCXFER_ABI_VERSION, self->info.abi_version);
	EXPECT_LE(1024, self->info.max_descs);
	EXPECT_EQ(ZCXFER_FEATURE_SEND | ZCXFER_FEATURE_RECV |
		  ZCXFER_FEATURE_JOBS | ZCXFER_FEATURE_URING |
		  ZCXFER_FEATURE_MANY,
		  self->info.features);
	EXPECT_EQ(ZCXFER_F_DONTWAIT | ZCXFER_F_MORE | ZCXFER_F_CACHED |
		  ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE | ZCXFER_F_STABLE,
		  self->info.send_flags);
	EXPECT_EQ(ZCXFER_F_DONTWAIT | ZCXFER_F_DIRECT, self->info.recv_flags);
	EXPECT_EQ(ZCXFER_F_RELEASE | ZCXFER_F_NOTIFY, self->info.job_flags);
	EXPECT_LE(1ULL << 40, self->info.max_bytes);
	EXPECT_GE(INT64_MAX, self->info.max_bytes);

	ASSERT_EQ(0, param_read("zc_policy", policy, sizeof(policy)));
	ASSERT_GE(ZCXFER_POLICY_ALL, self->info.policy);
	EXPECT_STREQ(policies[self->info.policy], policy);
	ASSERT_EQ(0, param_read("copybreak", copybreak, sizeof(copybreak)));
	EXPECT_EQ(strtoul(copybreak, NULL, 10), self->info.copybreak);
}

TEST_F_TIMEOUT(abi, info_checks_size_and_flags, TIMEOUT)
{
	union {
		struct zcxfer_info info;
		char bytes[2 * 4096];
	} arg, before;
	const struct {
		__u32 size;
		__u32 flags;
		int tail;	/* last byte of size */
		int ret;
	} calls[] = {
		{ 0, 0, 0, -EINVAL },
		{ 4, 0, 0, -EINVAL },
		{ INFO_SIZE_VER0 - 1, 0, 0, -EINVAL },
		{ INFO_SIZE_VER0, 0, 0, 0 },
		{ sizeof(arg.info), 1, 0, -EINVAL },
		{ sizeof(arg.info), 1U << 31, 0, -EINVAL },
		{ sizeof(arg.info) + 8, 0, 0, 0 },
		{ sizeof(arg.info) + 8, 0, 1, -E2BIG },
		{ 4096, 0, 0, 0 },
		{ 4096, 0, 1, -E2BIG },
		{ 4097, 0, 0, -E2BIG },
		{ UINT32_MAX, 0, 0, -E2BIG },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		memset(&arg, 0, sizeof(arg));
		memset(&arg.info, POISON, sizeof(arg.info));
		arg.info.size = calls[i].size;
		arg.info.flags = calls[i].flags;
		if (calls[i].tail)
			arg.bytes[calls[i].size - 1] = calls[i].tail;
		before = arg;
		EXPECT_EQ(calls[i].ret,
			  zc_ioctl(self->dev, ZCXFER_IOC_INFO, &arg))
			TH_LOG("size %u flags %#x tail %d", calls[i].size,
			       calls[i].flags, calls[i].tail);
		/* A refused call writes nothing, others nothing behind the structure. */
		if (!calls[i].ret) {
			EXPECT_EQ(self->info.max_bytes, arg.info.max_bytes);
			memcpy(&before, &arg, calls[i].size < sizeof(arg.info) ?
			       calls[i].size : sizeof(arg.info));
		}
		EXPECT_EQ(0, memcmp(&before, &arg, sizeof(arg)));
	}
}

TEST_F_TIMEOUT(abi, info_pointer_is_checked, TIMEOUT)
{
	char *map = page_and_hole(self->page);
	struct zcxfer_info *info;

	ASSERT_TRUE(!!map);
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_INFO, NULL));
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_INFO,
				    map + self->page));
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_INFO,
				    (void *)(uintptr_t)KERNEL_ADDRESS));

	/* The second half of the structure is not mapped. */
	info = (void *)(map + self->page - sizeof(*info) / 2);
	info->size = sizeof(*info);
	info->flags = 0;
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_INFO, info));

	info = (void *)map;
	info->size = sizeof(*info);
	info->flags = 0;
	EXPECT_EQ(0, zc_ioctl(self->dev, ZCXFER_IOC_INFO, info));
	ASSERT_EQ(0, mprotect(map, self->page, PROT_READ));
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_INFO, info));
}

TEST_F_TIMEOUT(abi, send_checks_size, TIMEOUT)
{
	struct run runs[] = {
		source_run(&self->src, 0, 100),
		source_run(&self->src, 5000, 200),
	};
	union {
		struct zcxfer_transfer send;
		char bytes[2 * 4096];
	} arg;
	const struct {
		__u32 size;
		int tail;	/* last byte of size */
		int ret;
	} calls[] = {
		{ 0, 0, -EINVAL },
		{ 4, 0, -EINVAL },
		{ offsetof(struct zcxfer_transfer, result), 0, -EINVAL },
		{ TRANSFER_SIZE_VER0 - 1, 0, -EINVAL },
		{ TRANSFER_SIZE_VER0, 0, 0 },
		{ sizeof(arg.send), 0, 0 },
		{ sizeof(arg.send) + 1, 0, 0 },
		{ sizeof(arg.send) + 1, 1, -E2BIG },
		{ sizeof(arg.send) + 64, 0, 0 },
		{ sizeof(arg.send) + 64, 1, -E2BIG },
		{ 4096, 0, 0 },
		{ 4096, 1, -E2BIG },
		{ 4097, 0, -E2BIG },
		{ UINT32_MAX, 0, -E2BIG },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.send = send_init(self->sv[0], self->descs, 2, 0);
		arg.send.size = calls[i].size;
		/* The last byte of a short structure belongs to the result. */
		if (calls[i].tail)
			arg.bytes[calls[i].size - 1] = calls[i].tail;
		if (calls[i].ret) {
			refuse_struct(_metadata, self, &arg, sizeof(arg),
				      -calls[i].ret);
			continue;
		}
		EXPECT_EQ(0, zc_send(self->dev, &arg.send))
			TH_LOG("size %u", calls[i].size);
		EXPECT_EQ(300, arg.send.result.bytes);
		EXPECT_EQ(calls[i].size, arg.send.size);
		EXPECT_EQ(0, receive_exactly(self->sv[1], runs, 2, 300));
	}
}

TEST_F_TIMEOUT(abi, send_many_checks_its_structure, TIMEOUT)
{
	union {
		struct zcxfer_many many;
		char bytes[2 * 4096];
	} arg;
	const __u32 size = sizeof(arg.many), entry = sizeof(struct zcxfer_transfer);
	const __u32 max = self->info.max_descs;
	const struct {
		__u32 size;
		int tail;	/* last byte of size */
		__u32 flags;
		__u32 nr;
		__u32 transfer_size;
		int ret;
	} calls[] = {
		{ 0, 0, 0, 1, entry, -EINVAL },
		{ size - 1, 0, 0, 1, entry, -EINVAL },
		{ size, 0, 0, 1, entry, 1 },
		{ size + 8, 0, 0, 1, entry, 1 },
		{ size + 8, 1, 0, 1, entry, -E2BIG },
		{ 4097, 0, 0, 1, entry, -E2BIG },
		{ size, 0, 1, 1, entry, -EINVAL },
		{ size, 0, 1U << 31, 1, entry, -EINVAL },
		{ size, 0, 0, 0, entry, 0 },
		{ size, 0, 0, max + 1, entry, -E2BIG },
		{ size, 0, 0, UINT32_MAX, entry, -E2BIG },
		{ size, 0, 0, 1, 0, -EINVAL },
		{ size, 0, 0, 1, TRANSFER_SIZE_VER0 - 1, -EINVAL },
		{ size, 0, 0, 1, TRANSFER_SIZE_VER0, 1 },
		{ size, 0, 0, 1, 4096, 1 },
		{ size, 0, 0, 1, 4097, -E2BIG },
	};
	struct zcxfer_transfer send;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		send = send_init(self->sv[0], self->descs, 2, 0);
		memset(&arg, 0, sizeof(arg));
		arg.many = (struct zcxfer_many){
			.size = calls[i].size,
			.flags = calls[i].flags,
			.transfers = (uintptr_t)&send,
			.nr_transfers = calls[i].nr,
			.transfer_size = calls[i].transfer_size,
		};
		if (calls[i].tail)
			arg.bytes[calls[i].size - 1] = calls[i].tail;
		EXPECT_EQ(calls[i].ret, zc_ioctl(self->dev, ZCXFER_IOC_SEND_MANY, &arg))
			TH_LOG("call %zu", i);
		EXPECT_EQ(calls[i].ret > 0 ? 300 : 0, receive_all(self->sv[1]));
	}
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SEND_MANY, NULL));
}

/* A program that was built with longer transfers, all of the largest number. */
TEST_F_TIMEOUT(abi, send_many_takes_transfers_of_any_size, TIMEOUT)
{
	struct {
		struct zcxfer_transfer send;
		__u64 newer[3];
	} *t = calloc(self->info.max_descs, sizeof(*t));
	struct zcxfer_many many = {
		.size = sizeof(many),
		.transfers = (uintptr_t)t,
		.nr_transfers = self->info.max_descs,
		.transfer_size = sizeof(*t),
	};
	__u32 i;

	ASSERT_TRUE(!!t);
	for (i = 0; i < many.nr_transfers; i++) {
		t[i].send = send_init(self->sv[0], NULL, 0, 0);
		t[i].send.size = sizeof(*t);
	}
	t[i - 1].send.descs = (uintptr_t)self->descs;
	t[i - 1].send.nr_descs = 2;
	EXPECT_EQ(i, zc_ioctl(self->dev, ZCXFER_IOC_SEND_MANY, &many));
	EXPECT_EQ(300, t[i - 1].send.result.bytes);
	EXPECT_EQ(300, receive_all(self->sv[1]));
	t[0].newer[2] = 1;
	EXPECT_EQ(-E2BIG, zc_ioctl(self->dev, ZCXFER_IOC_SEND_MANY, &many));
	EXPECT_EQ(0, receive_all(self->sv[1]));
	free(t);
}

TEST_F_TIMEOUT(abi, every_unknown_flag_is_einval, TIMEOUT)
{
	struct zcxfer_transfer send;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		if (self->info.send_flags & (1U << bit))
			continue;
		send = send_init(self->sv[0], self->descs, 2, 1U << bit);
		EXPECT_EQ(-EINVAL, zc_send(self->dev, &send));
		EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_CALL, 0, EINVAL));
	}
	send = send_init(self->sv[0], self->descs, 2, UINT32_MAX);
	EXPECT_EQ(-EINVAL, zc_send(self->dev, &send));
	EXPECT_EQ(0, receive_all(self->sv[1]));
	still_works(_metadata, self);
}

TEST_F_TIMEOUT(abi, every_known_flag_is_known, TIMEOUT)
{
	/* At most one of these may be set. */
	const __u32 caches = ZCXFER_F_CACHED | ZCXFER_F_DIRECT |
			     ZCXFER_F_DONTCACHE;
	struct run run = source_run(&self->src, 0, 100);
	struct zcxfer_transfer send;
	__u32 flags;

	for (flags = 0; flags <= self->info.send_flags; flags++) {
		__u32 cache = flags & caches;
		int want = cache & (cache - 1) ? -EINVAL :
			   /* A memfd has neither direct reads nor leases. */
			   cache & ~ZCXFER_F_CACHED ||
			   flags & ZCXFER_F_STABLE ? -EOPNOTSUPP : 0;

		send = send_init(self->sv[0], self->descs, 1, flags);
		EXPECT_EQ(want, zc_send(self->dev, &send));
		EXPECT_EQ(flags, send.flags);
		EXPECT_EQ(0, want ? receive_all(self->sv[1]) :
			     receive_exactly(self->sv[1], &run, 1, 100));
	}
}

TEST_F_TIMEOUT(abi, desc_padding_must_be_zero, TIMEOUT)
{
	struct zcxfer_desc bad;
	char byte = 'x';

	bad = file_desc(self->src.fd, 0, 1);
	bad.reserved = 1;
	refuse_desc(_metadata, self, bad, EINVAL);
	bad.reserved = 1ULL << 63;
	refuse_desc(_metadata, self, bad, EINVAL);

	bad = memory_desc(&byte, 1);
	bad.reserved = 1;
	refuse_desc(_metadata, self, bad, EINVAL);

	/* In memory descriptors the fd is padding. */
	bad = memory_desc(&byte, 1);
	bad.fd = self->src.fd;
	refuse_desc(_metadata, self, bad, EINVAL);
	bad.fd = -1;
	refuse_desc(_metadata, self, bad, EINVAL);
	still_works(_metadata, self);
}

TEST_F_TIMEOUT(abi, unknown_desc_type_is_einval, TIMEOUT)
{
	struct zcxfer_desc bad = file_desc(self->src.fd, 0, 1);

	bad.type = ZCXFER_DESC_MEMORY + 1;
	refuse_desc(_metadata, self, bad, EINVAL);
	bad.type = UINT32_MAX;
	refuse_desc(_metadata, self, bad, EINVAL);
	still_works(_metadata, self);
}

TEST_F_TIMEOUT(abi, no_descs_is_done, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], NULL, 0, 0);

	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DONE, 0, 0));

	/* The address of the array does not matter then. */
	send = send_init(self->sv[0], (void *)1, 0, 0);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DONE, 0, 0));

	/* But the socket does. */
	send = send_init(self->src.fd, NULL, 0, 0);
	EXPECT_EQ(-ENOTSOCK, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_SOCKET, 0, ENOTSOCK));
}

TEST_F_TIMEOUT(abi, zero_length_descs_send_nothing, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		file_desc(self->src.fd, 0, 0),
		memory_desc(NULL, 0),
		file_desc(self->src.fd, SOURCE_SIZE + 1, 0),
	};
	struct zcxfer_transfer send = send_init(self->sv[0], descs, 3, 0);

	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DONE, 3, 0));
	EXPECT_EQ(0, receive_all(self->sv[1]));

	/* They are checked nevertheless. */
	refuse_desc(_metadata, self, file_desc(-1, 0, 0), EBADF);
	refuse_desc(_metadata, self, file_desc(self->sv[0], 0, 0), ESPIPE);
}

TEST_F_TIMEOUT(abi, max_descs_is_the_limit, TIMEOUT)
{
	__u32 max = self->info.max_descs, i;
	struct zcxfer_desc *descs;
	struct zcxfer_transfer send;
	struct run *runs;

	descs = calloc(max + 1, sizeof(*descs));
	runs = calloc(max, sizeof(*runs));
	ASSERT_TRUE(!!descs);
	ASSERT_TRUE(!!runs);
	for (i = 0; i < max; i++) {
		descs[i] = file_desc(self->src.fd, i * 7, i % 3);
		runs[i] = source_run(&self->src, i * 7, i % 3);
	}
	descs[max] = file_desc(self->src.fd, 0, 1);

	send = send_init(self->sv[0], descs, max, 0);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(0, receive_exactly(self->sv[1], runs, max,
				     descs_len(descs, max)));

	send = send_init(self->sv[0], descs, max + 1, 0);
	EXPECT_EQ(-E2BIG, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_CALL, 0, E2BIG));
	send = send_init(self->sv[0], descs, UINT32_MAX, 0);
	EXPECT_EQ(-E2BIG, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_CALL, 0, E2BIG));
	EXPECT_EQ(0, receive_all(self->sv[1]));
}

TEST_F_TIMEOUT(abi, send_pointer_is_checked, TIMEOUT)
{
	char *map = page_and_hole(self->page);
	struct zcxfer_transfer *send;

	ASSERT_TRUE(!!map);
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SEND, NULL));
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SEND,
				    map + self->page));
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SEND,
				    (void *)(uintptr_t)KERNEL_ADDRESS));

	/* The last byte of the structure is not mapped. */
	send = (void *)(map + self->page - sizeof(*send) + 1);
	memset(send, 0, sizeof(*send) - 1);
	send->size = sizeof(*send);
	send->sock_fd = self->sv[0];
	send->descs = (uintptr_t)self->descs;
	send->nr_descs = 2;
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SEND, send));
	EXPECT_EQ(0, receive_all(self->sv[1]));
}

/* Nothing may be sent if the result cannot report it. */
TEST_F_TIMEOUT(abi, unwritable_result_moves_nothing, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], self->descs, 2, 0);
	struct zcxfer_transfer *place;
	char *map;

	map = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(map != MAP_FAILED);

	memcpy(map, &send, sizeof(send));
	ASSERT_EQ(0, mprotect(map, self->page, PROT_READ));
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SEND, map));
	EXPECT_EQ(0, receive_all(self->sv[1]));
	ASSERT_EQ(0, mprotect(map, self->page, PROT_READ | PROT_WRITE));

	/* The last bytes of the result are read-only, the others are not. */
	place = (void *)(map + self->page -
			 offsetof(struct zcxfer_transfer, readahead) + 8);
	memcpy(place, &send, sizeof(send));
	ASSERT_EQ(0, mprotect(map + self->page, self->page, PROT_READ));
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SEND, place));
	EXPECT_EQ(0, receive_all(self->sv[1]));
	still_works(_metadata, self);
}

TEST_F_TIMEOUT(abi, descs_pointer_is_checked, TIMEOUT)
{
	char *map = page_and_hole(self->page);
	struct zcxfer_desc *descs;
	struct zcxfer_transfer send;
	unsigned int i;

	ASSERT_TRUE(!!map);
	/* The second half of the last descriptor is not mapped. */
	descs = (void *)(map + self->page - sizeof(*descs) * 3 / 2);
	descs[0] = self->descs[0];
	memcpy(descs + 1, &self->descs[1], sizeof(*descs) / 2);

	const __u64 bad[] = {
		0, 1, (uintptr_t)map + self->page, (uintptr_t)descs,
		KERNEL_ADDRESS, UINT64_MAX, UINT64_MAX - 31,
	};

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		send = send_init(self->sv[0], NULL, 2, 0);
		send.descs = bad[i];
		EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SEND, &send))
			TH_LOG("descs at %#llx", bad[i]);
		EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_CALL, 0, EFAULT));
	}
	EXPECT_EQ(0, receive_all(self->sv[1]));
	still_works(_metadata, self);
}

TEST_F_TIMEOUT(abi, memory_pointer_is_checked, TIMEOUT)
{
	char *map = page_and_hole(self->page);
	struct zcxfer_desc desc;
	struct zcxfer_transfer send;
	unsigned int i;

	ASSERT_TRUE(!!map);
	const __u64 bad[] = {
		0, (uintptr_t)map + self->page, KERNEL_ADDRESS, UINT64_MAX,
	};

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		desc = memory_desc(NULL, 1);
		desc.addr = bad[i];
		send = send_init(self->sv[0], &desc, 1, 0);
		EXPECT_EQ(-EFAULT, zc_send(self->dev, &send))
			TH_LOG("memory at %#llx", bad[i]);
		EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DESC, 0, EFAULT));
	}
	EXPECT_EQ(0, receive_all(self->sv[1]));
	still_works(_metadata, self);
}

/* The mapped part is sent; the next call reports the fault. */
TEST_F_TIMEOUT(abi, memory_fault_in_the_middle_is_partial, TIMEOUT)
{
	char *map = page_and_hole(self->page);
	struct run runs[2] = { source_run(&self->src, 0, 100) };
	struct zcxfer_transfer send;

	ASSERT_TRUE(!!map);
	pattern_fill(map, 42, 0, self->page);
	runs[1] = (struct run){ .seed = 42, .len = self->page };
	self->descs[1] = memory_desc(map, 2 * self->page);

	send = send_init(self->sv[0], self->descs, 2, 0);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DESC, send.result.stop);
	EXPECT_EQ(EFAULT, send.result.error);
	EXPECT_EQ(1, send.result.desc);
	EXPECT_GE(self->page, send.result.desc_bytes);
	EXPECT_EQ(0, receive_exactly(self->sv[1], runs, 2, send.result.bytes));

	send_advance(&send);
	while (zc_send(self->dev, &send) == 0 && send.nr_descs)
		send_advance(&send);
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DESC, 0, EFAULT));
}

TEST_F_TIMEOUT(abi, offset_and_length_limits, TIMEOUT)
{
	__u64 max = self->info.max_bytes;
	struct zcxfer_transfer send;
	/* Accepted, though they begin at or past the end of the file. */
	const struct zcxfer_desc good[] = {
		file_desc(self->src.fd, SOURCE_SIZE, max - SOURCE_SIZE),
		file_desc(self->src.fd, max - 1, 1),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		struct zcxfer_desc desc = good[i];

		send = send_init(self->sv[0], &desc, 1, 0);
		EXPECT_EQ(0, zc_send(self->dev, &send));
		EXPECT_EQ(ZCXFER_STOP_EOF, send.result.stop);
		EXPECT_EQ(0, send.result.bytes);
	}

	/* One byte too many. */
	refuse_desc(_metadata, self,
		    file_desc(self->src.fd, SOURCE_SIZE, max - SOURCE_SIZE + 1),
		    EOVERFLOW);
	refuse_desc(_metadata, self, file_desc(self->src.fd, max, 1), EOVERFLOW);
	refuse_desc(_metadata, self, file_desc(self->src.fd, 0, UINT64_MAX),
		    EOVERFLOW);
	refuse_desc(_metadata, self, file_desc(self->src.fd, 1, UINT64_MAX),
		    EOVERFLOW);
	refuse_desc(_metadata, self,
		    file_desc(self->src.fd, INT64_MAX, INT64_MAX), EOVERFLOW);

	/* Negative as a loff_t. */
	refuse_desc(_metadata, self, file_desc(self->src.fd, 1ULL << 63, 0),
		    EINVAL);
	refuse_desc(_metadata, self, file_desc(self->src.fd, 1ULL << 63, 1),
		    EINVAL);
	refuse_desc(_metadata, self, file_desc(self->src.fd, UINT64_MAX, 1),
		    EINVAL);
	still_works(_metadata, self);
}

TEST_F_TIMEOUT(abi, sum_of_lengths_limit, TIMEOUT)
{
	__u64 max = self->info.max_bytes;
	struct zcxfer_transfer send;

	/* The sum is the limit; the first file is too short for its range. */
	self->descs[0] = file_desc(self->src.fd, SOURCE_SIZE,
				   max - SOURCE_SIZE);
	self->descs[1] = file_desc(self->src.fd, 0, SOURCE_SIZE);
	send = send_init(self->sv[0], self->descs, 2, 0);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_EOF, 0, 0));

	refuse_desc_at(_metadata, self, self->descs, 2, 1,
		       file_desc(self->src.fd, 0, SOURCE_SIZE + 1), EOVERFLOW);
	refuse_desc_at(_metadata, self, self->descs, 2, 1,
		       memory_desc(self, SOURCE_SIZE + 1), EOVERFLOW);
	refuse_desc(_metadata, self, memory_desc(self, UINT64_MAX), EOVERFLOW);
	refuse_desc_at(_metadata, self, self->descs, 2, 1,
		       memory_desc(self, UINT64_MAX - max + SOURCE_SIZE + 1),
		       EOVERFLOW);
	still_works(_metadata, self);
}

TEST_F_TIMEOUT(abi, file_position_is_neither_used_nor_moved, TIMEOUT)
{
	ASSERT_EQ(777, lseek(self->src.fd, 777, SEEK_SET));
	still_works(_metadata, self);
	EXPECT_EQ(777, lseek(self->src.fd, 0, SEEK_CUR));
}

TEST_F_TIMEOUT(abi, result_counts_references_and_copies, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		memory_desc(&self->info, 32),
		file_desc(self->src.fd, 4096, SOURCE_SIZE - 4096),
		memory_desc(&self->info, 16),
	};
	struct zcxfer_transfer send = send_init(self->sv[0], descs, 3, 0);

	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_TRUE(result_is(&send, (struct zcxfer_result){
		.bytes = SOURCE_SIZE - 4096 + 48,
		.bytes_referenced = SOURCE_SIZE - 4096,
		.bytes_copied = 48,
		.desc = 3,
		.stop = ZCXFER_STOP_DONE,
		.copy_reasons = ZCXFER_COPIED_MEMORY,
		.socket_calls = ANY_CALLS,
	}));
	/* Nothing else of the structure is written. */
	EXPECT_EQ(sizeof(send), send.size);
	EXPECT_EQ(self->sv[0], send.sock_fd);
	EXPECT_EQ(3, send.nr_descs);
	EXPECT_EQ((uintptr_t)descs, send.descs);
}

TEST_F_TIMEOUT(abi, counters_agree_with_results, TIMEOUT)
{
	struct stats before, after;
	struct zcxfer_transfer send;

	ASSERT_EQ(0, stats_read(&before));
	self->descs[0] = memory_desc(self, 100);
	self->descs[1] = file_desc(self->src.fd, 0, SOURCE_SIZE);
	send = send_init(self->sv[0], self->descs, 2, 0);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	ASSERT_EQ(0, stats_read(&after));

	EXPECT_EQ(1, after.transfers - before.transfers);
	EXPECT_EQ(2, after.descs - before.descs);
	EXPECT_EQ(send.result.bytes_referenced,
		  after.bytes_referenced - before.bytes_referenced);
	EXPECT_EQ(send.result.bytes_copied,
		  after.bytes_copied - before.bytes_copied);
	EXPECT_EQ(send.result.socket_calls,
		  after.socket_calls - before.socket_calls);
	EXPECT_LT(before.refs_taken, after.refs_taken);
}

static int read_task_io(const char *name, long long *value)
{
	FILE *file = fopen("/proc/thread-self/io", "r");
	char line[100];

	*value = -1;
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			*value = atoll(line + strlen(name));
	fclose(file);
	return *value < 0 ? -ENOENT : 0;
}

/* As with sendfile(2). Reading the counters adds a little to them. */
TEST_F_TIMEOUT(abi, bytes_are_accounted_to_the_task, TIMEOUT)
{
	long long read_before, written_before, read_after, written_after;
	struct zcxfer_transfer send;

	if (read_task_io("wchar: ", &written_before) ||
	    read_task_io("rchar: ", &read_before))
		SKIP(return, "no task I/O accounting");
	self->descs[0] = file_desc(self->src.fd, 0, SOURCE_SIZE);
	send = send_init(self->sv[0], self->descs, 1, 0);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	ASSERT_EQ(0, read_task_io("wchar: ", &written_after));
	ASSERT_EQ(0, read_task_io("rchar: ", &read_after));
	EXPECT_EQ(SOURCE_SIZE, written_after - written_before);
	EXPECT_LE(SOURCE_SIZE, read_after - read_before);
	EXPECT_GT(2 * SOURCE_SIZE, read_after - read_before);
}

TEST_F_TIMEOUT(abi, device_is_for_root_only, TIMEOUT)
{
	struct stat st;
	int fd;

	ASSERT_EQ(0, stat(DEVICE, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
	ASSERT_EQ(0, become_nobody());
	fd = zc_open();
	ASSERT_EQ(0, become_root());
	EXPECT_EQ(-EACCES, fd);
}

/*
 * Every kind of file descriptor, as a source and as the socket. Each opener
 * returns the descriptor or a negative errno; a kernel without that kind skips.
 * (A perf event is left out: opening the first one patches the scheduler's code,
 * which an emulated processor does not always survive.)
 */
static int fd_or_errno(int fd)
{
	return fd < 0 ? -errno : fd;
}

static int open_in_tmp(int flags)
{
	struct source src;
	int fd;

	if (source_create(&src, "/tmp", 100))
		return -ENOENT;
	fd = open(src.path, flags);
	source_destroy(&src);
	return fd_or_errno(fd);
}

static int open_read_only(void)
{
	return open_in_tmp(O_RDONLY);
}

static int open_read_write(void)
{
	return open_in_tmp(O_RDWR);
}

static int open_write_only(void)
{
	return open_in_tmp(O_WRONLY);
}

static int open_append(void)
{
	return open_in_tmp(O_RDWR | O_APPEND);
}

static int open_path(void)
{
	return open_in_tmp(O_PATH);
}

static int open_minus_one(void)
{
	return -1;
}

static int open_int_min(void)
{
	return INT_MIN;
}

static int open_closed(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static int open_device(void)
{
	return zc_open();
}

static int open_directory(void)
{
	return fd_or_errno(open("/", O_RDONLY | O_DIRECTORY));
}

static int open_pipe_reader(void)
{
	int fds[2];

	return pipe(fds) ? -errno : fds[0];
}

static int open_pipe_writer(void)
{
	int fds[2];

	return pipe(fds) ? -errno : fds[1];
}

static int open_fifo(void)
{
	const char *path = "/tmp/zctest.fifo";
	int fd;

	unlink(path);
	if (mkfifo(path, 0600))
		return -errno;
	fd = open(path, O_RDWR);
	unlink(path);
	return fd_or_errno(fd);
}

static int open_tcp_connected(void)
{
	int sv[2], ret = link_open(LINK_TCP, sv);

	return ret ? ret : sv[0];
}

static int open_tcp6_connected(void)
{
	int sv[2], ret = link_open(LINK_TCP6, sv);

	return ret ? ret : sv[0];
}

static int open_unix_connected(void)
{
	int sv[2], ret = link_open(LINK_UNIX, sv);

	return ret ? ret : sv[0];
}

static int open_tcp_listening(void)
{
	return listen_tcp(AF_INET);
}

static int open_tcp_unconnected(void)
{
	return fd_or_errno(socket(AF_INET, SOCK_STREAM, 0));
}

static int open_unix_unconnected(void)
{
	return fd_or_errno(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int open_unix_listening(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr addr = { .sa_family = AF_UNIX };

	/* No name given: the kernel chooses one. */
	if (bind(fd, &addr, sizeof(addr.sa_family)) || listen(fd, 1))
		return -errno;
	return fd;
}

static int open_unix_pair(int type)
{
	int sv[2];

	return socketpair(AF_UNIX, type, 0, sv) ? -errno : sv[0];
}

static int open_unix_dgram(void)
{
	return open_unix_pair(SOCK_DGRAM);
}

static int open_unix_seqpacket(void)
{
	return open_unix_pair(SOCK_SEQPACKET);
}

static int open_udp(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return fd;
}

static int open_raw_ip(void)
{
	return fd_or_errno(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int open_netlink(void)
{
	return fd_or_errno(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}

static int open_packet(void)
{
	return fd_or_errno(socket(AF_PACKET, SOCK_RAW, 0));
}

static int open_alg(void)
{
	return fd_or_errno(socket(AF_ALG, SOCK_SEQPACKET, 0));
}

static int open_vsock(void)
{
	return fd_or_errno(socket(AF_VSOCK, SOCK_STREAM, 0));
}

static int open_mptcp(void)
{
	return fd_or_errno(socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP));
}

static int open_sctp(void)
{
	return fd_or_errno(socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP));
}

static int open_eventfd(void)
{
	return fd_or_errno(eventfd(1, 0));
}

static int open_epoll(void)
{
	return fd_or_errno(epoll_create1(0));
}

static int open_timerfd(void)
{
	return fd_or_errno(timerfd_create(CLOCK_MONOTONIC, 0));
}

static int open_signalfd(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	return fd_or_errno(signalfd(-1, &mask, 0));
}

static int open_inotify(void)
{
	return fd_or_errno(inotify_init1(0));
}

static int open_fanotify(void)
{
	return fd_or_errno(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY));
}

static int open_io_uring(void)
{
	struct io_uring_params params = {};

	return fd_or_errno(syscall(__NR_io_uring_setup, 4, &params));
}

static int open_userfaultfd(void)
{
	return fd_or_errno(syscall(__NR_userfaultfd, O_CLOEXEC));
}

static int open_pidfd(void)
{
	return fd_or_errno(syscall(__NR_pidfd_open, getpid(), 0));
}

static int open_memfd(void)
{
	struct source src;
	int ret = source_create_memfd(&src, 100);

	return ret ? ret : src.fd;
}

static int open_hugetlb_memfd(void)
{
	return fd_or_errno(memfd_create("zctest", MFD_HUGETLB));
}

static int open_secretmem(void)
{
	return fd_or_errno(syscall(__NR_memfd_secret, 0));
}

static int open_bpf_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};

	return fd_or_errno(syscall(__NR_bpf, BPF_MAP_CREATE, &attr,
				   sizeof(attr)));
}

static int open_dev_null(void)
{
	return fd_or_errno(open("/dev/null", O_RDWR));
}

static int open_dev_zero(void)
{
	return fd_or_errno(open("/dev/zero", O_RDWR));
}

static int open_pty_master(void)
{
	return fd_or_errno(posix_openpt(O_RDWR | O_NOCTTY));
}

static int open_pty_slave(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	if (master < 0 || grantpt(master) || unlockpt(master))
		return -errno;
	return fd_or_errno(open(ptsname(master), O_RDWR | O_NOCTTY));
}

static int open_block_device(void)
{
	const char *const names[] = { "/dev/loop0", "/dev/vda", "/dev/ram0" };
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		fd = open(names[i], O_RDONLY);
		if (fd >= 0)
			return fd;
	}
	return -ENOENT;
}

static int open_proc_file(void)
{
	return fd_or_errno(open("/proc/version", O_RDONLY));
}

static int open_sysfs_file(void)
{
	return fd_or_errno(open("/sys/module/zcxfer/parameters/copybreak",
				O_RDONLY));
}

static int open_proc_mem(void)
{
	return fd_or_errno(open("/proc/self/mem", O_RDWR));
}

static int open_mount_namespace(void)
{
	return fd_or_errno(open("/proc/self/ns/mnt", O_RDONLY));
}

FIXTURE(fd_kind)
{
	int dev;
	int fd;
	int sv[2];
	struct source src;
};

FIXTURE_VARIANT(fd_kind)
{
	int (*open)(void);
	int source;	/* errno as a descriptor's fd, or 0 */
	int sink;	/* errno as the socket, or 0 */
};

/* The errno that each kind must give as a source, and as a socket. */
FIXTURE_VARIANT_ADD(fd_kind, minus_one) { open_minus_one, EBADF, EBADF };
FIXTURE_VARIANT_ADD(fd_kind, int_min) { open_int_min, EBADF, EBADF };
FIXTURE_VARIANT_ADD(fd_kind, closed) { open_closed, EBADF, EBADF };
FIXTURE_VARIANT_ADD(fd_kind, read_only) { open_read_only, 0, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, read_write) { open_read_write, 0, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, append) { open_append, 0, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, write_only) { open_write_only, EBADF, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, path) { open_path, EBADF, EBADF };
FIXTURE_VARIANT_ADD(fd_kind, directory) { open_directory, EISDIR, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, memfd) { open_memfd, 0, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, block_device) { open_block_device, 0, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, proc_file) { open_proc_file, 0, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, sysfs_file) { open_sysfs_file, 0, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, proc_mem) { open_proc_mem, EINVAL, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, mount_namespace) { open_mount_namespace, EINVAL, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, hugetlb_memfd) { open_hugetlb_memfd, EINVAL, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, secretmem) { open_secretmem, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, dev_null) { open_dev_null, EINVAL, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, dev_zero) { open_dev_zero, EINVAL, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, device) { open_device, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, pty_master) { open_pty_master, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, pty_slave) { open_pty_slave, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, pipe_reader) { open_pipe_reader, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, pipe_writer) { open_pipe_writer, EBADF, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, fifo) { open_fifo, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, tcp_connected) { open_tcp_connected, ESPIPE, 0 };
FIXTURE_VARIANT_ADD(fd_kind, tcp6_connected) { open_tcp6_connected, ESPIPE, 0 };
FIXTURE_VARIANT_ADD(fd_kind, unix_connected) { open_unix_connected, ESPIPE, 0 };
FIXTURE_VARIANT_ADD(fd_kind, tcp_unconnected) { open_tcp_unconnected, ESPIPE, EPIPE };
FIXTURE_VARIANT_ADD(fd_kind, tcp_listening) { open_tcp_listening, ESPIPE, EPIPE };
FIXTURE_VARIANT_ADD(fd_kind, unix_unconnected) { open_unix_unconnected, ESPIPE, ENOTCONN };
FIXTURE_VARIANT_ADD(fd_kind, unix_listening) { open_unix_listening, ESPIPE, ENOTCONN };
FIXTURE_VARIANT_ADD(fd_kind, unix_dgram) { open_unix_dgram, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, unix_seqpacket) { open_unix_seqpacket, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, udp) { open_udp, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, raw_ip) { open_raw_ip, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, netlink) { open_netlink, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, packet) { open_packet, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, alg) { open_alg, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, vsock) { open_vsock, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, mptcp) { open_mptcp, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, sctp) { open_sctp, ESPIPE, EOPNOTSUPP };
FIXTURE_VARIANT_ADD(fd_kind, eventfd) { open_eventfd, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, epoll) { open_epoll, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, timerfd) { open_timerfd, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, signalfd) { open_signalfd, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, inotify) { open_inotify, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, fanotify) { open_fanotify, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, io_uring) { open_io_uring, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, userfaultfd) { open_userfaultfd, ESPIPE, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, pidfd) { open_pidfd, EINVAL, ENOTSOCK };
FIXTURE_VARIANT_ADD(fd_kind, bpf_map) { open_bpf_map, ESPIPE, ENOTSOCK };

FIXTURE_SETUP(fd_kind)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	ASSERT_EQ(0, source_create_memfd(&self->src, KIB(4)));
	self->fd = variant->open();
	if (self->fd < 0 && variant->source != EBADF)
		SKIP(return, "this kernel has none: %s", strerror(-self->fd));
}

FIXTURE_TEARDOWN(fd_kind)
{
	EXPECT_EQ(0, source_check(&self->src));
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(fd_kind, as_source, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		file_desc(self->src.fd, 0, 1),
		file_desc(self->fd, 0, 1),
	};
	struct zcxfer_transfer send = send_init(self->sv[0], descs, 2, 0);

	EXPECT_EQ(-variant->source, zc_send(self->dev, &send));
	if (variant->source) {
		EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DESC, 1,
					   variant->source));
		EXPECT_EQ(0, receive_all(self->sv[1]));
	} else {
		EXPECT_EQ(0, send.result.error);
		EXPECT_EQ(send.result.bytes, receive_all(self->sv[1]));
	}
}

TEST_F_TIMEOUT(fd_kind, as_socket, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, KIB(4));
	struct zcxfer_transfer send = send_init(self->fd, &desc, 1, 0);

	EXPECT_EQ(-variant->sink, zc_send(self->dev, &send));
	if (!variant->sink) {
		EXPECT_EQ(KIB(4), send.result.bytes);
		return;
	}
	if (send.result.socket_calls) {
		/* Only the protocol could see that it is not connected. */
		EXPECT_TRUE(variant->sink == EPIPE || variant->sink == ENOTCONN);
		send.result.socket_calls = 0;
	}
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_SOCKET, 0, variant->sink));
}

/* Files that cannot be sent as a flag demands, because of their file system. */
FIXTURE(refused_file)
{
	int dev;
	int sv[2];
	struct source src;
};

FIXTURE_VARIANT(refused_file)
{
	const char *fs;
	__u32 flag;
};

/* The file has no page cache of its own to look into. */
FIXTURE_VARIANT_ADD(refused_file, cached_overlay) { "overlay", ZCXFER_F_CACHED };
FIXTURE_VARIANT_ADD(refused_file, cached_9p) { "9p", ZCXFER_F_CACHED };
FIXTURE_VARIANT_ADD(refused_file, cached_hostfs) { "hostfs", ZCXFER_F_CACHED };
FIXTURE_VARIANT_ADD(refused_file, dontcache_tmpfs) { "tmpfs", ZCXFER_F_DONTCACHE };
FIXTURE_VARIANT_ADD(refused_file, dontcache_overlay) { "overlay", ZCXFER_F_DONTCACHE };
FIXTURE_VARIANT_ADD(refused_file, dontcache_9p) { "9p", ZCXFER_F_DONTCACHE };
FIXTURE_VARIANT_ADD(refused_file, dontcache_hostfs) { "hostfs", ZCXFER_F_DONTCACHE };
/* The file system has no direct reads. */
FIXTURE_VARIANT_ADD(refused_file, direct_tmpfs) { "tmpfs", ZCXFER_F_DIRECT };
FIXTURE_VARIANT_ADD(refused_file, direct_9p) { "9p", ZCXFER_F_DIRECT };
/* A lease does not keep writers out. */
FIXTURE_VARIANT_ADD(refused_file, stable_overlay) { "overlay", ZCXFER_F_STABLE };
FIXTURE_VARIANT_ADD(refused_file, stable_9p) { "9p", ZCXFER_F_STABLE };
FIXTURE_VARIANT_ADD(refused_file, stable_hostfs) { "hostfs", ZCXFER_F_STABLE };

FIXTURE_SETUP(refused_file)
{
	const char *dir = mounted_dir(variant->fs);

	if (!dir)
		SKIP(return, "no %s mounted", variant->fs);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, dir, 100));
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
}

FIXTURE_TEARDOWN(refused_file)
{
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(refused_file, stops_the_call_before_the_first_byte, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		memory_desc("x", 1), file_desc(self->src.fd, 0, 100),
	};
	struct zcxfer_transfer send = send_init(self->sv[0], descs, 2,
						variant->flag);

	EXPECT_EQ(-EOPNOTSUPP, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DESC, 1, EOPNOTSUPP));
	EXPECT_EQ(0, receive_all(self->sv[1]));
}

TEST_HARNESS_MAIN
