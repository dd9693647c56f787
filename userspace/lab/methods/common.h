/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers of more than one method.
 *
 * sendfile(2) and splice(2) have no MSG_NOSIGNAL: the process that runs a method ignores
 * SIGPIPE.
 */
#ifndef ZCXFER_LAB_METHODS_COMMON_H
#define ZCXFER_LAB_METHODS_COMMON_H

#include <errno.h>
#include <sys/types.h>

#include <linux/zcxfer.h>

#include "../lab.h"

/* Alignment of buffers for O_DIRECT, enough for every disk. */
#define LAB_ALIGN	4096

/**
 * lab_moved - convert the return value of a system call that moves bytes
 * @n: the return value, with errno
 *
 * Return: the bytes moved, 0 if a signal interrupted the call; or -errno, and -ENODATA
 * at the end of the file, which no method should reach.
 */
static inline ssize_t lab_moved(ssize_t n)
{
	if (n > 0)
		return n;
	if (!n)
		return -ENODATA;
	return errno == EINTR ? 0 : -errno;
}

static inline size_t lab_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The first @n bytes of @range are done. */
static inline void lab_advance(struct lab_range *range, size_t n)
{
	range->offset += n;
	range->len -= n;
}

int lab_write_all(int sock, const char *data, size_t len);
int lab_splice_all(int from, int to, size_t len, unsigned int flags);
int lab_pipe(int pipes[2], size_t size);
int lab_pipe_prepare(struct lab_transfer *t);
void lab_pipe_finish(struct lab_transfer *t);
int lab_open_device(void);
struct zcxfer_desc *lab_descs(int file, const struct lab_range *ranges, unsigned int nr);
int lab_open_direct(const char *path);
char *lab_buffer(size_t size);
const char *lab_no_uring(void);
const char *lab_no_device(void);

#endif /* ZCXFER_LAB_METHODS_COMMON_H */
