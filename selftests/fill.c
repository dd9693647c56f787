// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that the module fills with whole pieces of files and memory (module/fill.c):
 * what the network does to them on their way, other senders that share them, and what the
 * socket is charged for them. In each test the bytes arrive, the file stays what it is, and no
 * reference is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/falloc.h>
#include <linux/if_ether.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define SOURCE_SIZE	MIB(4)
#define MEMORY_SEED	77
#define MEMORY_SIZE	KIB(64)
#define DESCS		24
#define PARAM		"fill_packets"

/* Large folios give pieces of more than a page: xfs has them. */
static const char *source_dir(void)
{
	return mounted_dir("xfs") ?: mounted_dir("ext4") ?: "/tmp";
}

/* A response: parts of memory, short and long, and of the file between them. */
struct response {
	struct source *src;
	char *memory;
	struct zcxfer_desc descs[DESCS];
	struct run runs[DESCS];
	__u64 len;
};

static void response_init(struct response *r, struct source *src, char *memory,
			  unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < DESCS; i++) {
		/* Lengths from a few bytes to some packets, at any offset. */
		__u64 len = 1 + rand_r(&seed) % (i % 6 == 1 ? KIB(300) : KIB(20));
		__u64 offset;

		if (i % 2) {
			offset = rand_r(&seed) % (src->size - len);
			r->descs[i] = file_desc(src->fd, offset, len);
			r->runs[i] = source_run(src, offset, len);
		} else {
			offset = rand_r(&seed) % (MEMORY_SIZE - len);
			r->descs[i] = memory_desc(memory + offset, len);
			r->runs[i] = (struct run) { MEMORY_SEED, offset, len };
		}
	}
	r->len = descs_len(r->descs, DESCS);
}

static char *memory_create(void)
{
	char *memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory != MAP_FAILED)
		pattern_fill(memory, MEMORY_SEED, 0, MEMORY_SIZE);
	return memory;
}

/* Sends as a job, and waits until the network has released the pages. */
static int send_and_release(int dev, struct zcxfer_transfer *send)
{
	struct zcxfer_completion completion;
	struct pollfd pfd = { .fd = dev, .events = POLLIN };
	int err;

	send->flags |= ZCXFER_F_RELEASE;
	err = zc_submit(dev, ZCXFER_OP_SEND, 1, send);
	if (err)
		return err;
	if (poll(&pfd, 1, TIMEOUT * 1000) != 1)
		return -ETIMEDOUT;
	if (read(dev, &completion, sizeof(completion)) != sizeof(completion) ||
	    completion.user_data != 1 ||
	    !(completion.flags & ZCXFER_COMPLETION_RELEASED))
		return -EPROTO;
	send->result = completion.result;
	return zc_outcome(send);
}

/* Three ways to send: a call, with leases until the peer has all, a job with a notice. */
static int send_response(int dev, int sock, struct response *r, unsigned int way)
{
	struct zcxfer_transfer send = send_init(sock, r->descs, DESCS,
						way == 1 ? ZCXFER_F_STABLE : 0);
	int err = way == 2 ? send_and_release(dev, &send) : zc_send(dev, &send);

	if (err)
		return err;
	return send.result.bytes == r->len ? 0 : -EIO;
}

#define WAYS	3

/*
 * From one network namespace to another, through a third that forwards:
 * A 10.9.1.1 - 10.9.1.2 ROUTER 10.9.2.2 - 10.9.2.1 B
 */
enum place { HOME, A, B, ROUTER, PLACES };

FIXTURE(path)
{
	int ns[PLACES];
	int dev;
	int sv[2];
	int tap[2];
	char *memory;
	struct source src;
	struct receiver rx;
	struct response response[WAYS];
	struct run runs[WAYS * DESCS];
};

/* Shell commands that make the path a special one. */
FIXTURE_VARIANT(path)
{
	const char *at[PLACES];
	const char *meanwhile;		/* at the router, while packets are on their way */
	const char *afterwards;		/* at home */
	bool tapped;
};

