// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the kernel: the worst that a user can do with each kind of thing that a call
 * leaves behind takes no more than the user's limit, measured by MemAvailable.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define SEND		ZCXFER_OP_SEND
#define MAX_DESCS	4096

/* What the jobs of the user may hold, in KiB: max_user_memory. */
#define LIMIT		16384
/*
 * Slabs that are not full, the tables of this process, and what the rest of the system
 * does meanwhile.
 */
#define MARGIN		8192
static const struct {
	const char *name;
	const char *value;
} limits[] = {
	{ "max_user_memory", "16777216" },
	{ "max_user_leases", "500" },
	{ "max_jobs", "200000" },
	{ "max_user_jobs", "200000" },
};

#define LIMITS		(sizeof(limits) / sizeof(*limits))

FIXTURE(memory)
{
	int dev;
	int sv[2];
	struct source src;
	struct zcxfer_desc *descs;
	struct zcxfer_transfer send;
	char before[LIMITS][32];
	long available;		/* when the test began */
};

FIXTURE_SETUP(memory)
{
	unsigned int i;

	if (kernel_has_checks())
		SKIP(return, "a kernel that checks memory needs more of it");
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, mounted_dir("ext4"), MIB(4)));
	self->descs = calloc(MAX_DESCS, sizeof(*self->descs));
	ASSERT_NE(NULL, self->descs);
	for (i = 0; i < LIMITS; i++) {
		ASSERT_EQ(0, param_read(limits[i].name, self->before[i],
					sizeof(self->before[i])));
		ASSERT_EQ(0, param_write(limits[i].name, limits[i].value));
	}
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	sock_fill(self->sv[0]);
	self->send = send_init(self->sv[0], self->descs, MAX_DESCS, 0);
	self->available = mem_available();
}

FIXTURE_TEARDOWN(memory)
{
	unsigned int i;

	for (i = 0; i < LIMITS; i++)
		EXPECT_EQ(0, param_write(limits[i].name, self->before[i]));
	close(self->dev);
	close(self->sv[0]);
	close(self->sv[1]);
	EXPECT_TRUE(stats_at_rest());
	source_destroy(&self->src);
	free(self->descs);
}

/*
 * Submits jobs that take @bytes each until one is refused, and returns the error. Ends
 * beyond the limit if nobody is charged for them.
 */
static int submit_all(struct _test_data_memory *self, __u64 bytes)
{
	__u64 most = 4 * KIB(LIMIT) / bytes, i;
	int err = 0;

	for (i = 0; !err && i < most; i++)
		err = zc_submit(self->dev, SEND, i, &self->send);
	ksft_print_msg("%llu jobs\n", i);
	return err;
}

static long growth(struct _test_data_memory *self)
{
	long kib = self->available - mem_available();

	ksft_print_msg("%ld KiB\n", kib);
	return kib;
}

/* Descriptors that differ from their neighbours: each has an open file of its own. */
TEST_F_TIMEOUT(memory, of_descriptors_is_bounded, TIMEOUT)
{
	int other = dup(self->src.fd), i;

	for (i = 0; i < MAX_DESCS; i++)
		self->descs[i] = file_desc(i % 2 ? other : self->src.fd, 0, 1);
	EXPECT_EQ(-EDQUOT, submit_all(self, 96 * MAX_DESCS));
	EXPECT_GT(LIMIT + MARGIN, growth(self));
	close(other);
}

TEST_F_TIMEOUT(memory, of_copies_is_bounded, TIMEOUT)
{
	char *bytes = calloc(1, MIB(1));

	self->send.nr_descs = 1;
	self->descs[0] = memory_desc(bytes, MIB(1));
	self->available = mem_available();
	EXPECT_EQ(-EDQUOT, submit_all(self, MIB(1)));
	EXPECT_GT(LIMIT + MARGIN, growth(self));
	free(bytes);
}

