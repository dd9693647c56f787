/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: Layers
 *
 * What the files of the module know of each other, grouped by the file that
 * defines it, top to bottom: a file may call only files below it.
 *
 * A transfer goes through the layers like this::
 *
 *	device.c	the open device: its calls, and reading completions
 *	  |
 *	ioctl.c		runs a transfer, or submits it as a job
 *	uring.c		submits it for io_uring
 *	  |
 *	call.c		copies the call in, has every descriptor resolved, copies
 *	  |\		the result out
 *	  | job.c	moves a transfer on that goes on after its call
 *	  | queue.c	the jobs of an open device
 *	  | line.c	their order, if they share a socket
 *	  | account.c	how many, of a device and of a user
 *	  |
 *	xfer.c		the engine: ranges -> batches -> socket, or back, keeps
 *	  |\		the count
 *	  | range.c	what the descriptors ask for: files and their ranges
 *	  | source_*.c	append pieces of ranges to the batch: memory, copied
 *	  |		or pinned, the page cache, a file's own splice, the disk
 *	  | send.c	hands the batch to the socket
 *	  | release.c	what happens when the network has let go of all pages
 *	  | lease.c	keeps writers out until then
 *	  | recv.c	fills the batch from the socket, and empties that
 *	  | store.c	writes the batch into files
 *	  |
 *	batch.c		the pieces between a file and the socket
 */
#ifndef _ZCX_INTERNAL_H
#define _ZCX_INTERNAL_H

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <uapi/linux/zcxfer.h>

#include "batch.h"
#include "release.h"

/* The flags that there are, to send and to receive. */
#define ZCX_SEND_FLAGS		(ZCXFER_F_DONTWAIT | ZCXFER_F_MORE | \
				 ZCXFER_F_CACHED | ZCXFER_F_DIRECT | \
				 ZCXFER_F_DONTCACHE | ZCXFER_F_STABLE)
#define ZCX_RECV_FLAGS		(ZCXFER_F_DONTWAIT | ZCXFER_F_DIRECT)

/* Flags of jobs: that the network has let go of the pages is to be told. */
#define ZCX_RELEASE_FLAGS	(ZCXFER_F_RELEASE | ZCXFER_F_NOTIFY)

/* Most descriptors that one call takes. */
#define ZCX_MAX_DESCS		4096

/* Ranges that need no allocation. */
#define ZCX_SMALL_RANGES	8

/*
 * Pages that readahead for all ranges of a transfer may start at once, before
 * the first is sent. At least one a range: 4096 ranges of a page each.
 */
#define ZCX_READAHEAD_PAGES	(SZ_32M / PAGE_SIZE)

/* Bytes of memory that a detached transfer holds a copy of at the most. */
#define ZCX_MAX_COPIED		SZ_1M

/* Bytes that a detached transfer moves before others have their turn. */
#define ZCX_SLICE_BYTES		SZ_4M

/* Direct reads that are queued ahead, of a batch each. */
#define ZCX_READS		4

/**
 * enum zcx_direction - which way the bytes go
 * @ZCX_SEND: into the socket
 * @ZCX_RECV: out of the socket
 */
enum zcx_direction {
	ZCX_SEND,
	ZCX_RECV,
};

/**
 * enum zcx_verdict - how a step of a transfer ended
 * @ZCX_DONE: all bytes were moved
 * @ZCX_EOF: the file of a range, or the received stream, ended early
 * @ZCX_WOULD_BLOCK: the socket takes, or has, no more bytes now
 * @ZCX_MISS: the next byte is not in memory, and the step must not wait for it
 * @ZCX_YIELD: other jobs get their turn; the next step can move more at once
 * @ZCX_SIGNAL: the task has a signal pending
 * @ZCX_LEASE_BROKEN: a writer waits for a file that the transfer has a lease on
 * @ZCX_CANCELLED: the transfer was cancelled
 * @ZCX_BAD_DESC: a descriptor was refused, or its file or memory failed
 * @ZCX_BAD_SOCKET: the socket failed
 * @ZCX_BAD_CALL: the call as a whole was refused, or there was no memory for it
 *
 * What the interface reports of it (&enum zcxfer_stop) is decided once, by
 * zcx_xfer_report().
 */
