// SPDX-License-Identifier: GPL-2.0-only
/*
 * In-place writers: code that changes the bytes of a packet where they are, as ciphers
 * and tc actions do. Pages of the page cache that zcxfer has sent go through each of
 * them, and the file must stay as it is: in the page cache, and on disk.
 *
 * There are three network namespaces: the sender's own, a router, and the peer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	MIB(1)

/* What is spliced into a cipher at a time. */
#define CHUNK		KIB(16)

#define SENDER		"10.197.0.1"
#define ROUTER		"10.198.0.1"	/* as the peer sees it */
#define PEER		"10.198.0.2"
#define PORT		20030
#define PORT_TEXT	"20030"

static const char network[] =
	"netns add zcrouter\n"
	"netns add zcpeer\n"
	"link add zct0 type veth peer name zct1 netns zcrouter\n"
	"addr add " SENDER "/24 dev zct0\n"
	"link set zct0 up\n"
	"route add default via 10.197.0.2\n";
static const char router[] =
	"link add zct2 type veth peer name zct3 netns zcpeer\n"
	"addr add 10.197.0.2/24 dev zct1\n"
	"addr add " ROUTER "/24 dev zct2\n"
	"link set zct1 up\n"
	"link set zct2 up\n";
static const char peer[] =
	"addr add " PEER "/24 dev zct3\n"
	"link set zct3 up\n"
	"route add default via " ROUTER "\n";

/* Runs commands of ip(8), in the namespace that @ns names ("-n NAME"), or in ours. */
static int ip_batch(const char *ns, const char *lines)
{
	char command[100];
	FILE *ip;

	snprintf(command, sizeof(command), "ip %s -batch -", ns);
	ip = popen(command, "w");
	if (!ip)
		return -errno;
	fputs(lines, ip);
	return pclose(ip) ? -ENOTSUP : 0;
}

/* Moves this task into a namespace, and returns the one that it has left. */
static int enter(const char *ns)
{
	int old = open("/proc/self/ns/net", O_RDONLY);
	int fd = open(ns, O_RDONLY);

	if (old < 0 || fd < 0 || setns(fd, CLONE_NEWNET))
		return -errno;
	close(fd);
	return old;
}

static int leave(int old)
{
	int err = setns(old, CLONE_NEWNET) ? -errno : 0;

	close(old);
	return err;
}

static int forward(void)
{
	int old = enter("/run/netns/zcrouter");

	if (old < 0)
		return old;
	return setting_write("/proc/sys/net/ipv4/ip_forward", "1") ?: leave(old);
}

static int network_close(void)
{
	return ip_batch("", "netns del zcrouter\nnetns del zcpeer\n");
}

static int network_open(void)
{
	if (unshare(CLONE_NEWNET))
		return -errno;
	return ip_batch("", network) ?: ip_batch("-n zcrouter", router) ?:
	       ip_batch("-n zcpeer", peer) ?: forward();
}

