/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libzcxfer: the C interface to /dev/zcxfer. It is a thin layer that fills in the
 * structures of <linux/zcxfer.h> and turns errno into return values.
 *
 * A function that can fail returns a negative errno on failure, and does not change
 * the caller's errno. The library keeps no state, so all functions may be called from
 * any thread.
 *
 * No function has the name of a structure: in C++ it would hide the structure.
 */
#ifndef ZCXFER_H
#define ZCXFER_H

#include <linux/zcxfer.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * zcxfer_file_range - make a descriptor of a file range
 * @fd: file descriptor, open for reading (to receive: for writing); must stay
 *	open until the call that uses the result returns
 * @offset: offset of the first byte
 * @len: number of bytes
 *
 * Return: the descriptor.
 */
static inline struct zcxfer_desc zcxfer_file_range(int fd, uint64_t offset,
						   uint64_t len)
{
	struct zcxfer_desc desc;

	desc.type = ZCXFER_DESC_FILE;
	desc.fd = fd;
	desc.offset = offset;
	desc.len = len;
	desc.reserved = 0;
	return desc;
}

/**
 * zcxfer_memory - make a descriptor of memory
 * @addr: address of the first byte. The memory may be reused as soon as the call that
 *	uses the result returns, or, with %ZCXFER_F_RELEASE or %ZCXFER_F_NOTIFY,
 *	after release
 * @len: number of bytes
 *
 * Return: the descriptor.
 */
static inline struct zcxfer_desc zcxfer_memory(const void *addr, size_t len)
{
	struct zcxfer_desc desc;

	desc.type = ZCXFER_DESC_MEMORY;
	desc.fd = 0;
	desc.addr = (uintptr_t)addr;
	desc.len = len;
	desc.reserved = 0;
	return desc;
}

/**
 * zcxfer_open - open the device
 *
 * Return: a file descriptor (close-on-exec), which the caller closes with close(2);
 * or a negative errno: -ENOENT if the module is not loaded, -EACCES without
 * permission, ...
 */
int zcxfer_open(void);

/**
 * zcxfer_get_info - get version, limits and settings of the module
 * @dev: the open device
 * @info: filled in on success
 *
 * Return: 0, or a negative errno: -ENOTTY if @dev is another kind of file.
 */
int zcxfer_get_info(int dev, struct zcxfer_info *info);

/**
 * zcxfer_send - send what descriptors describe into a stream socket
 * @dev: the open device
 * @sock: a connected TCP or UNIX stream socket
 * @descs: what to send, in order; not modified
 * @nr: number of descriptors, at most &zcxfer_info.max_descs
 * @flags: bits of &enum zcxfer_flag
 * @result: outcome of the transfer; written on success and on failure
 *
 * Waits until everything is sent, or the transfer ends early (&enum zcxfer_stop).
 *
 * Return: 0 if at least one byte was moved, or if there was none to move. A caller
 * that needs all bytes to be moved checks that &zcxfer_result.stop is
 * %ZCXFER_STOP_DONE. Otherwise a negative errno, listed at &struct zcxfer_transfer.
 */
int zcxfer_send(int dev, int sock, const struct zcxfer_desc *descs,
		unsigned int nr, unsigned int flags,
		struct zcxfer_result *result);

/**
 * zcxfer_recv - receive from a stream socket into descriptors
 * @dev: the open device
 * @sock: a connected TCP or UNIX stream socket
 * @descs: where to write, in order; not modified
 * @nr: number of descriptors, at most &zcxfer_info.max_descs
 * @flags: bits of &enum zcxfer_flag
 * @result: outcome of the transfer; written on success and on failure
 *
 * Waits until all descriptors are full, or the transfer ends early (&enum
 * zcxfer_stop; %ZCXFER_STOP_EOF at the end of the stream). Bytes that could not be
 * written stay in the socket.
 *
 * Return: as zcxfer_send().
 */
int zcxfer_recv(int dev, int sock, const struct zcxfer_desc *descs,
		unsigned int nr, unsigned int flags,
		struct zcxfer_result *result);

/**
 * zcxfer_call - send or receive, with all members of struct zcxfer_transfer
 * @dev: the open device
 * @request: %ZCXFER_IOC_SEND or %ZCXFER_IOC_RECV
 * @transfer: the transfer. The caller sets all members except the size and the result;
 *	the result is written on success and on failure
 *
 * For callers that use members for which zcxfer_send() and zcxfer_recv() have no
 * parameter (&zcxfer_transfer.readahead).
 *
 * Return: as zcxfer_send().
 */
int zcxfer_call(int dev, unsigned long request,
		struct zcxfer_transfer *transfer);

