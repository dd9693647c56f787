// SPDX-License-Identifier: GPL-2.0-only
/* Filling, accounting and emptying a batch: see batch.h. */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

#include <uapi/linux/zcxfer.h>

#include "batch.h"

/**
 * zcx_batch_init - initialize an empty batch
 * @batch: the batch, which zcx_batch_free() frees after a success
 * @pieces: upper bound for the number of pieces, as far as the caller knows it: a
 *	small batch needs no allocation
 *
 * Return: 0 or -ENOMEM.
 */
int zcx_batch_init(struct zcx_batch *batch, unsigned long pieces)
{
	batch->nr = 0;
	batch->bytes = 0;
	batch->reasons = 0;
	batch->limit = ZCX_BATCH_BYTES;
	if (pieces <= ZCX_SMALL_PIECES) {
		batch->pieces = batch->small_pieces;
		batch->reason = batch->small_reasons;
		batch->max = ZCX_SMALL_PIECES;
		return 0;
	}

	batch->max = min(pieces, ZCX_BATCH_PIECES);
	batch->pieces = kmalloc(batch->max * (sizeof(*batch->pieces) +
					      sizeof(*batch->reason)), GFP_KERNEL);
	if (!batch->pieces)
		return -ENOMEM;
	batch->reason = (u8 *)(batch->pieces + batch->max);
	return 0;
}

/**
 * zcx_batch_free - undo zcx_batch_init()
 * @batch: the batch, which must be empty
 */
void zcx_batch_free(struct zcx_batch *batch)
{
	WARN_ON_ONCE(batch->nr);
	if (batch->pieces != batch->small_pieces)
		kfree(batch->pieces);
}

/**
 * zcx_batch_drop - empty a batch and put its pages
 * @batch: the batch; its references that packets took over are released as well, as far
 *	as the batch is concerned
 */
void zcx_batch_drop(struct zcx_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		if (batch->pieces[i].bv_page)
			put_page(batch->pieces[i].bv_page);
	zcx_stat_add(refs_released, batch->nr);
	batch->nr = 0;
	batch->bytes = 0;
	batch->reasons = 0;
}

/* Number of bytes that can be copied without an allocation. */
static size_t frag_room(const struct page_frag *frag)
{
	return frag->page ? frag->size - frag->offset : 0;
}

/**
 * zcx_batch_refill - provide memory for the next copied bytes
 * @len: number of bytes that are wanted, not zero; the memory may hold fewer
 *
 * The memory is the task's page_frag, from which TCP makes its own copies, too:
 * consecutive copies are adjacent and become one piece. Nothing is taken from it
 * until zcx_batch_commit(). The memory cgroup is charged for it, because UNIX sockets do
 * not charge for pages that they did not allocate. (TCP charges for them again.)
 *
 * Return: true if there is room for bytes, false if there is no memory.
 */
bool zcx_batch_refill(size_t len)
{
	struct page_frag *frag = &current->task_frag;
	unsigned int least = min_t(size_t, len, PAGE_SIZE / 8);

	return frag_room(frag) >= least ||
	       skb_page_frag_refill(least, frag, GFP_KERNEL_ACCOUNT);
}

/**
 * zcx_batch_reserve - get memory for the next copied bytes
 * @len: in: number of bytes that are wanted, not zero; out: number of bytes that fit
 *
 * Return: the memory, see zcx_batch_refill(), or NULL if there is none.
 */
void *zcx_batch_reserve(size_t *len)
{
	struct page_frag *frag = &current->task_frag;

	if (!zcx_batch_refill(*len))
		return NULL;
	*len = min(*len, frag_room(frag));
	return page_address(frag->page) + frag->offset;
}

/**
 * zcx_batch_commit - add the bytes that were copied
 * @batch: a batch with room
 * @len: number of bytes, not more than zcx_batch_reserve() returned, not zero
 * @reason: the copy reason, an &enum zcxfer_copied bit
 */
void zcx_batch_commit(struct zcx_batch *batch, size_t len, u8 reason)
{
	struct page_frag *frag = &current->task_frag;
	struct bio_vec *last = batch->pieces + batch->nr - 1;

	if (batch->nr && last->bv_page == frag->page &&
	    last->bv_offset + last->bv_len == frag->offset &&
	    batch->reason[batch->nr - 1] == reason) {
		last->bv_len += len;
		batch->bytes += len;
	} else {
		get_page(frag->page);
		zcx_batch_add(batch, frag->page, frag->offset, len, reason);
	}
	frag->offset += len;
}

/**
 * zcx_batch_copy_now - add a copy of kernel memory, without allocating
 * @batch: a batch with room
 * @from: the bytes
 * @len: number of bytes, not zero
 * @reason: the copy reason, an &enum zcxfer_copied bit
 *
 * Return: the number of bytes added, limited by the room in the batch and by the
 * memory that zcx_batch_refill() provided.
 */
size_t zcx_batch_copy_now(struct zcx_batch *batch, const void *from, size_t len,
			  u8 reason)
{
	struct page_frag *frag = &current->task_frag;

	len = min3(len, zcx_batch_room(batch), frag_room(frag));
	if (len) {
		memcpy(page_address(frag->page) + frag->offset, from, len);
		zcx_batch_commit(batch, len, reason);
	}
	return len;
}

/**
 * zcx_batch_copy - add a copy of kernel memory
 * @batch: a batch with room
 * @from: the bytes
 * @len: number of bytes, not zero
 * @reason: the copy reason, an &enum zcxfer_copied bit
 *
 * Return: the number of bytes added, which is less than @len if the batch is full or
 * memory runs out, or -ENOMEM if no byte was added.
 */
ssize_t zcx_batch_copy(struct zcx_batch *batch, const void *from, size_t len,
		       u8 reason)
{
	size_t copied = 0;

	while (copied < len && zcx_batch_room(batch)) {
		if (!zcx_batch_refill(len - copied))
			return copied ?: -ENOMEM;
		copied += zcx_batch_copy_now(batch, from + copied, len - copied,
					     reason);
	}
	return copied;
}

/**
 * zcx_batch_account - record how many bytes moved by reference, and how many copied
 * @batch: the batch
 * @sent: number of bytes of it that the socket (or the file) took
 * @route: zero, or %ZCXFER_COPIED_ROUTE if the network stack copies referenced pages
 * @counts: the counts, to which these are added
 */
void zcx_batch_account(const struct zcx_batch *batch, size_t sent, u8 route,
		       struct zcx_counts *counts)
{
	unsigned int i;

	counts->bytes += sent;
	if (!batch->reasons && !route) {
		counts->referenced += sent;
		return;
	}
	for (i = 0; sent; i++) {
		size_t n = min_t(size_t, sent, batch->pieces[i].bv_len);
		u8 reason = batch->reason[i] ?: route;

		if (reason) {
			counts->copied += n;
			counts->reasons |= reason;
		} else {
			counts->referenced += n;
		}
		sent -= n;
	}
}
