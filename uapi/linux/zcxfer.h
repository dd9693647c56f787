/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * zcxfer - send file ranges and memory into a stream socket, and receive from one
 *
 * This header is the complete interface of /dev/zcxfer, and its reference: it
 * documents every structure, flag, limit and error number.
 */
#ifndef _UAPI_LINUX_ZCXFER_H
#define _UAPI_LINUX_ZCXFER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Overview
 *
 * A program that serves files opens /dev/zcxfer once. To send a response it fills
 * an array of descriptors (&struct zcxfer_desc), each a range of a file or a piece
 * of its own memory, and passes the array to %ZCXFER_IOC_SEND together with a
 * connected TCP or UNIX stream socket. The kernel sends what the descriptors
 * describe, in their order, as one stream. File data goes by reference wherever
 * that is possible and allowed: the socket gets the pages of the page cache
 * themselves, and the CPU copies nothing. %ZCXFER_IOC_RECV is the other direction: it
 * fills the descriptors with what the socket receives.
 *
 * Both calls wait until the transfer ends. %ZCXFER_IOC_SEND_MANY sends to many sockets
 * in one call, and waits for none of them. %ZCXFER_IOC_SUBMIT starts the same
 * transfer as a job, which continues after the call has returned; read(2) of the
 * device, or io_uring, reports its completion.
 *
 * Every transfer has a result (&struct zcxfer_result). The bytes moved are always
 * a prefix of the bytes that the descriptors describe, and the result has the
 * exact length of that prefix. It also reports why the transfer ended, how many
 * bytes went by reference, and why the others were copied. No received byte is lost:
 * what could not be written to a file stays in the socket.
 */

/**
 * DOC: Calling convention
 *
 * Each ioctl takes a pointer to a structure. The first member of the structure is
 * its size in bytes, as the caller knows it. The kernel extends a structure that is
 * shorter than its own with zeros. In a longer structure, all bytes that the kernel
 * does not know must be zero (copy_struct_from_user()). A program and a module of
 * different versions therefore work together, whichever is newer.
 *
 * All members have fixed widths, and a user pointer is a __u64. A 32-bit program
 * on a 64-bit kernel makes the same calls with the same results.
 *
 * These error numbers have the same meaning in every call:
 *
 * ============  ==============================================================
 * ENOTTY        The device has no such ioctl.
 * EFAULT        The structure, or memory that it points to, is not readable; or
 *               memory for a result is not writable.
 * EINVAL        A flag or type is unknown, flags exclude each other, a pad or
 *               reserved member is not zero, or the structure is shorter than
 *               its first version.
 * E2BIG         The structure is longer than the kernel's and its unknown part is
 *               not zero; it is longer than a page; or there are more descriptors
 *               than &zcxfer_info.max_descs.
 * ENOMEM        The kernel has no memory for the call.
 * ============  ==============================================================
 */

/* The kernel's ioctl-number.rst does not assign 0xBC. */
#define ZCXFER_IOC_TYPE		0xBC

/*
 * The size is in the structure and not in the command number, so that the number
 * does not change when a structure grows (as in iommufd).
 */
#define ZCXFER_IOC_INFO		_IO(ZCXFER_IOC_TYPE, 0x00)
#define ZCXFER_IOC_SEND		_IO(ZCXFER_IOC_TYPE, 0x01)
#define ZCXFER_IOC_RECV		_IO(ZCXFER_IOC_TYPE, 0x02)
#define ZCXFER_IOC_SUBMIT	_IO(ZCXFER_IOC_TYPE, 0x03)
#define ZCXFER_IOC_CANCEL	_IO(ZCXFER_IOC_TYPE, 0x04)
#define ZCXFER_IOC_SEND_MANY	_IO(ZCXFER_IOC_TYPE, 0x05)

/* The device's name below /dev. */
#define ZCXFER_DEVICE_NAME	"zcxfer"

/*
 * Incremented by every addition that no feature bit announces. Version 2 has
 * &zcxfer_result.changes and &zcxfer_transfer.readahead.
 */
#define ZCXFER_ABI_VERSION	2

/**
 * enum zcxfer_feature - bits of &zcxfer_info.features
 * @ZCXFER_FEATURE_SEND: %ZCXFER_IOC_SEND is available
 * @ZCXFER_FEATURE_RECV: %ZCXFER_IOC_RECV is available
 * @ZCXFER_FEATURE_JOBS: %ZCXFER_IOC_SUBMIT and %ZCXFER_IOC_CANCEL are available, and
 *	the device supports read(2) and poll(2)
 * @ZCXFER_FEATURE_URING: io_uring commands are available
 * @ZCXFER_FEATURE_MANY: %ZCXFER_IOC_SEND_MANY is available
 */
enum zcxfer_feature {
	ZCXFER_FEATURE_SEND		= 1 << 0,
	ZCXFER_FEATURE_RECV		= 1 << 1,
	ZCXFER_FEATURE_JOBS		= 1 << 2,
	ZCXFER_FEATURE_URING		= 1 << 3,
	ZCXFER_FEATURE_MANY		= 1 << 4,
};

