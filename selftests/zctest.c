// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared by the zcxfer selftests; described in zctest.h.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/magic.h>
#include <linux/sockios.h>
#include <linux/tls.h>
#include <mntent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "zctest.h"

#define STATS		"/sys/kernel/debug/zcxfer/stats"
#define PARAMETERS	"/sys/module/zcxfer/parameters/"

/* How long to wait for an event that must occur, even on a busy machine. */
#define ARRIVE_MS	60000

/* Patterns */

/* The finaliser of splitmix64: neighbours and swapped words differ wildly. */
static __u64 mix(__u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static __u64 pattern_word(__u64 seed, __u64 offset)
{
	return seed == HOLE ? 0 : mix(seed + offset * 0x9e3779b97f4a7c15ULL);
}

void pattern_fill(void *buf, __u64 seed, __u64 offset, size_t len)
{
	unsigned char *to = buf;

	while (len) {
		size_t skip = offset % sizeof(__u64);
		size_t n = sizeof(__u64) - skip;
		__u64 word = pattern_word(seed, offset - skip);

		if (n > len)
			n = len;
		memcpy(to, (unsigned char *)&word + skip, n);
		to += n;
		offset += n;
		len -= n;
	}
}

/* Returns how many bytes at the front match the pattern. */
size_t pattern_match(const void *buf, __u64 seed, __u64 offset, size_t len)
{
	const unsigned char *from = buf;
	unsigned char expected[4096];
	size_t done = 0;

	while (done < len) {
		size_t n = len - done, i;

		if (n > sizeof(expected))
			n = sizeof(expected);
		pattern_fill(expected, seed, offset + done, n);
		if (memcmp(expected, from + done, n)) {
			for (i = 0; expected[i] == from[done + i]; i++)
				;
			return done + i;
		}
		done += n;
	}
	return len;
}

/* Sources */

static __u64 new_seed(void)
{
	static unsigned int nr;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return mix(mix(now.tv_sec * 1000000000ULL + now.tv_nsec) + getpid()) +
	       ++nr;
}

static int source_write(struct source *src, int fd)
{
	size_t chunk = MIB(1);
	__u64 done = 0;
	int ret = 0;
	char *buf;

	buf = malloc(chunk);
	if (!buf)
		return -ENOMEM;
	while (done < src->size) {
		size_t n = src->size - done < chunk ? src->size - done : chunk;

		pattern_fill(buf, src->seed, done, n);
		if (write(fd, buf, n) != (ssize_t)n) {
			ret = errno ? -errno : -EIO;
			ksft_print_msg("cannot write %s: %s\n", src->path,
				       strerror(-ret));
			break;
		}
		done += n;
	}
	free(buf);
	return ret;
}

int source_create(struct source *src, const char *dir, __u64 size)
{
	static unsigned int nr;
	int fd, ret;

	memset(src, 0, sizeof(*src));
	src->fd = -1;
	src->seed = new_seed();
	src->size = size;
	snprintf(src->path, sizeof(src->path), "%s/zctest.%d.%u", dir,
		 getpid(), nr++);
	fd = open(src->path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		return -errno;
	ret = source_write(src, fd);
	close(fd);
	if (ret)
		return ret;
	src->fd = open(src->path, O_RDONLY);
	return src->fd < 0 ? -errno : 0;
}

int source_reopen(struct source *src, const char *path, int flags)
{
	close(src->fd);
	src->fd = open(path, flags);
	return src->fd < 0 ? -errno : 0;
}

int source_create_writable(struct source *src, const char *dir, __u64 size)
{
	return source_create(src, dir, size) ?:
	       source_reopen(src, src->path, O_RDWR);
}

int source_create_memfd(struct source *src, __u64 size)
{
	memset(src, 0, sizeof(*src));
	src->seed = new_seed();
	src->size = size;
	src->fd = memfd_create("zctest", MFD_ALLOW_SEALING);
	if (src->fd < 0)
		return -errno;
	return source_write(src, src->fd);
}

int source_guard(const struct source *src, int flags)
{
	const int mask = FS_IMMUTABLE_FL | FS_APPEND_FL;
	int fd = open(src->path, O_RDONLY), old, ret = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, FS_IOC_GETFLAGS, &old)) {
		/* Without flags there are none to take away. */
		ret = flags ? -errno : 0;
	} else {
		flags |= old & ~mask;
		if (ioctl(fd, FS_IOC_SETFLAGS, &flags))
			ret = -errno;
	}
	close(fd);
	return ret;
}