FIXTURE_VARIANT_ADD(path, plain) {};

FIXTURE_VARIANT_ADD(path, left_to_the_kernel) {
	.at[HOME] = "echo N >/sys/module/zcxfer/parameters/" PARAM,
	.afterwards = "echo Y >/sys/module/zcxfer/parameters/" PARAM,
};

FIXTURE_VARIANT_ADD(path, loses_packets) {
	.at[A] = "tc qdisc add dev va root netem delay 1ms reorder 95% loss 1%",
	.at[ROUTER] = "tc qdisc add dev rb root netem duplicate 1% loss 1%",
};

FIXTURE_VARIANT_ADD(path, loses_packets_without_sack) {
	.at[A] = "tc qdisc add dev va root netem delay 1ms loss 1%",
	.at[B] = "sysctl -qw net.ipv4.tcp_sack=0",
};

FIXTURE_VARIANT_ADD(path, corrupts_packets) {
	.at[ROUTER] = "tc qdisc add dev rb root netem corrupt 1%",
};

FIXTURE_VARIANT_ADD(path, without_segmentation) {
	.at[A] = "ethtool -K va tso off gso off >/dev/null",
};

FIXTURE_VARIANT_ADD(path, without_scatter_gather) {
	.at[A] = "ethtool -K va sg off >/dev/null",
	.at[ROUTER] = "ethtool -K rb sg off >/dev/null",
};

FIXTURE_VARIANT_ADD(path, without_checksums) {
	.at[A] = "ethtool -K va tx off >/dev/null",
};

FIXTURE_VARIANT_ADD(path, merges_packets) {
	.at[A] = "ethtool -K va tso off gso off >/dev/null",
	.at[ROUTER] = "ethtool -K ra gro on >/dev/null",
	.at[B] = "ethtool -K vb gro on >/dev/null",
};

FIXTURE_VARIANT_ADD(path, gets_narrow) {
	.at[ROUTER] = "tc qdisc add dev rb root netem delay 5ms",
	.meanwhile = "ip link set rb mtu 1280",
};

FIXTURE_VARIANT_ADD(path, is_probed_for_its_mtu) {
	.at[A] = "sysctl -qw net.ipv4.tcp_mtu_probing=2 net.ipv4.tcp_base_mss=512",
};

FIXTURE_VARIANT_ADD(path, takes_few_frags) {
	.at[HOME] = "sysctl -qw net.core.max_skb_frags=3",
	.afterwards = "sysctl -qw net.core.max_skb_frags=17",
};

FIXTURE_VARIANT_ADD(path, is_tapped) { .tapped = true };

#define FLOW		"src 10.9.1.1 dst 10.9.2.1"
#define CIPHER		"'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128"
#define ESP		"proto esp spi 1 mode transport aead " CIPHER
#define SECURITY	"ip xfrm state add " FLOW " " ESP

FIXTURE_VARIANT_ADD(path, encrypts) {
	.at[A] = SECURITY " && ip xfrm policy add " FLOW " dir out tmpl " FLOW
		 " proto esp mode transport",
	.at[B] = SECURITY,
};

static int go_to(int ns)
{
	return setns(ns, CLONE_NEWNET) ? -errno : 0;
}

/* Runs a shell command in a namespace. Returns -errno if it fails. */
static int run_at(int ns, const char *command)
{
	int err = go_to(ns);

	return err ?: command && system(command) ? -ENODEV : 0;
}

static int ns_open(void)
{
	return open("/proc/self/ns/net", O_RDONLY);
}