enum zcx_verdict {
	ZCX_DONE,
	ZCX_EOF,
	ZCX_WOULD_BLOCK,
	ZCX_MISS,
	ZCX_YIELD,
	ZCX_SIGNAL,
	ZCX_LEASE_BROKEN,
	ZCX_CANCELLED,
	ZCX_BAD_DESC,
	ZCX_BAD_SOCKET,
	ZCX_BAD_CALL,
};

/**
 * enum zcx_source - where the bytes of a range come from, if they are sent
 * @ZCX_SOURCE_MEMORY: the caller's memory
 * @ZCX_SOURCE_COPY: a copy of it, made when the transfer began
 * @ZCX_SOURCE_PINNED: its pages
 * @ZCX_SOURCE_CACHE: the page cache, walked directly
 * @ZCX_SOURCE_SPLICE: the file's own splice_read
 * @ZCX_SOURCE_DIRECT: direct I/O
 */
enum zcx_source {
	ZCX_SOURCE_MEMORY,
	ZCX_SOURCE_COPY,
	ZCX_SOURCE_PINNED,
	ZCX_SOURCE_CACHE,
	ZCX_SOURCE_SPLICE,
	ZCX_SOURCE_DIRECT,
};

/**
 * enum zcx_disk - what may be done about data that is not in memory
 * @ZCX_DISK_NEVER: stop there
 * @ZCX_DISK_START: have it read, and stop there
 * @ZCX_DISK_WAIT: have it read, and wait for it
 */
enum zcx_disk {
	ZCX_DISK_NEVER,
	ZCX_DISK_START,
	ZCX_DISK_WAIT,
};

/**
 * struct zcx_file - a file that ranges are of
 * @next: the one behind it in the transfer, or NULL
 * @fd: the open file, as long as the transfer
 * @number: its descriptor in the caller's table
 * @first: index of its first range
 * @source: where its bytes come from, if they are sent
 * @reason: the &enum zcxfer_copied bit if all of them are to be copied, else zero
 * @align: what positions of direct reads and writes are multiples of, 0 if there
 *	are none
 * @copybreak: ranges of fewer bytes are to be copied
 * @dated: whether its changes show,
 * @ctime: by another time than this
 */
struct zcx_file {
	struct zcx_file *next;
	struct fd fd;
	int number;
	unsigned int first;
	enum zcx_source source;
	u8 reason;
	u32 align;
	unsigned int copybreak;
	bool dated;
	struct timespec64 ctime;
};

/**
 * struct zcx_range - a checked descriptor
 * @file: the file, NULL for memory
 * @pos: where the range starts: file offset, user address or, kept, kernel
 *	address; pinned: of its &struct zcx_pin
 * @len: how many bytes
 * @source: where they come from
 * @reason: the &enum zcxfer_copied bit if they are to be copied, else zero
 */
struct zcx_range {
	struct zcx_file *file;
	u64 pos;
	u64 len;
	enum zcx_source source;
	u8 reason;
};

/**
 * zcx_range_file - the file of a range
 * @range: a range that is not memory
 *
 * Return: the file, as long as the transfer.
 */
static inline struct file *zcx_range_file(const struct zcx_range *range)
{
	return fd_file(range->file->fd);
}

/* Where a range ends: the offset behind its last byte. */
static inline loff_t zcx_range_end(const struct zcx_range *range)
{
	return range->pos + range->len;
}

/* Where its file ends, now. */
static inline loff_t zcx_range_eof(const struct zcx_range *range)
{
	return i_size_read(zcx_range_file(range)->f_mapping->host);
}

/**
 * struct zcx_reads - direct reads, in the order of the stream
 * @queue: a ring of them
 * @first: where it begins
 * @nr: how many there are
 * @range: the range that the next one is to read,
 * @done: and from here on
 */
