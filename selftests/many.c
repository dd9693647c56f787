// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfers to many sockets in one call: each has the result of a call of its own, and
 * holds up no other.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define NR		16
#define FILE_SIZE	MIB(1)
#define MEMORY_SEED	77
/* More than a socket takes while nobody reads. */
#define LARGE		FILE_SIZE
#define BUFFERS		KIB(64)

/* What a socket is sent: a header and a range, each of its own length. */
#define HEADER(i)	(10 + (i))
#define OFFSET(i)	(1000 * (i) + 1)
#define LENGTH(i)	(3000 + 100 * (i))

FIXTURE(many)
{
	int dev;
	int sv[NR][2];
	struct source src;
	char header[100];
	struct zcxfer_desc descs[NR][2];
	struct zcxfer_transfer t[NR];
};

FIXTURE_VARIANT(many)
{
	enum link link;
};

FIXTURE_VARIANT_ADD(many, tcp) { LINK_TCP };
FIXTURE_VARIANT_ADD(many, unix) { LINK_UNIX };
FIXTURE_VARIANT_ADD(many, tls) { LINK_TLS };

FIXTURE_SETUP(many)
{
	const char *dir = mounted_dir("ext4");
	int i;

	if (!dir)
		SKIP(return, "no ext4 mounted");
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, dir, FILE_SIZE));
	pattern_fill(self->header, MEMORY_SEED, 0, sizeof(self->header));
	for (i = 0; i < NR; i++) {
		if (link_open(variant->link, self->sv[i]))
			SKIP(return, "no such sockets");
		ASSERT_EQ(0, link_set_buffers(self->sv[i], BUFFERS));
		self->descs[i][0] = memory_desc(self->header, HEADER(i));
		self->descs[i][1] = file_desc(self->src.fd, OFFSET(i), LENGTH(i));
		self->t[i] = send_init(self->sv[i][0], self->descs[i], 2, 0);
	}
}

FIXTURE_TEARDOWN(many)
{
	int i;

	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	for (i = 0; i < NR; i++) {
		close(self->sv[i][0]);
		close(self->sv[i][1]);
	}
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/* Socket @i has its bytes, and no others. */
static void expect_sent(struct __test_metadata *_metadata,
			struct _test_data_many *self, int i)
{
	struct run runs[] = {
		{ MEMORY_SEED, 0, HEADER(i) },
		source_run(&self->src, OFFSET(i), LENGTH(i)),
	};

	EXPECT_EQ(ZCXFER_STOP_DONE, self->t[i].result.stop) TH_LOG("socket %d", i);
	EXPECT_EQ(HEADER(i) + LENGTH(i), self->t[i].result.bytes);
	EXPECT_EQ(HEADER(i), self->t[i].result.bytes_copied);
	EXPECT_EQ(0, receive_exactly(self->sv[i][1], runs, 2,
				     HEADER(i) + LENGTH(i)));
}

TEST_F_TIMEOUT(many, each_socket_gets_its_bytes, TIMEOUT)
{
	int i;

	ASSERT_EQ(NR, zc_send_many(self->dev, self->t, NR));
	for (i = 0; i < NR; i++)
		expect_sent(_metadata, self, i);
}

/* The socket is blocking, and the transfer says nothing about that. */
TEST_F_TIMEOUT(many, socket_without_room_holds_up_no_other, TIMEOUT)
{
	int i, full = 5;

	sock_fill(self->sv[full][0]);
	ASSERT_EQ(NR, zc_send_many(self->dev, self->t, NR));
	EXPECT_EQ(-EAGAIN, zc_outcome(&self->t[full]));
	self->t[full].result.socket_calls = 0;
	EXPECT_TRUE(result_refused(&self->t[full], ZCXFER_STOP_WOULD_BLOCK, 0, EAGAIN));
	for (i = 0; i < NR; i++)
		if (i != full)
			expect_sent(_metadata, self, i);
}

TEST_F_TIMEOUT(many, transfer_that_does_not_fit_holds_up_no_other, TIMEOUT)
{
	struct run run = source_run(&self->src, 0, LARGE);
	int i, large = 3;

	self->descs[large][0] = file_desc(self->src.fd, 0, LARGE);
	self->t[large].nr_descs = 1;
	ASSERT_EQ(NR, zc_send_many(self->dev, self->t, NR));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, self->t[large].result.stop);
	EXPECT_LT(0, self->t[large].result.bytes);
	EXPECT_GT(LARGE, self->t[large].result.bytes);
	EXPECT_EQ(0, receive_exactly(self->sv[large][1], &run, 1,
				     self->t[large].result.bytes));
	for (i = 0; i < NR; i++)
		if (i != large)
			expect_sent(_metadata, self, i);
}