/**
 * enum zcxfer_policy - which page-cache pages may be sent by reference
 *
 * The administrator sets the policy with the module parameter ``zc_policy``. Pages
 * that it excludes are copied; the bytes on the wire are the same.
 *
 * @ZCXFER_POLICY_NEVER: none, and no memory of the caller either
 * @ZCXFER_POLICY_WRITABLE: pages of files that the caller could also write. On
 *	overlayfs, FUSE and network filesystems the fd itself must be open for writing
 * @ZCXFER_POLICY_ALL: pages of all files that the caller can read
 */
enum zcxfer_policy {
	ZCXFER_POLICY_NEVER		= 0,
	ZCXFER_POLICY_WRITABLE		= 1,
	ZCXFER_POLICY_ALL		= 2,
};

/**
 * struct zcxfer_info - version, limits and settings of the module
 *	(ZCXFER_IOC_INFO)
 * @size: in: sizeof(struct zcxfer_info)
 * @flags: in: must be zero
 * @abi_version: out: the module's %ZCXFER_ABI_VERSION
 * @max_descs: out: maximum number of descriptors in one call
 * @features: out: bits of &enum zcxfer_feature
 * @send_flags: out: bits of &enum zcxfer_flag that %ZCXFER_IOC_SEND accepts
 * @max_bytes: out: maximum sum of the lengths of all descriptors of a call, and
 *	maximum end (offset + length) of a file range
 * @policy: out: the current policy, one of &enum zcxfer_policy
 * @copybreak: out: the current length in bytes below which file ranges are copied
 *	(module parameter ``copybreak``)
 * @recv_flags: out: bits of &enum zcxfer_flag that %ZCXFER_IOC_RECV accepts
 * @job_flags: out: bits of &enum zcxfer_flag that jobs that send accept in addition
 *	to @send_flags
 *
 * If the caller's structure is longer, the kernel does not change the members
 * after these.
 *
 * The ioctl returns 0, or -1 and errno: EINVAL, E2BIG or EFAULT, as in every call.
 */
struct zcxfer_info {
	__u32 size;
	__u32 flags;
	__u32 abi_version;
	__u32 max_descs;
	__u64 features;
	__u64 send_flags;
	__u64 max_bytes;
	__u32 policy;
	__u32 copybreak;
	__u64 recv_flags;
	__u64 job_flags;
};

/**
 * enum zcxfer_desc_type - what a descriptor describes
 * @ZCXFER_DESC_FILE: a range of a regular file, block device or memfd
 * @ZCXFER_DESC_MEMORY: a piece of the caller's memory. The kernel copies it, so the
 *	caller may reuse it as soon as the call returns; %ZCXFER_F_RELEASE and
 *	%ZCXFER_F_NOTIFY change that
 */
enum zcxfer_desc_type {
	ZCXFER_DESC_FILE		= 0,
	ZCXFER_DESC_MEMORY		= 1,
};

/**
 * struct zcxfer_desc - one piece of a transfer
 * @type: one of &enum zcxfer_desc_type
 * @fd: file: a descriptor of a seekable file, open for reading (to receive: for
 *	writing). Its file position is neither used nor moved. Memory: must be zero
 * @offset: file: offset of the first byte
 * @addr: memory: address of the first byte
 * @len: number of bytes; may be zero
 * @reserved: must be zero
 */
struct zcxfer_desc {
	__u32 type;
	__s32 fd;
	union {
		__u64 offset;
		__u64 addr;
	};
	__u64 len;
	__u64 reserved;
};

/**
 * enum zcxfer_stop - why a transfer ended
 * @ZCXFER_STOP_DONE: all bytes of all descriptors were moved
 * @ZCXFER_STOP_EOF: send: the file of descriptor &zcxfer_result.desc ends before its
 *	range does. Nothing after that is sent, so no byte ever takes the place of a
 *	missing one in the stream. Receive: the peer closed the stream
 * @ZCXFER_STOP_WOULD_BLOCK: the socket has no room (receive: no data), and the call
 *	may not wait any longer: the socket is non-blocking, %ZCXFER_F_DONTWAIT was
 *	given, or a timeout expired. SO_SNDTIMEO restarts with every 512 KiB sent,
 *	SO_RCVTIMEO with all data that arrives
 * @ZCXFER_STOP_SIGNAL: the caller received a signal. Any signal ends a wait for the
 *	socket; only SIGKILL ends a wait for data of a disk. No signal ends a wait for a
 *	lock that another task holds, for the journal or the thaw of a filesystem, or for a
 *	FUSE server that already has the request
 * @ZCXFER_STOP_DESC: the descriptor &zcxfer_result.desc was refused, or its file or
 *	memory could not be read (receive: written); &zcxfer_result.error has the error
 * @ZCXFER_STOP_SOCKET: the socket was refused or failed; &zcxfer_result.error has the
 *	error
 * @ZCXFER_STOP_CALL: the call as a whole was refused, or there was no memory for it;
 *	&zcxfer_result.error has the error
 * @ZCXFER_STOP_MISS: %ZCXFER_F_CACHED was given, and the page cache does not hold
 *	byte &zcxfer_result.desc_bytes of descriptor &zcxfer_result.desc
 * @ZCXFER_STOP_LEASE: %ZCXFER_F_STABLE was given, and another task is waiting to
 *	write to one of the files or to truncate it
 * @ZCXFER_STOP_CANCELLED: the job was cancelled: by %ZCXFER_IOC_CANCEL, because the
 *	submitter closed the device, or because an earlier job of the same socket
 *	ended early
 */