/* A packet socket that holds what it gets. */
static int tap_open(int ns)
{
	int room = MIB(64), fd;

	if (go_to(ns))
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

static int path_open(int ns[PLACES])
{
	char command[400];
	int i, err = 0;

	for (i = A; i < PLACES; i++) {
		if (unshare(CLONE_NEWNET))
			return -errno;
		ns[i] = ns_open();
	}
	snprintf(command, sizeof(command),
		 "set -e\n"
		 "ip link add ra type veth peer name va netns /proc/%d/fd/%d\n"
		 "ip link add rb type veth peer name vb netns /proc/%d/fd/%d\n"
		 "ip addr add 10.9.1.2/24 dev ra\n"
		 "ip addr add 10.9.2.2/24 dev rb\n"
		 "ip link set ra up\n"
		 "ip link set rb up\n"
		 "sysctl -qw net.ipv4.ip_forward=1",
		 getpid(), ns[A], getpid(), ns[B]);
	err = run_at(ns[ROUTER], command);
	for (i = A; i <= B; i++) {
		snprintf(command, sizeof(command),
			 "set -e\n"
			 "ip addr add 10.9.%d.1/24 dev v%c\n"
			 "ip link set v%c up\n"
			 "ip route add default via 10.9.%d.2",
			 i, "-ab"[i], "-ab"[i], i);
		err = err ?: run_at(ns[i], command);
	}
	return err;
}

/* From @from to 10.9.2.1 at @to. */
static int path_connect(int from, int to, int sv[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(9000),
		.sin_addr.s_addr = htonl(0x0a090201),
	};
	int listener;

	if (go_to(to))
		return -errno;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, 1) || go_to(from))
		return -errno;
	sv[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sv[0], (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	sv[1] = accept(listener, NULL, NULL);
	close(listener);
	return sv[1] < 0 ? -errno : 0;
}

FIXTURE_SETUP(path)
{
	int i;

	self->ns[HOME] = ns_open();
	self->tap[0] = -1;
	self->tap[1] = -1;
	if (path_open(self->ns))
		SKIP(return, "no veth");
	for (i = A; i < PLACES; i++)
		if (run_at(self->ns[i], variant->at[i]))
			SKIP(return, "%s", variant->at[i]);
	ASSERT_EQ(0, run_at(self->ns[HOME], variant->at[HOME]));
	ASSERT_EQ(0, path_connect(self->ns[A], self->ns[B], self->sv));
	ASSERT_EQ(0, sock_set_room(self->sv[0], MIB(2)));
	for (i = 0; i < 2 && variant->tapped; i++) {
		self->tap[i] = tap_open(self->ns[i ? ROUTER : A]);
		ASSERT_LE(0, self->tap[i]);
	}
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, source_dir(), SOURCE_SIZE));
	self->memory = memory_create();
	for (i = 0; i < WAYS; i++) {
		response_init(&self->response[i], &self->src, self->memory, i);
		memcpy(self->runs + i * DESCS, self->response[i].runs,
		       sizeof(self->response[i].runs));
	}
}

FIXTURE_TEARDOWN(path)
{
	EXPECT_EQ(0, run_at(self->ns[HOME], variant->afterwards));
	/* In the page cache, and on the disk. */
	EXPECT_EQ(0, source_check(&self->src));
	EXPECT_EQ(0, source_forget_cache(&self->src));
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(path, carries_every_byte, TIMEOUT)
{
	__u64 sum = 0;
	int i;

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], self->runs, WAYS * DESCS));
	for (i = 0; i < WAYS; i++) {
		EXPECT_EQ(0, send_response(self->dev, self->sv[0], &self->response[i],
					   i));
		sum += self->response[i].len;
		if (!i)
			EXPECT_EQ(0, run_at(self->ns[ROUTER], variant->meanwhile));
	}
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], sum));
	close(self->sv[0]);
	close(self->sv[1]);
	close(self->tap[0]);
	close(self->tap[1]);
}

FIXTURE(fill)
{
	int dev;
	int sv[2];
	char *memory;
	struct source src;
	struct response response;
	struct receiver rx;
};

FIXTURE_SETUP(fill)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	ASSERT_EQ(0, source_create(&self->src, source_dir(), SOURCE_SIZE));
	self->memory = memory_create();
	response_init(&self->response, &self->src, self->memory, 1);
}

