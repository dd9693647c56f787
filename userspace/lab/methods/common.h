/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What more than one method needs, and what is not what a method is about.
 *
 * sendfile(2) and splice(2) have no MSG_NOSIGNAL: SIGPIPE is ignored by who runs
 * the methods.
 */
#ifndef ZCXFER_LAB_METHODS_COMMON_H
#define ZCXFER_LAB_METHODS_COMMON_H

#include <errno.h>
#include <sys/types.h>

#include <linux/zcxfer.h>

#include "../lab.h"

/* Of buffers for O_DIRECT: as much as any disk wants. */
#define LAB_ALIGN	4096

/**
 * lab_moved - what a system call that moves bytes has returned
 * @n: its return value, with errno
 *
 * Return: how many bytes were moved, none if a signal came first; or -errno, and
 * -ENODATA for an end of file, which no method should meet.
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
struct zcxfer_desc *lab_descs(const struct lab_transfer *t,
			      const struct lab_range *ranges, unsigned int nr);
int lab_open_direct(const char *path);
char *lab_buffer(size_t size);
const char *lab_no_uring(void);
const char *lab_no_device(void);

#endif /* ZCXFER_LAB_METHODS_COMMON_H */