struct zcx_reads {
	struct zcx_read *queue[ZCX_READS + 1];
	unsigned int first;
	unsigned int nr;
	unsigned int range;
	u64 done;
};

/**
 * struct zcx_xfer - one transfer
 * @sock: where the bytes go, or come from; the caller keeps it alive
 * @dir: which of the two
 * @flags: the caller's, ZCXFER_F_*
 * @msg_flags: flags for each sendmsg or recvmsg
 * @disk: what may be done about data that is not in memory
 * @detached: outlives the call: holds all that it needs, and does not wait for
 *	the socket
 * @hurried: others wait for the worker that moves it: it must not wait
 * @cancelled: is to stop
 * @kept: bytes of memory that it holds a copy of
 * @corked: the last bytes went out with MSG_MORE
 * @by_reference: the batch is of the receive queue's own pages,
 * @peeked_seq: and that TCP sequence number is its first
 * @direct: the batch is of whole blocks, to be written past the page cache
 * @read_ahead: readahead of all ranges has been started
 * @nr_ranges: how many ranges there are
 * @ranges: the ranges, in order
 * @total: bytes of all ranges
 * @pages: upper bound for the pages that they touch
 * @last_file: the last of the files that they are of, NULL if there is none
 * @range: where the transfer is: everything before this range has been sent,
 * @done: and so many bytes of it
 * @ra_pages: the caller's word on how much to read ahead, 0 if it has none
 * @ra_range: the range that @ra is about
 * @ra: readahead state, apart from the one in struct file so that transfers
 *	which share a file do not disturb each other
 * @reads: of ranges that are read directly
 * @release: waits for the network to let go of the pages, or NULL
 * @leases: on the files, NULL if none are wanted
 * @counts: what was moved so far
 * @changes: &enum zcxfer_change bits of the files, once the transfer is released
 * @verdict: how the last step ended
 * @error: the negative errno that belongs to @verdict, or zero
 * @batch: the pieces in flight between a source and the socket, during a step
 * @first_file: the first of these files
 * @small_ranges: @ranges of a small transfer
 *
 * Used by one task at a time; any may set @cancelled. Between two steps no page
 * is held but those of direct reads: what a step gathered and could not send is
 * dropped and gathered again.
 */
struct zcx_xfer {
	struct socket *sock;
	enum zcx_direction dir;
	unsigned int flags;
	unsigned int msg_flags;
	enum zcx_disk disk;
	bool detached;
	bool hurried;
	bool cancelled;
	size_t kept;
	bool corked;
	bool by_reference;
	u32 peeked_seq;
	bool direct;
	bool read_ahead;

	unsigned int nr_ranges;
	struct zcx_range *ranges;
	u64 total;
	unsigned long pages;
	struct zcx_file *last_file;

	unsigned int range;
	u64 done;

	unsigned long ra_pages;
	unsigned int ra_range;
	struct file_ra_state ra;
	struct zcx_reads reads;
	struct zcx_release *release;
	struct zcx_leases *leases;
	struct zcx_counts counts;
	u32 changes;
	enum zcx_verdict verdict;
	int error;

	struct zcx_batch *batch;
	struct zcx_file first_file;
	struct zcx_range small_ranges[ZCX_SMALL_RANGES];
};

/**
 * zcx_xfer_files - the files of a transfer
 * @xfer: the transfer
 *
 * Return: the first, which the others follow, or NULL if there is none.
 */
static inline struct zcx_file *zcx_xfer_files(struct zcx_xfer *xfer)
{
	return xfer->last_file ? &xfer->first_file : NULL;
}

/**
 * zcx_xfer_move_on - go on in the ranges
 * @xfer: the transfer
 * @range: in and out: index of a range,
 * @done: and how many of its bytes are behind
 * @bytes: how many more there are; not more than follow
 *
 * Ends at a byte, never in an empty range; behind the last at the end.
 */
static inline void zcx_xfer_move_on(const struct zcx_xfer *xfer,
				    unsigned int *range, u64 *done, u64 bytes)
{
	const struct zcx_range *r = &xfer->ranges[*range];
	const struct zcx_range *end = &xfer->ranges[xfer->nr_ranges];

	for (bytes += *done; r < end && bytes >= r->len; r++)
		bytes -= r->len;
	*range = r - xfer->ranges;
	*done = bytes;
}

