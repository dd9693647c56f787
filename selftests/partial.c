// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfers that end early: the count is exactly what the peer receives, and the
 * rest can be sent from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	(MIB(2) + 777)
#define MEMORY_SIZE	MIB(1)
#define MEMORY_SEED	42

/* Small, so that a few hundred KiB do not fit into the socket. */
#define BUFFERS		KIB(64)

enum { DESCS = 5 };

FIXTURE(partial)
{
	int dev;
	int sv[2];
	struct source src;
	struct receiver rx;
	char *memory;
	struct zcxfer_desc descs[DESCS];
	struct run runs[DESCS];
	__u64 sum;
};

FIXTURE_VARIANT(partial)
{
	enum link link;
};

FIXTURE_VARIANT_ADD(partial, tcp) { LINK_TCP };
FIXTURE_VARIANT_ADD(partial, unix) { LINK_UNIX };
FIXTURE_VARIANT_ADD(partial, tls) { LINK_TLS };

/* Memory and files in turn, each larger than the socket's buffers. */
FIXTURE_SETUP(partial)
{
	const char *dir = mounted_dir("ext4");
	unsigned int i;

	if (!dir)
		SKIP(return, "no ext4 mounted");
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, dir, FILE_SIZE));
	ASSERT_EQ(0, link_open(variant->link, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, BUFFERS));
	self->memory = malloc(MEMORY_SIZE);
	ASSERT_TRUE(!!self->memory);
	pattern_fill(self->memory, MEMORY_SEED, 0, MEMORY_SIZE);

	for (i = 0; i < DESCS; i++) {
		__u64 offset = 1000 * i + 1, len = MEMORY_SIZE - 10000 * i - 1;

		if (i % 2) {
			self->descs[i] = file_desc(self->src.fd, offset, len);
			self->runs[i] = source_run(&self->src, offset, len);
		} else {
			len /= 2;
			self->descs[i] = memory_desc(self->memory + offset, len);
			self->runs[i] = (struct run){ MEMORY_SEED, offset, len };
		}
	}
	self->sum = descs_len(self->descs, DESCS);
}

FIXTURE_TEARDOWN(partial)
{
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/*
 * Nobody reads: the transfer stops, and is continued until nothing moves any
 * more. Then the peer must have exactly the bytes counted.
 */
static void stop_and_count(struct __test_metadata *_metadata,
			   struct _test_data_partial *self, __u32 flags)
{
	struct zcxfer_transfer send = send_init(self->sv[0], self->descs, DESCS,
					    flags);
	__u64 moved = 0;
	int ret;

	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, send.result.stop);
	EXPECT_LT(0, send.result.bytes);
	EXPECT_GT(self->sum, send.result.bytes);
	do {
		moved += send.result.bytes;
		send_advance(&send);
		ret = zc_send(self->dev, &send);
	} while (!ret);
	EXPECT_EQ(-EAGAIN, ret);
	send.result.socket_calls = 0;
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_WOULD_BLOCK, 0, EAGAIN));
	EXPECT_EQ(0, receive_exactly(self->sv[1], self->runs, DESCS, moved));
}

TEST_F_TIMEOUT(partial, nonblocking_socket_stops_with_exact_count, TIMEOUT)
{
	ASSERT_EQ(0, fcntl(self->sv[0], F_SETFL, O_NONBLOCK));
	stop_and_count(_metadata, self, 0);
}

TEST_F_TIMEOUT(partial, dontwait_stops_with_exact_count, TIMEOUT)
{
	stop_and_count(_metadata, self, ZCXFER_F_DONTWAIT);
}

TEST_F_TIMEOUT(partial, dontwait_and_more_stop_with_exact_count, TIMEOUT)
{
	stop_and_count(_metadata, self, ZCXFER_F_DONTWAIT | ZCXFER_F_MORE);
}

/*
 * The transfer stops in the middle, so that the open record must be pushed out, and
 * the socket is full: kTLS's splice_eof would wait for room as soon as the last
 * packet has none.
 */
TEST_F_TIMEOUT(partial, dontwait_does_not_wait_to_push, TIMEOUT)
{
	struct zcxfer_desc next = memory_desc(self->memory, MEMORY_SIZE / 2);
	struct zcxfer_transfer send = send_init(self->sv[0], &next, 1,
						ZCXFER_F_DONTWAIT);
	struct run run = { MEMORY_SEED, 0, MEMORY_SIZE };
	__u64 moved = 0;
	int i;

	for (; !zc_send(self->dev, &send); send_advance(&send))
		moved += send.result.bytes;
	EXPECT_EQ(EAGAIN, send.result.error);
	for (i = 0; i < 8; i++) {
		/* Opens a record, and takes the room away again. */
		ASSERT_EQ(0, sock_set_room(self->sv[0], MIB(4)));
		next = memory_desc(self->memory + moved, 15000);
		send = send_init(self->sv[0], &next, 1,
				 ZCXFER_F_DONTWAIT | ZCXFER_F_MORE);
		ASSERT_EQ(0, zc_send(self->dev, &send));
		ASSERT_EQ(15000, send.result.bytes);
		moved += 15000;
		ASSERT_EQ(0, sock_set_room(self->sv[0], 1));

		/* TCP may still fill its last packet. */
		next = memory_desc(self->memory + moved, MEMORY_SIZE - moved);
		send = send_init(self->sv[0], &next, 1, ZCXFER_F_DONTWAIT);
		zc_send(self->dev, &send);
		EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, send.result.stop);
		moved += send.result.bytes;
	}
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, moved));
}