enum zcxfer_stop {
	ZCXFER_STOP_DONE		= 0,
	ZCXFER_STOP_EOF			= 1,
	ZCXFER_STOP_WOULD_BLOCK		= 2,
	ZCXFER_STOP_SIGNAL		= 3,
	ZCXFER_STOP_DESC		= 4,
	ZCXFER_STOP_SOCKET		= 5,
	ZCXFER_STOP_CALL		= 6,
	ZCXFER_STOP_MISS		= 7,
	ZCXFER_STOP_LEASE		= 8,
	ZCXFER_STOP_CANCELLED		= 9,
};

/**
 * enum zcxfer_copied - copy reasons: bits of &zcxfer_result.copy_reasons
 * @ZCXFER_COPIED_MEMORY: memory of the caller
 * @ZCXFER_COPIED_SHORT: file ranges shorter than &zcxfer_info.copybreak
 * @ZCXFER_COPIED_POLICY: files whose pages &zcxfer_info.policy excludes
 * @ZCXFER_COPIED_SOURCE: files whose own read path copies because it bypasses the
 *	page cache (O_DIRECT, DAX, 9p without a cache, /proc, ...)
 * @ZCXFER_COPIED_ROUTE: the network stack copies the pages that the socket has by
 *	reference: the socket's route has no scatter-gather; or the route is local and
 *	the transfer tracks the release of its pages (%ZCXFER_F_STABLE,
 *	%ZCXFER_F_RELEASE, %ZCXFER_F_NOTIFY)
 * @ZCXFER_COPIED_BUFFER: receive: data that the socket cannot hand out by reference,
 *	so it was copied twice (the socket is not plain TCP, or the data is in the linear
 *	part of a packet)
 * @ZCXFER_COPIED_PROTOCOL: the transfer tracks the release of its pages, but the
 *	socket does not report it (UNIX, kTLS, TCP with MTU probing)
 */
enum zcxfer_copied {
	ZCXFER_COPIED_MEMORY		= 1 << 0,
	ZCXFER_COPIED_SHORT		= 1 << 1,
	ZCXFER_COPIED_POLICY		= 1 << 2,
	ZCXFER_COPIED_SOURCE		= 1 << 3,
	ZCXFER_COPIED_ROUTE		= 1 << 4,
	ZCXFER_COPIED_BUFFER		= 1 << 5,
	ZCXFER_COPIED_PROTOCOL		= 1 << 6,
};

/**
 * enum zcxfer_change - bits of &zcxfer_result.changes
 *
 * When a transfer ends, the kernel compares the change time (ctime) of each file that
 * bytes were sent from with its value at the beginning of the transfer.
 *
 * Limits: a write sets the ctime before it writes its first byte, so a write that
 * began before the call may remain undetected. truncate(2) and fallocate(2) set the
 * ctime at their beginning or at their end. A change of attributes sets it as well. I/O
 * into pages that a task pinned before the call, through a mapping that it has removed
 * since, remains undetected.
 *
 * @ZCXFER_CHANGED: a file was changed during the transfer
 * @ZCXFER_CHANGE_UNKNOWN: changes of a file cannot be detected: it was changed
 *	so shortly before the call (within a tick of the clock, some ms) that a
 *	second change would not show; a task has it in a writable shared mapping; its
 *	filesystem does not see all changes (network filesystems, FUSE, and tmpfs those
 *	through mappings); or it is a block device
 */
enum zcxfer_change {
	ZCXFER_CHANGED			= 1 << 0,
	ZCXFER_CHANGE_UNKNOWN		= 1 << 1,
};

