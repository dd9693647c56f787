// SPDX-License-Identifier: GPL-2.0-only
/*
 * The disk as a source, past the page cache: direct I/O into pages of our own,
 * which the socket then references. This is for large files that will not be sent
 * again soon: they evict no other file from the cache.
 *
 * With ZCXFER_F_DONTCACHE, cached bytes are taken from the page cache, and only missing
 * ones are read; the cache stays as it is.
 *
 * Reads are queued ahead in the order of the stream, so that the disk fills the
 * next one while the socket takes the first. A read begins and ends at block boundaries
 * of the disk; bytes of its first and last block that the range does not want are
 * left out.
 *
 * A read outlives a transfer that ends early: the disk still writes into its pages, so
 * the read holds the pages, the file and the module until the disk has answered.
 */
#include <linux/completion.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "cache.h"
#include "source.h"
#include "stats.h"

/**
 * struct zcx_read - a direct read
 * @iocb: the request
 * @done: completed when the disk has answered
 * @refs: references, of the transfer and, until it has answered, of the disk
 * @result: number of bytes read, or an error
 * @range: index of the range of which it is a part
 * @from: first byte of the range that it covers
 * @to: first byte of the range behind those that it covers
 * @skip: number of bytes before @from that are read only for alignment
 * @nr_pages: number of @pages
 * @pages: pages to read into
 */
struct zcx_read {
	struct kiocb iocb;
	struct completion done;
	refcount_t refs;
	ssize_t result;
	unsigned int range;
	u64 from;
	u64 to;
	size_t skip;
	unsigned int nr_pages;
	struct bio_vec pages[] __counted_by(nr_pages);
};

/* Most reads in the queue: those ahead, and one that has to go before them. */
#define READS_MAX	ARRAY_SIZE(((struct zcx_reads *)0)->queue)

/* Most pages of the cache that are looked at to find bytes that must be read. */
#define SCAN_PAGES	(ZCX_READS * ZCX_BATCH_BYTES / PAGE_SIZE)

static void read_free(struct zcx_read *read)
{
	unsigned int i;

	for (i = 0; i < read->nr_pages; i++)
		__free_page(read->pages[i].bv_page);
	fput(read->iocb.ki_filp);
	kfree(read);
	zcx_stat_add(reads_held, -1);
}

static void read_put(struct zcx_read *read)
{
	if (refcount_dec_and_test(&read->refs))
		read_free(read);
}

/* Called in any context. */
static void read_complete(struct kiocb *iocb, long result)
{
	struct zcx_read *read = container_of(iocb, struct zcx_read, iocb);

	read->result = result;
	complete_all(&read->done);	/* another call may wait again */
	read_put(read);
	module_put(THIS_MODULE);
}

static struct zcx_read *read_alloc(struct file *file, unsigned int nr_pages)
{
	struct zcx_read *read;

	read = kmalloc(struct_size(read, pages, nr_pages), GFP_KERNEL_ACCOUNT);
	if (!read)
		return NULL;
	zcx_stat_add(reads_held, 1);
	init_sync_kiocb(&read->iocb, get_file(file));
	init_completion(&read->done);
	refcount_set(&read->refs, 1);
	for (read->nr_pages = 0; read->nr_pages < nr_pages;) {
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT);

		if (!page) {
			read_free(read);
			return NULL;
		}
		read->nr_pages++;
		bvec_set_page(&read->pages[read->nr_pages - 1], page, PAGE_SIZE,
			      0);
	}
	return read;
}

/* Start a read, which holds the module until it completes. */
static void read_submit(struct zcx_read *read, loff_t pos, size_t len)
{
	struct kiocb *iocb = &read->iocb;
	struct iov_iter iter;
	ssize_t result;

	iov_iter_bvec(&iter, ITER_DEST, read->pages, read->nr_pages, len);
	iocb->ki_pos = pos;
	iocb->ki_flags |= IOCB_DIRECT;
	iocb->ki_complete = read_complete;
	refcount_inc(&read->refs);
	__module_get(THIS_MODULE);
	result = iocb->ki_filp->f_op->read_iter(iocb, &iter);
	if (result != -EIOCBQUEUED)
		read_complete(iocb, result);
}