/* Transfers that are refused, end early, or have nothing to do. */
static void spoil(struct _test_data_many *self)
{
	self->t[1].sock_fd = -1;
	self->t[2].sock_fd = self->src.fd;
	self->t[3].flags = 1U << 31;
	self->t[4].nr_descs = UINT32_MAX;
	self->t[5].descs = 16;
	self->descs[6][1].fd = -1;
	self->descs[7][1].reserved = 1;
	shutdown(self->sv[8][0], SHUT_WR);
	self->descs[9][1].offset = FILE_SIZE - 7;
	self->t[10].nr_descs = 0;
	self->t[11].flags = ZCXFER_F_NOTIFY;
}

/*
 * Each result is that of a call of its own, and the socket gets the same number of bytes.
 * (Two transfers may differ in whether a tick has passed since a file was changed.)
 */
TEST_F_TIMEOUT(many, each_result_is_that_of_its_own_call, TIMEOUT)
{
	struct zcxfer_transfer single;
	int i;

	spoil(self);
	ASSERT_EQ(NR, zc_send_many(self->dev, self->t, NR));
	for (i = 0; i < NR; i++) {
		ssize_t got = receive_all(self->sv[i][1]);

		single = self->t[i];
		single.flags |= ZCXFER_F_DONTWAIT;
		EXPECT_EQ(zc_outcome(&self->t[i]), zc_send(self->dev, &single))
			TH_LOG("transfer %d", i);
		single.result.changes = self->t[i].result.changes;
		EXPECT_TRUE(result_is(&self->t[i], single.result));
		EXPECT_EQ(got, receive_all(self->sv[i][1]));
		EXPECT_EQ(i == 0 || i == 9 || i >= 12, got > 0) TH_LOG("transfer %d", i);
	}
}

TEST_F_TIMEOUT(many, one_socket_gets_its_transfers_in_order, TIMEOUT)
{
	struct run runs[2 * NR];
	int i, len = 0;

	for (i = 0; i < NR; i++) {
		self->t[i].sock_fd = self->sv[0][0];
		runs[2 * i] = (struct run){ MEMORY_SEED, 0, HEADER(i) };
		runs[2 * i + 1] = source_run(&self->src, OFFSET(i), 100);
		self->descs[i][1].len = 100;
		len += HEADER(i) + 100;
	}
	ASSERT_EQ(NR, zc_send_many(self->dev, self->t, NR));
	EXPECT_EQ(0, receive_exactly(self->sv[0][1], runs, 2 * NR, len));
}

/* The transfers before @end have left, the others have not, and have no result. */
static void expect_end(struct __test_metadata *_metadata,
		       struct _test_data_many *self, int end)
{
	int i;

	for (i = 0; i < end; i++)
		expect_sent(_metadata, self, i);
	for (; i < NR; i++)
		EXPECT_EQ(0, receive_all(self->sv[i][1]));
}

/* A transfer whose structure is wrong ends the call; the next call reports it. */
TEST_F_TIMEOUT(many, bad_structure_ends_the_call, TIMEOUT)
{
	int end = 6;

	self->t[end].size = 95;
	ASSERT_EQ(end, zc_send_many(self->dev, self->t, NR));
	expect_end(_metadata, self, end);
	EXPECT_EQ(-EINVAL, zc_send_many(self->dev, self->t + end, NR - end));
	self->t[end].size = PAGE + 1;
	EXPECT_EQ(-E2BIG, zc_send_many(self->dev, self->t + end, NR - end));
	expect_end(_metadata, self, 0);
}

/* The array goes on in a page that has these rights. */
static struct zcxfer_transfer *array_across(struct _test_data_many *self, int end, int prot)
{
	char *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct zcxfer_transfer *t;