FIXTURE_TEARDOWN(fill)
{
	close(self->sv[0]);
	close(self->sv[1]);
	source_destroy(&self->src);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/*
 * Nothing is read until the file is gone: packets hold the only references to its pages.
 * Without theirs, the pages would be those of another file by then.
 */
static void outlive(struct __test_metadata *_metadata, struct _test_data_fill *self,
		    unsigned int flags, bool punch)
{
	struct zcxfer_transfer send = send_init(self->sv[0], self->response.descs,
						DESCS, flags);
	struct source foreign;
	int fd = open(self->src.path, O_RDWR);

	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
	ASSERT_EQ(0, sock_set_room(self->sv[0], MIB(8)));
	ASSERT_EQ(0, flags & ZCXFER_F_RELEASE ?
		     zc_submit(self->dev, ZCXFER_OP_SEND, 1, &send) :
		     zc_send(self->dev, &send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	ASSERT_EQ(0, punch ? fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				       0, SOURCE_SIZE) :
			     ftruncate(fd, 0));
	close(fd);
	ASSERT_EQ(0, source_create(&foreign, source_dir(), 2 * SOURCE_SIZE));
	EXPECT_EQ(0, receive_exactly(self->sv[1], self->response.runs, DESCS,
				     self->response.len));
	EXPECT_EQ(0, source_check(&foreign));
	source_destroy(&foreign);
}

TEST_F_TIMEOUT(fill, outlives_a_truncated_file, TIMEOUT)
{
	outlive(_metadata, self, 0, false);
}

TEST_F_TIMEOUT(fill, outlives_a_punched_file, TIMEOUT)
{
	outlive(_metadata, self, 0, true);
}

TEST_F_TIMEOUT(fill, with_a_release_outlives_a_truncated_file, TIMEOUT)
{
	outlive(_metadata, self, ZCXFER_F_RELEASE, false);
	EXPECT_TRUE(zc_has_completion(self->dev, TIMEOUT * 1000));
}

/*
 * The kernel's own filling does not charge for a packet with a release, and the module's
 * does. A packet that both have filled is charged as it was begun.
 */
TEST_F_TIMEOUT(fill, continues_packets_of_the_kernel, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], self->response.descs,
						DESCS, ZCXFER_F_RELEASE);

	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(16)));
	ASSERT_EQ(0, param_write(PARAM, "N"));
	ASSERT_EQ(0, zc_submit(self->dev, ZCXFER_OP_SEND, 1, &send));
	ASSERT_EQ(0, wait_blocked(self->sv[1]));
	ASSERT_EQ(0, param_write(PARAM, "Y"));
	EXPECT_EQ(0, receive_exactly(self->sv[1], self->response.runs, DESCS,
				     self->response.len));
	EXPECT_TRUE(zc_has_completion(self->dev, TIMEOUT * 1000));
}

/* Waits until the last of @calls sends with MSG_ZEROCOPY was reported. */
static int wait_notified(int sock, unsigned int calls)
{
	struct pollfd pfd = { .fd = sock };
	struct sock_extended_err *err;
	char control[200];
	unsigned int seen = 0;

	while (seen < calls) {
		struct msghdr msg = {
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};

		if (poll(&pfd, 1, TIMEOUT * 1000) != 1)
			return -ETIMEDOUT;
		if (recvmsg(sock, &msg, MSG_ERRQUEUE) < 0)
			return -errno;
		err = (void *)CMSG_DATA(CMSG_FIRSTHDR(&msg));
		seen += err->ee_data - err->ee_info + 1;
	}
	return 0;
}

/* The sender of a part of a packet. */
enum sender_of { ZEROCOPY, WRITE, SENDFILE, JOB, CALL, SENDERS };