/**
 * struct zcxfer_result - outcome of a transfer
 * @bytes: number of bytes moved, @bytes_referenced + @bytes_copied. They are always
 *	a prefix of the bytes that the descriptors describe, in their order
 * @bytes_referenced: send: bytes whose pages the socket got by reference. Receive:
 *	bytes that were copied once, from the socket's pages to their destination
 * @bytes_copied: send: bytes that the CPU copied on the way into the socket. Receive:
 *	bytes that the CPU copied twice
 * @desc_bytes: number of bytes moved of descriptor @desc
 * @desc: index of the descriptor in which the transfer ended; the number of
 *	descriptors if all were moved
 * @stop: why the transfer ended, one of &enum zcxfer_stop
 * @error: positive errno for @stop: %EAGAIN with %ZCXFER_STOP_MISS, %EBUSY with
 *	%ZCXFER_STOP_LEASE, %ECANCELED with %ZCXFER_STOP_CANCELLED, zero with
 *	%ZCXFER_STOP_DONE and %ZCXFER_STOP_EOF
 * @copy_reasons: why the bytes in @bytes_copied were copied, bits of &enum
 *	zcxfer_copied
 * @socket_calls: number of calls into the socket
 * @changes: send: whether files that bytes came from were changed, bits of &enum
 *	zcxfer_change
 * @reserved: zero
 */
struct zcxfer_result {
	__u64 bytes;
	__u64 bytes_referenced;
	__u64 bytes_copied;
	__u64 desc_bytes;
	__u32 desc;
	__u32 stop;
	__u32 error;
	__u32 copy_reasons;
	__u64 socket_calls;
	__u32 changes;
	__u32 reserved[3];
};

/**
 * enum zcxfer_flag - bits of &zcxfer_transfer.flags
 * @ZCXFER_F_DONTWAIT: do not wait for room in the socket (receive: for data), as if
 *	the socket were non-blocking. This includes room that another task waits for
 *	while it has the socket locked (kTLS). The call still waits for disks. When it returns,
 *	kTLS may still hold bytes that it has not passed on to TCP. They are lost if the
 *	socket is then shut down or closed, as after send(2). Without this flag, a call
 *	with a blocking socket, and a job, are done only when TCP has all bytes. If a
 *	timeout, a signal, a cancellation or a writer (%ZCXFER_F_STABLE) ends the wait
 *	for that, &zcxfer_result.stop says so although all bytes are counted; a call without
 *	descriptors continues the wait
 * @ZCXFER_F_MORE: send: more data follows at once, so the last segment is held back,
 *	as with MSG_MORE. Without this flag the end of a transfer is pushed out,
 *	also when it ends early
 * @ZCXFER_F_CACHED: send: do not read files from disk, nor wait for disks. The
 *	transfer stops at the first byte that is not in the page cache
 *	(%ZCXFER_STOP_MISS). Two waits remain: data that is memory to begin with (tmpfs,
 *	memory of the caller) is read back if it was swapped out, and the update of a
 *	file's access time may wait for the journal. The result shows which pages are in
 *	memory to each caller that may read the file, as preadv2(2) with RWF_NOWAIT does
 * @ZCXFER_F_DIRECT: read (receive: write) the files past the page cache, as with
 *	O_DIRECT, but with any offset and length. Send: up to 2 MiB are read ahead of
 *	the socket, if the transfer waits for the socket (not in a job, and not
 *	with a non-blocking socket or %ZCXFER_F_DONTWAIT). Neither policy nor
 *	copybreak applies to these bytes. Receive: bytes before the first whole block of
 *	a range, bytes after its last, and bytes that arrive in pieces smaller than a
 *	block still go through the page cache
 * @ZCXFER_F_DONTCACHE: send: do not change the contents of the page cache. Bytes that
 *	are in the page cache are sent from there; the others are read as with
 *	%ZCXFER_F_DIRECT. RWF_DONTCACHE instead reads pages into the cache and drops
 *	them afterwards
 * @ZCXFER_F_STABLE: send: hold a lease (F_SETLEASE of fcntl(2)) on each file until the
 *	peer has acknowledged its pages, even after the call has returned. When a task
 *	opens such a file for writing or truncates it, the transfer stops
 *	(%ZCXFER_STOP_LEASE), and the task waits until the lease is released, but not
 *	longer than /proc/sys/fs/lease-break-time (0: no limit). While a lease is held,
 *	the file's filesystem is busy. Documentation/design.rst lists the changes
 *	that a lease does not prevent
 * @ZCXFER_F_RELEASE: jobs that send: delay the completion until release, when the
 *	network stack has dropped its references to all pages of the job. See below
 * @ZCXFER_F_NOTIFY: jobs that send: as %ZCXFER_F_RELEASE, but the completion is not
 *	delayed. It has %ZCXFER_COMPLETION_MORE set, and a second completion, the
 *	notification, follows at release. Not with io_uring
 *
 * At most one of %ZCXFER_F_CACHED, %ZCXFER_F_DIRECT and %ZCXFER_F_DONTCACHE may be
 * given, and at most one of %ZCXFER_F_RELEASE and %ZCXFER_F_NOTIFY.
 *
 * With %ZCXFER_F_RELEASE or %ZCXFER_F_NOTIFY, memory of the caller is not copied but
 * pinned and sent by reference, on these conditions: the caller may write to it, it
 * is at least &zcxfer_info.copybreak bytes long, the policy is not
 * %ZCXFER_POLICY_NEVER, and the socket reports release (see
 * %ZCXFER_COPIED_PROTOCOL). Pinned memory counts towards RLIMIT_MEMLOCK. The caller
 * may reuse it after release; if the caller changes it earlier, the peer may receive
 * the changed bytes.
 *
 * If kTLS is enabled on the socket before a transfer with %ZCXFER_F_STABLE,
 * %ZCXFER_F_RELEASE or %ZCXFER_F_NOTIFY has ended, it ends with EOPNOTSUPP. While a
 * packet of such a transfer is the last in the socket's queue and not yet sent, send(2)
 * with MSG_ZEROCOPY fails on that socket with ENOBUFS.
 */