/* The ports are fixed, because the rules for packets name them. */
static int link_open_network(int sv[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	int old = enter("/run/netns/zcpeer"), listener;

	inet_pton(AF_INET, PEER, &addr.sin_addr);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (old < 0 || bind(listener, (void *)&addr, sizeof(addr)) ||
	    listen(listener, 1) || leave(old))
		return -errno;
	sv[0] = socket(AF_INET, SOCK_STREAM, 0);
	addr.sin_addr.s_addr = INADDR_ANY;
	if (bind(sv[0], (void *)&addr, sizeof(addr)))
		return -errno;
	inet_pton(AF_INET, PEER, &addr.sin_addr);
	if (connect(sv[0], (void *)&addr, sizeof(addr)))
		return -errno;
	sv[1] = accept(listener, NULL, NULL);
	close(listener);
	return sv[1] < 0 ? -errno : 0;
}

FIXTURE(writer)
{
	int dev;
	int sv[2];
	struct source src;
	pthread_t thread;
	char *got;		/* by the peer */
	ssize_t len;		/* how much */
};

#define KEY	"0x000102030405060708090a0b0c0d0e0f10111213"
#define SA(src, dst, spi, mode)						\
	"xfrm state add src " src " dst " dst " proto esp spi " spi	\
	" reqid 1 mode " mode " aead rfc4106(gcm(aes)) " KEY " 128\n"
#define POLICY(src, dst, dir, mode, from, to)				\
	"xfrm policy add src " src " dst " dst " dir " dir		\
	" tmpl src " from " dst " to " proto esp reqid 1 mode " mode "\n"

static const char esp_sender[] =
	SA(SENDER, PEER, "0x101", "transport")
	SA(PEER, SENDER, "0x102", "transport")
	POLICY(SENDER, PEER, "out", "transport", SENDER, PEER)
	POLICY(PEER, SENDER, "in", "transport", PEER, SENDER);
static const char esp_peer[] =
	SA(SENDER, PEER, "0x101", "transport")
	SA(PEER, SENDER, "0x102", "transport")
	POLICY(PEER, SENDER, "out", "transport", PEER, SENDER)
	POLICY(SENDER, PEER, "in", "transport", SENDER, PEER);

static int esp_by_the_sender(struct _test_data_writer *self)
{
	return ip_batch("", esp_sender) ?: ip_batch("-n zcpeer", esp_peer);
}

static const char tunnel_router[] =
	SA(ROUTER, PEER, "0x103", "tunnel")
	POLICY(SENDER, PEER, "out", "tunnel", ROUTER, PEER);
static const char tunnel_peer[] =
	SA(ROUTER, PEER, "0x103", "tunnel")
	POLICY(SENDER, PEER, "in", "tunnel", ROUTER, PEER);

static int esp_by_the_router(struct _test_data_writer *self)
{
	return ip_batch("-n zcrouter", tunnel_router) ?:
	       ip_batch("-n zcpeer", tunnel_peer);
}

static int command(const char *line)
{
	return system(line) ? -ENOTSUP : 0;
}

/* Packets that are too short for it pass as they are. */
static int rewrite(const char *ns, const char *dev)
{
	static const char action[] =
		"action pedit munge offset 400 u32 set 0x21212121";
	char line[200];

	snprintf(line, sizeof(line), "tc %s qdisc add dev %s clsact", ns, dev);
	if (command(line))
		return -ENOTSUP;
	snprintf(line, sizeof(line), "tc %s filter add dev %s egress matchall %s",
		 ns, dev, action);
	return command(line);
}

static int pedit_by_the_sender(struct _test_data_writer *self)
{
	return rewrite("", "zct0");
}

static int pedit_by_the_router(struct _test_data_writer *self)
{
	return rewrite("-n zcrouter", "zct2");
}

/* The sender cuts its packets, and the router merges them again. */
static int merge(struct _test_data_writer *self)
{
	return command("ethtool -K zct0 tso off gso off") ?:
	       command("ip netns exec zcrouter ethtool -K zct1 gro on");
}

static int merge_and_esp(struct _test_data_writer *self)
{
	return merge(self) ?: esp_by_the_router(self);
}

static int merge_and_pedit(struct _test_data_writer *self)
{
	return merge(self) ?: pedit_by_the_router(self);
}

static int tls(struct _test_data_writer *self)
{
	return link_encrypt(self->sv);
}

#define ESP_FRAME	KIB(4)
#define ESP_FRAMES	"256"	/* of which the file has so many */

static const char tcp_peer[] =
	"xfrm state add src " SENDER " dst " PEER
	" proto esp spi 0x104 mode transport encap espintcp " PORT_TEXT " " PORT_TEXT
	" 0.0.0.0 aead rfc4106(gcm(aes)) " KEY " 128\n";

/* The peer takes the stream for packets of ESP, and decrypts them. */
static int esp_in_tcp(struct _test_data_writer *self)
{
	if (setsockopt(self->sv[1], SOL_TCP, TCP_ULP, "espintcp", 9))
		return -errno;
	return ip_batch("-n zcpeer", tcp_peer);
}

/* The peer receives the stream. */
static void *receive(void *arg)
{
	struct _test_data_writer *self = arg;

	self->len = recv(self->sv[1], self->got, FILE_SIZE, MSG_WAITALL);
	return NULL;
}

/* None of the packets is authentic, and the peer counts that after it has decrypted. */
static void *decrypt(void *arg)
{
	static const char failed[] =
		"ip -n zcpeer -s xfrm state | grep -q 'failed " ESP_FRAMES "$'";
	struct _test_data_writer *self = arg;
	__u64 start = now_ms();

	while (system(failed)) {
		if (now_ms() - start > 60000)
			return NULL;
		usleep(10000);
	}
	self->len = FILE_SIZE;
	return NULL;
}

struct cipher {
	const char *type;
	const char *name;
	const void *key;
	unsigned int key_len;
	unsigned int assoc;	/* bytes that are authenticated and not encrypted */
};

static const char aes_key[16];

/* As crypto/authenc.c reads it: the length of the second key, and both keys. */
static const struct {
	struct rtattr attr;
	__be32 len;
	char keys[32 + 16];
} authenc_key = {
	.attr = { .rta_len = RTA_LENGTH(sizeof(__be32)), .rta_type = 1 },
	.len = __builtin_bswap32(16),
};

static const struct cipher cbc = {
	"skcipher", "cbc(aes)", aes_key, sizeof(aes_key), 0
};

static const struct cipher authencesn = {
	"aead", "authencesn(hmac(sha256),cbc(aes))", &authenc_key,
	sizeof(authenc_key), 8
};

/* Returns the socket of one operation with a cipher. */
static int cipher_open(const struct cipher *cipher)
{
	struct sockaddr_alg addr = { .salg_family = AF_ALG };
	int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

	strcpy((char *)addr.salg_type, cipher->type);
	strcpy((char *)addr.salg_name, cipher->name);
	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_ALG, ALG_SET_KEY, cipher->key, cipher->key_len))
		return -errno;
	return accept(fd, NULL, NULL);
}