/* Jobs of no bytes are over at once. Each takes 1,240 bytes (module/job.h). */
TEST_F_TIMEOUT(memory, of_completions_that_nobody_reads_is_bounded, TIMEOUT)
{
	self->send.nr_descs = 0;
	EXPECT_EQ(-EDQUOT, submit_all(self, 1240));
	EXPECT_GT(LIMIT + MARGIN, growth(self));
}

/* A lease holds an open file, until the peer has acknowledged what was sent. */
TEST_F_TIMEOUT(memory, of_leases_is_bounded, TIMEOUT)
{
	enum { LEASES = 500, LEN = 1000, KIB_EACH = 4 };
	struct rlimit files = { 2 * LEASES, 2 * LEASES };
	static struct source sources[LEASES + 1];
	int sv[2], i, j, err = 0;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	for (i = 0; i <= LEASES; i++)
		ASSERT_EQ(0, source_create(&sources[i], mounted_dir("ext4"), LEN));
	ASSERT_EQ(0, link_open(LINK_TCP, sv));
	ASSERT_EQ(0, link_set_buffers(sv, 1));
	/* More than the peer's window, so that what follows is not sent. */
	ASSERT_EQ(0, sock_set_room(sv[0], KIB(256)));
	sock_fill(sv[0]);
	ASSERT_EQ(0, sock_set_room(sv[0], MIB(4)));
	self->send = send_init(sv[0], self->descs, MAX_DESCS, ZCXFER_F_STABLE);
	self->available = mem_available();
	for (i = 0; !err && i <= LEASES; i++) {
		self->descs[0] = file_desc(sources[i].fd, 0, LEN);
		for (j = 1; j < MAX_DESCS; j++)
			self->descs[j] = file_desc(sources[i].fd, 0, 0);
		err = zc_submit(self->dev, SEND, i, &self->send);
		if (!err)
			err = zc_complete(self->dev, i, &self->send);
	}
	EXPECT_EQ(-ENFILE, err);
	EXPECT_EQ(LEASES + 1, i);
	EXPECT_GT(LEASES * KIB_EACH + MARGIN, growth(self));
	close(sv[0]);
	close(sv[1]);
	for (i = 0; i <= LEASES; i++)
		source_destroy(&sources[i]);
}

/* Memory of TCP's buffers, of all sockets. */
static long tcp_kib(void)
{
	return tcp_memory() * PAGE / 1024;
}

/* Pages that direct reads have filled belong to the socket, whose limits TCP has. */
TEST_F_TIMEOUT(memory, of_pages_that_wait_for_the_network_is_bounded, TIMEOUT)
{
	enum { SOCKETS = 16 };
	int sv[SOCKETS][2], i;
	long before;

	for (i = 0; i < SOCKETS; i++) {
		ASSERT_EQ(0, link_open(LINK_TCP, sv[i]));
		ASSERT_EQ(0, link_set_buffers(sv[i], KIB(16)));
		ASSERT_EQ(0, sock_set_room(sv[i][0], MIB(2)));
	}
	self->send.nr_descs = 1;
	self->send.flags = ZCXFER_F_DIRECT;
	self->descs[0] = file_desc(self->src.fd, 0, self->src.size);
	before = tcp_kib();
	self->available = mem_available();
	for (i = 0; i < SOCKETS; i++) {
		self->send.sock_fd = sv[i][0];
		ASSERT_EQ(0, zc_submit(self->dev, SEND, i, &self->send));
	}
	for (i = 0; i < SOCKETS; i++)
		ASSERT_EQ(0, wait_blocked(sv[i][1]));
	EXPECT_LT(0, tcp_kib() - before);
	EXPECT_GT(tcp_kib() - before + LIMIT + MARGIN, growth(self));
	for (i = 0; i < SOCKETS; i++) {
		close(sv[i][0]);
		close(sv[i][1]);
	}
}

TEST_HARNESS_MAIN