enum zcxfer_flag {
	ZCXFER_F_DONTWAIT		= 1 << 0,
	ZCXFER_F_MORE			= 1 << 1,
	ZCXFER_F_CACHED			= 1 << 2,
	ZCXFER_F_DIRECT			= 1 << 3,
	ZCXFER_F_DONTCACHE		= 1 << 4,
	ZCXFER_F_STABLE			= 1 << 5,
	ZCXFER_F_RELEASE		= 1 << 6,
	ZCXFER_F_NOTIFY			= 1 << 7,
};

/**
 * struct zcxfer_transfer - a transfer between descriptors and a socket
 *	(ZCXFER_IOC_SEND, ZCXFER_IOC_RECV)
 * @size: in: sizeof(struct zcxfer_transfer)
 * @flags: in: bits of &enum zcxfer_flag
 * @sock_fd: in: a connected TCP or UNIX stream socket
 * @nr_descs: in: number of descriptors, 0 to &zcxfer_info.max_descs
 * @descs: in: address of an array of &struct zcxfer_desc. The kernel reads it once
 * @result: out: outcome of the transfer
 * @readahead: in: send: maximum number of bytes that may be read from disks before
 *	they are sent, for all descriptors together: at least a page for each, at
 *	most 32 MiB in all. The window moves on as bytes are sent. 0 means 32 MiB in
 *	all, and for each descriptor not more than its device's read_ahead_kb. Has no
 *	effect on files that are read directly or by their own splice_read. Receive:
 *	must be zero
 *
 * %ZCXFER_IOC_SEND sends the bytes that the descriptors describe, in their order, as
 * one stream, and fills segments across descriptors. The call behaves like one long
 * write(2) to the socket: if any byte was moved, it succeeds, whatever ended the
 * transfer, and the next call reports an error that persists. A file that is shorter
 * than its range ends the transfer with success as well. The call never raises SIGPIPE.
 *
 * %ZCXFER_IOC_RECV fills the descriptors with the bytes of the stream, in their order.
 * It waits until all are full, as recv(2) does with MSG_WAITALL. The end of the
 * stream ends the transfer with success. Bytes that could not be written (because of
 * a full disk, a limit, a signal) stay in the socket for its next reader, so received
 * bytes are never lost. File descriptors that a UNIX socket carries with the bytes
 * (SCM_RIGHTS) are closed when the bytes are consumed, as by read(2). Only
 * &zcxfer_result.error reports an error of the socket that occurs after the first byte;
 * the next call does not. A stream must have one reader at a time: two concurrent readers
 * may both get the same bytes, or lose some.
 *
 * Pages sent by reference stay referenced until the peer has acknowledged them (on a
 * local connection: until the peer has read them). As with sendfile(2), the peer may
 * receive changed bytes if a task writes to the file before that.
 *
 * The kernel checks all descriptors before it moves the first byte. On receive each
 * write to a file makes its own checks as well, as write(2) does. @result is written
 * whenever the structure itself could be copied in, also on failure;
 * &zcxfer_result.stop then identifies what the error is about.
 *
 * The ioctls return 0, or -1 and errno. They fail, if nothing was moved, with:
 *
 * =============  ==============================================================
 * EBADF          @sock_fd or the fd of a descriptor is not open, is not open for
 *                reading (receive: writing), or was opened with O_PATH.
 * ENOTSOCK       @sock_fd is not a socket.
 * EOPNOTSUPP     @sock_fd is neither a TCP nor a UNIX stream socket.
 *
 *                Receive: SO_PEEK_OFF or TCP_REPAIR is set on the socket, or a BPF
 *                map or a ULP other than kTLS reads from it; or a UNIX socket
 *                without SO_OOBINLINE holds an out-of-band byte (MSG_OOB).
 *
 *                %ZCXFER_F_CACHED: the file has no page cache that the module can
 *                look into (overlayfs, FUSE, network filesystems, O_DIRECT, ...).
 *
 *                %ZCXFER_F_DIRECT: the file does not support direct I/O
 *                (STATX_DIOALIGN).
 *
 *                %ZCXFER_F_DONTCACHE: one of these two, or the file is on tmpfs.
 *
 *                %ZCXFER_F_STABLE: a lease does not exclude all writers of the file
 *                (overlayfs, FUSE, network filesystems, block devices, memfd).
 * ENOTCONN       The socket is not connected (UNIX; TCP only on receive).
 * EPIPE          The socket was shut down, or the peer closed the connection. TCP:
 *                also if the socket never was connected, or is listening.
 * ECONNRESET     The peer reset the connection. Other errors of the socket are
 *                reported likewise.
 * EISDIR         The fd of a descriptor is a directory.
 * ESPIPE         The fd of a descriptor cannot be read at an offset (pipe, socket,
 *                eventfd, ...).
 * EINVAL         The fd of a descriptor is neither a regular file nor a block device,
 *                or its filesystem does not provide access to its pages; the offset
 *                is above 2^63 - 1. Receive: the file is open with O_APPEND or
 *                O_DIRECT.
 * EOVERFLOW      offset + len of a descriptor, or the sum of all lengths, is above
 *                &zcxfer_info.max_bytes.
 * EFAULT         Memory of a descriptor is not readable (receive: writable).
 * EACCES, EPERM  A security module or a fanotify listener denied access to the
 *                file or to the socket. The file is sealed or immutable.
 *                %ZCXFER_F_STABLE: the caller neither owns the file nor has
 *                CAP_LEASE.
 * ENOSPC, EFBIG  Receive: the file cannot be written, as in write(2); EDQUOT
 *                likewise. Beyond RLIMIT_FSIZE the caller also gets SIGXFSZ.
 * EIO            The file could not be read (receive: written).
 *                Unlike sendfile(2), a send does not fail with bytes in the page
 *                cache after the filesystem was shut down because of an error.
 * ENFILE         %ZCXFER_F_STABLE: the leases of the user who opened the device are
 *                at the module parameter ``max_user_leases``.
 * EBUSY          %ZCXFER_F_STABLE: the file is open for writing, or mapped
 *                writable; or %ZCXFER_STOP_LEASE.
 * EAGAIN         %ZCXFER_STOP_WOULD_BLOCK or %ZCXFER_STOP_MISS.
 * EINTR          %ZCXFER_STOP_SIGNAL.
 * =============  ==============================================================
 */