static void add_option(struct msghdr *msg, size_t *room, int type, const void *data,
		       size_t len)
{
	struct cmsghdr *option = (void *)((char *)msg->msg_control + *room);

	option->cmsg_level = SOL_ALG;
	option->cmsg_type = type;
	option->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(option), data, len);
	*room += CMSG_SPACE(len);
}

/* Decrypts the next bytes of the stream, without a copy on the way. */
static ssize_t decrypt_chunk(int op, int pipe_fd[2], int sock,
			     const struct cipher *cipher, char *got)
{
	const struct { __u32 len; char iv[16]; } iv = { 16, "" };
	const __u32 what = ALG_OP_DECRYPT;
	char control[200] = "";
	struct msghdr msg = { .msg_control = control };
	size_t room = 0, done;
	ssize_t n;

	add_option(&msg, &room, ALG_SET_OP, &what, sizeof(what));
	add_option(&msg, &room, ALG_SET_IV, &iv, sizeof(iv));
	add_option(&msg, &room, ALG_SET_AEAD_ASSOCLEN, &cipher->assoc,
		   sizeof(cipher->assoc));
	msg.msg_controllen = room;
	if (sendmsg(op, &msg, MSG_MORE) < 0)
		return -errno;
	for (done = 0; done < CHUNK; done += n) {
		n = splice(sock, NULL, pipe_fd[1], NULL, CHUNK - done, 0);
		if (n <= 0 || splice(pipe_fd[0], NULL, op, NULL, n,
				     done + n < CHUNK ? SPLICE_F_MORE : 0) != n)
			return -errno;
	}
	n = read(op, got, CHUNK);
	/* What is not authentic was decrypted all the same. */
	return n < 0 && errno != EBADMSG ? -errno : CHUNK;
}

static void splice_into(struct _test_data_writer *self, const struct cipher *cipher)
{
	int op = cipher_open(cipher), pipe_fd[2];
	ssize_t n;

	if (op < 0 || pipe(pipe_fd)) {
		self->len = -errno;
		return;
	}
	for (self->len = 0; self->len < FILE_SIZE; self->len += n) {
		n = decrypt_chunk(op, pipe_fd, self->sv[1], cipher,
				  self->got + self->len);
		if (n < 0) {
			ksft_print_msg("AF_ALG: %s\n", strerror(-n));
			shutdown(self->sv[1], SHUT_RDWR);
			return;
		}
	}
}

static void *splice_into_cbc(void *arg)
{
	splice_into(arg, &cbc);
	return NULL;
}

static void *splice_into_authencesn(void *arg)
{
	splice_into(arg, &authencesn);
	return NULL;
}

static int has_cipher(const struct cipher *cipher)
{
	int op = cipher_open(cipher);

	return op < 0 ? op : close(op);
}

static int algif_skcipher(struct _test_data_writer *self)
{
	return has_cipher(&cbc);
}

static int algif_aead(struct _test_data_writer *self)
{
	return has_cipher(&authencesn);
}

FIXTURE_VARIANT(writer)
{
	int (*set_up)(struct _test_data_writer *self);
	void *(*peer)(void *self);
	bool intact;		/* the peer gets the bytes that were sent */
};

