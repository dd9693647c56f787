// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * libzcxfer-preload.so: sendfile(2) of unmodified programs through the module.
 *
 *	LD_PRELOAD=libzcxfer-preload.so nginx ...
 *
 * It behaves as sendfile(2) does. A call that the module does not handle (another
 * kind of file on either side, no device, no permission) is passed on to the
 * kernel's sendfile, which decides its result and errno. The device is opened when
 * the program starts, before it drops its privileges.
 *
 * With ZCXFER_PRELOAD_COUNTS=FILE the calls of all processes together are counted
 * in FILE, as two 64-bit numbers: calls that the module handled, and calls that
 * were passed on (od -A n -t u8 FILE).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "zcxfer.h"

#if __SIZEOF_LONG__ != 8
#error "for 64-bit programs only: 32-bit ones have two sizes of off_t"
#endif

/* The most that one sendfile(2) moves. */
#define MAX_BYTES	0x7ffff000

/* The device's descriptor is at least this: programs may expect low numbers. */
#define MIN_FD		64

struct counts {
	atomic_ullong handled;
	atomic_ullong passed_on;
};

static struct counts own_counts;
static struct counts *counts = &own_counts;
static atomic_int device = -1;

/* Returns a negative number on failure. */
static int open_device(void)
{
	int fd = zcxfer_open(), high;

	if (fd < 0)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, MIN_FD);
	if (high >= 0) {
		close(fd);
		fd = high;
	}
	return fd;
}

static void share_counts(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	struct counts *shared;

	if (fd < 0)
		return;
	if (!ftruncate(fd, sizeof(*shared))) {
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED, fd, 0);
		if (shared != MAP_FAILED)
			counts = shared;
	}
	close(fd);
}

__attribute__((constructor))
static void preload_init(void)
{
	const char *path = getenv("ZCXFER_PRELOAD_COUNTS");
	int saved = errno;

	device = open_device();
	if (path)
		share_counts(path);
	errno = saved;
}

/*
 * True if the caller's pointer can be read and written. sendfile(2) of nothing reads
 * the offset and writes it back, and fails with EFAULT where a direct access would
 * kill the program. A sandbox that allows the caller's sendfile(2) allows this one.
 */
static bool offset_is_valid(int out, int in, off_t *offset)
{
	return !syscall(SYS_sendfile, out, in, offset, 0);
}

static bool get_position(int out, int in, off_t *offset, off_t *pos)
{
	if (offset && !offset_is_valid(out, in, offset))
		return false;
	*pos = offset ? *offset : lseek(in, 0, SEEK_CUR);
	return *pos >= 0;
}

/*
 * The bytes are sent: whatever happens here, the caller must get their count, or it
 * would send them again.
 */
static void set_position(int in, off_t *offset, off_t pos)
{
	if (offset)
		*offset = pos;
	else
		lseek(in, pos, SEEK_SET);
}

/* True if the descriptor of the device is closed, or is another file by now. */
static bool device_is_lost(int ret, const struct zcxfer_result *result)
{
	return ret == -ENOTTY ||
	       (ret == -EBADF && result->stop == ZCXFER_STOP_CALL);
}

/* Opens the device again if the program has closed its descriptor or reused it. */
static void send_range(int out, int in, off_t pos, size_t count,
		       struct zcxfer_result *result)
{
	struct zcxfer_desc desc = zcxfer_file_range(in, pos, count);
	int fd = device, ret = zcxfer_send(fd, out, &desc, 1, 0, result);

	if (!device_is_lost(ret, result))
		return;
	fd = open_device();
	device = fd;
	if (fd < 0)
		return;
	ret = zcxfer_send(fd, out, &desc, 1, 0, result);
	if (!device_is_lost(ret, result))
		return;
	/* A sandbox refuses the ioctl: each call would open one more. */
	device = -1;
	close(fd);
}

/* True if the module refused the call before it did anything. */
static bool refused(const struct zcxfer_result *result)
{
	if (result->bytes)
		return false;
	switch (result->stop) {
	case ZCXFER_STOP_DESC:
	case ZCXFER_STOP_CALL:
	/* Nothing was sent, and not all: the ioctl was not carried out. */
	case ZCXFER_STOP_DONE:
		return true;
	case ZCXFER_STOP_SOCKET:
		return result->error == EBADF || result->error == ENOTSOCK ||
		       result->error == EOPNOTSUPP ||
		       result->error == ENOTCONN ||
		       result->error == EACCES || result->error == EPERM;
	default:
		return false;
	}
}

/* Returns true if the module handled the call, with its result in @ret. */
static bool send_by_module(int out, int in, off_t *offset, size_t count,
			   ssize_t *ret)
{
	struct zcxfer_result result;
	off_t pos;

	if (device < 0 || !count || !get_position(out, in, offset, &pos))
		return false;
	if (count > MAX_BYTES)
		count = MAX_BYTES;
	send_range(out, in, pos, count, &result);
	if (refused(&result))
		return false;

	*ret = result.bytes;
	if (result.bytes) {
		set_position(in, offset, pos + result.bytes);
	} else if (result.error) {
		*ret = -1;
		errno = result.error;
	}
	if (result.stop == ZCXFER_STOP_SOCKET && result.error == EPIPE)
		raise(SIGPIPE);
	return true;
}

ssize_t sendfile(int out, int in, off_t *offset, size_t count)
{
	int saved = errno;
	ssize_t ret;

	if (send_by_module(out, in, offset, count, &ret)) {
		counts->handled++;
		if (ret >= 0)
			errno = saved;
		return ret;
	}
	counts->passed_on++;
	errno = saved;
	return syscall(SYS_sendfile, out, in, offset, count);
}

/*
 * As off_t has 64 bits here, <sys/sendfile.h> has renamed the function above to
 * sendfile64. Programs built without _FILE_OFFSET_BITS=64 call plain sendfile.
 */
ssize_t plain_sendfile(int out, int in, off_t *offset, size_t count)
	__asm__("sendfile")
	__attribute__((alias("sendfile64"), leaf, nothrow));