TEST_F_TIMEOUT(partial, send_timeout_stops_with_exact_count, TIMEOUT)
{
	struct timeval timeout = { .tv_usec = 100000 };
	__u64 start = now_ms();

	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_SNDTIMEO, &timeout,
				sizeof(timeout)));
	stop_and_count(_metadata, self, 0);
	/* The calls did wait. */
	EXPECT_LE(50, now_ms() - start);
}

TEST_F_TIMEOUT(partial, send_timeout_passes_once, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], self->descs, DESCS, 0);
	struct timeval timeout = { .tv_sec = 3 };
	__u64 start = now_ms();

	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_SNDTIMEO, &timeout,
				sizeof(timeout)));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, send.result.stop);
	EXPECT_LE(2000, now_ms() - start);
	EXPECT_GT(6000, now_ms() - start);
}

TEST_F_TIMEOUT(partial, full_socket_gathers_a_page_at_most, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, FILE_SIZE);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1,
					    ZCXFER_F_DONTWAIT);
	struct stats before, after;
	int ret;

	do {
		ASSERT_EQ(0, stats_read(&before));
		ret = zc_send(self->dev, &send);
		ASSERT_EQ(0, stats_read(&after));
	} while (!ret);
	EXPECT_EQ(-EAGAIN, ret);
	EXPECT_GE(1, after.refs_taken - before.refs_taken);
}

TEST_F_TIMEOUT(partial, continued_from_each_stop_all_arrives, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], self->descs, DESCS, 0);

	ASSERT_EQ(0, fcntl(self->sv[0], F_SETFL, O_NONBLOCK));
	self->rx.pace_us = 500;
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], self->runs, DESCS));
	EXPECT_EQ(0, zc_send_all(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(DESCS, send.result.desc);
	EXPECT_EQ(self->sum, send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->sum));
}

TEST_F_TIMEOUT(partial, blocking_call_sends_all_to_a_slow_peer, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], self->descs, DESCS, 0);

	self->rx.pace_us = 500;
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], self->runs, DESCS));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(self->sum, send.result.bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->sum));
}

TEST_F_TIMEOUT(partial, short_file_stops_the_transfer, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		memory_desc(self->memory, 100),
		file_desc(self->src.fd, FILE_SIZE - 5000, 5001),
		memory_desc(self->memory + 100, 100),
		file_desc(self->src.fd, 0, 100),
	};
	struct run runs[] = {
		{ MEMORY_SEED, 0, 100 },
		source_run(&self->src, FILE_SIZE - 5000, 5000),
	};
	struct zcxfer_transfer send = send_init(self->sv[0], descs, 4, 0);

	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_TRUE(result_is(&send, (struct zcxfer_result){
		.bytes = 5100,
		.bytes_referenced = 5000,
		.bytes_copied = 100,
		.desc_bytes = 5000,
		.desc = 1,
		.stop = ZCXFER_STOP_EOF,
		.copy_reasons = ZCXFER_COPIED_MEMORY,
		.socket_calls = ANY_CALLS,
	}));
	EXPECT_EQ(0, receive_exactly(self->sv[1], runs, 2, 5100));

	/* The next call stops there, too, and sends nothing from behind it. */
	send_advance(&send);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_EOF, 0, 0));
	EXPECT_EQ(0, receive_all(self->sv[1]));
}

TEST_F_TIMEOUT(partial, file_that_grew_is_continued, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, FILE_SIZE - 1, 4098);
	struct run run = source_run(&self->src, FILE_SIZE - 1, 4098);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	char grown[4097];
	int fd;

	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_EOF, send.result.stop);
	EXPECT_EQ(1, send.result.bytes);

	pattern_fill(grown, self->src.seed, FILE_SIZE, sizeof(grown));
	fd = open(self->src.path, O_WRONLY | O_APPEND);
	ASSERT_EQ(sizeof(grown), write(fd, grown, sizeof(grown)));
	close(fd);
	self->src.size += sizeof(grown);

	send_advance(&send);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(sizeof(grown), send.result.bytes);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, 4098));
}

