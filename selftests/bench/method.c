// SPDX-License-Identifier: GPL-2.0
/*
 * The methods. Each sends all ranges of one response into the socket and
 * returns 0, or -1 with errno.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"

#define BUFFER_SIZE	(128 << 10)

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			return -1;
		data += n;
		len -= n;
	}
	return 0;
}

static int send_read_write(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		off_t pos = b->ranges[i].offset;
		size_t left = b->ranges[i].len;

		while (left) {
			size_t want = left < BUFFER_SIZE ? left : BUFFER_SIZE;
			ssize_t n = pread(b->file, b->buffer, want, pos);

			if (n <= 0 || write_all(b->sock, b->buffer, n))
				return -1;
			pos += n;
			left -= n;
		}
	}
	return 0;
}

static int write_ranges(struct bench *b, const char *map)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		if (write_all(b->sock, map + b->ranges[i].offset,
			      b->ranges[i].len))
			return -1;
	return 0;
}

static int writev_ranges(struct bench *b, char *map)
{
	static struct iovec vec[MAX_RANGES];
	struct iovec *v = vec;
	unsigned int i, nr = b->nr;

	for (i = 0; i < nr; i++) {
		vec[i].iov_base = map + b->ranges[i].offset;
		vec[i].iov_len = b->ranges[i].len;
	}
	while (nr) {
		ssize_t n = writev(b->sock, v, nr);

		if (n < 0)
			return -1;
		while (nr && (size_t)n >= v->iov_len) {
			n -= v->iov_len;
			v++;
			nr--;
		}
		if (nr) {
			v->iov_base = (char *)v->iov_base + n;
			v->iov_len -= n;
		}
	}
	return 0;
}

/* As the texts have it: map the file, write from there, unmap it. */
static int with_map(struct bench *b, int (*send)(struct bench *b, char *map))
{
	char *map = mmap(NULL, b->file_size, PROT_READ, MAP_SHARED, b->file, 0);
	int err;

	if (map == MAP_FAILED)
		return -1;
	err = send(b, map);
	munmap(map, b->file_size);
	return err;
}

static int write_map(struct bench *b, char *map)
{
	return write_ranges(b, map);
}

static int send_mmap_write(struct bench *b)
{
	return with_map(b, write_map);
}

static int send_mmap_writev(struct bench *b)
{
	return with_map(b, writev_ranges);
}

static int send_kept_write(struct bench *b)
{
	return write_ranges(b, b->kept);
}

static int send_kept_writev(struct bench *b)
{
	return writev_ranges(b, b->kept);
}

static int send_sendfile(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		off_t pos = b->ranges[i].offset;
		size_t left = b->ranges[i].len;

		while (left) {
			ssize_t n = sendfile(b->sock, b->file, &pos, left);

			if (n <= 0)
				return -1;
			left -= n;
		}
	}
	return 0;
}

static int set_cork(int sock, int on)
{
	return setsockopt(sock, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

static int send_corked(struct bench *b)
{
	if (set_cork(b->sock, 1) || send_sendfile(b))
		return -1;
	return set_cork(b->sock, 0);
}

static int splice_out(struct bench *b, size_t left, bool more)
{
	while (left) {
		ssize_t n = splice(b->pipe[0], NULL, b->sock, NULL, left,
				   SPLICE_F_MOVE | (more ? SPLICE_F_MORE : 0));

		if (n <= 0)
			return -1;
		left -= n;
	}
	return 0;
}

static int send_splice(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		off_t pos = b->ranges[i].offset;
		size_t left = b->ranges[i].len;

		while (left) {
			ssize_t n = splice(b->file, &pos, b->pipe[1], NULL,
					   left, SPLICE_F_MOVE);

			if (n <= 0)
				return -1;
			left -= n;
			if (splice_out(b, n, left || i + 1 < b->nr))
				return -1;
		}
	}
	return 0;
}

/* All ranges, as the module is told of them. Good until the next. */
static struct zcxfer_transfer *all_ranges(struct bench *b, unsigned int flags)
{
	static struct zcxfer_desc descs[MAX_RANGES];
	static struct zcxfer_transfer transfer;
	unsigned int i;

	transfer = (struct zcxfer_transfer) {
		.size = sizeof(transfer),
		.flags = flags,
		.sock_fd = b->sock,
		.nr_descs = b->nr,
		.descs = (uintptr_t)descs,
	};
	for (i = 0; i < b->nr; i++) {
		descs[i].fd = b->file;
		descs[i].offset = b->ranges[i].offset;
		descs[i].len = b->ranges[i].len;
	}
	return &transfer;
}

/**
 * transfer - one call of the module
 * @b: the bench; its result is set
 * @request: %ZCXFER_IOC_SEND or %ZCXFER_IOC_RECV
 * @flags: bits of &enum zcxfer_flag
 *
 * Return: 0 if all ranges were moved.
 */
int transfer(struct bench *b, unsigned long request, unsigned int flags)
{
	struct zcxfer_transfer *all = all_ranges(b, flags);
	int err = ioctl(b->dev, request, all);

	b->result = all->result;
	return err || b->result.stop != ZCXFER_STOP_DONE ? -1 : 0;
}

/**
 * transfer_submit - have all ranges sent by a job
 * @b: the bench
 *
 * Return: 0 or -1 with errno.
 */
int transfer_submit(struct bench *b)
{
	struct zcxfer_submit submit = {
		.size = sizeof(submit),
		.op = ZCXFER_OP_SEND,
		.transfer = (uintptr_t)all_ranges(b, 0),
	};

	return ioctl(b->dev, ZCXFER_IOC_SUBMIT, &submit);
}

/**
 * transfer_complete - wait for a job
 * @b: the bench; its result is set
 *
 * Return: 0 if all ranges were moved.
 */
int transfer_complete(struct bench *b)
{
	struct zcxfer_completion done;

	if (read(b->dev, &done, sizeof(done)) != sizeof(done))
		return -1;
	b->result = done.result;
	return b->result.stop != ZCXFER_STOP_DONE ? -1 : 0;
}

static int send_zcxfer(struct bench *b)
{
	return transfer(b, ZCXFER_IOC_SEND, 0);
}

const struct method methods[NR_METHODS] = {
	{ "read+write", send_read_write, false, false },
	{ "mmap+write", send_mmap_write, false, false },
	{ "mmap+writev", send_mmap_writev, false, true },
	{ "sendfile", send_sendfile, false, false },
	{ "splice", send_splice, false, false },
	{ "zcxfer", send_zcxfer, false, false },
	{ "kept+write", send_kept_write, true, false },
	{ "kept+writev", send_kept_writev, true, false },
	{ "sendfile+cork", send_corked, true, false },
};

const unsigned int method_sendfile = 3, method_zcxfer = 5;