int source_enable_verity(const struct source *src)
{
	struct fsverity_enable_arg arg = {
		.version = 1,
		.hash_algorithm = FS_VERITY_HASH_ALG_SHA256,
		.block_size = PAGE,
	};

	return ioctl(src->fd, FS_IOC_ENABLE_VERITY, &arg) ? -errno : 0;
}

int source_residency(const struct source *src, unsigned char *resident)
{
	void *map = mmap(NULL, src->size, PROT_READ, MAP_SHARED, src->fd, 0);
	int err;

	if (map == MAP_FAILED)
		return -errno;
	err = mincore(map, src->size, resident) ? -errno : 0;
	munmap(map, src->size);
	return err;
}

int source_pages_resident(const struct source *src)
{
	size_t pages = source_pages(src), i;
	unsigned char *resident = malloc(pages);
	int nr = 0, err;

	err = resident ? source_residency(src, resident) : -ENOMEM;
	for (i = 0; !err && i < pages; i++)
		nr += resident[i] & 1;
	free(resident);
	return err ?: nr;
}

/* A writeback that has ended may hold a page for a moment, which stays cached then. */
int source_forget_cache(const struct source *src)
{
	struct statfs fs;
	int i, err;

	if (fsync(src->fd) || fstatfs(src->fd, &fs))
		return -errno;
	for (i = 0; i < 100; i++) {
		err = -posix_fadvise(src->fd, 0, 0, POSIX_FADV_DONTNEED);
		if (err || fs.f_type == TMPFS_MAGIC || source_pages_resident(src) <= 0)
			break;
		usleep(1000);
	}
	return err;
}

static int source_compare(const struct source *src, const char *where)
{
	size_t chunk = MIB(1);
	__u64 done = 0;
	ssize_t n = 0;
	size_t good;
	char *buf;

	buf = malloc(chunk);
	if (!buf)
		return -ENOMEM;
	while (done < src->size) {
		n = pread(src->fd, buf, chunk, done);
		if (n <= 0)
			break;
		good = pattern_match(buf, src->seed, done, n);
		done += good;
		if (good < (size_t)n) {
			ksft_print_msg("%s changed at %llu (%s)\n", src->path,
				       done, where);
			break;
		}
	}
	free(buf);
	if (n < 0)
		return -errno;
	return done == src->size ? 0 : -EILSEQ;
}

/* Sending must not change the file: neither in the page cache nor on disk. */
int source_check(const struct source *src)
{
	int ret;

	ret = source_compare(src, "cached");
	if (ret || !src->path[0])
		return ret;
	ret = source_forget_cache(src);
	if (ret)
		return ret;
	return source_compare(src, "read again");
}

void source_destroy(struct source *src)
{
	if (src->fd >= 0)
		close(src->fd);
	if (src->path[0])
		unlink(src->path);
	src->fd = -1;
}

const char *mounted_dir(const char *fs)
{
	static char dir[PATH_MAX];
	struct mntent *mount;
	bool found = false;
	FILE *mounts;

	snprintf(dir, sizeof(dir), "/mnt/zcxfer/%s", fs);
	mounts = setmntent("/proc/self/mounts", "r");
	while (mounts && !found && (mount = getmntent(mounts)))
		found = !strcmp(mount->mnt_dir, dir) &&
			!strcmp(mount->mnt_type, fs);
	if (mounts)
		endmntent(mounts);
	return found ? dir : NULL;
}

/* Connections */

static socklen_t loopback(int family, struct sockaddr_storage *storage)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)storage;
	struct sockaddr_in *in = (struct sockaddr_in *)storage;

	memset(storage, 0, sizeof(*storage));
	if (family == AF_INET6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr = in6addr_loopback;
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*in);
}

int listen_tcp(int family)
{
	struct sockaddr_storage addr;
	socklen_t len = loopback(family, &addr);
	int fd, ret;

	fd = socket(family, SOCK_STREAM, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, len) || listen(fd, 1)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

/* With SOCK_NONBLOCK the connection may still be under way on return. */
int connect_to(int listener, int socket_flags)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int fd, ret;

	if (getsockname(listener, (struct sockaddr *)&addr, &len))
		return -errno;
	fd = socket(addr.ss_family, SOCK_STREAM | socket_flags, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, len) &&
	    errno != EINPROGRESS) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