TEST_F_TIMEOUT(partial, end_of_file_is_success_on_every_filesystem, TIMEOUT)
{
	const char *const filesystems[] = {
		"ext4", "xfs", "tmpfs", "overlay", "9p", "hostfs",
	};
	const __u64 sizes[] = { 0, 1, 4096, 10000 };
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(filesystems); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			const __u64 offsets[] = {
				sizes[j], sizes[j] + 1, sizes[j] + MIB(1),
				1ULL << 40,
			};
			const char *dir = mounted_dir(filesystems[i]);
			struct source src;

			if (!dir)
				continue;
			ASSERT_EQ(0, source_create(&src, dir, sizes[j]));
			for (k = 0; k < ARRAY_SIZE(offsets); k++) {
				struct zcxfer_desc descs[] = {
					file_desc(src.fd, offsets[k], 5000),
					memory_desc(self->memory, 100),
				};
				struct zcxfer_transfer send =
					send_init(self->sv[0], descs, 2, 0);

				EXPECT_EQ(0, zc_send(self->dev, &send));
				EXPECT_TRUE(result_refused(&send,
							   ZCXFER_STOP_EOF,
							   0, 0))
					TH_LOG("%s, size %llu, offset %llu",
					       filesystems[i], sizes[j],
					       offsets[k]);
			}
			EXPECT_EQ(0, receive_all(self->sv[1]));
			source_destroy(&src);
		}
	}
}

/*
 * When bytes leave. TCP holds a segment that is not full back if more follows, but
 * not longer than 200 ms: a call that took almost as long is repeated.
 */
FIXTURE(cork)
{
	int dev;
	int sv[2];
	struct source src;
};

FIXTURE_SETUP(cork)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create_memfd(&self->src, KIB(16)));
}

FIXTURE_TEARDOWN(cork)
{
	EXPECT_EQ(0, source_check(&self->src));
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

#define HELD_MS		100
#define LOOKS		10

/*
 * Sends over a new connection. Returns how many bytes TCP has not sent when the
 * call returns.
 */
static int unsent_after(struct __test_metadata *_metadata,
			struct _test_data_cork *self,
			const struct zcxfer_desc *descs, __u32 nr, __u32 flags,
			struct zcxfer_result *result)
{
	struct zcxfer_desc copy[nr];
	struct zcxfer_transfer send;
	int unsent = -1, i;
	__u64 start;

	for (i = 0; i < LOOKS; i++) {
		memcpy(copy, descs, sizeof(copy));
		ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
		send = send_init(self->sv[0], copy, nr, flags);
		start = now_ms();
		EXPECT_EQ(0, zc_send(self->dev, &send));
		ASSERT_EQ(0, ioctl(self->sv[0], SIOCOUTQNSD, &unsent));
		close(self->sv[0]);
		close(self->sv[1]);
		if (now_ms() - start < HELD_MS)
			break;
	}
	EXPECT_GT(LOOKS, i);
	*result = send.result;
	return unsent;
}

TEST_F_TIMEOUT(cork, more_holds_the_last_segment_back, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, 5000);
	struct zcxfer_result result;

	EXPECT_EQ(5000, unsent_after(_metadata, self, &desc, 1, ZCXFER_F_MORE,
				     &result));
	EXPECT_EQ(ZCXFER_STOP_DONE, result.stop);
}

TEST_F_TIMEOUT(cork, without_more_all_is_pushed_out, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		memory_desc("x", 1),
		file_desc(self->src.fd, 0, 5000),
		file_desc(self->src.fd, 0, 0),
	};
	struct zcxfer_result result;

	EXPECT_EQ(0, unsent_after(_metadata, self, descs, 1, 0, &result));
	EXPECT_EQ(0, unsent_after(_metadata, self, descs, 2, 0, &result));
	EXPECT_EQ(0, unsent_after(_metadata, self, descs, 3, 0, &result));
	EXPECT_EQ(ZCXFER_STOP_DONE, result.stop);
}

TEST_F_TIMEOUT(cork, stop_at_end_of_file_is_pushed_out, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		file_desc(self->src.fd, KIB(16) - 5000, 5001),
		memory_desc("x", 1),
	};
	struct zcxfer_result result;

	EXPECT_EQ(0, unsent_after(_metadata, self, descs, 2, 0, &result));
	EXPECT_EQ(ZCXFER_STOP_EOF, result.stop);

	/* The second range is behind the end of its file: the first must not wait. */
	descs[0] = file_desc(self->src.fd, 0, 5000);
	descs[1] = file_desc(self->src.fd, KIB(16), 1);
	EXPECT_EQ(0, unsent_after(_metadata, self, descs, 2, 0, &result));
	EXPECT_EQ(ZCXFER_STOP_EOF, result.stop);
	EXPECT_EQ(5000, result.bytes);
}

TEST_F_TIMEOUT(cork, stop_at_bad_memory_is_pushed_out, TIMEOUT)
{
	struct zcxfer_desc descs[] = {
		file_desc(self->src.fd, 0, 5000),
		memory_desc(NULL, 1),
	};
	struct zcxfer_result result;

	EXPECT_EQ(0, unsent_after(_metadata, self, descs, 2, 0, &result));
	EXPECT_EQ(ZCXFER_STOP_DESC, result.stop);
	EXPECT_EQ(5000, result.bytes);
}

TEST_HARNESS_MAIN
