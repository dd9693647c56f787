// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* libzcxfer: include/zcxfer.h documents the functions. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "zcxfer.h"

#define DEVICE	"/dev/" ZCXFER_DEVICE_NAME

static int device_ioctl(int dev, unsigned long command, void *arg)
{
	int saved = errno;
	int ret;

	ret = ioctl(dev, command, arg);
	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

int zcxfer_open(void)
{
	int saved = errno;
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fd = -errno;
	errno = saved;
	return fd;
}

int zcxfer_get_info(int dev, struct zcxfer_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return device_ioctl(dev, ZCXFER_IOC_INFO, info);
}

/* @arg is the argument of the ioctl: @transfer, or a structure that points to it. */
static int call(int dev, unsigned long request, void *arg,
		struct zcxfer_transfer *transfer)
{
	struct zcxfer_result *result = &transfer->result;
	int ret;

	transfer->size = sizeof(*transfer);
	memset(result, 0, sizeof(*result));
	ret = device_ioctl(dev, request, arg);
	if (ret && result->stop == ZCXFER_STOP_DONE) {
		/* The kernel failed before it could write a result. */
		result->stop = ZCXFER_STOP_CALL;
		result->error = -ret;
	}
	return ret;
}

int zcxfer_call(int dev, unsigned long request,
		struct zcxfer_transfer *transfer)
{
	return call(dev, request, transfer, transfer);
}

int zcxfer_send_many(int dev, struct zcxfer_transfer *transfers,
		     unsigned int nr)
{
	struct zcxfer_many many = {
		.size = sizeof(many),
		.transfers = (uintptr_t)transfers,
		.nr_transfers = nr,
		.transfer_size = sizeof(*transfers),
	};
	unsigned int i;

	for (i = 0; i < nr; i++)
		transfers[i].size = sizeof(*transfers);
	return device_ioctl(dev, ZCXFER_IOC_SEND_MANY, &many);
}

int zcxfer_submit_job(int dev, enum zcxfer_op op, uint64_t user_data,
		      struct zcxfer_transfer *transfer)
{
	struct zcxfer_submit submit = {
		.size = sizeof(submit),
		.op = op,
		.user_data = user_data,
		.transfer = (uintptr_t)transfer,
	};

	return call(dev, ZCXFER_IOC_SUBMIT, &submit, transfer);
}

void zcxfer_prep_uring(struct io_uring_sqe *sqe, int dev, enum zcxfer_op op,
		       struct zcxfer_transfer *transfer)
{
	transfer->size = sizeof(*transfer);
	memset(&transfer->result, 0, sizeof(transfer->result));
	*sqe = (struct io_uring_sqe) {
		.opcode = IORING_OP_URING_CMD,
		.fd = dev,
		.cmd_op = op == ZCXFER_OP_SEND ? ZCXFER_IOC_SEND :
						 ZCXFER_IOC_RECV,
		.user_data = (uintptr_t)transfer,
	};
}

int zcxfer_cancel_jobs(int dev, uint64_t user_data)
{
	struct zcxfer_cancel cancel = {
		.size = sizeof(cancel),
		.user_data = user_data,
	};

	return device_ioctl(dev, ZCXFER_IOC_CANCEL, &cancel);
}

int zcxfer_completions(int dev, struct zcxfer_completion *done,
		       unsigned int nr)
{
	int saved = errno;
	ssize_t n = read(dev, done, nr * sizeof(*done));
	int ret = n < 0 ? -errno : n / (ssize_t)sizeof(*done);

	errno = saved;
	return ret;
}

static int call_simply(int dev, unsigned long request, int sock,
		       const struct zcxfer_desc *descs, unsigned int nr,
		       unsigned int flags, struct zcxfer_result *result)
{
	struct zcxfer_transfer transfer = {
		.flags = flags,
		.sock_fd = sock,
		.nr_descs = nr,
		.descs = (uintptr_t)descs,
	};
	int ret = zcxfer_call(dev, request, &transfer);

	*result = transfer.result;
	return ret;
}

int zcxfer_send(int dev, int sock, const struct zcxfer_desc *descs,
		unsigned int nr, unsigned int flags,
		struct zcxfer_result *result)
{
	return call_simply(dev, ZCXFER_IOC_SEND, sock, descs, nr, flags, result);
}

int zcxfer_recv(int dev, int sock, const struct zcxfer_desc *descs,
		unsigned int nr, unsigned int flags,
		struct zcxfer_result *result)
{
	return call_simply(dev, ZCXFER_IOC_RECV, sock, descs, nr, flags, result);
}

void zcxfer_advance(struct zcxfer_desc **descs, unsigned int *nr,
		    const struct zcxfer_result *result)
{
	__u64 bytes = result->bytes;
	__u32 i;

	/*
	 * The loop must respect both result->desc and result->bytes. If a
	 * descriptor is refused, result->desc is its index although nothing
	 * before it was sent. And result->bytes alone cannot show whether
	 * the transfer has passed an empty descriptor.
	 */
	for (i = 0; i < result->desc && *nr && bytes >= (*descs)->len; i++) {
		bytes -= (*descs)->len;
		++*descs;
		--*nr;
	}
	if (!*nr)
		return;
	/* The union makes this the address if the descriptor is memory. */
	(*descs)->offset += bytes;
	(*descs)->len -= bytes;
}

const char *zcxfer_stop_name(unsigned int stop)
{
	static const char * const names[] = {
		[ZCXFER_STOP_DONE]		= "done",
		[ZCXFER_STOP_EOF]		= "end of file",
		[ZCXFER_STOP_WOULD_BLOCK]	= "would block",
		[ZCXFER_STOP_SIGNAL]		= "interrupted",
		[ZCXFER_STOP_DESC]		= "source failed",
		[ZCXFER_STOP_SOCKET]		= "socket failed",
		[ZCXFER_STOP_CALL]		= "call refused",
		[ZCXFER_STOP_MISS]		= "not in the page cache",
		[ZCXFER_STOP_LEASE]		= "wanted by a writer",
		[ZCXFER_STOP_CANCELLED]		= "cancelled",
	};

	return stop < sizeof(names) / sizeof(*names) ? names[stop] : "unknown";
}

const char *zcxfer_copied_name(unsigned int bit)
{
	switch (bit) {
	case ZCXFER_COPIED_MEMORY:
		return "memory";
	case ZCXFER_COPIED_SHORT:
		return "short";
	case ZCXFER_COPIED_POLICY:
		return "policy";
	case ZCXFER_COPIED_SOURCE:
		return "source";
	case ZCXFER_COPIED_ROUTE:
		return "route";
	case ZCXFER_COPIED_BUFFER:
		return "buffer";
	case ZCXFER_COPIED_PROTOCOL:
		return "protocol";
	default:
		return NULL;
	}
}
