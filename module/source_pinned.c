// SPDX-License-Identifier: GPL-2.0-only
/*
 * The caller's memory as a source, by reference: for transfers that report the release
 * of their pages (release.c). The memory is pinned until then.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "release.h"
#include "source.h"
#include "stats.h"

/**
 * struct zcx_pin - a pinned range of the caller's memory
 * @on_release: unpins the range when the network stack has released the pages
 * @account: the charge against RLIMIT_MEMLOCK
 * @offset: offset of the range in the first page
 * @nr: number of pages
 * @pages: the pages
 */
struct zcx_pin {
	struct zcx_release_hook on_release;
	struct mmpin account;
	unsigned int offset;
	unsigned int nr;
	struct page *pages[] __counted_by(nr);
};

/* Most pages of one range: 64 GiB, whose array takes 128 MiB. */
#define MAX_PINNED	(SZ_64G >> PAGE_SHIFT)

/* Most pages to pin without interrupts, or to unpin without a reschedule. */
#define PIN_CHUNK	1024u

static void unpin_pages(struct zcx_pin *pin, unsigned int nr)
{
	unsigned int done, n;

	for (done = 0; done < nr; done += n) {
		n = min(nr - done, PIN_CHUNK);
		unpin_user_pages(pin->pages + done, n);
		cond_resched();
	}
}

static int pin_pages(struct zcx_pin *pin, u64 start)
{
	unsigned int done = 0;
	int n;

	while (done < pin->nr) {
		n = pin_user_pages_fast(start + done * PAGE_SIZE,
					min(pin->nr - done, PIN_CHUNK),
					FOLL_WRITE | FOLL_LONGTERM,
					pin->pages + done);
		if (n > 0)
			done += n;
		else if (!n)
			n = -EFAULT;
		if (n > 0 && fatal_signal_pending(current))
			n = -EINTR;
		if (n < 0) {
			unpin_pages(pin, done);
			return n;
		}
		cond_resched();
	}
	return 0;
}

static void pin_free(struct zcx_release_hook *hook, bool copied)
{
	struct zcx_pin *pin = container_of(hook, struct zcx_pin, on_release);

	unpin_pages(pin, pin->nr);
	mm_unaccount_pinned_pages(&pin->account);
	zcx_stat_add(pages_pinned, -(long)pin->nr);
	kvfree(pin);
}

/**
 * zcx_memory_pin - pin a range of memory
 * @release: release of the transfer's pages, which unpins the range
 * @range: a range of the caller's memory, not empty; becomes a range of the pinned
 *	pages
 *
 * Memory that the caller may not write is not pinned: its pages are not the caller's
 * own, like page-cache pages of files that it may not write (&enum zcxfer_policy).
 *
 * Return: 0; -EFAULT, -EOPNOTSUPP or -EREMOTEIO if the caller may not write the memory,
 * or it cannot be pinned; -ENOBUFS if it exceeds RLIMIT_MEMLOCK, or is too large;
 * -ENOMEM; -EINTR.
 */
int zcx_memory_pin(struct zcx_release *release, struct zcx_range *range)
{
	u64 start = round_down(range->pos, PAGE_SIZE), end, nr;
	struct mmpin account = { };
	struct zcx_pin *pin;
	int err;

	if (check_add_overflow(range->pos, range->len, &end))
		return -EFAULT;
	nr = DIV_ROUND_UP(end - start, PAGE_SIZE);
	if (nr > MAX_PINNED)
		return -ENOBUFS;
	err = mm_account_pinned_pages(&account, nr * PAGE_SIZE);
	if (err)
		return err;
	pin = kvmalloc(struct_size(pin, pages, nr), GFP_KERNEL_ACCOUNT);
	err = -ENOMEM;
	if (!pin)
		goto unaccount;
	pin->account = account;
	pin->nr = nr;
	pin->offset = offset_in_page(range->pos);
	err = pin_pages(pin, start);
	if (err)
		goto free;
	zcx_stat_add(pages_pinned, nr);
	zcx_release_add(release, &pin->on_release, pin_free);
	range->source = ZCX_SOURCE_PINNED;
	range->pos = (unsigned long)pin;
	range->reason = 0;
	return 0;

free:
	kvfree(pin);
unaccount:
	mm_unaccount_pinned_pages(&account);
	return err;
}

static ssize_t pinned_gather(struct zcx_gather *gather,
			     const struct zcx_range *range, u64 done, bool wait)
{
	const struct zcx_pin *pin = (void *)(unsigned long)range->pos;
	struct zcx_batch *batch = gather->batch;
	u64 at = pin->offset + done, end = pin->offset + range->len;
	ssize_t gathered = 0;

	while (at < end && zcx_batch_room(batch)) {
		struct page *page = pin->pages[at >> PAGE_SHIFT];
		size_t n = min3(end - at, PAGE_SIZE - offset_in_page(at),
				(u64)zcx_batch_room(batch));

		get_page(page);
		zcx_batch_add(batch, page, offset_in_page(at), n, 0);
		at += n;
		gathered += n;
	}
	return gathered;
}

const struct zcx_source_ops zcx_source_pinned = {
	.gather	= pinned_gather,
};
