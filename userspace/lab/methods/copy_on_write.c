// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copy on write: a private mapping, written to, and sent.
 *
 * With MAP_PRIVATE the program sees the pages of the page cache until it writes to
 * one. Reading a page maps it write-protected (do_read_fault()); the write that follows
 * faults again, and wp_page_copy() copies the whole page for the one byte. From then on
 * the page is private to the program, and the file does not change. (A page that is
 * written first, without having been read, is copied by do_cow_fault().)
 *
 * Look at the page faults: one for each page that is written to, two switches each. A
 * program that changes only some of the pages copies only those: change STEP and see.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"

#define STEP	sysconf(_SC_PAGESIZE)

/* Write the value that it has to a byte of each page. */
static void touch(volatile char *map, size_t len)
{
	size_t step = STEP, i;

	for (i = 0; i < len; i += step) {
		char byte = map[i];

		map[i] = byte;
	}
}

static int send_range(struct lab_transfer *t, struct lab_range range)
{
	char *map = mmap(NULL, t->len, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			 t->file, 0);
	int err;

	if (map == MAP_FAILED)
		return -errno;
	touch(map + range.offset, range.len);
	err = lab_write_all(t->sock, map + range.offset, range.len);
	munmap(map, t->len);
	return err;
}

const struct lab_method lab_copy_on_write = {
	.name = "copy-on-write",
	.title = "mmap private, written",
	.source = "copy_on_write.c",
	.what = "page cache, mapped -> own pages, by page faults -> socket",
	.remark = "every page is written to, so every page is copied",
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = {
		.send_copy = LAB_ONCE,
		.cow_copy = LAB_ONCE,
	},
	.send = send_range,
};
