// SPDX-License-Identifier: GPL-2.0-only
/*
 * Permissions, limits and errors are those of sendfile(2) and write(2), call by
 * call. Each situation is set up once, for both.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	KIB(64)
/* The range that is read or written: parts of five pages. */
#define OFFSET		100
#define LEN		(4 * PAGE)

/* How many signals a call has caused. */
static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	signals++;
}

/* Each sets its situation up for an open file; -errno if this kernel has none. */
typedef int make_situation(struct source *src);

static int make_nothing(struct source *src)
{
	return 0;
}

static int make_read_only_fd(struct source *src)
{
	return source_reopen(src, src->path, O_RDONLY);
}

static int make_write_only_fd(struct source *src)
{
	return source_reopen(src, src->path, O_WRONLY);
}

static int make_path_fd(struct source *src)
{
	return source_reopen(src, src->path, O_PATH);
}

static int make_empty(struct source *src)
{
	return ftruncate(src->fd, 0) ? -errno : 0;
}

static int make_short(struct source *src)
{
	return ftruncate(src->fd, OFFSET + PAGE + 1) ? -errno : 0;
}

static int make_immutable(struct source *src)
{
	return source_guard(src, FS_IMMUTABLE_FL);
}

static int make_verity(struct source *src)
{
	return source_reopen(src, src->path, O_RDONLY) ?:
	       source_enable_verity(src);
}

static int make_swap(struct source *src)
{
	char command[PATH_MAX + 32];

	snprintf(command, sizeof(command), "mkswap %s >/dev/null 2>&1",
		 src->path);
	if (fchmod(src->fd, 0600) || system(command))
		return -EIO;
	return swapon(src->path, 0) ? -errno : 0;
}

static int make_memfd(struct source *src, int seals)
{
	source_destroy(src);
	return source_create_memfd(src, OFFSET + PAGE) ?:
	       fcntl(src->fd, F_ADD_SEALS, seals) ? -errno : 0;
}

static int make_write_sealed(struct source *src)
{
	return make_memfd(src, F_SEAL_WRITE);
}

static int make_future_sealed(struct source *src)
{
	return make_memfd(src, F_SEAL_FUTURE_WRITE);
}

static int make_grow_sealed(struct source *src)
{
	return make_memfd(src, F_SEAL_GROW);
}

static int make_limit(struct source *src, rlim_t size)
{
	struct rlimit limit = { size, RLIM_INFINITY };

	return setrlimit(RLIMIT_FSIZE, &limit) ? -errno : 0;
}

static int make_limit_inside(struct source *src)
{
	return make_limit(src, OFFSET + PAGE + 1);
}

static int make_limit_before(struct source *src)
{
	return make_limit(src, OFFSET);
}

static int make_full(struct source *src)
{
	static const char dir[] = "/tmp/zctest.full";

	mkdir(dir, 0755);
	if (mount("full", dir, "tmpfs", 0, "size=8k"))
		return -errno;
	source_destroy(src);
	src->fd = open(dir, O_TMPFILE | O_RDWR, 0600);
	*src->path = '\0';
	umount2(dir, MNT_DETACH);
	return src->fd < 0 ? -errno : 0;
}

FIXTURE(parity)
{
	int dev;
	int sv[2];
	struct source src;
	int watch;		/* inotify, of the file */
};

FIXTURE_VARIANT(parity)
{
	make_situation *make;
};

FIXTURE_VARIANT_ADD(parity, nothing) { make_nothing };
FIXTURE_VARIANT_ADD(parity, read_only_fd) { make_read_only_fd };
FIXTURE_VARIANT_ADD(parity, write_only_fd) { make_write_only_fd };
FIXTURE_VARIANT_ADD(parity, path_fd) { make_path_fd };
FIXTURE_VARIANT_ADD(parity, empty) { make_empty };
FIXTURE_VARIANT_ADD(parity, short) { make_short };
FIXTURE_VARIANT_ADD(parity, immutable) { make_immutable };
FIXTURE_VARIANT_ADD(parity, verity) { make_verity };
FIXTURE_VARIANT_ADD(parity, swap) { make_swap };
FIXTURE_VARIANT_ADD(parity, write_sealed) { make_write_sealed };
FIXTURE_VARIANT_ADD(parity, future_sealed) { make_future_sealed };
FIXTURE_VARIANT_ADD(parity, grow_sealed) { make_grow_sealed };
FIXTURE_VARIANT_ADD(parity, limit_inside) { make_limit_inside };
FIXTURE_VARIANT_ADD(parity, limit_before) { make_limit_before };
FIXTURE_VARIANT_ADD(parity, full) { make_full };

FIXTURE_SETUP(parity)
{
	int err;

	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create_writable(&self->src, mounted_dir("ext4"),
					    FILE_SIZE));
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, MIB(1)));
	self->watch = inotify_init1(IN_NONBLOCK);
	ASSERT_LE(0, self->watch);
	ASSERT_TRUE(signal(SIGXFSZ, on_signal) != SIG_ERR);
	err = variant->make(&self->src);
	if (err)
		SKIP(return, "cannot be set up: %s", strerror(-err));
	if (*self->src.path)
		ASSERT_LE(0, inotify_add_watch(self->watch, self->src.path,
					       IN_ACCESS | IN_MODIFY));
}

FIXTURE_TEARDOWN(parity)
{
	if (variant->make == make_swap)
		swapoff(self->src.path);
	if (variant->make == make_immutable)
		source_guard(&self->src, 0);
	source_destroy(&self->src);
	EXPECT_TRUE(stats_at_rest());
}

/* A count or an error, with the signals and events of the call. */
struct answer {
	ssize_t ret;
	int signals;
	__u32 events;
};

