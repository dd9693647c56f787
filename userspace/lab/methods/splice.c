// SPDX-License-Identifier: GPL-2.0-only
/*
 * splice(2): as sendfile, but with a pipe of the program.
 *
 * One call fills the pipe with references (filemap_splice_read(),
 * splice_folio_into_pipe()), one empties it into the socket (splice_to_socket()). A
 * pipe holds a limited number of pages, so there are two calls for each full pipe, where
 * the texts count one for all: look at the system calls.
 *
 * The flags, in fs/splice.c of 6.12:
 *   SPLICE_F_MOVE	ignored, except by the FUSE device (fuse_dev_splice_write())
 *   SPLICE_F_NONBLOCK	does not wait for a full pipe (wait_for_space()), nor for an
 *			empty one (splice_to_socket()). It does wait for a disk, and for
 *			a socket, unless the socket itself is O_NONBLOCK
 *   SPLICE_F_MORE	splice_to_socket() sets MSG_MORE: a segment that is not full
 *			waits for the next call
 */
#include <fcntl.h>

#include "common.h"

static int send_range(struct lab_transfer *t, struct lab_range left, unsigned int flags)
{
	const int *pipes = t->state;

	while (left.len) {
		ssize_t n = lab_moved(splice(t->file, &left.offset, pipes[1], NULL,
					     left.len, flags));
		bool more;
		int err;

		if (n < 0)
			return n;
		left.len -= n;
		more = left.len || t->more;
		err = lab_splice_all(pipes[0], t->sock, n,
				     more ? flags : flags & ~SPLICE_F_MORE);
		if (err)
			return err;
	}
	return 0;
}

static int send_plain(struct lab_transfer *t, struct lab_range range)
{
	return send_range(t, range, 0);
}

static int send_move(struct lab_transfer *t, struct lab_range range)
{
	return send_range(t, range, SPLICE_F_MOVE);
}

static int send_nonblock(struct lab_transfer *t, struct lab_range range)
{
	return send_range(t, range, SPLICE_F_NONBLOCK);
}

static int send_more(struct lab_transfer *t, struct lab_range range)
{
	return send_range(t, range, SPLICE_F_MORE);
}

#define SPLICE_METHOD							\
	.source = "splice.c",						\
	.seed = { .cpu_copies = 0, .dma_copies = 2, .switches = 2 },	\
	.expected = { .referenced = LAB_ONCE },				\
	.prepare = lab_pipe_prepare,					\
	.finish = lab_pipe_finish

const struct lab_method lab_splice = {
	.name = "splice",
	.title = "splice",
	.what = "page cache -> pipe -> socket by reference",
	.remark = "each full pipe takes two calls, one to fill it and one to empty it",
	.send = send_plain,
	SPLICE_METHOD,
};

const struct lab_method lab_splice_move = {
	.name = "splice-move",
	.title = "splice, MOVE",
	.what = "the same: SPLICE_F_MOVE has no effect for a socket",
	.remark = "SPLICE_F_MOVE has no effect for a socket: only FUSE uses it",
	.send = send_move,
	SPLICE_METHOD,
};

const struct lab_method lab_splice_nonblock = {
	.name = "splice-nonblock",
	.title = "splice, NONBLOCK",
	.what = "the same: it does not wait for the pipe, but for socket and disk",
	.remark = "SPLICE_F_NONBLOCK is for the pipe alone, and no call waits for it here",
	.send = send_nonblock,
	SPLICE_METHOD,
};

const struct lab_method lab_splice_more = {
	.name = "splice-more",
	.title = "splice, MORE",
	.what = "the same with MSG_MORE: segments are filled across calls",
	.remark = "SPLICE_F_MORE changes where segments end, not what is copied",
	.send = send_more,
	SPLICE_METHOD,
};