FIXTURE_VARIANT_ADD(writer, esp) { esp_by_the_sender, receive, true };
FIXTURE_VARIANT_ADD(writer, esp_of_the_router) { esp_by_the_router, receive, true };
FIXTURE_VARIANT_ADD(writer, espintcp) { esp_in_tcp, decrypt, false };
FIXTURE_VARIANT_ADD(writer, algif_skcipher) { algif_skcipher, splice_into_cbc, false };
FIXTURE_VARIANT_ADD(writer, algif_aead) { algif_aead, splice_into_authencesn, false };
FIXTURE_VARIANT_ADD(writer, pedit) { pedit_by_the_sender, receive, false };
FIXTURE_VARIANT_ADD(writer, pedit_of_the_router) { pedit_by_the_router, receive, false };
FIXTURE_VARIANT_ADD(writer, gro) { merge, receive, true };
FIXTURE_VARIANT_ADD(writer, gro_and_esp) { merge_and_esp, receive, true };
FIXTURE_VARIANT_ADD(writer, gro_and_pedit) { merge_and_pedit, receive, false };
FIXTURE_VARIANT_ADD(writer, tls) { tls, receive, true };

FIXTURE_SETUP(writer)
{
	int err;

	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create_writable(&self->src, mounted_dir("ext4"),
					    FILE_SIZE));
	self->got = calloc(1, FILE_SIZE);
	ASSERT_NE(NULL, self->got);
	err = network_open();
	if (err)
		SKIP(return, "no network namespaces: %s", strerror(-err));
	ASSERT_EQ(0, link_open_network(self->sv));
	err = variant->set_up(self);
	if (!err)
		return;
	/* No teardown follows. */
	EXPECT_EQ(0, network_close());
	SKIP(return, "not in this kernel: %s", strerror(-err));
}

FIXTURE_TEARDOWN(writer)
{
	close(self->sv[0]);
	close(self->sv[1]);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
	source_destroy(&self->src);
	free(self->got);
	EXPECT_EQ(0, network_close());
}

/* The file as one range; for espintcp in pieces, each behind the header of a packet. */
static __u32 describe(struct _test_data_writer *self, bool framed, struct zcxfer_desc *descs)
{
	static const struct {
		__be16 len;
		__be32 spi, seq;
		char iv[8];
	} __attribute__((packed)) header = {
		.len = __builtin_bswap16(sizeof(header) + ESP_FRAME),
		.spi = __builtin_bswap32(0x104),
	};
	__u32 nr = 0;
	__u64 at;

	descs[0] = file_desc(self->src.fd, 0, FILE_SIZE);
	if (!framed)
		return 1;
	for (at = 0; at < FILE_SIZE; at += ESP_FRAME) {
		descs[nr++] = memory_desc(&header, sizeof(header));
		descs[nr++] = file_desc(self->src.fd, at, ESP_FRAME);
	}
	return nr;
}

TEST_F_TIMEOUT(writer, leaves_the_file_as_it_is, TIMEOUT)
{
	struct zcxfer_desc descs[2 * FILE_SIZE / ESP_FRAME];
	__u32 nr = describe(self, variant->peer == decrypt, descs);
	struct zcxfer_transfer send = send_init(self->sv[0], descs, nr, 0);
	size_t same;

	ASSERT_EQ(0, pthread_create(&self->thread, NULL, variant->peer, self));
	/* The end of a child of another thread may interrupt a call. */
	EXPECT_EQ(0, zc_send_all(self->dev, &send));
	EXPECT_EQ(FILE_SIZE, send.result.bytes_referenced);
	pthread_join(self->thread, NULL);
	EXPECT_EQ(FILE_SIZE, self->len);
	same = pattern_match(self->got, self->src.seed, 0, FILE_SIZE);
	EXPECT_EQ(variant->intact, same == FILE_SIZE);
	EXPECT_EQ(0, source_check(&self->src));
}

/* The check finds a single byte that somebody writes while the page is in the socket. */
TEST(check_of_the_file_finds_a_writer)
{
	int dev = zc_open(), sv[2];
	struct zcxfer_transfer send;
	struct zcxfer_desc desc;
	struct source src;
	char *map;

	ASSERT_LE(0, dev);
	ASSERT_EQ(0, source_create_writable(&src, mounted_dir("ext4"), KIB(16)));
	ASSERT_EQ(0, link_open(LINK_TCP, sv));
	map = mmap(NULL, KIB(16), PROT_READ | PROT_WRITE, MAP_SHARED, src.fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	desc = file_desc(src.fd, 0, KIB(16));
	send = send_init(sv[0], &desc, 1, 0);
	EXPECT_EQ(0, zc_send(dev, &send));
	EXPECT_EQ(0, source_check(&src));
	map[5000] ^= 1;
	EXPECT_EQ(-EILSEQ, source_check(&src));
	munmap(map, KIB(16));
	close(sv[0]);
	close(sv[1]);
	close(dev);
	source_destroy(&src);
}

TEST_HARNESS_MAIN
