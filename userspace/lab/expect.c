// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows that contradict what the kernel determines: by the method, by the route, by the
 * state of the page cache.
 */
#include <string.h>

#include "internal.h"

/* Headers are sent as well, and lost packets again. */
#define ONCE_ON_A_WIRE	{ 0.99, 1.15 }
/* A file system also reads some metadata. */
#define ONCE_FROM_DISK	{ 0.99, 1.05 }

/*
 * Bytes that may always come on top: pages that the sender, a forked process, writes to
 * for the first time; a block of the file system's metadata.
 */
#define STRAY	(128 << 10)

static void hold(struct lab_row *row, enum lab_count which, const char *name,
		 struct lab_bounds bounds)
{
	size_t used = strlen(row->wrong);
	double times;

	if (row->count[which] == LAB_UNKNOWN)
		return;
	times = (double)row->count[which] / row->len;
	bounds.most += (double)STRAY / row->len;
	if (times >= bounds.least && times <= bounds.most)
		return;
	snprintf(row->wrong + used, sizeof(row->wrong) - used,
		 "%s%s %.2f times, not %.2f to %.2f", used ? "; " : "", name, times,
		 bounds.least, bounds.most);
}

static void hold_method(struct lab_row *row)
{
	const struct lab_expected *expected = &row->method->expected;

	hold(row, LAB_READ_COPY, "copied to user memory", expected->read_copy);
	hold(row, LAB_SEND_COPY, "copied into the socket", expected->send_copy);
	hold(row, LAB_COW_COPY, "copied on write", expected->cow_copy);
	hold(row, LAB_REFERENCED, "referenced", expected->referenced);
}

/*
 * A packet that refers to user memory is copied before a receiver on the same machine
 * gets it (skb_copy_ubufs), because the receiver may keep it for any time.
 */
static void hold_loopback(struct lab_row *row)
{
	double pinned = (double)row->count[LAB_PINNED] / row->len;
	/* A packet that is sent again is copied again. */
	struct lab_bounds same = { 0.99 * pinned, 1.15 * pinned + 0.01 };

	hold(row, LAB_SKB_COPY, "copied from packet to packet", same);
}

/*
 * TCP takes references for every interface: its own segmentation implies scatter-gather.
 * For an interface that fetches a packet from one buffer only, the bytes are copied into
 * it when packets are made (skb_segment).
 */
static void hold_nic(struct lab_row *row)
{
	static const struct lab_bounds none, once = ONCE_ON_A_WIRE;
	bool gathers = row->route == LAB_NIC;

	hold(row, LAB_SKB_COPY, "copied from packet to packet", gathers ? none : once);
	hold(row, LAB_NIC_DMA, "fetched by the interface", once);
	hold(row, LAB_NIC_GATHERED, "gathered by the interface", gathers ? once : none);
}

static void hold_disk(struct lab_row *row)
{
	static const struct lab_bounds none, once = ONCE_FROM_DISK;
	bool reads = row->cache == LAB_COLD || row->method->direct;

	hold(row, LAB_DISK_DMA, "read from the disk", reads ? once : none);
}

/**
 * expect_check - compare a row with what the kernel determines
 * @row: &lab_row.wrong is set, unless it is set already
 * @source: the file that was sent
 */
void expect_check(struct lab_row *row, const struct source *source)
{
	if (row->skipped || row->wrong[0])
		return;
	hold_method(row);
	if (row->route == LAB_LOOPBACK)
		hold_loopback(row);
	else
		hold_nic(row);
	/* Requests of all disks together have no bounds. */
	if (source->disk)
		hold_disk(row);
}
