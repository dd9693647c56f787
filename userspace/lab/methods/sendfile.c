// SPDX-License-Identifier: GPL-2.0
/*
 * sendfile(2): the kernel hands pages of the page cache to the socket.
 *
 * do_splice_direct() fills a pipe inside the kernel with references to pages, and
 * splice_to_socket() gives them to sendmsg with MSG_SPLICE_PAGES. Nothing is copied
 * by the CPU if the interface can gather what it sends from many pages.
 */
#include <errno.h>
#include <sys/sendfile.h>

#include "../lab.h"

static int send_all(struct lab_transfer *t)
{
	size_t left = t->len;
	off_t offset = 0;

	while (left) {
		ssize_t n = sendfile(t->sock, t->file, &offset, left);

		if (n <= 0)
			return n ? -errno : -ENODATA;
		left -= n;
	}
	return 0;
}

const struct lab_method lab_sendfile = {
	.name = "sendfile",
	.title = "sendfile",
	.source = "sendfile.c",
	.what = "page cache -> socket by reference",
	.seed = { .cpu_copies = 1, .dma_copies = 2, .switches = 2 },
	.expected = {
		.read_copy = LAB_NONE,
		.send_copy = LAB_NONE,
		.cow_copy = LAB_NONE,
		.referenced = LAB_ONCE,
	},
	.send = send_all,
};