/* The byte of range @i before which a read from byte @done on must end. */
static u64 range_wanted(const struct zcx_gather *gather, unsigned int i, u64 done)
{
	const struct zcx_range *range = &gather->ranges->range[i];

	return gather->dontcache ? zcx_cache_miss(range, done, SCAN_PAGES) :
				    range->len;
}

/*
 * Start a read of range @i from byte @done on: at most as much as can be sent at once,
 * not beyond the end of the file, and no cached bytes if the cache is used.
 */
static struct zcx_read *read_start(struct zcx_gather *gather, unsigned int i,
				   u64 done)
{
	const struct zcx_range *range = &gather->ranges->range[i];
	u64 end = min(range->pos + range_wanted(gather, i, done),
		      (u64)zcx_range_eof(range));
	loff_t want = range->pos + done;
	loff_t pos = round_down(want, range->file->align);
	struct zcx_read *read;
	size_t len;

	len = min_t(u64, round_up(gather->batch->limit, range->file->align),
		    round_up(max_t(u64, end, want + 1), range->file->align) - pos);
	read = read_alloc(zcx_range_file(range), DIV_ROUND_UP(len, PAGE_SIZE));
	if (!read)
		return NULL;
	read->range = i;
	read->from = done;
	read->to = min(done + len - (want - pos), range->len);
	read->skip = want - pos;
	read_submit(read, pos, len);
	return read;
}

static struct zcx_read *reads_first(const struct zcx_reads *reads)
{
	return reads->nr ? reads->queue[reads->first] : NULL;
}

static void reads_pop(struct zcx_reads *reads)
{
	read_put(reads->queue[reads->first]);
	reads->first = (reads->first + 1) % READS_MAX;
	reads->nr--;
}

/**
 * zcx_direct_drop - drop all reads
 * @gather: what the source sees of the transfer
 *
 * Does not wait for reads that are still in flight.
 */
void zcx_direct_drop(struct zcx_gather *gather)
{
	while (gather->reads->nr)
		reads_pop(gather->reads);
}

/* Drop reads of bytes before byte @done of range @i, and queue none of them. */
static void reads_reach(struct zcx_reads *reads, unsigned int i, u64 done)
{
	const struct zcx_read *read;

	while ((read = reads_first(reads)) &&
	       (read->range < i || (read->range == i && read->to <= done)))
		reads_pop(reads);
	if (reads->next.range < i || (reads->next.range == i && reads->next.done < done)) {
		reads->next.range = i;
		reads->next.done = done;
	}
}

static bool reads_add(struct zcx_gather *gather)
{
	struct zcx_reads *reads = gather->reads;
	struct zcx_read *read;

	read = read_start(gather, reads->next.range, reads->next.done);
	if (!read)
		return false;
	reads->queue[(reads->first + reads->nr++) % READS_MAX] = read;
	reads->next.done = read->to;
	return true;
}

/* Queue reads ahead. Bytes that a full socket refuses would be read once more. */
static void reads_fill(struct zcx_gather *gather)
{
	struct zcx_reads *reads = gather->reads;
	u64 cached = 0;

	if (!gather->socket_blocks)
		return;
	while (reads->nr < ZCX_READS && reads->next.range < gather->ranges->nr) {
		const struct zcx_range *range = &gather->ranges->range[reads->next.range];
		u64 hit = reads->next.done;

		if (range->source != ZCX_SOURCE_DIRECT || hit == range->len ||
		    range->pos + hit >= zcx_range_eof(range)) {
			reads->next.range++;
			reads->next.done = 0;
			continue;
		}
		if (gather->dontcache)
			hit = zcx_cache_hit(range, hit, SCAN_PAGES);
		if (hit > reads->next.done) {
			cached += hit - reads->next.done;
			reads->next.done = hit;
			if (cached >= SCAN_PAGES * PAGE_SIZE)
				break;
			continue;
		}
		if (!reads_add(gather))
			break;
	}
}

