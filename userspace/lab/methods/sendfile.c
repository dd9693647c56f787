// SPDX-License-Identifier: GPL-2.0-only
/*
 * sendfile(2): the kernel passes pages of the page cache to the socket.
 *
 * splice_direct_to_actor() fills a pipe inside the kernel with references to pages
 * (filemap_splice_read()), and splice_to_socket() gives them to sendmsg with
 * MSG_SPLICE_PAGES, 16 at a time: skb_splice_from_iter() makes them fragments of a
 * socket buffer. The CPU copies nothing if the interface can gather a packet from many
 * pages. If it cannot, the packet is copied before it leaves: compare the same row on a
 * route without scatter-gather.
 */
#include <sys/sendfile.h>

#include "common.h"

static int send_range(struct lab_transfer *t, struct lab_range left)
{
	while (left.len) {
		ssize_t n = lab_moved(sendfile(t->sock, t->file, &left.offset, left.len));

		if (n < 0)
			return n;
		left.len -= n;
	}
	return 0;
}

const struct lab_method lab_sendfile = {
	.name = "sendfile",
	.title = "sendfile",
	.source = "sendfile.c",
	.what = "page cache -> socket by reference",
	.remark = "the texts' one copy is for an interface without scatter-gather; "
	       "with it (\"sendfile + DMA gather\") they count none, too",
	.seed = { .cpu_copies = 1, .dma_copies = 2, .switches = 2 },
	.expected = { .referenced = LAB_ONCE },
	.send = send_range,
};
