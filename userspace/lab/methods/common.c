// SPDX-License-Identifier: GPL-2.0-only
/* See common.h. */
#include <fcntl.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zcxfer.h>

#include "common.h"

/**
 * lab_write_all - write(2) until all is written
 * @sock: a blocking socket
 * @data: the bytes
 * @len: their number
 *
 * Return: 0 or -errno.
 */
int lab_write_all(int sock, const char *data, size_t len)
{
	while (len) {
		ssize_t n = lab_moved(write(sock, data, len));

		if (n < 0)
			return n;
		data += n;
		len -= n;
	}
	return 0;
}

/**
 * lab_splice_all - splice(2) a number of bytes out of a pipe
 * @from: the pipe
 * @to: the destination
 * @len: bytes, which are in the pipe
 * @flags: of splice(2)
 *
 * Return: 0 or -errno.
 */
int lab_splice_all(int from, int to, size_t len, unsigned int flags)
{
	while (len) {
		ssize_t n = lab_moved(splice(from, NULL, to, NULL, len, flags));

		if (n < 0)
			return n;
		len -= n;
	}
	return 0;
}

/**
 * lab_pipe - open a pipe
 * @pipes: set
 * @size: bytes that it should hold
 *
 * A pipe has 16 pages by default, and without privilege at most
 * /proc/sys/fs/pipe-max-size. A smaller pipe than asked for works as well.
 *
 * Return: 0 or -errno.
 */
int lab_pipe(int pipes[2], size_t size)
{
	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	fcntl(pipes[1], F_SETPIPE_SZ, (int)size);
	return 0;
}

/**
 * lab_pipe_prepare - for &lab_method.prepare: the state is a pipe
 * @t: the transfer; the pipe should hold a chunk
 *
 * Return: 0 or -errno.
 */
int lab_pipe_prepare(struct lab_transfer *t)
{
	int *pipes = malloc(2 * sizeof(*pipes));
	int err = pipes ? lab_pipe(pipes, t->chunk) : -ENOMEM;

	if (err)
		free(pipes);
	else
		t->state = pipes;
	return err;
}

/**
 * lab_pipe_finish - for &lab_method.finish: undo lab_pipe_prepare()
 * @t: the transfer
 */
void lab_pipe_finish(struct lab_transfer *t)
{
	int *pipes = t->state;

	if (!pipes)
		return;
	close(pipes[0]);
	close(pipes[1]);
	free(pipes);
	t->state = NULL;
}

static struct zcxfer_desc descs[LAB_MAX_RANGES];

/**
 * lab_open_device - open /dev/zcxfer, and prepare for lab_descs()
 *
 * Return: a file descriptor or -errno.
 */
int lab_open_device(void)
{
	/* The page faults of the first access are not the method's. */
	memset(descs, 0, sizeof(descs));
	return zcxfer_open();
}

/**
 * lab_descs - ranges of the file as the module takes them
 * @file: the file
 * @ranges: ranges of it
 * @nr: their number, at most %LAB_MAX_RANGES
 *
 * Return: as many descriptors, valid until the next call.
 */
struct zcxfer_desc *lab_descs(int file, const struct lab_range *ranges, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		descs[i].type = ZCXFER_DESC_FILE;
		descs[i].fd = file;
		descs[i].offset = ranges[i].offset;
		descs[i].len = ranges[i].len;
	}
	return descs;
}

/**
 * lab_open_direct - open a file to read it past the page cache
 * @path: the file
 *
 * Return: a file descriptor or -errno; -EOPNOTSUPP if its filesystem does not support it.
 */
int lab_open_direct(const char *path)
{
	int file = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (file < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	return file;
}

/**
 * lab_buffer - memory that O_DIRECT can read into
 * @size: bytes
 *
 * Return: the memory, for free(), or NULL.
 */
char *lab_buffer(size_t size)
{
	void *buffer;

	return posix_memalign(&buffer, LAB_ALIGN, size) ? NULL : buffer;
}

/**
 * lab_no_uring - for &lab_method.missing
 *
 * Return: NULL if io_uring can be used, or the reason.
 */
const char *lab_no_uring(void)
{
	struct io_uring ring;
	int err = io_uring_queue_init(1, &ring, 0);

	if (err == -EPERM)
		return "io_uring is switched off: sysctl kernel.io_uring_disabled=0";
	if (err)
		return "this kernel has no io_uring";
	io_uring_queue_exit(&ring);
	return NULL;
}

/**
 * lab_no_device - for &lab_method.missing
 *
 * Return: NULL if /dev/zcxfer can be used, or the reason.
 */
const char *lab_no_device(void)
{
	const char *path = "/dev/" ZCXFER_DEVICE_NAME;

	if (access(path, F_OK))
		return "no /dev/zcxfer: load the module (modprobe zcxfer)";
	if (access(path, R_OK | W_OK))
		return "/dev/zcxfer may not be used by this user: run as root";
	return NULL;
}