/* Waits until a job has sent, whether or not the pages of those before are released. */
static int wait_sent(int dev)
{
	struct zcxfer_completion completion;

	do {
		if (read(dev, &completion, sizeof(completion)) != sizeof(completion))
			return -errno;
	} while (!(completion.flags & ZCXFER_COMPLETION_MORE));
	if (completion.result.stop == ZCXFER_STOP_DONE)
		return 0;
	ksft_print_msg("the job stopped with %u, error %u\n", completion.result.stop,
		       completion.result.error);
	return -EPROTO;
}

/* Sends a part of the file or of the memory, and says which in @run. */
static int send_part(struct _test_data_fill *self, enum sender_of by, struct run *run)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, run->offset, run->len);
	struct zcxfer_transfer part = send_init(self->sv[0], &desc, 1, ZCXFER_F_MORE);
	off_t at = run->offset;
	ssize_t sent;

	run->seed = by == ZEROCOPY || by == WRITE ? MEMORY_SEED : self->src.seed;
	switch (by) {
	case ZEROCOPY:
	case WRITE:
		sent = send(self->sv[0], self->memory + at, run->len,
			    by == ZEROCOPY ? MSG_ZEROCOPY : 0);
		break;
	case SENDFILE:
		sent = sendfile(self->sv[0], self->src.fd, &at, run->len);
		break;
	case JOB:
		part.flags |= ZCXFER_F_NOTIFY;
		return zc_submit(self->dev, ZCXFER_OP_SEND, 1, &part) ?:
		       wait_sent(self->dev);
	default:
		return zc_send(self->dev, &part);
	}
	return sent < 0 ? -errno : sent == run->len ? 0 : -EIO;
}

#define ROUNDS	60

/*
 * A corked socket puts short sends into one packet: those that the module fills, TCP's own
 * copies, those of sendfile(2) and of MSG_ZEROCOPY. They differ in what is charged to the
 * socket, and the kernel warns if that does not add up when the socket is freed.
 */
TEST_F_TIMEOUT(fill, shares_packets_with_other_senders, TIMEOUT)
{
	unsigned int i, zerocopy = 0, seed = 5;
	struct run runs[ROUNDS];
	__u64 sum = 0;
	int one = 1, err;

	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)));
	ASSERT_EQ(0, setsockopt(self->sv[0], IPPROTO_TCP, TCP_CORK, &one, sizeof(one)));
	ASSERT_EQ(0, sock_set_room(self->sv[0], MIB(8)));
	for (i = 0; i < ROUNDS; i++) {
		enum sender_of by = rand_r(&seed) % SENDERS;

		runs[i].len = 1 + rand_r(&seed) % KIB(12);
		runs[i].offset = rand_r(&seed) % (MEMORY_SIZE - runs[i].len);
		err = send_part(self, by, &runs[i]);
		/* TCP accepts it in no packet that has the ubuf_info of another. */
		if (by == ZEROCOPY && err == -ENOBUFS)
			err = send_part(self, WRITE, &runs[i]);
		else
			zerocopy += by == ZEROCOPY;
		ASSERT_EQ(0, err);
		sum += runs[i].len;
	}
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], runs, ROUNDS));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], sum));
	EXPECT_EQ(0, wait_notified(self->sv[0], zerocopy));
}

/* Each processor may hold a megabyte that is no longer, or not yet, counted. */
static long tcp_memory_slack(void)
{
	return (MIB(1) / PAGE) * sysconf(_SC_NPROCESSORS_ONLN);
}

enum charged { BY_SENDFILE, BY_CALL, BY_RELEASE };

