// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resolving descriptors into ranges and files. Each descriptor is checked here, and the
 * source of its bytes is chosen, once and with the caller's credentials. Permissions are
 * not checked again, except that each write makes its own checks.
 */
#include <linux/file.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "desc.h"
#include "file.h"
#include "lease.h"
#include "param.h"
#include "resolve.h"
#include "sock.h"
#include "source.h"
#include "stats.h"

/**
 * zcx_ranges_alloc - make room for ranges
 * @ranges: to be initialized; zcx_ranges_free() frees them after a success
 * @max: maximum number of ranges that will be added
 *
 * Return: 0 or -ENOMEM.
 */
int zcx_ranges_alloc(struct zcx_ranges *ranges, unsigned int max)
{
	ranges->nr = 0;
	ranges->total = 0;
	ranges->pages = 0;
	ranges->copied = 0;
	ranges->nr_files = 0;
	ranges->last_file = NULL;
	ranges->range = ranges->small;
	if (max > ZCX_SMALL_RANGES)
		ranges->range = kvmalloc_array(max, sizeof(*ranges->range),
					       GFP_KERNEL_ACCOUNT);
	return ranges->range ? 0 : -ENOMEM;
}

/* Prepare a file for direct I/O. */
static int file_set_direct(struct zcx_file *file)
{
	file->align = zcx_file_dio_align(fd_file(file->fd));
	return file->align ? 0 : -EOPNOTSUPP;
}

/*
 * Prepare a file for direct writes. They are aligned to pages and to blocks: a page
 * that is also written through the cache, or a block that is written twice, would have
 * to reach the disk before the next write.
 */
static int file_set_direct_sink(struct zcx_file *file)
{
	int err = file_set_direct(file);

	if (!err)
		file->align = max3(file->align, (u32)PAGE_SIZE,
				   i_blocksize(file_inode(fd_file(file->fd))));
	return err;
}

/* Reason to copy the bytes of @file, regardless of the length of a range; 0 if none. */
static u8 file_copy_reason(const struct zcx_xfer *xfer, const struct zcx_file *file)
{
	/* A direct read allocates pages for the socket alone. */
	if (xfer->flags & ZCXFER_F_DIRECT)
		return 0;
	if (!zcx_file_may_reference(fd_file(file->fd), file->source))
		return ZCXFER_COPIED_POLICY;
	if (xfer->release && !zcx_sock_reports_release(xfer->sock))
		return ZCXFER_COPIED_PROTOCOL;
	return 0;
}

/* Check that @file may be read, and choose the source of its bytes. */
static int file_set_source(const struct zcx_xfer *xfer, struct zcx_file *file,
			   loff_t pos, u64 len)
{
	struct file *open = fd_file(file->fd);
	unsigned int flags = xfer->flags;
	int err;

	err = rw_verify_area(READ, open, &pos, len);
	if (err)
		return err;
	if ((flags & ZCXFER_F_CACHED) && !zcx_file_is_cache(open))
		return -EOPNOTSUPP;
	file->source = zcx_file_source(open);
	/* Only a page cache that may be walked shows which bytes it holds. */
	if ((flags & ZCXFER_F_DONTCACHE) && file->source != ZCX_SOURCE_CACHE)
		return -EOPNOTSUPP;
	file->reason = file_copy_reason(xfer, file);
	if (flags & (ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE)) {
		file->source = ZCX_SOURCE_DIRECT;
		err = file_set_direct(file);
	} else if (!file->reason) {
		file->copybreak = READ_ONCE(zcx_copybreak);
	}
	if (!err && xfer->leases)
		err = zcx_leases_add(xfer->leases, open);
	file->dated = zcx_file_ctime(open, &file->ctime);
	return err;
}

/* Check that @file may be used, and decide how. */
static int file_set(const struct zcx_xfer *xfer, struct zcx_file *file,
		    loff_t pos, u64 len)
{
	int err = zcx_file_check(fd_file(file->fd), xfer->dir);

	if (err)
		return err;
	if (xfer->dir == ZCX_SEND)
		return file_set_source(xfer, file, pos, len);
	return xfer->flags & ZCXFER_F_DIRECT ? file_set_direct_sink(file) : 0;
}

/* As fdget(), but always with a reference, which remains valid after the call. */
static struct fd fdget_lasting(int fd)
{
	struct file *file = fget(fd);

	return file ? CLONED_FD(file) : EMPTY_FD;
}

/* fdget() takes no reference if the caller's table has no other users. */
static void file_put(struct zcx_file *file)
{
	if (file->fd.word & FDPUT_FPUT)
		zcx_fput(fd_file(file->fd));
}

static void file_free(struct zcx_ranges *ranges, struct zcx_file *file)
{
	if (file != &ranges->first_file)
		kfree(file);
}

static struct zcx_file *file_alloc(struct zcx_ranges *ranges)
{
	return ranges->last_file ? kmalloc(sizeof(struct zcx_file),
					   GFP_KERNEL_ACCOUNT) :
				   &ranges->first_file;
}

/*
 * Add the file of a range of @len bytes from @pos on, which will be added next. LSM and
 * fanotify check this range, once for all ranges that share the file, as for preadv(2).
 */