int sock_encrypt(int fd, int direction)
{
	const struct tls12_crypto_info_aes_gcm_128 crypto = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
		.key = "zcxfer",
	};

	if (setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls")) ||
	    setsockopt(fd, SOL_TLS, direction, &crypto, sizeof(crypto)))
		return -errno;
	return 0;
}

int link_encrypt(int sv[2])
{
	return sock_encrypt(sv[0], TLS_TX) ?: sock_encrypt(sv[1], TLS_RX);
}

static int tcp_open(int listener, int sv[2])
{
	if (listener < 0)
		return listener;
	sv[0] = connect_to(listener, 0);
	sv[1] = sv[0] < 0 ? sv[0] : accept(listener, NULL, NULL);
	close(listener);
	if (sv[0] < 0)
		return sv[0];
	return sv[1] < 0 ? -errno : 0;
}

int link_open(enum link link, int sv[2])
{
	int err;

	if (link == LINK_UNIX)
		return socketpair(AF_UNIX, SOCK_STREAM, 0, sv) ? -errno : 0;
	err = tcp_open(listen_tcp(link == LINK_TCP6 ? AF_INET6 : AF_INET), sv);
	return err || link != LINK_TLS ? err : link_encrypt(sv);
}

/*
 * A window of a few KiB makes packets of a few KiB (tcp_bound_to_half_wnd()), and
 * TCP_NOTSENT_LOWAT lets two of them wait.
 */
int link_open_narrow_tls(int sv[2])
{
	int listener = listen_tcp(AF_INET), window = KIB(4), unsent = KIB(8), err;

	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	err = tcp_open(listener, sv) ?: link_encrypt(sv);
	if (!err && setsockopt(sv[0], IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent,
			       sizeof(unsent)))
		err = -errno;
	return err;
}

/*
 * Large, so that a test sends without a reader, or small, so that it blocks soon. As
 * root it may exceed the system's limit.
 */
int sock_set_room(int fd, int bytes)
{
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes,
			  sizeof(bytes)) ? -errno : 0;
}

/* True if bytes of a TCP socket are on their way, which make room when they arrive. */
static bool sock_is_sending(int fd)
{
	int queued, unsent;

	return !ioctl(fd, SIOCOUTQ, &queued) && !ioctl(fd, SIOCOUTQNSD, &unsent) &&
	       queued > unsent;
}

void sock_fill(int fd)
{
	char bytes[256] = "";
	bool sending;
	int i;

	/* What the peer has dropped for want of room is on its way for much longer. */
	for (i = 0; i < 100; i++) {
		sending = sock_is_sending(fd);
		while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
			sending = true;
		if (!sending)
			break;
		usleep(1000);
	}
}