struct zcxfer_transfer {
	__u32 size;
	__u32 flags;
	__s32 sock_fd;
	__u32 nr_descs;
	__u64 descs;
	struct zcxfer_result result;
	__u64 readahead;
};

/**
 * struct zcxfer_many - send several transfers (ZCXFER_IOC_SEND_MANY)
 * @size: in: sizeof(struct zcxfer_many)
 * @flags: in: must be zero
 * @transfers: in: address of an array of &struct zcxfer_transfer
 * @nr_transfers: in: number of transfers, 0 to &zcxfer_info.max_descs
 * @transfer_size: in: sizeof(struct zcxfer_transfer), the distance between two transfers
 *	of the array
 *
 * The call sends the transfers one after another, in their order, each as
 * %ZCXFER_IOC_SEND with %ZCXFER_F_DONTWAIT: a socket without room holds up no other.
 * Transfers that read from disk hold up those behind them, unless %ZCXFER_F_CACHED
 * is given. A server that has something to send to several sockets at a time saves a
 * system call for each but the first.
 *
 * Each transfer has its own result, with the error that its own call would have
 * returned. A transfer that is refused or ends early has no effect on the others, so no
 * two transfers should have the same socket.
 *
 * The call ends before it has sent all transfers if the caller receives a signal, or at
 * a transfer that cannot be copied in or whose result is not writable.
 *
 * The ioctl returns the number of transfers that have a result. They are the first of
 * the array, and nothing was sent of the others. If there is none but should be, it
 * returns -1 and errno: EFAULT, EINVAL or E2BIG, of this structure or of the first
 * transfer's.
 */
struct zcxfer_many {
	__u32 size;
	__u32 flags;
	__u64 transfers;
	__u32 nr_transfers;
	__u32 transfer_size;
};