/**
 * zcxfer_send_many - send transfers to many sockets, without waiting for any of them
 * @dev: the open device
 * @transfers: array of transfers. The caller sets all members except the size and the
 *	result. As many results as this function returns are written
 * @nr: number of transfers, at most &zcxfer_info.max_descs
 *
 * Each transfer is sent as by zcxfer_send() with %ZCXFER_F_DONTWAIT, and has its own
 * result, also if it fails.
 *
 * Return: the number of transfers that have a result, the first ones of the array. It is
 * less than @nr after a signal, and then the caller calls again for the others. Otherwise
 * a negative errno: -ENOTTY if the module lacks %ZCXFER_FEATURE_MANY.
 */
int zcxfer_send_many(int dev, struct zcxfer_transfer *transfers,
		     unsigned int nr);

/**
 * zcxfer_submit_job - start a job: a transfer that continues after this call
 * @dev: the open device
 * @op: one of &enum zcxfer_op
 * @user_data: identifier of the job, chosen by the caller
 * @transfer: the transfer. The caller sets all members except the size and the result.
 *	The result is written only if the job is refused. The caller may reuse @transfer
 *	and everything that it refers to when the call returns, except memory that is
 *	sent by reference (%ZCXFER_F_RELEASE, %ZCXFER_F_NOTIFY)
 *
 * Return: 0 if the job was accepted, and then zcxfer_completions() will return its
 * completion. Otherwise a negative errno, listed at &struct zcxfer_submit.
 */
int zcxfer_submit_job(int dev, enum zcxfer_op op, uint64_t user_data,
		      struct zcxfer_transfer *transfer);

struct io_uring_sqe;

/**
 * zcxfer_prep_uring - prepare an io_uring command that starts a job
 * @sqe: submission queue entry, filled in. The caller may set its flags afterwards
 * @dev: the open device, or its index if it is a registered file
 * @op: one of &enum zcxfer_op
 * @transfer: the transfer. The caller sets all members except the size and the result.
 *	It must stay valid until its completion queue entry is posted; the kernel
 *	writes the result just before. What it refers to must stay valid until the
 *	command has begun
 *
 * Is used like the io_uring_prep_*() functions of liburing. The completion queue entry
 * has the address of @transfer as user_data, and its res is 0 only if everything was
 * moved. See "Jobs through io_uring" in <linux/zcxfer.h>.
 */
void zcxfer_prep_uring(struct io_uring_sqe *sqe, int dev, enum zcxfer_op op,
		       struct zcxfer_transfer *transfer);

/**
 * zcxfer_cancel_jobs - cancel all jobs with an identifier
 * @dev: the open device
 * @user_data: the identifier
 *
 * Each cancelled job still has its completion.
 *
 * Return: 0, or a negative errno: -ENOENT if no job with this identifier is running
 * or waiting for release.
 */
int zcxfer_cancel_jobs(int dev, uint64_t user_data);

/**
 * zcxfer_completions - read completions of jobs
 * @dev: the open device
 * @done: array of completions, filled in
 * @nr: number of elements of @done, not zero
 *
 * Waits for the first completion, unless the device is non-blocking (O_NONBLOCK).
 * poll(2) and epoll(7) report EPOLLIN for the device while there is one to read.
 *
 * Return: the number of completions read, or -EAGAIN or -EINTR.
 */
int zcxfer_completions(int dev, struct zcxfer_completion *done,
		       unsigned int nr);

/**
 * zcxfer_advance - skip the descriptors that a partial transfer has moved
 * @descs: in: the array of the transfer; out: its first descriptor that is not
 *	completely moved
 * @nr: in: number of descriptors; out: number of descriptors that are left
 * @result: result of the transfer
 *
 * Changes the first descriptor that is left, so that it describes only its rest. If
 * nothing is left, *@nr is 0. If the transfer was refused, everything is left,
 * including the descriptors before &zcxfer_result.desc.
 */
void zcxfer_advance(struct zcxfer_desc **descs, unsigned int *nr,
		    const struct zcxfer_result *result);

/**
 * zcxfer_stop_name - get a short text for a value of &enum zcxfer_stop
 * @stop: the value; may be unknown
 *
 * Return: a constant string, never NULL.
 */
const char *zcxfer_stop_name(unsigned int stop);

/**
 * zcxfer_copied_name - get a word for a copy reason
 * @bit: one bit of &enum zcxfer_copied
 *
 * Return: a constant string, or NULL if the bit is unknown.
 */
const char *zcxfer_copied_name(unsigned int bit);

#ifdef __cplusplus
}
#endif

#endif /* ZCXFER_H */
