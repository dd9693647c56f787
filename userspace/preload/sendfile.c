// SPDX-License-Identifier: GPL-2.0
/*
 * libzcxfer-preload.so: sendfile(2) of unmodified programs by way of the module.
 *
 *	LD_PRELOAD=libzcxfer-preload.so nginx ...
 *
 * It behaves as sendfile(2) does. What the module does not take (another kind of
 * file on either side, no device, no permission) is passed on to the kernel's
 * sendfile, which also has the last word on every error of such a call. The
 * device is opened when the program starts, before it gives up its rights.
 *
 * With ZCXFER_PRELOAD_COUNTS=FILE the calls are counted there, of all processes
 * together, as two 64-bit numbers: those that went through the module, those
 * that were passed on (od -A n -t u8 FILE).
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
#include <sys/uio.h>
#include <unistd.h>

#include "zcxfer.h"

#if __SIZEOF_LONG__ != 8
#error "where off_t has two sizes there are two sendfiles, and this is one"
#endif

/* As much as one sendfile(2) moves. */
#define MOST_BYTES	0x7ffff000

/* Out of the way of programs that count on small numbers. */
#define FIRST_FD	64

struct counts {
	atomic_ullong through;
	atomic_ullong passed_on;
};

static struct counts own_counts;
static struct counts *counts = &own_counts;
static atomic_int device = -1;

static void open_device(void)
{
	int fd = zcxfer_open(), high;

	if (fd < 0)
		return;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	if (high >= 0) {
		close(fd);
		fd = high;
	}
	device = fd;
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

	open_device();
	if (path)
		share_counts(path);
	errno = saved;
}

/* By the kernel, which says EFAULT where an access of ours would be fatal. */
static bool copy_offset(off_t *to, off_t *from, bool out)
{
	struct iovec ours = { out ? from : to, sizeof(off_t) };
	struct iovec theirs = { out ? to : from, sizeof(off_t) };
	ssize_t n;

	n = out ? process_vm_writev(getpid(), &ours, 1, &theirs, 1, 0) :
		  process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0);
	return n == sizeof(off_t);
}

static bool get_position(int fd, off_t *offset, off_t *pos)
{
	if (offset)
		return copy_offset(pos, offset, false) && *pos >= 0;
	*pos = lseek(fd, 0, SEEK_CUR);
	return *pos >= 0;
}

static bool set_position(int fd, off_t *offset, off_t pos)
{
	if (offset)
		return copy_offset(offset, &pos, true);
	return lseek(fd, pos, SEEK_SET) == pos;
}

/* A program may have closed the device, or put another file in its place. */
static int send_range(int out, int in, off_t pos, size_t count,
		      struct zcxfer_result *result)
{
	struct zcxfer_desc desc = zcxfer_file_range(in, pos, count);
	int ret = zcxfer_send(device, out, &desc, 1, 0, result);

	if (ret != -ENOTTY && (ret != -EBADF || result->stop != ZCXFER_STOP_CALL))
		return ret;
	device = -1;
	open_device();
	return device < 0 ? ret : zcxfer_send(device, out, &desc, 1, 0, result);
}

/* Did the module refuse to try? Then nothing has happened, and others may. */
static bool refused(const struct zcxfer_result *result)
{
	if (result->bytes)
		return false;
	switch (result->stop) {
	case ZCXFER_STOP_DESC:
	case ZCXFER_STOP_CALL:
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

/* True if the call is done, with its value in @ret. */
static bool send_by_module(int out, int in, off_t *offset, size_t count,
			   ssize_t *ret)
{
	struct zcxfer_result result;
	off_t pos;

	if (device < 0 || !count || !get_position(in, offset, &pos))
		return false;
	if (count > MOST_BYTES)
		count = MOST_BYTES;
	send_range(out, in, pos, count, &result);
	if (refused(&result))
		return false;

	*ret = result.bytes;
	if (result.bytes && !set_position(in, offset, pos + result.bytes)) {
		*ret = -1;
		errno = EFAULT;
	}
	if (!result.bytes && result.error) {
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
		counts->through++;
		if (ret >= 0)
			errno = saved;
		return ret;
	}
	counts->passed_on++;
	errno = saved;
	return syscall(SYS_sendfile, out, in, offset, count);
}

/*
 * The header makes sendfile64 of it, as off_t has 64 bits. Programs that are
 * built otherwise call it by its plain name.
 */
ssize_t plain_sendfile(int out, int in, off_t *offset, size_t count)
	__asm__("sendfile")
	__attribute__((alias("sendfile64"), leaf, nothrow));