static int file_add(struct zcx_xfer *xfer, int number, loff_t pos, u64 len)
{
	struct zcx_ranges *ranges = &xfer->ranges;
	struct zcx_file *file = file_alloc(ranges);
	int err = -EBADF;

	if (!file)
		return -ENOMEM;
	*file = (struct zcx_file) {
		.fd	= xfer->detached ? fdget_lasting(number) : fdget(number),
		.number	= number,
		.first	= ranges->nr,
	};
	if (fd_empty(file->fd))
		goto free;
	err = file_set(xfer, file, pos, len);
	if (err)
		goto put;
	if (ranges->last_file)
		ranges->last_file->next = file;
	ranges->last_file = file;
	ranges->nr_files++;
	zcx_stat_add(files_held, 1);
	return 0;

put:
	file_put(file);
free:
	file_free(ranges, file);
	return err;
}

static void files_free(struct zcx_ranges *ranges)
{
	struct zcx_file *file, *next;

	for (file = zcx_ranges_files(ranges); file; file = next) {
		next = file->next;
		zcx_stat_add(files_held, -1);
		file_put(file);
		file_free(ranges, file);
		cond_resched();
	}
}

/* Checked in advance, because the worker that will write has no limit of its own. */
static bool range_is_beyond_limit(const struct zcx_range *range)
{
	return S_ISREG(file_inode(zcx_range_file(range))->i_mode) &&
	       zcx_range_end(range) > rlimit(RLIMIT_FSIZE);
}

/* Make the socket report the release of pages. */
static void want_release(struct zcx_xfer *xfer)
{
	xfer->msg_flags &= ~MSG_SPLICE_PAGES;
	xfer->msg_flags |= MSG_ZEROCOPY;
}

/* A range with the same fd as the last file shares that file. */
static int range_set_file(struct zcx_xfer *xfer, struct zcx_range *range,
			  int number)
{
	struct zcx_file *file = xfer->ranges.last_file;
	int err;

	if (!file || file->number != number) {
		err = file_add(xfer, number, range->pos, range->len);
		if (err)
			return err;
		file = xfer->ranges.last_file;
	}
	range->file = file;
	range->source = file->source;
	range->reason = range->len < file->copybreak ? ZCXFER_COPIED_SHORT :
						    file->reason;
	if (xfer->release && !range->reason && !(xfer->flags & ZCXFER_F_DIRECT))
		want_release(xfer);
	if (xfer->detached && xfer->dir == ZCX_RECV)
		return range_is_beyond_limit(range) ? -EFBIG : 0;
	return 0;
}

/* True if memory may be sent by reference: only if its release is reported. */
static bool may_pin(const struct zcx_xfer *xfer, const struct zcx_range *range)
{
	return (xfer->flags & ZCX_RELEASE_FLAGS) &&
	       zcx_sock_reports_release(xfer->sock) &&
	       READ_ONCE(zcx_policy) != ZCXFER_POLICY_NEVER &&
	       range->len >= max(READ_ONCE(zcx_copybreak), 1U);
}

static int range_set_memory(struct zcx_xfer *xfer, struct zcx_range *range)
{
	int err;

	range->file = NULL;
	range->source = ZCX_SOURCE_MEMORY;
	range->reason = ZCXFER_COPIED_MEMORY;
	if (!xfer->detached)
		return 0;
	if (xfer->dir != ZCX_SEND)
		return -EOPNOTSUPP;
	if (may_pin(xfer, range)) {
		err = zcx_memory_pin(xfer->release, range);
		if (!err)
			want_release(xfer);
		/* Memory that the caller may not write, or pin, is copied. */
		if (err != -EFAULT && err != -EOPNOTSUPP && err != -EREMOTEIO)
			return err;
	}
	return zcx_memory_copy(&xfer->ranges, range);
}

static int range_add(struct zcx_xfer *xfer, const struct zcxfer_desc *desc)
{
	struct zcx_ranges *ranges = &xfer->ranges;
	struct zcx_range *range = &ranges->range[ranges->nr];
	int err;

	err = zcx_desc_check(desc, &ranges->total);
	if (err)
		return err;

	range->pos = desc->offset;
	range->len = desc->len;
	err = desc->type == ZCXFER_DESC_FILE ?
	      range_set_file(xfer, range, desc->fd) :
	      range_set_memory(xfer, range);
	if (err)
		return err;
	ranges->pages += zcx_desc_pages(desc);
	ranges->nr++;
	return 0;
}

/**
 * zcx_ranges_add - check descriptors and append them to a transfer
 * @xfer: the transfer, with room for them
 * @descs: the kernel's own copy of the descriptors
 * @nr: number of descriptors
 *
 * Return: 0, or the error of the first descriptor that was refused, as documented in
 * struct zcxfer_transfer. The descriptors before it were added.
 */
int zcx_ranges_add(struct zcx_xfer *xfer, const struct zcxfer_desc *descs,
		   unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = range_add(xfer, &descs[i]);
	return err;
}

/**
 * zcx_ranges_free - free ranges, and drop the references to their files
 * @ranges: the ranges
 */
void zcx_ranges_free(struct zcx_ranges *ranges)
{
	zcx_memory_free(ranges);
	files_free(ranges);
	if (ranges->range != ranges->small)
		kvfree(ranges->range);
}