/* device.c */
extern const struct file_operations zcx_fops;

/* ioctl.c */
struct zcx_queue;
long zcx_ioctl(struct zcx_queue *queue, unsigned int cmd, void __user *argp);

/* uring.c */
struct io_uring_cmd;
int zcx_uring_cmd(struct zcx_queue *queue, struct io_uring_cmd *cmd,
		  unsigned int issue_flags);

/* call.c */
struct zcx_job;
int zcx_copy_in(void *dst, size_t size, size_t min, const void __user *src);
int zcx_call_get(struct zcxfer_transfer *call,
		 const struct zcxfer_transfer __user *user);
int zcx_call_can_put(struct zcxfer_transfer __user *user);
int zcx_call_put(struct zcxfer_transfer __user *user,
		 const struct zcxfer_result *result);
int zcx_call_refuse(struct zcxfer_transfer *call, enum zcxfer_stop stop,
		    int err);
int zcx_call_check(struct zcxfer_transfer *call, enum zcx_direction dir, bool is_job);
int zcx_call_add_descs(const struct zcxfer_transfer *call,
		       struct zcx_xfer *xfer);
struct zcx_job *zcx_call_to_job(struct zcxfer_transfer *call, enum zcx_direction dir,
				struct zcx_queue *queue, u64 user_data);

/* job.c */
struct zcx_job *zcx_job_alloc(struct zcx_queue *queue, enum zcx_direction dir,
			      const struct zcxfer_transfer *call,
			      u64 user_data);
struct zcx_xfer *zcx_job_xfer(struct zcx_job *job);
const struct zcxfer_result *zcx_job_result(const struct zcx_job *job);
bool zcx_job_is_released(const struct zcx_job *job);
void zcx_job_set_callback(struct zcx_job *job, void (*callback)(void *arg),
			  void *arg);
bool zcx_job_start(struct zcx_job *job);
bool zcx_job_abandon(struct zcx_job *job);
void zcx_job_put(struct zcx_job *job);
int zcx_job_charge(struct zcx_job *job);
void zcx_job_discard(struct zcx_job *job, struct zcxfer_result *result);
int zcx_jobs_init(void);
void zcx_jobs_exit(void);

/* xfer.c */
int zcx_xfer_init(struct zcx_xfer *xfer, enum zcx_direction dir, bool detached,
		  struct socket *sock, const struct zcxfer_transfer *call);
int zcx_xfer_add(struct zcx_xfer *xfer, const struct zcxfer_desc *descs,
		 unsigned int nr);
enum zcx_verdict zcx_xfer_step(struct zcx_xfer *xfer);
enum zcx_verdict zcx_xfer_end(struct zcx_xfer *xfer, enum zcx_verdict verdict,
			      int error);
int zcx_xfer_report(const struct zcx_xfer *xfer, struct zcxfer_result *result);
void zcx_xfer_release(struct zcx_xfer *xfer);

/* range.c */
int zcx_ranges_alloc(struct zcx_xfer *xfer, unsigned int max);
int zcx_ranges_add(struct zcx_xfer *xfer, const struct zcxfer_desc *descs,
		   unsigned int nr);
void zcx_ranges_free(struct zcx_xfer *xfer);

/* send.c */
int zcx_send(struct zcx_xfer *xfer, bool more, size_t *sent);
void zcx_send_push(struct zcx_xfer *xfer);
int zcx_send_drain(struct zcx_xfer *xfer);

/* recv.c */
ssize_t zcx_recv_peek(struct zcx_xfer *xfer, size_t max);
ssize_t zcx_recv_peek_blocks(struct zcx_xfer *xfer, size_t max, u32 align);
int zcx_recv_consume(struct zcx_xfer *xfer, size_t len);
ssize_t zcx_recv_memory(struct zcx_xfer *xfer, const struct zcx_range *range,
			u64 done);