void *sock_send_blocking(void *fd)
{
	static char bytes[MIB(4)];

	send(*(int *)fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
	return NULL;
}

long tcp_memory(void)
{
	FILE *file = fopen("/proc/net/sockstat", "r");
	char line[200], *mem;
	long pages = -1;

	while (file && fgets(line, sizeof(line), file)) {
		mem = strstr(line, " mem ");
		if (!strncmp(line, "TCP:", 4) && mem)
			pages = strtol(mem + 5, NULL, 10);
	}
	if (file)
		fclose(file);
	return pages;
}

int link_set_buffers(int sv[2], int bytes)
{
	if (setsockopt(sv[1], SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		return -errno;
	return sock_set_room(sv[0], bytes);
}

/* Receiving */

/* Compares the next @len bytes of the stream with those expected. */
static void receiver_compare(struct receiver *rx, const char *buf, size_t len)
{
	size_t done = 0;

	while (done < len && rx->wrong == ~0ULL) {
		const struct run *run = &rx->runs[rx->run];
		size_t n = len - done, good;

		if (rx->run == rx->nr_runs) {
			rx->wrong = rx->bytes + done;
			break;
		}
		if (n > run->len - rx->run_bytes)
			n = run->len - rx->run_bytes;
		good = pattern_match(buf + done, run->seed,
				     run->offset + rx->run_bytes, n);
		done += good;
		rx->run_bytes += good;
		if (good < n) {
			rx->wrong = rx->bytes + done;
		} else if (rx->run_bytes == run->len) {
			rx->run++;
			rx->run_bytes = 0;
		}
	}
	rx->bytes += len;
}

static void receiver_report(const struct receiver *rx)
{
	const struct run *run = &rx->runs[rx->run];

	if (rx->wrong == ~0ULL)
		return;
	if (rx->run == rx->nr_runs)
		ksft_print_msg("bytes after the end, at %llu\n", rx->wrong);
	else
		ksft_print_msg("wrong byte at %llu: run %zu (%llu+%llu), %llu in\n",
			       rx->wrong, rx->run, run->offset, run->len,
			       rx->run_bytes);
}

static void *receiver_run(void *arg)
{
	struct receiver *rx = arg;
	size_t size = KIB(256);
	char *buf = malloc(size);
	ssize_t n;

	while (buf) {
		if (rx->pace_us)
			usleep(rx->pace_us);
		n = read(rx->fd, buf, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		receiver_compare(rx, buf, n);
	}
	free(buf);
	return NULL;
}

int receiver_start(struct receiver *rx, int fd, const struct run *runs,
		   size_t nr_runs)
{
	rx->fd = fd;
	rx->runs = runs;
	rx->nr_runs = nr_runs;
	rx->bytes = 0;
	rx->wrong = ~0ULL;
	rx->run = 0;
	rx->run_bytes = 0;
	return -pthread_create(&rx->thread, NULL, receiver_run, rx);
}

/* Ends the stream; by then at least @least bytes must have arrived, all of them right. */
int receiver_finish_with(struct receiver *rx, int sender_fd, __u64 least)
{
	shutdown(sender_fd, SHUT_WR);
	pthread_join(rx->thread, NULL);
	receiver_report(rx);
	if (rx->bytes < least)
		ksft_print_msg("%llu bytes were reported sent, %llu arrived\n",
			       least, rx->bytes);
	return rx->wrong == ~0ULL && rx->bytes >= least ? 0 : -EILSEQ;
}

int receiver_finish(struct receiver *rx, int sender_fd, __u64 bytes)
{
	int err = receiver_finish_with(rx, sender_fd, bytes);

	if (rx->bytes > bytes)
		ksft_print_msg("%llu bytes were reported sent, %llu arrived\n",
			       bytes, rx->bytes);
	return rx->bytes > bytes ? -EILSEQ : err;
}

int receive_exactly(int fd, const struct run *runs, size_t nr_runs, __u64 len)
{
	struct receiver rx = { .runs = runs, .nr_runs = nr_runs, .wrong = ~0ULL };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char buf[4096];
	__u64 got = 0;
	ssize_t n;

	while (got < len) {
		if (poll(&pfd, 1, ARRIVE_MS) != 1)
			break;
		n = len - got < sizeof(buf) ? len - got : sizeof(buf);
		n = recv(fd, buf, n, MSG_DONTWAIT);
		if (n <= 0)
			break;
		receiver_compare(&rx, buf, n);
		got += n;
	}
	receiver_report(&rx);
	if (got < len)
		ksft_print_msg("%llu bytes were reported sent, %llu arrived\n",
			       len, got);
	else if (recv(fd, buf, 1, MSG_DONTWAIT) == 1)
		ksft_print_msg("more arrived than the %llu bytes reported\n", len);
	else if (rx.wrong == ~0ULL)
		return 0;
	return -EILSEQ;
}

ssize_t receive_all(int fd)
{
	ssize_t n, sum = 0;
	char buf[16384];

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		sum += n;
	return sum;
}

/* Descriptors */

__u64 descs_len(const struct zcxfer_desc *descs, __u32 nr)
{
	__u64 sum = 0;

	while (nr--)
		sum += descs++->len;
	return sum;
}

void send_advance(struct zcxfer_transfer *send)
{
	struct zcxfer_desc *descs = (void *)(uintptr_t)send->descs;

	descs += send->result.desc;
	send->descs = (uintptr_t)descs;
	send->nr_descs -= send->result.desc;
	if (!send->nr_descs)
		return;
	/* The union: an address advances as an offset does. */
	descs->offset += send->result.desc_bytes;
	descs->len -= send->result.desc_bytes;
}

/* Calls */

int zc_open(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int zc_ioctl(int fd, unsigned int cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret == -1 ? -errno : ret;
}

int zc_info(int fd, struct zcxfer_info *info)
{
	memset(info, POISON, sizeof(*info));
	info->size = sizeof(*info);
	info->flags = 0;
	return zc_ioctl(fd, ZCXFER_IOC_INFO, info);
}

struct zcxfer_transfer send_init(int sock_fd, struct zcxfer_desc *descs,
				 __u32 nr, __u32 flags)
{
	struct zcxfer_transfer send;

	memset(&send, POISON, sizeof(send));
	send.size = sizeof(send);
	send.readahead = 0;
	send.flags = flags;
	send.sock_fd = sock_fd;
	send.nr_descs = nr;
	send.descs = (uintptr_t)descs;
	return send;
}

/* Returns the rule of the header for all results that this one breaks, or NULL. */
static const char *contradiction(const struct zcxfer_transfer *send, int ret)
{
	const struct zcxfer_desc *descs = (void *)(uintptr_t)send->descs;
	const struct zcxfer_result *r = &send->result;
	bool ok = r->bytes || r->stop == ZCXFER_STOP_DONE ||
		  r->stop == ZCXFER_STOP_EOF;

	if (ret != (ok ? 0 : -(int)r->error))
		return "return value against result";
	if (r->bytes != r->bytes_referenced + r->bytes_copied)
		return "bytes is not referenced + copied";
	if (!r->bytes_copied != !r->copy_reasons)
		return "copy_reasons without bytes_copied, or the reverse";
	if (r->bytes && !r->socket_calls)
		return "bytes without a call into the socket";
	if (r->reserved[0] || r->reserved[1] || r->reserved[2])
		return "reserved is not zero";
	if (r->changes & ~(ZCXFER_CHANGED | ZCXFER_CHANGE_UNKNOWN))
		return "unknown changes";
	if (r->changes && !r->bytes)
		return "changes without bytes";
	if (r->desc > send->nr_descs)
		return "desc beyond nr_descs";
	/* A refused descriptor is reported although nothing before it moved. */
	if ((r->bytes || r->stop != ZCXFER_STOP_DESC) &&
	    r->bytes != descs_len(descs, r->desc) + r->desc_bytes)
		return "bytes is not what desc and desc_bytes say";
	if (r->desc == send->nr_descs ? r->desc_bytes :
	    r->desc_bytes && r->desc_bytes >= descs[r->desc].len)
		return "desc_bytes is not within the descriptor";

	switch (r->stop) {
	case ZCXFER_STOP_DONE:
		return r->desc != send->nr_descs ? "DONE before the end" :
		       r->error ? "DONE with an error" : NULL;
	case ZCXFER_STOP_EOF:
		return r->desc == send->nr_descs ? "EOF after the end" :
		       r->error ? "EOF with an error" : NULL;
	case ZCXFER_STOP_WOULD_BLOCK:
		return r->error != EAGAIN ? "WOULD_BLOCK without EAGAIN" : NULL;
	case ZCXFER_STOP_SIGNAL:
		return r->error != EINTR ? "SIGNAL without EINTR" : NULL;
	case ZCXFER_STOP_MISS:
		return r->error != EAGAIN ? "MISS without EAGAIN" : NULL;
	case ZCXFER_STOP_LEASE:
		return r->error != EBUSY ? "LEASE without EBUSY" : NULL;
	case ZCXFER_STOP_CANCELLED:
		return r->error != ECANCELED ? "CANCELLED without ECANCELED" :
					       NULL;
	case ZCXFER_STOP_DESC:
	case ZCXFER_STOP_SOCKET:
	case ZCXFER_STOP_CALL:
		return r->error ? NULL : "a failure without an error";
	}
	return "unknown stop";
}

static void print_result(const struct zcxfer_result *r)
{
	ksft_print_msg("  %llu bytes: %llu by reference, %llu copied (reasons %#x)\n",
		       r->bytes, r->bytes_referenced, r->bytes_copied,
		       r->copy_reasons);
	ksft_print_msg("  desc %u byte %llu, stop %u, error %u, %llu calls, changes %#x\n",
		       r->desc, r->desc_bytes, r->stop, r->error,
		       r->socket_calls, r->changes);
}

/* Returns @ret, or -EPROTO if the result contradicts it or itself. */
static int checked(const struct zcxfer_transfer *t, int ret)
{
	const char *broken = contradiction(t, ret);

	if (!broken)
		return ret;
	ksft_print_msg("%s (returned %d)\n", broken, ret);
	print_result(&t->result);
	return -EPROTO;
}

static int transfer(int fd, unsigned int cmd, struct zcxfer_transfer *t)
{
	memset(&t->result, POISON, sizeof(t->result));
	return checked(t, zc_ioctl(fd, cmd, t));
}

int zc_send(int fd, struct zcxfer_transfer *send)
{
	return transfer(fd, ZCXFER_IOC_SEND, send);
}

int zc_recv(int fd, struct zcxfer_transfer *recv)
{
	return transfer(fd, ZCXFER_IOC_RECV, recv);
}

int zc_submit(int dev, __u32 op, __u64 user_data, struct zcxfer_transfer *t)
{
	struct zcxfer_submit submit = {
		.size = sizeof(submit),
		.op = op,
		.user_data = user_data,
		.transfer = (uintptr_t)t,
	};
	struct zcxfer_result poison;
	int ret;

	memset(&poison, POISON, sizeof(poison));
	t->result = poison;
	ret = zc_ioctl(dev, ZCXFER_IOC_SUBMIT, &submit);
	if (ret)
		return checked(t, ret);
	if (!memcmp(&t->result, &poison, sizeof(poison)))
		return 0;
	ksft_print_msg("a job wrote into the transfer it was submitted with\n");
	return -EPROTO;
}

int zc_send_many(int dev, struct zcxfer_transfer *t, __u32 nr)
{
	struct zcxfer_many many = {
		.size = sizeof(many),
		.transfers = (uintptr_t)t,
		.nr_transfers = nr,
		.transfer_size = sizeof(*t),
	};
	struct zcxfer_result poison;
	int i, ret;

	memset(&poison, POISON, sizeof(poison));
	for (i = 0; i < nr; i++)
		t[i].result = poison;
	ret = zc_ioctl(dev, ZCXFER_IOC_SEND_MANY, &many);
	for (i = 0; i < ret; i++)
		if (zc_outcome(&t[i]) == -EPROTO)
			return -EPROTO;
	for (i = ret < 0 ? 0 : ret; i < nr; i++)
		if (memcmp(&t[i].result, &poison, sizeof(poison))) {
			ksft_print_msg("transfer %d has a result\n", i);
			return -EPROTO;
		}
	return ret;
}

int zc_cancel(int dev, __u64 user_data)
{
	struct zcxfer_cancel cancel = {
		.size = sizeof(cancel),
		.user_data = user_data,
	};

	return zc_ioctl(dev, ZCXFER_IOC_CANCEL, &cancel);
}

bool zc_has_completion(int dev, int ms)
{
	struct pollfd pfd = { .fd = dev, .events = POLLIN };

	return poll(&pfd, 1, ms) == 1 && (pfd.revents & POLLIN);
}

int zc_outcome(const struct zcxfer_transfer *t)
{
	bool ok = t->result.bytes || !t->result.error;

	return checked(t, ok ? 0 : -(int)t->result.error);
}

int zc_complete_with(int dev, __u64 user_data, struct zcxfer_transfer *t,
		     __u32 flags)
{
	struct zcxfer_completion completion;
	ssize_t n;

	memset(&completion, POISON, sizeof(completion));
	if (!zc_has_completion(dev, ARRIVE_MS))
		return -ETIMEDOUT;
	n = read(dev, &completion, sizeof(completion));
	if (n != sizeof(completion))
		return n < 0 ? -errno : -EPROTO;
	if (completion.user_data != user_data || completion.flags != flags) {
		ksft_print_msg("completion of %llu with %#x, expected %llu with %#x\n",
			       completion.user_data, completion.flags,
			       user_data, flags);
		return -EPROTO;
	}
	t->result = completion.result;
	return zc_outcome(t);
}

int zc_complete(int dev, __u64 user_data, struct zcxfer_transfer *t)
{
	return zc_complete_with(dev, user_data, t, 0);
}

typedef int one_call(int fd, struct zcxfer_transfer *t);

/*
 * Calls until everything is moved, as a program with a non-blocking socket
 * does. Consumes the descriptors; the result is the sum of all calls.
 */
static int transfer_all(int fd, struct zcxfer_transfer *t, one_call *call,
			short events)
{
	struct pollfd pfd = { .fd = t->sock_fd, .events = events };
	struct zcxfer_result sum = {};
	int ret;

	for (;;) {
		ret = call(fd, t);
		if (ret && ret != -EAGAIN && ret != -EINTR)
			return ret;
		sum.bytes += t->result.bytes;
		sum.bytes_referenced += t->result.bytes_referenced;
		sum.bytes_copied += t->result.bytes_copied;
		sum.copy_reasons |= t->result.copy_reasons;
		sum.socket_calls += t->result.socket_calls;
		sum.desc += t->result.desc;
		sum.desc_bytes = t->result.desc_bytes;
		sum.stop = t->result.stop;
		sum.error = t->result.error;
		send_advance(t);
		if (sum.stop != ZCXFER_STOP_WOULD_BLOCK &&
		    sum.stop != ZCXFER_STOP_SIGNAL)
			break;
		if (poll(&pfd, 1, ARRIVE_MS) == 0)
			return -ETIMEDOUT;
	}
	t->result = sum;
	return sum.bytes ? 0 : ret;
}

int zc_send_all(int fd, struct zcxfer_transfer *send)
{
	return transfer_all(fd, send, zc_send, POLLOUT);
}

int zc_recv_all(int fd, struct zcxfer_transfer *recv)
{
	return transfer_all(fd, recv, zc_recv, POLLIN);
}

static void *sender_run(void *arg)
{
	struct sender *tx = arg;

	tx->ret = zc_send(tx->dev, &tx->send);
	tx->done = true;
	return NULL;
}

int sender_start(struct sender *tx, int dev, struct zcxfer_transfer send)
{
	tx->dev = dev;
	tx->send = send;
	tx->done = false;
	return -pthread_create(&tx->thread, NULL, sender_run, tx);
}

/* @tx may be NULL. */
static int wait_still(const struct sender *tx, int peer_fd)
{
	int queued, last = 0, same = 0, i;

	for (i = 0; i < ARRIVE_MS / 20 && same < 5; i++) {
		if ((tx && tx->done) || ioctl(peer_fd, FIONREAD, &queued))
			return -EPIPE;
		same = queued && queued == last ? same + 1 : 0;
		last = queued;
		usleep(20000);
	}
	if (tx && tx->done)
		return -EPIPE;
	return same < 5 ? -ETIMEDOUT : 0;
}

int wait_blocked(int peer_fd)
{
	return wait_still(NULL, peer_fd);
}

int sender_wait_blocked(const struct sender *tx, int peer_fd)
{
	return wait_still(tx, peer_fd);
}

/* A kworker's name ends in "+" and the name of the queue whose work it runs. */
static bool is_blocked_worker(const char *pid)
{
	char path[300], stat[256];
	const char *name;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	stat[n < 0 ? 0 : n] = 0;
	name = strstr(stat, "+zcxfer-");
	return name && strstr(name, ") D");
}

static unsigned int count_blocked_workers(void)
{
	struct dirent *entry;
	unsigned int nr = 0;
	DIR *proc = opendir("/proc");

	while (proc && (entry = readdir(proc)))
		nr += is_blocked_worker(entry->d_name);
	if (proc)
		closedir(proc);
	return nr;
}

int wait_workers_blocked(unsigned int nr)
{
	__u64 start = now_ms();

	while (count_blocked_workers() < nr) {
		if (now_ms() - start > ARRIVE_MS)
			return -ETIMEDOUT;
		usleep(1000);
	}
	return 0;
}

int sender_finish(struct sender *tx)
{
	pthread_join(tx->thread, NULL);
	return tx->ret;
}

bool result_is(const struct zcxfer_transfer *send, struct zcxfer_result want)
{
	if (want.socket_calls == ANY_CALLS)
		want.socket_calls = send->result.socket_calls;
	want.changes |= send->result.changes & ZCXFER_CHANGE_UNKNOWN;
	if (!memcmp(&send->result, &want, sizeof(want)))
		return true;
	ksft_print_msg("expected this result, got the second:\n");
	print_result(&want);
	print_result(&send->result);
	return false;
}

bool result_refused(const struct zcxfer_transfer *send, enum zcxfer_stop stop,
		    __u32 desc, int error)
{
	return result_is(send, (struct zcxfer_result){
				.stop = stop, .desc = desc, .error = error });
}

/* Counters and parameters */

#define COUNTER(name)	{ #name, offsetof(struct stats, name), false },
#define GAUGE(name)	{ #name, offsetof(struct stats, name), true },

static const struct {
	const char *name;
	size_t offset;
	bool zero_at_rest;
} counters[] = {
	ZCX_COUNTERS(COUNTER)
	ZCX_GAUGES(GAUGE)
};

static __u64 *counter_of(struct stats *stats, size_t i)
{
	return (__u64 *)((char *)stats + counters[i].offset);
}

int stats_read(struct stats *stats)
{
	unsigned long long value;
	size_t found = 0, i;
	char name[64];
	FILE *file;

	memset(stats, 0, sizeof(*stats));
	file = fopen(STATS, "r");
	if (!file)
		return -errno;
	while (fscanf(file, "%63s %llu", name, &value) == 2) {
		for (i = 0; i < ARRAY_SIZE(counters); i++) {
			if (strcmp(name, counters[i].name))
				continue;
			*counter_of(stats, i) = value;
			found++;
		}
	}
	fclose(file);
	if (found == ARRAY_SIZE(counters))
		return 0;
	ksft_print_msg("%s has %zu of %zu counters\n", STATS, found,
		       ARRAY_SIZE(counters));
	return -EPROTO;
}

static bool is_at_rest(struct stats *stats)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		if (counters[i].zero_at_rest && *counter_of(stats, i))
			return false;
	return stats->refs_taken == stats->refs_released;
}

bool stats_at_rest(void)
{
	struct stats stats;
	size_t i;
	int wait;

	/* The disk, the network and cancelled jobs release what they hold later. */
	for (wait = 0; wait < ARRIVE_MS; wait += 10) {
		if (stats_read(&stats))
			return false;
		if (is_at_rest(&stats))
			return true;
		usleep(10000);
	}
	ksft_print_msg("not at rest:\n");
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		ksft_print_msg("  %s %llu\n", counters[i].name,
			       (unsigned long long)*counter_of(&stats, i));
	return false;
}

int setting_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int set_lease_break_time(const char *seconds)
{
	return setting_write("/proc/sys/fs/lease-break-time", seconds);
}

bool module_is_busy(void)
{
	return syscall(SYS_delete_module, "zcxfer", O_NONBLOCK) == -1 &&
	       errno == EWOULDBLOCK;
}

int module_load(void)
{
	const char *path = getenv("MODULE");
	int fd = open(path ?: "", O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

bool kernel_has_checks(void)
{
	return !access("/sys/kernel/debug/failslab", F_OK);
}

long mem_available(void)
{
	long kib = -1;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

int param_read(const char *name, char *value, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	n = read(fd, value, size - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	value[n] = 0;
	value[strcspn(value, "\n")] = 0;
	return 0;
}

int param_write(const char *name, const char *value)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	return setting_write(path, value);
}

/* Users and descriptors passed on */

int become_nobody(void)
{
	if (setgroups(0, NULL) || setegid(NOBODY) || seteuid(NOBODY))
		return -errno;
	return 0;
}

int become_root(void)
{
	if (seteuid(0) || setegid(0))
		return -errno;
	return 0;
}

int pass_fd(int sock_fd, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = {};
	struct iovec iov = { .iov_base = "", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock_fd, &msg, 0) == 1 ? 0 : -errno;
}

int take_fd(int sock_fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(sock_fd, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -errno;
	if (!CMSG_FIRSTHDR(&msg))
		return -EBADMSG;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

__u64 now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

__u64 now_ms(void)
{
	return now_us() / 1000;
}

__u64 kill_and_wait(pid_t child)
{
	__u64 start = now_ms();
	int status;

	if (kill(child, SIGKILL) || waitpid(child, &status, 0) != child ||
	    !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return ~0ULL;
	return now_ms() - start;
}
