// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap(2) and write(2): the page cache itself is the buffer.
 *
 * mmap() copies nothing and reads nothing. write() touches the pages:
 * tcp_sendmsg_locked() copies from user memory, faults on addresses that are not in the
 * page tables, and do_read_fault() maps the pages of the page cache, 16 at a time
 * (do_fault_around()). So the copy out of the page cache is saved, the one into the
 * socket buffer is not, and the price is page faults: inside of write(), so they are no
 * switches between user and kernel mode.
 *
 * Another task may truncate the file meanwhile. The texts say that SIGBUS kills the
 * program then. So it is if the program itself reads the mapping (do_sigbus()); here the
 * kernel reads it, inside of write(), which returns the bytes written so far, or EFAULT.
 * With a lease a signal precedes it: see mmap_lease.c.
 */
#include <sys/mman.h>

#include "common.h"

static int send_ranges(struct lab_transfer *t, const struct lab_range *ranges,
		       unsigned int nr)
{
	char *map = mmap(NULL, t->len, PROT_READ, MAP_SHARED, t->file, 0);
	unsigned int i;
	int err = 0;

	if (map == MAP_FAILED)
		return -errno;
	for (i = 0; i < nr && !err; i++)
		err = lab_write_all(t->sock, map + ranges[i].offset, ranges[i].len);
	munmap(map, t->len);
	return err;
}

const struct lab_method lab_mmap_write = {
	.name = "mmap-write",
	.title = "mmap + write",
	.source = "mmap_write.c",
	.what = "page cache, mapped -> socket",
	.remark = "munmap(2) is a call as well; "
	       "if the file is truncated meanwhile write(2) fails with EFAULT, without SIGBUS",
	.from_mapping = true,
	.seed = { .cpu_copies = 1, .dma_copies = 2, .switches = 4 },
	.expected = { .send_copy = LAB_ONCE },
	.sendv = send_ranges,
};