	if (map == MAP_FAILED)
		return NULL;
	t = (struct zcxfer_transfer *)(map + PAGE) - end;
	memcpy(t, self->t, sizeof(self->t));
	return mprotect(map + PAGE, PAGE, prot) ? NULL : t;
}

static void end_at_page(struct __test_metadata *_metadata,
			struct _test_data_many *self, int prot)
{
	int end = 9;
	struct zcxfer_transfer *t = array_across(self, end, prot);
	struct zcxfer_many many = {
		.size = sizeof(many),
		.transfers = (uintptr_t)t,
		.nr_transfers = NR,
		.transfer_size = sizeof(*t),
	};

	ASSERT_TRUE(!!t);
	ASSERT_EQ(end, zc_ioctl(self->dev, ZCXFER_IOC_SEND_MANY, &many));
	memcpy(self->t, t, end * sizeof(*t));
	expect_end(_metadata, self, end);
	many.transfers = (uintptr_t)(t + end);
	many.nr_transfers = NR - end;
	EXPECT_EQ(-EFAULT, zc_ioctl(self->dev, ZCXFER_IOC_SEND_MANY, &many));
	expect_end(_metadata, self, 0);
}

TEST_F_TIMEOUT(many, unreadable_transfer_ends_the_call, TIMEOUT)
{
	end_at_page(_metadata, self, PROT_NONE);
}

TEST_F_TIMEOUT(many, unwritable_result_ends_the_call, TIMEOUT)
{
	end_at_page(_metadata, self, PROT_READ);
}

static atomic_uint handled;

static void handler(int sig)
{
	(void)sig;
	handled++;
}

/*
 * SIGIO comes while the data arrives at the peer: of a UNIX socket, that is during the
 * transfer.
 */
TEST_F_TIMEOUT(many, signal_ends_the_call, TIMEOUT)
{
	struct sigaction action = { .sa_handler = handler };
	int i, peer;

	close(self->sv[4][0]);
	close(self->sv[4][1]);
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv[4]));
	self->t[4].sock_fd = self->sv[4][0];
	peer = self->sv[4][1];
	ASSERT_EQ(0, sigaction(SIGIO, &action, NULL));
	ASSERT_EQ(0, fcntl(peer, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(peer, F_SETFL, O_ASYNC));
	ASSERT_EQ(5, zc_send_many(self->dev, self->t, NR));
	EXPECT_LT(0, handled);
	ASSERT_EQ(0, fcntl(peer, F_SETFL, 0));
	for (i = 5; i < NR; i++)
		EXPECT_EQ(0, receive_all(self->sv[i][1]));
	/* The rest is sent by another call. */
	ASSERT_EQ(NR - 5, zc_send_many(self->dev, self->t + 5, NR - 5));
	expect_end(_metadata, self, NR);
}

/* send(2) holds the lock of the kTLS socket while it waits for its peer. */
TEST(locked_socket_holds_up_no_other)
{
	struct zcxfer_desc desc = memory_desc("x", 1);
	struct zcxfer_transfer t[2];
	int tls[2], sv[2], dev = zc_open();
	pthread_t thread;

	ASSERT_LE(0, dev);
	ASSERT_EQ(0, link_open(LINK_TCP, sv));
	if (link_open_narrow_tls(tls))
		SKIP(return, "no kTLS");
	ASSERT_EQ(0, pthread_create(&thread, NULL, sock_send_blocking, &tls[0]));
	ASSERT_EQ(0, wait_blocked(tls[1]));
	t[0] = send_init(tls[0], &desc, 1, 0);
	t[1] = send_init(sv[0], &desc, 1, 0);
	ASSERT_EQ(2, zc_send_many(dev, t, 2));
	EXPECT_TRUE(result_refused(&t[0], ZCXFER_STOP_WOULD_BLOCK, 0, EAGAIN));
	EXPECT_EQ(0, zc_outcome(&t[1]));
	t[0].flags = ZCXFER_F_DONTWAIT;
	EXPECT_EQ(-EAGAIN, zc_send(dev, &t[0]));
	close(tls[1]);
	pthread_join(thread, NULL);
	close(tls[0]);
	close(sv[0]);
	close(sv[1]);
	close(dev);
}

TEST_HARNESS_MAIN
