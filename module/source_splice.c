// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file's own splice_read as a source: for files whose page cache must not be walked,
 * and for pages that readahead did not bring up to date.
 *
 * splice_direct_to_actor() has the file fill the task's internal pipe, with all the
 * locks, checks and waits that the filesystem wants, and passes the pipe to an actor;
 * fs/nfsd/vfs.c:nfsd_splice_read() is the model.
 */
#include <linux/cred.h>
#include <linux/pagemap.h>
#include <linux/pipe_fs_i.h>
#include <linux/sched/mm.h>
#include <linux/shmem_fs.h>
#include <linux/splice.h>

#include "source.h"

struct splice_sink {
	struct zcx_batch *batch;
	u8 reason;
};

/*
 * True if the bytes of the page count as copied: a page that belongs to no file was
 * filled for this pipe, unless it is the shared zero page.
 */
static bool page_is_copy(struct page *page)
{
	return !page_folio(page)->mapping && !is_zero_pfn(page_to_pfn(page));
}

static int take_buffer(struct pipe_inode_info *pipe, struct pipe_buffer *buf,
		       struct splice_desc *sd)
{
	struct splice_sink *sink = sd->u.data;
	struct page *page = buf->page;
	bool is_copy = page_is_copy(page);

	if (!zcx_batch_room(sink->batch))
		return 0;
	if (sink->reason && !is_copy)
		return zcx_batch_copy(sink->batch,
				      page_address(page) + buf->offset,
				      sd->len, sink->reason);
	get_page(page);
	zcx_batch_add(sink->batch, page, buf->offset, sd->len,
		      is_copy ? ZCXFER_COPIED_SOURCE : 0);
	return sd->len;
}

static int take_pipe(struct pipe_inode_info *pipe, struct splice_desc *sd)
{
	return __splice_from_pipe(pipe, sd, take_buffer);
}

/*
 * Number of bytes to request: bytes that do not fit into the batch would be read,
 * dropped and read again. A buffer of the pipe holds at most a page of the file. A
 * request for less than @left ends at a page boundary, so that a direct read stays
 * aligned.
 */
static size_t splice_len(const struct zcx_batch *batch, u64 pos, u64 left)
{
	size_t pieces = batch->max - batch->nr;
	u64 end;

	end = pos + min(zcx_batch_room(batch),
			pieces * PAGE_SIZE - offset_in_page(pos));
	if (left <= end - pos)
		return left;
	end = round_down(end, PAGE_SIZE);
	return end > pos ? end - pos : 0;
}

/*
 * True if bytes from @pos on can be read without a wait. This is a guess from the page
 * cache of the inode that has the data: only the file knows what its splice_read does.
 * Pages of a tmpfs are in memory, or on the swap device in the worst case.
 */
static bool splice_is_ready(const struct zcx_range *range, loff_t pos)
{
	const struct file *file = zcx_range_file(range);
	struct address_space *data = d_real_inode(file->f_path.dentry)->i_mapping;

	return !(file->f_flags & O_DIRECT) &&
	       (shmem_mapping(data) || filemap_range_has_page(data, pos, pos));
}

/*
 * The pipe stays with the task, so a worker creates it with its own credentials and
 * memory cgroup: its size must not depend on the limits of the submitter whose job
 * comes first. A splice of no bytes creates the pipe.
 */
static void worker_make_pipe(struct file *file)
{
	struct splice_desc nothing = { };
	struct mem_cgroup *memcg = set_active_memcg(NULL);
	const struct cred *cred = override_creds(current_real_cred());

	splice_direct_to_actor(file, &nothing, take_pipe);
	revert_creds(cred);
	set_active_memcg(memcg);
}

static ssize_t splice_gather(struct zcx_gather *gather,
			     const struct zcx_range *range, u64 done, bool wait)
{
	struct splice_sink sink = {
		.batch = gather->batch,
		.reason = range->reason,
	};
	struct splice_desc sd = {
		.total_len = splice_len(gather->batch, range->pos + done,
					range->len - done),
		.pos = range->pos + done,
		.u.data = &sink,
	};

	/* Readiness is a guess, not enough for a task that must not wait. */
	if (!gather->may_block || (!wait && !splice_is_ready(range, sd.pos)))
		return -EAGAIN;
	/* Not even a page fits: the batch must be sent first. */
	if (!sd.total_len)
		return -EAGAIN;
	if ((current->flags & PF_KTHREAD) && !current->splice_pipe)
		worker_make_pipe(zcx_range_file(range));
	return splice_direct_to_actor(zcx_range_file(range), &sd, take_pipe);
}

const struct zcx_source_ops zcx_source_splice = {
	.gather	= splice_gather,
};
