// SPDX-License-Identifier: GPL-2.0
/*
 * From what was counted to arrows: each has a count of its own, and is drawn if that
 * many bytes were moved, never because it should be so.
 */
#include "path.h"

/* Less of the file than this is not drawn: headers, tails, what else the machine does. */
#define LEAST_SHARE	0.01

const struct path_arrow path_arrows[PATH_NR_ARROWS] = {
	{ LAB_DISK_DMA, "disk-dma", SVG_DMA, "DMA", "reads of the disk", DISK, READ_TO },
	{ LAB_READ_COPY, "read-copy", SVG_CPU, "CPU copy", "copies on reading", CACHE, USER },
	{ LAB_COW_COPY, "cow-copy", SVG_CPU, "CPU copy on write", "copies on write", CACHE, USER },
	{ LAB_SEND_COPY, "send-copy", SVG_CPU, "CPU copy", "copies on sending",
	  COPIED_FROM, SOCKET },
	{ LAB_REFERENCED, "referenced", SVG_REF, "by reference", "references",
	  REFERENCED_FROM, SOCKET },
	{ LAB_SKB_COPY, "skb-copy", SVG_CPU, "CPU copy", "copies between socket buffers",
	  SOCKET, SOCKET },
	{ LAB_NIC_DMA, "nic-dma", SVG_DMA, "DMA", "reads of the NIC", SOCKET, NIC },
};

/** path_is_drawn() - was enough counted for an arrow? */
bool path_is_drawn(const struct lab_row *row, const struct path_arrow *arrow)
{
	return !row->skipped && svg_share(row, arrow->count) >= LEAST_SHARE;
}

/**
 * path_place() - what a place of an arrow is on a row
 * @row: the row
 * @place: of &struct path_arrow
 *
 * What is referenced is the page cache, unless the file's bytes were first brought to
 * user memory and sent from there. What the module reads past the page cache goes to
 * pages of its own, drawn in the page cache's place.
 *
 * Return: a place that has a box.
 */
enum place path_place(const struct lab_row *row, enum place place)
{
	const struct lab_method *m = row->method;
	bool by_user = m->direct && !m->module;

	switch (place) {
	case READ_TO:
		return by_user ? USER : CACHE;
	case COPIED_FROM:
		return m->from_mapping || m->module ? CACHE : USER;
	case REFERENCED_FROM:
		if (m->from_mapping || m->module)
			return CACHE;
		if (svg_share(row, LAB_READ_COPY) + svg_share(row, LAB_COW_COPY) >= 0.5)
			return USER;
		return by_user ? USER : CACHE;
	default:
		return place;
	}
}

/** path_place_name() - what a place is called on a row, short enough for its box */
const char *path_place_name(const struct lab_row *row, enum place place)
{
	static const char *const names[NR_PLACES] = {
		"disk", "page cache", "user buffer", "socket buffer", "NIC",
	};

	if (place == CACHE && row->method->module && row->method->direct)
		return "module's pages";
	if (place == NIC && row->route == LAB_LOOPBACK)
		return "receiver";
	return names[place];
}
