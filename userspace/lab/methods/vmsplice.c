// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmsplice(2): pages of user memory into a pipe, and by splice(2) into the socket.
 *
 * iter_to_pipe() takes a reference on each page and copies nothing; from the pipe on
 * it is as with splice. There is no notification of the release of the pages, so memory
 * that was sent must never be written to again. Two uses that respect this:
 *
 *   vmsplice	the memory is the mapped file: pages of the page cache, as sendfile
 *		sends them, but they are looked up by address (iov_iter_get_pages2())
 *   with GIFT	the memory is new for each chunk, read into, sent, and unmapped: the
 *		program cannot access it any more, and the network stack frees it
 *
 * SPLICE_F_GIFT marks the page as a gift, so that a reader of the pipe may steal it
 * (user_page_pipe_buf_try_steal()). splice_to_socket() does not: for a socket the flag
 * has no effect.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common.h"

static int send_memory(struct lab_transfer *t, char *data, size_t len,
		       unsigned int flags)
{
	const int *pipes = t->state;
	struct iovec vec = { data, len };

	while (vec.iov_len) {
		ssize_t n = lab_moved(vmsplice(pipes[1], &vec, 1, flags));
		int err = n < 0 ? n : lab_splice_all(pipes[0], t->sock, n, 0);

		if (err)
			return err;
		vec.iov_base = (char *)vec.iov_base + n;
		vec.iov_len -= n;
	}
	return 0;
}

static int send_mapping(struct lab_transfer *t, struct lab_range range)
{
	char *map = mmap(NULL, t->len, PROT_READ, MAP_SHARED, t->file, 0);
	int err;

	if (map == MAP_FAILED)
		return -errno;
	err = send_memory(t, map + range.offset, range.len, 0);
	munmap(map, t->len);
	return err;
}

static int send_gifts(struct lab_transfer *t, struct lab_range left)
{
	while (left.len) {
		char *gift = mmap(NULL, t->chunk, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		ssize_t n;
		int err;

		if (gift == MAP_FAILED)
			return -errno;
		n = lab_moved(pread(t->file, gift, lab_min(t->chunk, left.len),
				    left.offset));
		err = n < 0 ? n : send_memory(t, gift, n, SPLICE_F_GIFT);
		munmap(gift, t->chunk);
		if (err)
			return err;
		lab_advance(&left, n);
	}
	return 0;
}

const struct lab_method lab_vmsplice = {
	.name = "vmsplice",
	.title = "vmsplice",
	.source = "vmsplice.c",
	.what = "page cache, mapped -> pipe -> socket by reference",
	.remark = "as splice, but the pages are looked up by address, not by offset",
	.from_mapping = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .referenced = LAB_ONCE },
	.prepare = lab_pipe_prepare,
	.send = send_mapping,
	.finish = lab_pipe_finish,
};

const struct lab_method lab_vmsplice_gift = {
	.name = "vmsplice-gift",
	.title = "read + vmsplice, GIFT",
	.source = "vmsplice.c",
	.what = "page cache -> new pages -> pipe -> socket by reference",
	.remark = "the copy is read(2)'s; "
	       "SPLICE_F_GIFT has no effect for a socket",
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = {
		.read_copy = LAB_ONCE,
		.referenced = LAB_ONCE,
	},
	.prepare = lab_pipe_prepare,
	.send = send_gifts,
	.finish = lab_pipe_finish,
};
