// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap(2) and write(2) under a lease: a signal precedes each truncation of the file.
 *
 * fcntl(F_SETLEASE, F_RDLCK) before mmap(): a task that opens the file for writing, or
 * truncates it, then waits in __break_lease() until the lease is released, but at most
 * /proc/sys/fs/lease-break-time seconds, and lease_break_callback() sends the holder a
 * signal: that of F_SETSIG, or SIGIO. The kernel grants no lease while the file is open
 * for writing, and only to the file's owner or with CAP_LEASE.
 *
 * The handler only sets a flag. There is no SA_RESTART: a write() that waits for the
 * peer ends early. The mapping is removed first and the lease second, so that truncated
 * pages are never accessed. A signal that arrives just before write() is handled after
 * one chunk, which is the longest that the writer waits.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"

static volatile sig_atomic_t broken;

static void on_lease_break(int sig)
{
	(void)sig;
	broken = 1;
}

static int prepare(struct lab_transfer *t)
{
	struct sigaction action = { .sa_handler = on_lease_break };

	(void)t;
	broken = 0;
	return sigaction(SIGRTMIN, &action, NULL) ? -errno : 0;
}

static int write_unless_broken(struct lab_transfer *t, const char *data, size_t len)
{
	while (len) {
		size_t want = lab_min(t->chunk, len);
		ssize_t n;

		if (broken)
			return -EBUSY;
		n = lab_moved(write(t->sock, data, want));
		if (n < 0)
			return n;
		data += n;
		len -= n;
	}
	return 0;
}

static int send_range(struct lab_transfer *t, struct lab_range range)
{
	char *map;
	int err;

	if (fcntl(t->file, F_SETSIG, SIGRTMIN) ||
	    fcntl(t->file, F_SETLEASE, F_RDLCK))
		return -errno;
	map = mmap(NULL, t->len, PROT_READ, MAP_SHARED, t->file, 0);
	err = map == MAP_FAILED ? -errno :
		write_unless_broken(t, map + range.offset, range.len);
	if (map != MAP_FAILED)
		munmap(map, t->len);
	fcntl(t->file, F_SETLEASE, F_UNLCK);
	return err;
}

const struct lab_method lab_mmap_lease = {
	.name = "mmap-lease",
	.title = "mmap + write, lease",
	.source = "mmap_lease.c",
	.what = "page cache, mapped -> socket; a signal announces a writer",
	.remark = "the lease costs a few calls for each file, and no copy",
	.from_mapping = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .send_copy = LAB_ONCE },
	.prepare = prepare,
	.send = send_range,
};
