/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libzcxfer: /dev/zcxfer in C. A thin layer: it fills in the structures of
 * <linux/zcxfer.h> and turns errno into return values.
 *
 * Functions return 0 (or a file descriptor), or a negative errno, and leave the
 * caller's errno alone. None keeps state; all may be called from any thread.
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
 * zcxfer_file_range - describe a range of a file
 * @fd: file descriptor, open for reading (for writing, to receive); must stay
 *	open until the call returns
 * @offset: first byte
 * @len: number of bytes
 *
 * Return: the descriptor.
 */
static inline struct zcxfer_desc zcxfer_file_range(int fd, uint64_t offset,
						   uint64_t len)
{
	struct zcxfer_desc desc = { .type = ZCXFER_DESC_FILE, .fd = fd };

	desc.offset = offset;
	desc.len = len;
	return desc;
}

/**
 * zcxfer_memory - describe memory
 * @addr: first byte; may be reused as soon as the call returns
 * @len: number of bytes
 *
 * Return: the descriptor.
 */
static inline struct zcxfer_desc zcxfer_memory(const void *addr, size_t len)
{
	struct zcxfer_desc desc = { .type = ZCXFER_DESC_MEMORY };

	desc.addr = (uintptr_t)addr;
	desc.len = len;
	return desc;
}

/**
 * zcxfer_open - open the device
 *
 * Return: a file descriptor (close-on-exec), to be closed with close(2), or
 * -ENOENT without the module, -EACCES without permission, ...
 */
int zcxfer_open(void);

/**
 * zcxfer_get_info - ask what the module is and can do
 * @dev: the open device
 * @info: filled in on success
 *
 * Return: 0, or -ENOTTY if @dev is something else.
 */
int zcxfer_get_info(int dev, struct zcxfer_info *info);

/**
 * zcxfer_send - gather descriptors into a stream socket
 * @dev: the open device
 * @sock: a connected TCP or UNIX stream socket
 * @descs: what to send, in order; not modified
 * @nr: how many, not more than &zcxfer_info.max_descs
 * @flags: bits of &enum zcxfer_flag
 * @result: how far the transfer came; written on success and on failure
 *
 * Return: 0 if anything was moved or there was nothing to move (@result tells
 * what stopped it; &zcxfer_result.stop is %ZCXFER_STOP_DONE only then), else
 * the error: see &struct zcxfer_transfer for the list.
 */
int zcxfer_send(int dev, int sock, const struct zcxfer_desc *descs,
		unsigned int nr, unsigned int flags,
		struct zcxfer_result *result);

/**
 * zcxfer_recv - scatter what is in a stream socket over descriptors
 * @dev: the open device
 * @sock: a connected TCP or UNIX stream socket
 * @descs: where to put it, in order; not modified
 * @nr: how many, not more than &zcxfer_info.max_descs
 * @flags: bits of &enum zcxfer_flag
 * @result: how far the transfer came; written on success and on failure
 *
 * Waits until all descriptors are full, or the stream ends
 * (%ZCXFER_STOP_EOF). What could not be written is still in the socket.
 *
 * Return: as zcxfer_send().
 */
int zcxfer_recv(int dev, int sock, const struct zcxfer_desc *descs,
		unsigned int nr, unsigned int flags,
		struct zcxfer_result *result);

/**
 * zcxfer_call - a transfer with everything that the call knows
 * @dev: the open device
 * @request: %ZCXFER_IOC_SEND or %ZCXFER_IOC_RECV
 * @transfer: all members but the size are the caller's; its result is written
 *
 * For members that zcxfer_send() and zcxfer_recv() have no parameter for.
 *
 * Return: as zcxfer_send().
 */
int zcxfer_call(int dev, unsigned long request,
		struct zcxfer_transfer *transfer);

/**
 * zcxfer_submit - begin a transfer, and do not wait for it
 * @dev: the open device
 * @op: one of &enum zcxfer_op
 * @user_data: the caller's name for the job
 * @transfer: all members but the size are the caller's; may be reused when the
 *	call returns, as may be all that it refers to. Its result is written only
 *	if the job is refused
 *
 * Return: 0 if there will be a completion, else the error: see &struct
 * zcxfer_submit for the list.
 */
int zcxfer_submit(int dev, enum zcxfer_op op, uint64_t user_data,
		  struct zcxfer_transfer *transfer);

struct io_uring_sqe;

/**
 * zcxfer_prep_uring - begin a transfer by io_uring
 * @sqe: filled in; its flags may be set then
 * @dev: the open device; to be replaced by its index where it is a registered file
 * @op: one of &enum zcxfer_op
 * @transfer: all members but the size are the caller's. Must stay until the
 *	completion is there, which has its address as user_data: its result is written
 *	then. All that it refers to must stay until the command has begun
 *
 * As the functions of liburing that are called so. The completion's res is 0 if all
 * was moved: see "Jobs by io_uring" in <linux/zcxfer.h>.
 */
void zcxfer_prep_uring(struct io_uring_sqe *sqe, int dev, enum zcxfer_op op,
		       struct zcxfer_transfer *transfer);

/**
 * zcxfer_cancel - stop all jobs of a name
 * @dev: the open device
 * @user_data: the name
 *
 * Each has its one completion all the same.
 *
 * Return: 0, or -ENOENT if none of them is running.
 */
int zcxfer_cancel(int dev, uint64_t user_data);

/**
 * zcxfer_completions - what became of jobs
 * @dev: the open device
 * @done: filled in
 * @nr: how many there is room for, not zero
 *
 * Waits for one, unless the device is non-blocking (O_NONBLOCK); poll(2) and
 * epoll(7) tell EPOLLIN when there is one.
 *
 * Return: how many there were, or -EAGAIN, -EINTR.
 */
int zcxfer_completions(int dev, struct zcxfer_completion *done,
		       unsigned int nr);

/**
 * zcxfer_advance - skip what a partial transfer has moved
 * @descs: the array that was sent; moved on to what is left of it
 * @nr: its length; reduced accordingly
 * @result: the result of that send
 *
 * The first descriptor that is left is changed to describe its rest. When
 * nothing is left, *@nr is 0. After a send that was refused all is left, also
 * what comes before the descriptor at &zcxfer_result.desc.
 */
void zcxfer_advance(struct zcxfer_desc **descs, unsigned int *nr,
		    const struct zcxfer_result *result);

/**
 * zcxfer_stop_name - a word for why a transfer ended
 * @stop: one of &enum zcxfer_stop
 *
 * Return: a constant string, never NULL.
 */
const char *zcxfer_stop_name(unsigned int stop);

/**
 * zcxfer_copied_name - a word for a reason to copy
 * @bit: one bit of &enum zcxfer_copied
 *
 * Return: a constant string, NULL for a bit that is not known.
 */
const char *zcxfer_copied_name(unsigned int bit);

#ifdef __cplusplus
}
#endif

#endif /* ZCXFER_H */