/* store.c */
int zcx_store(struct zcx_xfer *xfer, size_t *stored);

/*
 * source_*.c
 *
 * A source appends bytes of @range, from @done on, to the batch of @xfer, until
 * the range ends or the batch is full; it may go on with ranges behind it that
 * are its own. Returns the number of bytes appended; 0 at the end of the file;
 * -EAGAIN if it might have to wait for the disk and @wait is false; otherwise an
 * error. What was appended before an error stays and is returned.
 */
ssize_t zcx_memory_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			  u64 done);
int zcx_memory_copy(struct zcx_xfer *xfer, struct zcx_range *range);
void zcx_memory_free(struct zcx_range *range);
int zcx_memory_pin(struct zcx_xfer *xfer, struct zcx_range *range);
ssize_t zcx_pinned_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			  u64 done);
ssize_t zcx_copy_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			u64 done);
ssize_t zcx_cache_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			 u64 done, bool wait);
ssize_t zcx_splice_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			  u64 done, bool wait);
ssize_t zcx_direct_gather(struct zcx_xfer *xfer, const struct zcx_range *range,
			  u64 done, bool wait);
void zcx_direct_drop(struct zcx_xfer *xfer);
u64 zcx_cache_hit(const struct zcx_range *range, u64 done, unsigned long max);
u64 zcx_cache_miss(const struct zcx_range *range, u64 done, unsigned long max);
int zcx_cache_await(struct zcx_xfer *xfer, struct wait_page_queue *wait);
bool zcx_cache_is_whole(const struct zcx_file *file);
void zcx_cache_readahead(const struct zcx_xfer *xfer,
			 const struct zcx_range *range, u64 done,
			 unsigned long max);

/* lease.c */
struct zcx_leases *zcx_leases_alloc(unsigned int max,
				    struct zcx_release *release);
int zcx_leases_add(struct zcx_leases *leases, struct file *file);
bool zcx_leases_broken(const struct zcx_leases *leases);
void zcx_leases_watch(struct zcx_leases *leases, wait_queue_entry_t *entry);
void zcx_leases_unwatch(struct zcx_leases *leases, wait_queue_entry_t *entry);
int zcx_leases_wait(struct zcx_leases *leases, struct socket *sock,
		    long *timeout, bool again);

/* file.c */

/**
 * zcx_file_refuses_pieces - may what is received not be written to this file?
 * @file: the file
 *
 * With O_APPEND it ignores offsets, with O_DIRECT it cannot take pieces as packets
 * come.
 *
 * Return: true if so.
 */
static inline bool zcx_file_refuses_pieces(const struct file *file)
{
	return file->f_flags & (O_APPEND | O_DIRECT);
}

int zcx_file_check(const struct file *file, enum zcx_direction dir);
enum zcx_source zcx_file_source(const struct file *file);
bool zcx_file_may_reference(struct file *file, enum zcx_source source);
bool zcx_file_is_cache(const struct file *file);
u32 zcx_file_dio_align(const struct file *file);
bool zcx_file_can_lease(const struct file *file);
bool zcx_file_ctime(const struct file *file, struct timespec64 *ctime);
unsigned int zcx_file_changes(const struct file *file, bool dated,
			      const struct timespec64 *ctime);

/* sock.c */
struct socket *zcx_sock_of(struct file *file, enum zcx_direction dir);
bool zcx_sock_makes_records(const struct socket *sock);
int zcx_sock_drained(struct socket *sock);
bool zcx_sock_reports_release(const struct socket *sock);
bool zcx_sock_copies(const struct socket *sock, bool tells);
size_t zcx_sock_room(const struct socket *sock);
__poll_t zcx_sock_events(enum zcx_direction dir);
bool zcx_sock_is_ready(struct socket *sock, enum zcx_direction dir,
		       struct poll_table_struct *poll);

/* param.c */
extern unsigned int zcx_policy;
extern unsigned int zcx_copybreak;
extern unsigned int zcx_max_leases;

#endif /* _ZCX_INTERNAL_H */
