/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A batch: the pieces between a source and the socket.
 *
 * A piece is either the source's own page or a copy in a fresh one. The socket
 * gets both by reference (fill.c, MSG_SPLICE_PAGES), so that a header, a
 * short range and a long one leave in one call, and a copied byte is copied once.
 * The header + pages of net/sunrpc/svcsock.c:svc_tcp_sendmsg() are the model.
 *
 * Ownership: each piece holds one reference to its page, from the moment it is
 * added until zcx_batch_drop(), or until a packet takes the reference over (fill.c), after
 * which the piece has no page. Otherwise the socket takes its own references to the pages
 * that it accepts. So the batch may be dropped as soon as sendmsg has returned.
 */
#ifndef _ZCX_BATCH_H
#define _ZCX_BATCH_H

#include <linux/bug.h>
#include <linux/bvec.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/types.h>

#include "stats.h"

/**
 * struct zcx_counts - what a transfer has moved
 * @bytes: bytes in all
 * @referenced: bytes of which the pages themselves were passed on
 * @copied: bytes that the CPU copied
 * @socket_calls: calls into the socket
 * @reasons: the &enum zcxfer_copied bits of @copied
 */
struct zcx_counts {
	u64 bytes;
	u64 referenced;
	u64 copied;
	u64 socket_calls;
	u32 reasons;
};

/*
 * Most bytes that one call passes to the socket. A call costs a lock and a look at
 * the send queue, so more is better, but the gain ends at about 512 KiB.
 */
#define ZCX_BATCH_BYTES		((size_t)SZ_512K)

/*
 * Most pieces of a batch (their arrays fit into a kmalloc() of a page), and of a small
 * batch, which needs no allocation.
 */
#define ZCX_BATCH_PIECES	(SZ_4K / (sizeof(struct bio_vec) + sizeof(u8)))
#define ZCX_SMALL_PIECES	16

/**
 * struct zcx_batch - pieces on their way from a source to the socket
 * @pieces: the pieces, in order
 * @reason: copy reason of each piece, an &enum zcxfer_copied bit, or zero if the piece
 *	is the source's own page
 * @reasons: copy reasons of all pieces
 * @nr: number of pieces
 * @max: most pieces that fit
 * @bytes: number of bytes, the sum of the pieces' lengths unless trimmed
 * @limit: most bytes that fit
 * @small_pieces: storage for @pieces of a small batch
 * @small_reasons: storage for @reason of a small batch
 */
struct zcx_batch {
	struct bio_vec *pieces;
	u8 *reason;
	u8 reasons;
	unsigned int nr;
	unsigned int max;
	size_t bytes;
	size_t limit;

	struct bio_vec small_pieces[ZCX_SMALL_PIECES];
	u8 small_reasons[ZCX_SMALL_PIECES];
};

/**
 * zcx_batch_room - number of bytes that may still be added
 * @batch: the batch
 *
 * Return: the number of bytes, 0 if the batch is full.
 */
static inline size_t zcx_batch_room(const struct zcx_batch *batch)
{
	return batch->nr < batch->max ? batch->limit - batch->bytes : 0;
}

/**
 * zcx_batch_limit - limit a batch to fewer bytes than usual
 * @batch: an empty batch
 * @bytes: the limit, which is raised to a page, or lowered to %ZCX_BATCH_BYTES
 */
static inline void zcx_batch_limit(struct zcx_batch *batch, size_t bytes)
{
	batch->limit = clamp(bytes, PAGE_SIZE, ZCX_BATCH_BYTES);
}

/**
 * zcx_batch_add - add a piece
 * @batch: a batch with room
 * @page: the page, or the first of several in one folio; the batch takes over
 *	the caller's reference to it
 * @offset: offset of the first byte in @page
 * @len: number of bytes, not zero
 * @reason: zero, or the copy reason if the page holds a copy
 */
static inline void zcx_batch_add(struct zcx_batch *batch, struct page *page,
				 size_t offset, size_t len, u8 reason)
{
	bvec_set_page(&batch->pieces[batch->nr], page, len, offset);
	batch->reason[batch->nr] = reason;
	batch->reasons |= reason;
	batch->nr++;
	batch->bytes += len;
	zcx_stat_add(refs_taken, 1);
}

/**
 * zcx_batch_trim - drop bytes from the end of a batch
 * @batch: the batch
 * @bytes: number of bytes that stay, not more than there are
 *
 * The batch keeps all its pages until it is dropped.
 */
static inline void zcx_batch_trim(struct zcx_batch *batch, size_t bytes)
{
	WARN_ON_ONCE(bytes > batch->bytes);
	batch->bytes = bytes;
}

/**
 * zcx_batch_was_copied - mark all pieces of a batch as copied
 * @batch: the batch
 * @reason: the copy reason, an &enum zcxfer_copied bit
 */
static inline void zcx_batch_was_copied(struct zcx_batch *batch, u8 reason)
{
	memset(batch->reason, reason, batch->nr);
	batch->reasons = reason;
}

int zcx_batch_init(struct zcx_batch *batch, unsigned long pieces);
void zcx_batch_free(struct zcx_batch *batch);
void zcx_batch_drop(struct zcx_batch *batch);
bool zcx_batch_refill(size_t len);
void *zcx_batch_reserve(size_t *len);
void zcx_batch_commit(struct zcx_batch *batch, size_t len, u8 reason);
size_t zcx_batch_copy_now(struct zcx_batch *batch, const void *from, size_t len,
			  u8 reason);
ssize_t zcx_batch_copy(struct zcx_batch *batch, const void *from, size_t len,
		       u8 reason);
void zcx_batch_account(const struct zcx_batch *batch, size_t sent, u8 route,
		       struct zcx_counts *counts);

#endif /* _ZCX_BATCH_H */
