/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the module know of each other, grouped by the file that
 * defines it, top to bottom: a file may call only files below it.
 *
 * A transfer goes through the layers like this::
 *
 *	ioctl.c		copies the call in, resolves every descriptor, runs the
 *	  |		transfer, copies the result out
 *	xfer.c		the engine: ranges -> batches -> socket, keeps the count
 *	  |\
 *	  | source_*.c	fill a batch with pieces of one range
 *	  |
 *	send.c		hands a batch to the socket
 *	batch.c		the pieces between a source and the socket
 */
#ifndef _ZCX_INTERNAL_H
#define _ZCX_INTERNAL_H

#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/types.h>

#include <uapi/linux/zcxfer.h>

/* Most descriptors that one call takes. */
#define ZCX_MAX_DESCS		4096

/*
 * Bytes that one call into the socket takes. A call costs a lock and a look at
 * the send queue, so more is better, but the gain ends at about 512 KiB.
 */
#define ZCX_BATCH_BYTES		(512 * 1024)

/* Pieces of a batch: of a whole one, and of one that lives on the stack. */
#define ZCX_BATCH_PIECES	(ZCX_BATCH_BYTES / PAGE_SIZE)
#define ZCX_STACK_PIECES	16

/* Ranges that need no allocation. */
#define ZCX_STACK_RANGES	8

/**
 * struct zcx_batch - pieces on their way from a source to the socket
 * @pieces: what to send, in order; each piece owns one reference to its page
 * @why: for each piece, the &enum zcxfer_copied bit of its copy, or zero if the
 *	piece is the source's own page
 * @nr: pieces in use
 * @max: pieces there is room for
 * @bytes: sum of the pieces' lengths
 */
struct zcx_batch {
	struct bio_vec *pieces;
	u8 *why;
	unsigned int nr;
	unsigned int max;
	size_t bytes;
};

/* Where the bytes of a range come from. */
enum zcx_source {
	ZCX_SOURCE_MEMORY,	/* the caller's memory */
	ZCX_SOURCE_CACHE,	/* the page cache, walked directly */
	ZCX_SOURCE_SPLICE,	/* the file's own splice_read */
};

/**
 * struct zcx_range - a checked descriptor
 * @file: the file, NULL for memory; shared by neighbours of the same file, the
 *	first of which (@owns_file) holds the reference
 * @pos: where the range starts: file offset or user address
 * @len: how many bytes
 * @source: where they come from
 * @why: the &enum zcxfer_copied bit if they are to be copied, else zero
 * @owns_file: this range holds the reference to @file
 */
struct zcx_range {
	struct file *file;
	u64 pos;
	u64 len;
	enum zcx_source source;
	u8 why;
	bool owns_file;
};

/**
 * struct zcx_xfer - one transfer
 * @sock: where the bytes go; the caller keeps it alive
 * @msg_flags: flags for each sendmsg
 * @more: the caller promised more: do not push the end out
 * @corked: the last bytes went out with MSG_MORE
 * @ranges: the transfer, in order
 * @nr_ranges: how many
 * @pages: upper bound for the pages that the ranges touch
 * @total: bytes of all ranges
 * @range: where the transfer is: everything before this range has been sent,
 * @done: and so many bytes of it
 * @ra: readahead state, apart from the one in struct file so that transfers
 *	which share a file do not disturb each other
 * @ra_range: the range that @ra is about
 * @batch: the pieces in flight between a source and the socket
 * @result: what the caller is told
 * @stack_ranges: @ranges of a small transfer
 * @stack_pieces: pieces of @batch of a small transfer
 * @stack_why: and their copy reasons
 *
 * Owned by one task. Between two steps no page is held: what a step gathered
 * and could not send is dropped and gathered again.
 */
struct zcx_xfer {
	struct socket *sock;
	unsigned int msg_flags;
	bool more;
	bool corked;

	struct zcx_range *ranges;
	unsigned int nr_ranges;
	unsigned long pages;
	u64 total;

	unsigned int range;
	u64 done;

	struct file_ra_state ra;
	unsigned int ra_range;
	struct zcx_batch batch;
	struct zcxfer_result result;

	struct zcx_range stack_ranges[ZCX_STACK_RANGES];
	struct bio_vec stack_pieces[ZCX_STACK_PIECES];
	u8 stack_why[ZCX_STACK_PIECES];
};

/* ioctl.c */
extern const struct file_operations zcx_fops;

/* xfer.c */
int zcx_xfer_init(struct zcx_xfer *xfer, struct socket *sock,
		  unsigned int flags, unsigned int nr_descs);
int zcx_xfer_add(struct zcx_xfer *xfer, const struct zcxfer_desc *desc,
		 int *last_fd);
int zcx_xfer_step(struct zcx_xfer *xfer);
int zcx_xfer_stop(struct zcx_xfer *xfer, enum zcxfer_stop stop, int error);
void zcx_xfer_release(struct zcx_xfer *xfer);

/* send.c */
ssize_t zcx_send(struct zcx_xfer *xfer, bool more);
void zcx_send_push(struct zcx_xfer *xfer);

/*
 * source_*.c
 *
 * A source appends bytes of @range, from @done on, to the batch of @xfer, until
 * the range ends or the batch is full. Returns the number of bytes appended;
 * 0 at the end of the file; -EAGAIN if it would have to wait for the disk and
 * @wait is false; otherwise an error. What was appended before an error stays
 * and is returned.
 */
ssize_t zcx_memory_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			  u64 done, bool wait);
ssize_t zcx_cache_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			 u64 done, bool wait);
ssize_t zcx_splice_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			  u64 done, bool wait);
void zcx_cache_readahead(const struct zcx_range *range);

/* batch.c */
int zcx_batch_init(struct zcx_xfer *xfer);
void zcx_batch_free(struct zcx_xfer *xfer);
void zcx_batch_drop(struct zcx_batch *batch);
size_t zcx_batch_room(const struct zcx_batch *batch);
void zcx_batch_reference(struct zcx_batch *batch, struct page *page,
			 size_t offset, size_t len, u8 why);
void *zcx_batch_reserve(size_t *len);
void zcx_batch_commit(struct zcx_batch *batch, size_t len, u8 why);
int zcx_batch_copy(struct zcx_batch *batch, struct folio *folio,
		   size_t offset, size_t len, u8 why);
void zcx_batch_account(const struct zcx_batch *batch, size_t sent, u8 route,
		       struct zcxfer_result *result);

/* desc.c */
int zcx_desc_check(const struct zcxfer_desc *desc);
int zcx_desc_add_len(const struct zcxfer_desc *desc, u64 *total);
unsigned long zcx_desc_pages(const struct zcxfer_desc *desc);

/* file.c */
struct file *zcx_file_get(int fd);
void zcx_file_put(struct file *file);
enum zcx_source zcx_file_source(const struct file *file);
bool zcx_file_may_reference(struct file *file);

/* sock.c */
struct socket *zcx_sock_get(int fd);
void zcx_sock_put(struct socket *sock);
bool zcx_sock_copies(const struct socket *sock);

/* param.c */
extern unsigned int zcx_policy;
extern unsigned int zcx_copybreak;

#endif /* _ZCX_INTERNAL_H */
