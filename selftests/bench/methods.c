// SPDX-License-Identifier: GPL-2.0-only
/* The methods: the lab's, and variants for shapes of many ranges. */
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "../../userspace/lab/methods/common.h"
#include "../../userspace/lab/methods/methods.h"
#include "bench.h"

static int writev_ranges(int sock, char *map, const struct lab_range *ranges,
			 unsigned int nr)
{
	static struct iovec vec[LAB_MAX_RANGES];
	struct iovec *v = vec;
	unsigned int i;

	for (i = 0; i < nr; i++)
		vec[i] = (struct iovec){ map + ranges[i].offset, ranges[i].len };
	while (nr) {
		ssize_t n = lab_moved(writev(sock, v, nr));

		if (n < 0)
			return n;
		while (nr && (size_t)n >= v->iov_len) {
			n -= v->iov_len;
			v++;
			nr--;
		}
		if (nr) {
			v->iov_base = (char *)v->iov_base + n;
			v->iov_len -= n;
		}
	}
	return 0;
}

static int send_mmap_writev(struct lab_transfer *t, const struct lab_range *ranges,
			    unsigned int nr)
{
	char *map = mmap(NULL, t->len, PROT_READ, MAP_SHARED, t->file, 0);
	int err;

	if (map == MAP_FAILED)
		return -errno;
	err = writev_ranges(t->sock, map, ranges, nr);
	munmap(map, t->len);
	return err;
}

static const struct lab_method mmap_writev = { .sendv = send_mmap_writev };

static int prepare_kept(struct lab_transfer *t)
{
	t->state = mmap(NULL, t->len, PROT_READ, MAP_SHARED | MAP_POPULATE, t->file, 0);
	return t->state == MAP_FAILED ? -errno : 0;
}

static int send_kept_write(struct lab_transfer *t, struct lab_range range)
{
	return lab_write_all(t->sock, (char *)t->state + range.offset, range.len);
}

static int send_kept_writev(struct lab_transfer *t, const struct lab_range *ranges,
			    unsigned int nr)
{
	return writev_ranges(t->sock, t->state, ranges, nr);
}

static const struct lab_method kept_write = {
	.prepare = prepare_kept,
	.send = send_kept_write,
};

static const struct lab_method kept_writev = {
	.prepare = prepare_kept,
	.sendv = send_kept_writev,
};

static int set_cork(int sock, int on)
{
	return setsockopt(sock, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)) ? -errno : 0;
}

static int send_corked(struct lab_transfer *t, const struct lab_range *ranges,
		       unsigned int nr)
{
	int err = set_cork(t->sock, 1);

	err = err ?: lab_send(&lab_sendfile, t, ranges, nr);
	return err ?: set_cork(t->sock, 0);
}

static const struct lab_method sendfile_cork = { .sendv = send_corked };

const struct method methods[NR_METHODS] = {
	{ "read+write", &lab_read_write, false, false },
	{ "mmap+write", &lab_mmap_write, false, false },
	{ "mmap+writev", &mmap_writev, false, true },
	{ "sendfile", &lab_sendfile, false, false },
	{ "splice", &lab_splice_more, false, false },
	{ "zcxfer", &lab_zcxfer, false, false },
	{ "kept+write", &kept_write, true, false },
	{ "kept+writev", &kept_writev, true, false },
	{ "sendfile+cork", &sendfile_cork, true, false },
};

const unsigned int method_sendfile = 3, method_zcxfer = 5;

/**
 * left_out - check whether a method is not run
 * @b: the bench
 * @m: the method's index
 *
 * Return: true if it is another than --method named, or needs the module.
 */
bool left_out(const struct bench *b, unsigned int m)
{
	return (!b->module && methods[m].lab->module) ||
	       (b->only >= 0 && b->only != (int)m);
}
