/* SPDX-License-Identifier: GPL-2.0-only */
/* What the ladder's modules and the programs that call them have in common. */
#ifndef _LADDER_H
#define _LADDER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define LADDER_IOC_TYPE		0xBB

/**
 * struct ladder_cached - step 3: how much of a file is in the page cache
 * @fd: a file that is open for reading
 * @flags: zero
 * @pos: the first byte
 * @cached: out: number of pages that are cached
 * @len: number of bytes, at most %LADDER_CACHED_MAX; the page of @pos if zero or not
 *	there. Since version 1
 */
struct ladder_cached {
	__s32 fd;
	__u32 flags;
	__u64 pos;
	__u64 cached;
	__u64 len;
};

#define LADDER_CACHED_SIZE_VER0	24
#define LADDER_CACHED_SIZE_VER1	32
#define LADDER_CACHED_MAX	(16U << 20)

/**
 * struct ladder_copy - step 4: bytes of one cached page
 * @fd: a file that is open for reading
 * @flags: zero
 * @pos: the first byte
 * @buf: address of the memory to copy to
 * @len: number of bytes; fewer are copied if the page, or the file, ends before
 * @pad: zero
 */
struct ladder_copy {
	__s32 fd;
	__u32 flags;
	__u64 pos;
	__u64 buf;
	__u32 len;
	__u32 pad;
};

/**
 * struct ladder_refs - step 4: the reference count of one cached page
 * @fd: a file that is open for reading
 * @flags: zero
 * @pos: a byte of the page
 */
struct ladder_refs {
	__s32 fd;
	__u32 flags;
	__u64 pos;
};

/**
 * struct ladder_send - steps 5 to 7: bytes of one cached page into a socket
 * @file: a file that is open for reading
 * @sock: a socket; from step 6 on of TCP
 * @pos: the first byte
 * @len: number of bytes; fewer are sent if the page, or the file, ends before
 * @released: step 6: an eventfd, to which 1 is added as soon as no packet refers to the
 *	page, whether all bytes were sent or not; otherwise -1
 */
struct ladder_send {
	__s32 file;
	__s32 sock;
	__u64 pos;
	__u32 len;
	__s32 released;
};

/* LADDER_CACHED returns 0, the others a number. */
#define LADDER_CACHED	_IOWR(LADDER_IOC_TYPE, 1, struct ladder_cached)
#define LADDER_COPY	_IOW(LADDER_IOC_TYPE, 2, struct ladder_copy)
#define LADDER_REFS	_IOW(LADDER_IOC_TYPE, 3, struct ladder_refs)
#define LADDER_SEND	_IOW(LADDER_IOC_TYPE, 4, struct ladder_send)

#endif /* _LADDER_H */