static struct answer answer(struct _test_data_parity *self, ssize_t ret)
{
	struct answer answer = { ret, signals };
	struct inotify_event event;

	signals = 0;
	/* Events of a file, unlike those of a directory, carry no name. */
	while (read(self->watch, &event, sizeof(event)) == sizeof(event))
		answer.events |= event.mask;
	return answer;
}

static bool is_same(struct answer kernel, struct answer ours)
{
	if (kernel.ret == ours.ret && kernel.signals == ours.signals &&
	    kernel.events == ours.events)
		return true;
	ksft_print_msg("kernel: %zd, %d signals, events %#x\n", kernel.ret,
		       kernel.signals, kernel.events);
	ksft_print_msg("module: %zd, %d signals, events %#x\n", ours.ret,
		       ours.signals, ours.events);
	return false;
}

TEST_F_TIMEOUT(parity, with_sendfile, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, OFFSET, LEN);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	struct answer kernel, ours;
	off_t offset = OFFSET;
	ssize_t ret;

	ret = sendfile(self->sv[0], self->src.fd, &offset, LEN);
	kernel = answer(self, ret < 0 ? -errno : ret);
	ret = zc_send(self->dev, &send);
	ours = answer(self, ret ?: (ssize_t)send.result.bytes);
	EXPECT_TRUE(is_same(kernel, ours));
	if (ret >= 0)
		EXPECT_EQ(2 * send.result.bytes, receive_all(self->sv[1]));
}

TEST_F_TIMEOUT(parity, with_write, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, OFFSET, LEN);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	struct answer kernel, ours;
	static char data[LEN];
	ssize_t ret;

	ret = pwrite(self->src.fd, data, LEN, OFFSET);
	kernel = answer(self, ret < 0 ? -errno : ret);
	ASSERT_EQ(LEN, send(self->sv[0], data, LEN, 0));
	ret = zc_recv(self->dev, &recv);
	ours = answer(self, ret ?: (ssize_t)recv.result.bytes);
	/* The module has already tried the rest, for which write(2) is called again. */
	if (kernel.ret >= 0 && kernel.ret < LEN) {
		ret = pwrite(self->src.fd, data, LEN - kernel.ret,
			     OFFSET + kernel.ret);
		EXPECT_EQ(-1, ret);
		kernel.signals += signals;
		EXPECT_EQ(errno, recv.result.error);
	}
	EXPECT_TRUE(is_same(kernel, ours));
	/* The bytes that were not written are still in the socket. */
	EXPECT_EQ(LEN - recv.result.bytes, receive_all(self->sv[1]));
}

/* Denies the next @times reads of a file that @listener watches. */
static void deny_reading(int listener, int times)
{
	struct fanotify_response response = { .response = FAN_DENY };
	struct pollfd pfd = { .fd = listener, .events = POLLIN };
	struct fanotify_event_metadata event;

	for (; times; times--) {
		if (poll(&pfd, 1, 60000) != 1 ||
		    read(listener, &event, sizeof(event)) != sizeof(event))
			_exit(1);
		response.fd = event.fd;
		if (write(listener, &response, sizeof(response)) < 0)
			_exit(1);
	}
	_exit(0);
}

FIXTURE(watched)
{
	int dev;
	int sv[2];
	struct source src;
};

FIXTURE_SETUP(watched)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create_writable(&self->src, mounted_dir("xfs"),
					    FILE_SIZE));
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
}

FIXTURE_TEARDOWN(watched)
{
	source_destroy(&self->src);
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(watched, fanotify_listener_may_forbid_to_read, TIMEOUT)
{
	struct zcxfer_transfer send;
	struct zcxfer_desc descs[2];
	off_t offset = 0;
	int listener, status;
	pid_t child;

	listener = fanotify_init(FAN_CLASS_CONTENT, O_RDONLY | O_LARGEFILE);
	if (listener < 0 ||
	    fanotify_mark(listener, FAN_MARK_ADD, FAN_ACCESS_PERM, AT_FDCWD,
			  self->src.path))
		SKIP(return, "no permission events: %s", strerror(errno));
	/* Only files opened from now on are watched. */
	ASSERT_EQ(0, source_reopen(&self->src, self->src.path, O_RDONLY));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		deny_reading(listener, 2);
	EXPECT_EQ(-1, sendfile(self->sv[0], self->src.fd, &offset, 100));
	EXPECT_EQ(EPERM, errno);
	descs[0] = memory_desc("x", 1);
	descs[1] = file_desc(self->src.fd, 0, 100);
	send = send_init(self->sv[0], descs, 2, 0);
	EXPECT_EQ(-EPERM, zc_send(self->dev, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_DESC, 1, EPERM));
	EXPECT_EQ(0, receive_all(self->sv[1]));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	close(listener);
}

/* As write(2), the call waits until the file system thaws. */
TEST_F_TIMEOUT(watched, frozen_filesystem_is_waited_for, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, 100);
	struct zcxfer_transfer recv = send_init(self->sv[1], &desc, 1, 0);
	int dir = open(mounted_dir("xfs"), O_RDONLY | O_DIRECTORY), status;
	char data[100];
	pid_t child;

	pattern_fill(data, 42, 0, sizeof(data));
	ASSERT_EQ(100, send(self->sv[0], data, 100, 0));
	ASSERT_EQ(0, ioctl(dir, FIFREEZE, 0));
	child = fork();
	if (!child)
		_exit(zc_recv(self->dev, &recv) || recv.result.bytes != 100);
	usleep(200000);
	EXPECT_EQ(0, waitpid(child, &status, WNOHANG));
	ASSERT_EQ(0, ioctl(dir, FITHAW, 0));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(100, pread(self->src.fd, data, 100, 0));
	EXPECT_EQ(100, pattern_match(data, 42, 0, 100));
}

TEST_HARNESS_MAIN
