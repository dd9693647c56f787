// SPDX-License-Identifier: GPL-2.0
/*
 * mmap(2) and write(2): the page cache itself is the buffer.
 *
 * mmap() copies nothing and reads nothing. It is write() that touches the pages:
 * tcp_sendmsg_locked() copies from user memory, meets addresses that no page table
 * knows, and do_read_fault() enters the pages of the page cache, 16 at a time
 * (do_fault_around()). So the copy out of the page cache is saved, the one into the
 * socket buffer is not, and page faults are paid for it: in the middle of write(), so
 * they are no switches between user and kernel mode.
 *
 * Somebody may truncate the file meanwhile. The texts say that SIGBUS kills the
 * program then. It does where the program itself reads the mapping (do_sigbus());
 * here the kernel does, in the middle of write(), and that returns what it has
 * written, or EFAULT. See mmap_lease.c for how to be told before.
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
	       "a file that is truncated meanwhile ends write(2) with EFAULT, not with SIGBUS",
	.from_mapping = true,
	.seed = { .cpu_copies = 1, .dma_copies = 2, .switches = 4 },
	.expected = { .send_copy = LAB_ONCE },
	.sendv = send_ranges,
};