/* Pages that are charged for many bytes in the queue of a socket. */
static long charge_of(int dev, const struct source *src, enum charged by)
{
	struct zcxfer_desc desc = file_desc(src->fd, 0, src->size);
	struct zcxfer_transfer send;
	long before = tcp_memory(), after;
	int sv[2], err;
	off_t at = 0;

	if (link_open(LINK_TCP, sv) || link_set_buffers(sv, KIB(64)) ||
	    sock_set_room(sv[0], 4 * src->size))
		return -1;
	send = send_init(sv[0], &desc, 1, by == BY_RELEASE ? ZCXFER_F_RELEASE : 0);
	if (by == BY_SENDFILE)
		err = sendfile(sv[0], src->fd, &at, src->size) != src->size;
	else if (by == BY_CALL)
		err = zc_send(dev, &send);
	else
		err = zc_submit(dev, ZCXFER_OP_SEND, 1, &send);
	err = err ?: wait_blocked(sv[1]);
	after = tcp_memory();
	close(sv[0]);
	close(sv[1]);
	if (by == BY_RELEASE && !zc_has_completion(dev, TIMEOUT * 1000))
		return -1;
	return err ? -1 : after - before;
}

TEST_F_TIMEOUT(fill, charges_the_socket_as_sendfile_does, TIMEOUT)
{
	/* Of two measurements, each before and after. */
	long slack = 2 * tcp_memory_slack(), sendfile;
	struct source src;

	ASSERT_EQ(0, source_create(&src, source_dir(), MIB(16)));
	sendfile = charge_of(self->dev, &src, BY_SENDFILE);
	EXPECT_LT(src.size / PAGE - slack, sendfile);
	EXPECT_GE(slack, labs(charge_of(self->dev, &src, BY_CALL) - sendfile));
	EXPECT_GE(slack, labs(charge_of(self->dev, &src, BY_RELEASE) - sendfile));
	source_destroy(&src);
}

/*
 * TCP_REPAIR: bytes for the send queue count as sent at once, and those for the receive
 * queue come back.
 */
TEST_F_TIMEOUT(fill, is_repaired, TIMEOUT)
{
	struct zcxfer_transfer send = send_init(self->sv[0], self->response.descs,
						DESCS, 0);
	int on = TCP_REPAIR_ON, off = TCP_REPAIR_OFF, queue = TCP_SEND_QUEUE;

	ASSERT_EQ(0, sock_set_room(self->sv[0], MIB(8)));
	ASSERT_EQ(0, setsockopt(self->sv[0], IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)));
	ASSERT_EQ(0, setsockopt(self->sv[0], IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue,
				sizeof(queue)));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(self->response.len, send.result.bytes);
	EXPECT_EQ(0, receive_all(self->sv[1]));
	ASSERT_EQ(0, setsockopt(self->sv[0], IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], self->response.runs, DESCS));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], self->response.len));
}

TEST_F_TIMEOUT(fill, is_repaired_in_the_receive_queue, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 100, 5000);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	struct run run = source_run(&self->src, 100, 5000);
	int on = TCP_REPAIR_ON, off = TCP_REPAIR_OFF_NO_WP, queue = TCP_RECV_QUEUE;

	ASSERT_EQ(0, setsockopt(self->sv[0], IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)));
	ASSERT_EQ(0, setsockopt(self->sv[0], IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue,
				sizeof(queue)));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	ASSERT_EQ(0, setsockopt(self->sv[0], IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)));
	EXPECT_EQ(0, receive_exactly(self->sv[0], &run, 1, 5000));
}

/* The first bytes are in the SYN, which TCP fills itself, with the same message. */
static void open_fast(struct __test_metadata *_metadata, struct _test_data_fill *self,
		      unsigned int way)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int listener, fd, peer, one = 1, i;

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, system("ip link set lo up && sysctl -qw net.ipv4.tcp_fastopen=3"));
	listener = listen_tcp(AF_INET);
	ASSERT_LE(0, listener);
	ASSERT_EQ(0, setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &one, sizeof(one)));
	/* The first connection gets the cookie that the second one uses. */
	for (i = 0; i < 2; i++) {
		struct sockaddr_in addr;
		socklen_t size = sizeof(addr);

		ASSERT_EQ(0, getsockname(listener, (struct sockaddr *)&addr, &size));
		fd = socket(AF_INET, SOCK_STREAM, 0);
		ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one,
					sizeof(one)));
		ASSERT_EQ(0, sock_set_room(fd, MIB(8)));
		ASSERT_EQ(0, connect(fd, (struct sockaddr *)&addr, size));
		EXPECT_EQ(0, send_response(self->dev, fd, &self->response, way));
		peer = accept(listener, NULL, NULL);
		ASSERT_LE(0, peer);
		ASSERT_EQ(0, receiver_start(&self->rx, peer, self->response.runs,
					    DESCS));
		ASSERT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
		EXPECT_EQ(i ? TCPI_OPT_SYN_DATA : 0,
			  info.tcpi_options & TCPI_OPT_SYN_DATA);
		EXPECT_EQ(0, receiver_finish(&self->rx, fd, self->response.len));
		close(fd);
		close(peer);
	}
	close(listener);
}