/**
 * DOC: Jobs
 *
 * %ZCXFER_IOC_SUBMIT takes the transfer of %ZCXFER_IOC_SEND or %ZCXFER_IOC_RECV and
 * returns at once. The transfer continues as a job. The submitter waits neither for
 * data of a disk nor for the peer, and a job has no thread of its own. The submitter may
 * wait for a fanotify listener, for the journal (a file's access time), for attributes of
 * a file on a network or FUSE filesystem (%ZCXFER_F_DIRECT), and for its own memory.
 *
 * Completions: read(2) of the device returns one &struct zcxfer_completion for each
 * job that has ended, as many as fit into the buffer, in the order in which the jobs
 * ended. If there is none, read(2) waits, or fails with EAGAIN if the device is
 * non-blocking. It fails with EINVAL if the buffer is too small for one completion.
 * poll(2) reports POLLIN while there is a completion to read, and POLLOUT while there
 * is room for another job (module parameters ``max_jobs`` and ``max_memory``).
 * The room of a job that was cancelled comes back when the job has released its files,
 * which may be shortly after its completion was read.
 *
 * Order: jobs of one device that send into the same socket run one after another, in
 * the order of submission; so do jobs that receive from the same socket. If a job
 * ends early, the jobs that are queued behind it at that time are cancelled, so that
 * no byte ever takes the place of a missing one in the stream. The exception is a job
 * that is cancelled before it has moved a byte: it cancels no other. Data that must
 * arrive whole or not at all should be one transfer. Jobs of different sockets run in
 * parallel, and so do a job that sends and one that receives on the same socket.
 * Between a job and other writers of the socket there is no order, and their bytes
 * may mix.
 *
 * Resources: the kernel resolves and checks the descriptors at submission. The job runs
 * with the submitter's credentials and limits of that time. It holds references to its
 * files and its socket, so the submitter may close them at once. The submitter may also
 * reuse the array at &zcxfer_transfer.descs, and the memory that it describes: that
 * memory is copied, at most 1 MiB in a job, unless %ZCXFER_F_RELEASE or
 * %ZCXFER_F_NOTIFY is given.
 *
 * Ownership: a job belongs to the process (to be exact, the file descriptor table)
 * that submitted it. The job is cancelled when that process closes its last descriptor
 * of the device, by close(2), exec or exit. A cancelled job that waits for a page or
 * for its peer ends at once, although the module stays busy until the disk has
 * answered.
 *
 * Blocking work: direct I/O, reading files that have no page cache of their own, and
 * all writing to files need a task that blocks. A job that is in such a task ends only
 * when the task's I/O has ended. Each open device has sixteen such tasks for its jobs, so
 * that I/O that does not end delays no job of another device.
 *
 * Close: when the last descriptor of a socket is a job's, closing the socket does not
 * linger (SO_LINGER). After a cancel the files and the socket of the job may be closed
 * shortly after its completion, if the worker that closes them has to wait for a disk.
 * Otherwise they are closed before, so a job with the last descriptor of an unlinked
 * file ends after the thaw if the filesystem is frozen.
 */

/**
 * enum zcxfer_op - the operation of a job
 * @ZCXFER_OP_SEND: as %ZCXFER_IOC_SEND
 * @ZCXFER_OP_RECV: as %ZCXFER_IOC_RECV, but only into files
 */
enum zcxfer_op {
	ZCXFER_OP_SEND			= 0,
	ZCXFER_OP_RECV			= 1,
};

/**
 * struct zcxfer_submit - start a job (ZCXFER_IOC_SUBMIT)
 * @size: in: sizeof(struct zcxfer_submit)
 * @op: in: one of &enum zcxfer_op
 * @user_data: in: an identifier that the submitter chooses. The completion returns it,
 *	and %ZCXFER_IOC_CANCEL takes it. It need not be unique
 * @transfer: in: address of a &struct zcxfer_transfer. Its result is written only
 *	if the job is refused
 *
 * With %ZCXFER_F_DONTWAIT a job ends as soon as the socket has no room (receive: no
 * data). O_NONBLOCK, SO_SNDTIMEO and SO_RCVTIMEO of the socket have no effect on a
 * job, and no signal stops it. The submitting call does not read file data that is not
 * in memory, nor does it wait for such data.
 *
 * The ioctl returns 0 if it accepted the job, and then a completion will follow.
 * Otherwise it returns -1 and errno: an error of &struct zcxfer_transfer if a
 * descriptor or the socket was refused, or one of these:
 *
 * ============  ==============================================================
 * EAGAIN        The device already has ``max_jobs`` jobs that have not ended or
 *               whose completion was not read, or its jobs hold ``max_memory``
 *               bytes: of themselves, their descriptors, files and copies.
 * EDQUOT        All devices that the same user has opened together have reached
 *               ``max_user_jobs`` or ``max_user_memory``; or it is the first job of
 *               the device, and the user has jobs on ``max_user_devices`` others.
 *               poll(2) does not report when that changes.
 * EMSGSIZE      More than 1 MiB of memory would have to be copied.
 * ENOBUFS       %ZCXFER_F_RELEASE, %ZCXFER_F_NOTIFY: memory exceeds what
 *               RLIMIT_MEMLOCK leaves, or a descriptor's memory is longer than
 *               64 GiB. Memory that would then be copied, because the submitter may
 *               not write to it, counts too.
 * EOPNOTSUPP    A descriptor of %ZCXFER_OP_RECV is memory.
 * EFBIG         A descriptor of %ZCXFER_OP_RECV ends beyond RLIMIT_FSIZE.
 * ============  ==============================================================
 */
struct zcxfer_submit {
	__u32 size;
	__u32 op;
	__u64 user_data;
	__u64 transfer;
};

