/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: Layers
 *
 * The files of the module, top to bottom: a file calls functions, and includes headers,
 * only of files below it. A check of lint (selftests/lint/layers) reads this list::
 *
 *	main		loads and unloads the module
 *	device		the file operations of the device
 *	ioctl		runs a transfer, or submits it as a job
 *	uring		submits a job for io_uring
 *	call		copies a call and its descriptors in, and the result out
 *
 *	submit		creates and starts jobs: transfers that outlive their calls
 *	job_run		moves a job, step by step
 *	job_park	lets a job wait without a task
 *	job_dispatch	queues a job to workers
 *	job		the structure of a job, as these four see it
 *	completion	delivers completions to readers of the device
 *	cancel		cancels jobs: by name, of a process, of a device
 *	queue		the jobs of an open device
 *	fifo		the order of jobs that share a socket
 *	workers		the workers of an open device
 *	entry		a job, as these four see it
 *
 *	report		translates the end of a transfer into its result
 *	xfer		the engine: moves batches between ranges and socket
 *	scatter		moves bytes from the socket to ranges
 *	send		hands a batch to the socket
 *	recv		fills a batch from the socket, and empties the socket
 *	store		writes a batch into files
 *	resolve		resolves descriptors into files and ranges
 *	trace		tracepoints
 *	transfer	the state of a transfer, which the files above share
 *	gather		fills a batch from ranges, each by its source
 *	source_direct	a source: direct I/O, past the page cache
 *	source_cache	a source: the page cache
 *	source_splice	a source: the file's own splice_read
 *	source_pinned	a source: pinned pages of the caller
 *	source_memory	a source: copies of the caller's memory
 *	source		the interface of all sources
 *	cache		finds the bytes of a range that are in the page cache
 *
 *	fill		fills TCP's packets with a batch
 *	lease		keeps writers out of files
 *	release		calls hooks when the network stack has released the pages
 *	file		which files may be used, and how
 *	sock		which sockets may be used, and their state
 *	batch		the pieces on their way between ranges and socket
 *	range		ranges, their files, and a position in them
 *	param		the administrator's settings
 *	account		limits on jobs and memory, of devices and users
 *	stats		counters
 *	counters	their names, also for programs that read them
 *	desc		checks of a single descriptor
 *	compat		differences between kernels
 *	base		declarations that all files share
 */
#ifndef _ZCX_BASE_H
#define _ZCX_BASE_H

#include <uapi/linux/zcxfer.h>

/* All flags of a transfer that sends, and of one that receives. */
#define ZCX_SEND_FLAGS		(ZCXFER_F_DONTWAIT | ZCXFER_F_MORE | \
				 ZCXFER_F_CACHED | ZCXFER_F_DIRECT | \
				 ZCXFER_F_DONTCACHE | ZCXFER_F_STABLE)
#define ZCX_RECV_FLAGS		(ZCXFER_F_DONTWAIT | ZCXFER_F_DIRECT)

/* Flags of jobs that report the release of the pages. */
#define ZCX_RELEASE_FLAGS	(ZCXFER_F_RELEASE | ZCXFER_F_NOTIFY)

/* Maximum number of descriptors of one call. */
#define ZCX_MAX_DESCS		4096

/**
 * enum zcx_direction - direction of a transfer
 * @ZCX_SEND: into the socket
 * @ZCX_RECV: out of the socket
 */
enum zcx_direction {
	ZCX_SEND,
	ZCX_RECV,
};

#endif /* _ZCX_BASE_H */
