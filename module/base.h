/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: Layers
 *
 * The files of the module, top to bottom: a file calls functions, and includes headers,
 * only of files below it. A check of lint (selftests/lint/layers) reads this list::
 *
 *	main		loads and unloads the module
 *	device		the open device: its calls, and reading completions
 *	ioctl		runs a transfer, or submits it as a job
 *	uring		submits a job for io_uring
 *	call		copies a call in, has its descriptors resolved, copies the
 *			result out
 *
 *	submit		makes and starts jobs: transfers that go on after their calls
 *	job_run		moves a job, step by step
 *	job_park	has it wait without a task
 *	job_dispatch	queues it to workers
 *	job		what these four know of it
 *	completion	readers of the device get the completions of jobs
 *	cancel		cancels jobs, whoever wants them to end
 *	queue		the jobs of an open device
 *	fifo		the order of jobs that share a socket
 *	entry		what these three know of a job
 *
 *	report		a transfer's end, as the interface reports it
 *	xfer		the engine: moves batches between ranges and socket
 *	scatter		moves what is in the socket to ranges
 *	send		hands a batch to the socket
 *	recv		fills a batch from the socket, and empties the socket
 *	store		writes a batch into files
 *	resolve		resolves descriptors into files and ranges
 *	trace		tracepoints
 *	transfer	the state of a transfer, which those above share
 *	gather		fills a batch from ranges, each by its source
 *	source_direct	the bytes of a range: read past the page cache
 *	source_cache	from the page cache
 *	source_splice	from the file's own splice_read
 *	source_pinned	from the caller's pages
 *	source_memory	from the caller's memory, copied
 *	source		what all sources have in common
 *	cache		what the page cache has of a range
 *
 *	lease		keeps writers out of files
 *	release		what happens when the network stack has released the pages
 *	file		which files may be used, and how
 *	sock		which sockets may be used, and their state
 *	batch		the pieces between a file and the socket
 *	range		ranges, their files, and a position in them
 *	param		the administrator's settings
 *	account		limits on jobs and memory, of devices and users
 *	stats		counters
 *	counters	their names, also for programs that read them
 *	desc		checks of a single descriptor
 *	compat		differences between kernels
 *	base		what all files share
 */
#ifndef _ZCX_BASE_H
#define _ZCX_BASE_H

#include <uapi/linux/zcxfer.h>

/* The flags that there are, to send and to receive. */
#define ZCX_SEND_FLAGS		(ZCXFER_F_DONTWAIT | ZCXFER_F_MORE | \
				 ZCXFER_F_CACHED | ZCXFER_F_DIRECT | \
				 ZCXFER_F_DONTCACHE | ZCXFER_F_STABLE)
#define ZCX_RECV_FLAGS		(ZCXFER_F_DONTWAIT | ZCXFER_F_DIRECT)

/* Flags of jobs: the caller waits for the release of the pages. */
#define ZCX_RELEASE_FLAGS	(ZCXFER_F_RELEASE | ZCXFER_F_NOTIFY)

/* Most descriptors of one call. */
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