/**
 * struct zcxfer_cancel - cancel jobs (ZCXFER_IOC_CANCEL)
 * @size: in: sizeof(struct zcxfer_cancel)
 * @flags: in: must be zero
 * @user_data: in: identifier of the jobs; all that have it are cancelled
 *
 * Each job still has its completion: %ZCXFER_STOP_CANCELLED with an exact count, or
 * another outcome if the job ended first.
 *
 * A job that has ended and only waits for release stops waiting. Its completion then
 * lacks %ZCXFER_COMPLETION_RELEASED (with io_uring it is ECANCELED), and the release is
 * never reported. A job that was still running with %ZCXFER_F_RELEASE or
 * %ZCXFER_F_NOTIFY may therefore need two calls: one to end it, one to end its wait.
 *
 * The ioctl returns 0, or -1 and errno: ENOENT if no job with this identifier is
 * running or waiting for release.
 */
struct zcxfer_cancel {
	__u32 size;
	__u32 flags;
	__u64 user_data;
};

/**
 * enum zcxfer_completion_flag - bits of &zcxfer_completion.flags
 * @ZCXFER_COMPLETION_MORE: a second completion of this job, the notification, follows
 *	(%ZCXFER_F_NOTIFY)
 * @ZCXFER_COMPLETION_RELEASED: the network stack has dropped its references to all
 *	pages of the job: its memory may be reused, and its leases are released
 * @ZCXFER_COMPLETION_COPIED: with %ZCXFER_COMPLETION_RELEASED: the network stack copied
 *	some of the pages on the way, because the route is local or for a packet capture;
 *	&zcxfer_result.bytes_copied need not include them
 */
enum zcxfer_completion_flag {
	ZCXFER_COMPLETION_MORE		= 1 << 0,
	ZCXFER_COMPLETION_RELEASED	= 1 << 1,
	ZCXFER_COMPLETION_COPIED	= 1 << 2,
};

/**
 * struct zcxfer_completion - completion of a job (read(2) of the device)
 * @user_data: the job's identifier
 * @op: one of &enum zcxfer_op
 * @flags: bits of &enum zcxfer_completion_flag
 * @result: outcome of the job. If nothing was moved, its error is the errno with which
 *	the synchronous call would have failed
 */
struct zcxfer_completion {
	__u64 user_data;
	__u32 op;
	__u32 flags;
	struct zcxfer_result result;
};

/**
 * DOC: Jobs through io_uring
 *
 * An io_uring command (IORING_OP_URING_CMD) is a job, too. In the submission queue
 * entry, fd is the device, cmd_op is %ZCXFER_IOC_SEND or %ZCXFER_IOC_RECV, and user_data
 * is the address of a &struct zcxfer_transfer. The flags that all operations have
 * (IOSQE_*) may be set. All other members are ignored and should be zero. (The address
 * is in user_data because Linux 6.12 keeps no copy of an entry that waits for others,
 * with IOSQE_IO_LINK or IOSQE_IO_DRAIN, except of its user_data.)
 *
 * The job behaves as one of %ZCXFER_IOC_SUBMIT, with these differences:
 *
 * - A completion queue entry reports its end, not read(2) of the device. The kernel
 *   writes the result into the transfer before it posts that entry, so the transfer
 *   must stay valid until then. What its descs member points to must stay valid until
 *   the command has begun.
 * - user_data is also its identifier for %ZCXFER_IOC_CANCEL. Processes that share an
 *   open device share its identifiers.
 * - It is cancelled when the ring is closed, not when descriptors of the device are
 *   closed. IORING_OP_ASYNC_CANCEL and IORING_OP_LINK_TIMEOUT do not affect a command
 *   that has begun.
 *   The end of a ring waits for the task that submitted a command, and uses a processor
 *   meanwhile, as long as that task is stopped in vfork(2) or, with IOSQE_ASYNC, is
 *   beginning the command.
 *
 * The res member of the completion queue entry is 0 only if everything was moved.
 * Otherwise it is a negative errno, even if bytes were moved, so that an entry
 * which is linked behind a transfer that ended early does not start. The number of
 * bytes is in the result and, with IORING_SETUP_CQE32, in the first element of big_cqe.
 * The errno is that of the result, or one of these:
 *
 * ============  ==============================================================
 * ENODATA       %ZCXFER_STOP_EOF.
 * EBUSY         %ZCXFER_IOC_SUBMIT would fail with EAGAIN; or as for
 *               %ZCXFER_F_STABLE.
 * EFAULT        The result cannot be written: its memory is not writable, or the
 *               task that submitted the command has exited.
 * ECANCELED     The job was cancelled. If io_uring cancelled it, because the ring was
 *               closed or a process that has the ring called exec, the result is not
 *               written and the job may still be ending. With a result of
 *               %ZCXFER_STOP_DONE: the wait for %ZCXFER_F_RELEASE was cancelled.
 * EINVAL        uring_cmd_flags is not zero, or %ZCXFER_F_NOTIFY is set.
 * EOPNOTSUPP    The ring polls for completions (IORING_SETUP_IOPOLL).
 * ============  ==============================================================
 */

#endif /* _UAPI_LINUX_ZCXFER_H */