/* The first read of the queue if it covers byte @done of range @i, otherwise NULL. */
static struct zcx_read *reads_find(const struct zcx_reads *reads,
				   unsigned int i, u64 done)
{
	struct zcx_read *read = reads_first(reads);

	return read && read->range == i && read->from <= done &&
	       done < read->to ? read : NULL;
}

/* Queue a read of byte @done of range @i, before all other reads. */
static struct zcx_read *reads_add_first(struct zcx_gather *gather, unsigned int i,
					u64 done)
{
	struct zcx_reads *reads = gather->reads;
	struct zcx_read *read;

	if (reads->nr == READS_MAX)
		zcx_direct_drop(gather);
	read = read_start(gather, i, done);
	if (!read)
		return NULL;
	if (!reads->nr) {
		reads->next.range = i;
		reads->next.done = read->to;
	}
	reads->first = (reads->first + READS_MAX - 1) % READS_MAX;
	reads->queue[reads->first] = read;
	reads->nr++;
	reads_fill(gather);
	return read;
}

/* Reference the bytes of a complete read, from byte @done of its range on. */
static size_t read_take(const struct zcx_read *read, struct zcx_batch *batch,
			u64 done)
{
	size_t at = read->skip + (done - read->from), start = at;
	size_t end = min_t(u64, read->result,
			   read->skip + (read->to - read->from));

	while (at < end && zcx_batch_room(batch)) {
		struct page *page = read->pages[at / PAGE_SIZE].bv_page;
		size_t n = min3(end - at, PAGE_SIZE - offset_in_page(at),
				zcx_batch_room(batch));

		get_page(page);
		zcx_batch_add(batch, page, offset_in_page(at), n, 0);
		at += n;
	}
	return at - start;
}

/*
 * Gather from one read; the arguments are those of a source, see source.h. A read
 * leaves the queue when all its bytes are in the batch: if the socket refuses some of
 * them the transfer ends.
 */
static ssize_t gather_read(struct zcx_gather *gather, unsigned int i, u64 done,
			   bool wait)
{
	struct zcx_reads *reads = gather->reads;
	struct zcx_read *read;
	bool fresh;
	size_t n;

	read = reads_find(reads, i, done) ?: reads_add_first(gather, i, done);
	for (;;) {
		if (!read)
			return -ENOMEM;
		if (!wait && !completion_done(&read->done))
			return -EAGAIN;
		if (wait_for_completion_killable(&read->done))
			return -ERESTARTSYS;
		if (read->result < 0)
			return read->result;
		n = read_take(read, gather->batch, done);
		fresh = read->from == done;
		if (done + n == read->to)
			reads_pop(reads);
		if (n || fresh)
			return n;
		/* A short read need not be the end of the file. */
		reads_pop(reads);
		read = reads_add_first(gather, i, done);
	}
}

/* Bytes of a queued read come first, then cached bytes if the cache is used. */
static ssize_t gather_some(struct zcx_gather *gather, unsigned int i, u64 done,
			   bool wait)
{
	struct zcx_reads *reads = gather->reads;
	ssize_t n = 0;

	reads_reach(reads, i, done);
	reads_fill(gather);
	if (gather->dontcache && !reads_find(reads, i, done))
		n = zcx_source_cache.gather(gather, &gather->ranges->range[i],
					    done, false);
	return n > 0 ? n : gather_read(gather, i, done, wait);
}

static ssize_t direct_gather(struct zcx_gather *gather,
			     const struct zcx_range *range, u64 done, bool wait)
{
	unsigned int i = range - gather->ranges->range;
	u64 start = done;
	ssize_t n = 0;

	while (done < range->len && zcx_batch_room(gather->batch)) {
		if (range->pos + done >= zcx_range_eof(range))
			break;
		n = gather_some(gather, i, done, wait && done == start);
		if (n <= 0)
			break;
		done += n;
	}
	return done > start ? done - start : n;
}

const struct zcx_source_ops zcx_source_direct = {
	.gather	= direct_gather,
};