TEST_F_TIMEOUT(fill, follows_a_fast_open, TIMEOUT)
{
	open_fast(_metadata, self, 0);
}

#define RACES	300

static void *encrypt(void *fd)
{
	sock_encrypt(*(int *)fd, TLS_TX);
	return NULL;
}

/*
 * kTLS that arrives between the look at the socket and the send refuses the message,
 * and the bytes go to it as to any socket with kTLS.
 */
TEST_F_TIMEOUT(fill, races_with_a_protocol_above, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, 5000);
	pthread_t thread;
	int sv[2], i;

	for (i = 0; i < RACES; i++) {
		struct zcxfer_transfer send;

		ASSERT_EQ(0, link_open(LINK_TCP, sv));
		send = send_init(sv[0], &desc, 1, 0);
		ASSERT_EQ(0, pthread_create(&thread, NULL, encrypt, &sv[0]));
		EXPECT_EQ(0, zc_send(self->dev, &send));
		EXPECT_EQ(5000, send.result.bytes);
		pthread_join(thread, NULL);
		close(sv[0]);
		close(sv[1]);
	}
}

FIXTURE(memory)
{
	int dev;
	int sv[2];
	struct source src;
	char limits[100];
};

#define TCP_MEM	"/proc/sys/net/ipv4/tcp_mem"

FIXTURE_SETUP(memory)
{
	int fd = open(TCP_MEM, O_RDONLY);

	ASSERT_LT(0, read(fd, self->limits, sizeof(self->limits) - 1));
	close(fd);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, KIB(64)));
	ASSERT_EQ(0, sock_set_room(self->sv[0], MIB(64)));
	ASSERT_EQ(0, source_create(&self->src, source_dir(), MIB(24)));
}

FIXTURE_TEARDOWN(memory)
{
	EXPECT_EQ(0, setting_write(TCP_MEM, self->limits));
	close(self->sv[0]);
	close(self->sv[1]);
	source_destroy(&self->src);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/* The limit of all TCP sockets (tcp_mem) ends a transfer, and it continues after that. */
TEST_F_TIMEOUT(memory, of_tcp_is_limited, TIMEOUT)
{
	struct run run = source_run(&self->src, 0, self->src.size);
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, self->src.size);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, ZCXFER_F_DONTWAIT);
	long used = tcp_memory(), slack = tcp_memory_slack();
	struct receiver rx = {};
	char limits[100];

	snprintf(limits, sizeof(limits), "%ld %ld %ld", used + 512, used + 768,
		 used + 1024);
	ASSERT_EQ(0, setting_write(TCP_MEM, limits));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_WOULD_BLOCK, send.result.stop);
	EXPECT_GT((1024 + 2 * slack) * PAGE, send.result.bytes);
	EXPECT_GT(used + 1024 + 2 * slack, tcp_memory());

	/* At the limit TCP drops what it receives, and sends it again ever later. */
	ASSERT_EQ(0, setting_write(TCP_MEM, self->limits));
	ASSERT_EQ(0, receiver_start(&rx, self->sv[1], &run, 1));
	send_advance(&send);
	send.flags = 0;
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(0, receiver_finish(&rx, self->sv[0], self->src.size));
}

TEST_HARNESS_MAIN
