/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * zcxfer - file ranges and memory into a stream socket, and back
 *
 * The complete interface of /dev/zcxfer. Documented in place: every struct,
 * flag, limit and error number that a caller can meet is described here.
 */
#ifndef _UAPI_LINUX_ZCXFER_H
#define _UAPI_LINUX_ZCXFER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Form of the calls
 *
 * Each ioctl takes a pointer to a structure whose first member is its size in
 * bytes, as the caller knows it. A shorter structure than the kernel's is
 * extended with zeros; in a longer one everything the kernel does not know
 * must be zero (copy_struct_from_user()). So either side may be the newer one.
 *
 * All members have fixed widths, and a user pointer is a __u64: a 32-bit
 * program on a 64-bit kernel makes the same calls with the same results.
 *
 * Error numbers that mean the same in every call:
 *
 * ============  ==============================================================
 * ENOTTY        the device has no such ioctl
 * EFAULT        the structure, or something it points to, is not readable or
 *               (where a result goes) not writable
 * EINVAL        an unknown flag or type, flags that exclude each other, a pad or
 *               reserved member that is not zero, a structure shorter than its
 *               first version
 * E2BIG         a longer structure whose unknown part is not zero, a structure
 *               longer than a page, or more descriptors than the limit
 * ENOMEM        the kernel has no memory for the call
 * ============  ==============================================================
 */

/* 0xBC is not assigned in the kernel's ioctl-number.rst. */
#define ZCXFER_IOC_TYPE		0xBC

/*
 * The size is in the structure and not in the command number, so that the
 * number stays what it is when a structure grows (as iommufd does it).
 */
#define ZCXFER_IOC_INFO		_IO(ZCXFER_IOC_TYPE, 0x00)
#define ZCXFER_IOC_SEND		_IO(ZCXFER_IOC_TYPE, 0x01)
#define ZCXFER_IOC_RECV		_IO(ZCXFER_IOC_TYPE, 0x02)
#define ZCXFER_IOC_SUBMIT	_IO(ZCXFER_IOC_TYPE, 0x03)
#define ZCXFER_IOC_CANCEL	_IO(ZCXFER_IOC_TYPE, 0x04)

/* The device's name below /dev. */
#define ZCXFER_DEVICE_NAME	"zcxfer"

/*
 * Counts up when something is added that no feature bit announces. 2:
 * &zcxfer_result.changes, &zcxfer_transfer.readahead.
 */
#define ZCXFER_ABI_VERSION	2

/**
 * enum zcxfer_feature - bits of &zcxfer_info.features
 * @ZCXFER_FEATURE_SEND: %ZCXFER_IOC_SEND is there
 * @ZCXFER_FEATURE_RECV: %ZCXFER_IOC_RECV is there
 * @ZCXFER_FEATURE_JOBS: %ZCXFER_IOC_SUBMIT, %ZCXFER_IOC_CANCEL are there, and the
 *	device can be read and polled
 * @ZCXFER_FEATURE_URING: jobs by io_uring
 */
enum zcxfer_feature {
	ZCXFER_FEATURE_SEND		= 1 << 0,
	ZCXFER_FEATURE_RECV		= 1 << 1,
	ZCXFER_FEATURE_JOBS		= 1 << 2,
	ZCXFER_FEATURE_URING		= 1 << 3,
};

/**
 * enum zcxfer_policy - which page-cache pages may be sent by reference
 *
 * The administrator's word, module parameter ``zc_policy``. Pages of a file
 * that the policy keeps back are copied; the bytes on the wire are the same.
 *
 * @ZCXFER_POLICY_NEVER: none, everything is copied
 * @ZCXFER_POLICY_WRITABLE: pages of files that the caller could also write;
 *	where one filesystem stands for another (overlayfs, FUSE, networks),
 *	only of those that are open for writing
 * @ZCXFER_POLICY_ALL: pages of every file that the caller can read
 */
enum zcxfer_policy {
	ZCXFER_POLICY_NEVER		= 0,
	ZCXFER_POLICY_WRITABLE		= 1,
	ZCXFER_POLICY_ALL		= 2,
};

/**
 * struct zcxfer_info - what this module is and can do (ZCXFER_IOC_INFO)
 * @size: in: sizeof(struct zcxfer_info)
 * @flags: in: must be zero
 * @abi_version: out: %ZCXFER_ABI_VERSION of the module
 * @max_descs: out: most descriptors that one call takes
 * @features: out: bits of &enum zcxfer_feature
 * @send_flags: out: bits of &enum zcxfer_flag that %ZCXFER_IOC_SEND knows
 * @max_bytes: out: most bytes that the descriptors of one call may add up to,
 *	and the highest end (offset + length) of a file range
 * @policy: out: one of &enum zcxfer_policy, as it is now
 * @copybreak: out: file ranges shorter than this many bytes are copied, as it
 *	is now (module parameter ``copybreak``)
 * @recv_flags: out: bits of &enum zcxfer_flag that %ZCXFER_IOC_RECV knows
 * @job_flags: out: bits of &enum zcxfer_flag that jobs that send know as well
 *
 * Members of the caller's structure beyond these are left as they are.
 *
 * Errors: EINVAL, E2BIG, EFAULT, as for every call.
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
 * @ZCXFER_DESC_FILE: a range of a file, block device or memfd
 * @ZCXFER_DESC_MEMORY: memory of the caller; copied, so it may be reused as
 *	soon as the call returns (but see %ZCXFER_F_RELEASE)
 */
enum zcxfer_desc_type {
	ZCXFER_DESC_FILE		= 0,
	ZCXFER_DESC_MEMORY		= 1,
};

/**
 * struct zcxfer_desc - one piece of a transfer
 * @type: one of &enum zcxfer_desc_type
 * @fd: file: open for reading (for writing, to receive) and seekable, its file
 *	position is neither used nor moved; memory: must be zero
 * @offset: file: where the range starts, in bytes
 * @addr: memory: address of its first byte
 * @len: how many bytes; zero is allowed and sends nothing
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
 * @ZCXFER_STOP_DONE: all descriptors were moved
 * @ZCXFER_STOP_EOF: send: the file of the descriptor at &zcxfer_result.desc is
 *	shorter than its range; what follows is not sent, so that no byte ever
 *	slides forward in the stream. Receive: the peer has closed the stream
 * @ZCXFER_STOP_WOULD_BLOCK: the socket takes (has) no more now, and it is
 *	non-blocking, or %ZCXFER_F_DONTWAIT was given, or its SO_SNDTIMEO
 *	passed, which begins anew with every 512 KiB, or its SO_RCVTIMEO, which
 *	begins anew with everything that comes
 * @ZCXFER_STOP_SIGNAL: a signal came
 * @ZCXFER_STOP_DESC: the descriptor at &zcxfer_result.desc was refused or could
 *	not be read (written), &zcxfer_result.error says why
 * @ZCXFER_STOP_SOCKET: the socket failed or was refused, &zcxfer_result.error
 *	says why
 * @ZCXFER_STOP_CALL: the call as a whole was refused or found no memory,
 *	&zcxfer_result.error says why
 * @ZCXFER_STOP_MISS: %ZCXFER_F_CACHED was given, and the byte at
 *	&zcxfer_result.desc, &zcxfer_result.desc_bytes is not in the page cache
 * @ZCXFER_STOP_LEASE: %ZCXFER_F_STABLE was given, and somebody wants to write to
 *	one of the files, or to truncate it
 * @ZCXFER_STOP_CANCELLED: a job was cancelled, by %ZCXFER_IOC_CANCEL or because
 *	who submitted it has closed the device
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
 * enum zcxfer_copied - bits of &zcxfer_result.copy_reasons
 * @ZCXFER_COPIED_MEMORY: the caller's memory is copied
 * @ZCXFER_COPIED_SHORT: file ranges shorter than &zcxfer_info.copybreak
 * @ZCXFER_COPIED_POLICY: files whose pages &zcxfer_info.policy keeps back
 * @ZCXFER_COPIED_SOURCE: the file's own read path copied (a file that is read
 *	past the page cache: O_DIRECT, DAX, 9p without a cache, /proc, ...)
 * @ZCXFER_COPIED_ROUTE: the network stack copies what it is given by reference:
 *	the route of the socket has no scatter-gather; or it is local, and the
 *	pages are to be let go of (%ZCXFER_F_STABLE)
 * @ZCXFER_COPIED_BUFFER: receive: what the socket has cannot be referenced (not
 *	plain TCP, or the beginning of a packet), so it was copied twice
 * @ZCXFER_COPIED_PROTOCOL: %ZCXFER_F_STABLE: the socket does not tell when it
 *	lets go of pages (UNIX, kTLS, TCP that probes for a larger MTU)
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
 * What the change times (ctime) of the sent files say when the call returns. A
 * write sets it before its first byte, so one that had begun before the call may
 * go unnoticed; truncate and fallocate set it at their beginning or their end. A
 * change of attributes sets it as well.
 *
 * @ZCXFER_CHANGED: a file was changed during the call
 * @ZCXFER_CHANGE_UNKNOWN: nobody can tell: a file had been changed so shortly
 *	before the call (a tick of the clock, some ms) that a second change would
 *	not show, or somebody has it in a shared mapping to write to, or its
 *	filesystem does not know of all changes (networks, FUSE), or it is a
 *	block device
 */
enum zcxfer_change {
	ZCXFER_CHANGED			= 1 << 0,
	ZCXFER_CHANGE_UNKNOWN		= 1 << 1,
};

/**
 * struct zcxfer_result - how far a transfer came, and how
 * @bytes: bytes moved, always a prefix of the descriptors in their order;
 *	equal to @bytes_referenced + @bytes_copied
 * @bytes_referenced: send: bytes whose pages were handed to the socket by
 *	reference; receive: bytes that went straight from the socket's pages to
 *	where they belong, which is one copy
 * @bytes_copied: bytes that the CPU copied on the way into the socket (receive:
 *	once more than that)
 * @desc_bytes: bytes moved of the descriptor at @desc
 * @desc: index of the descriptor the transfer stopped in; the number of
 *	descriptors when all were moved
 * @stop: why it ended, one of &enum zcxfer_stop
 * @error: positive errno that belongs to @stop (%EAGAIN for
 *	%ZCXFER_STOP_MISS, %EBUSY for %ZCXFER_STOP_LEASE, %ECANCELED for
 *	%ZCXFER_STOP_CANCELLED), or zero for %ZCXFER_STOP_DONE and
 *	%ZCXFER_STOP_EOF
 * @copy_reasons: bits of &enum zcxfer_copied, for the bytes in @bytes_copied
 * @socket_calls: calls into the socket that this transfer took
 * @changes: send: bits of &enum zcxfer_change, for the files that bytes came
 *	from
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
 * @ZCXFER_F_DONTWAIT: do not wait for room in the socket (for data in it), as if
 *	it were non-blocking; a disk is still waited for. What kTLS has taken then
 *	may not yet be TCP's, and is lost if the socket is shut down or closed, as
 *	with send(2); what waits (a job, too) ends only when it is TCP's
 * @ZCXFER_F_MORE: send: more will follow at once: the last segment is held back as
 *	MSG_MORE does it; without this flag the end of the transfer, also an
 *	early one, is pushed out
 * @ZCXFER_F_CACHED: send: do not read files from a disk nor wait for it: stop at
 *	the first byte that is not in the page cache (%ZCXFER_STOP_MISS). What is
 *	memory to begin with, tmpfs among it, is waited for if it is not there;
 *	and a file's access time may have to wait for the journal
 * @ZCXFER_F_DIRECT: read (receive: write) the files past the page cache, as
 *	O_DIRECT does it; any offset and length will do. Send: ahead of the
 *	socket (up to 2 MiB; not with one that is not waited for), and neither
 *	policy nor copy-break copy what is read so. Receive: what comes before
 *	the first whole block, behind the last, and in pieces smaller than one
 *	goes through the page cache all the same
 * @ZCXFER_F_DONTCACHE: send: leave the page cache as it is: what it has of the
 *	files is sent from there, and what it lacks is read as with
 *	%ZCXFER_F_DIRECT. The pages that RWF_DONTCACHE drops behind itself are
 *	not even brought in
 * @ZCXFER_F_STABLE: send: hold a lease (as fcntl(2) gives with F_SETLEASE) on
 *	each file until the peer has acknowledged its pages, also after the call:
 *	who opens a file to write to it, or truncates it, waits for that, though
 *	not longer than /proc/sys/fs/lease-break-time (0: without an end), and
 *	the transfer stops (%ZCXFER_STOP_LEASE). Until then the file's filesystem
 *	is busy. Documentation/design.rst tells what slips through
 *
 * @ZCXFER_F_RELEASE: jobs that send: the completion comes when the network has let
 *	go of everything that was sent by reference, and so has the job. Memory is not
 *	copied then, if the caller may write to it, the socket tells when it lets go
 *	(see %ZCXFER_COPIED_PROTOCOL) and it is not shorter than
 *	&zcxfer_info.copybreak: it is pinned, counts for RLIMIT_MEMLOCK, and may be
 *	reused when the completion has come. To change it before changes what arrives.
 *	kTLS that is switched on before the job is over ends it (EOPNOTSUPP), as with
 *	%ZCXFER_F_STABLE
 * @ZCXFER_F_NOTIFY: the same, but the completion comes as without, with
 *	%ZCXFER_COMPLETION_MORE, and a second one when the network has let go. Not by
 *	io_uring
 *
 * Of %ZCXFER_F_CACHED, %ZCXFER_F_DIRECT and %ZCXFER_F_DONTCACHE at most one may
 * be given, as of %ZCXFER_F_RELEASE and %ZCXFER_F_NOTIFY.
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
 * struct zcxfer_transfer - gather descriptors into a socket (ZCXFER_IOC_SEND),
 *	or scatter what is in a socket over descriptors (ZCXFER_IOC_RECV)
 * @size: in: sizeof(struct zcxfer_transfer)
 * @flags: in: bits of &enum zcxfer_flag
 * @sock_fd: in: a connected TCP or UNIX stream socket
 * @nr_descs: in: number of descriptors, 0 to &zcxfer_info.max_descs
 * @descs: in: address of an array of &struct zcxfer_desc, which is read once
 * @result: out: how far the transfer came
 * @readahead: in: send: how many bytes may be read from disks before they are
 *	sent, for all descriptors together (each at least a page, together at
 *	most 32 MiB); 0: 32 MiB, and for each descriptor not more than its
 *	device's read_ahead_kb. The window moves on as they are sent. Without
 *	effect on files that are read directly or by their own splice_read
 *
 * ZCXFER_IOC_SEND sends the bytes that the descriptors describe, in their order,
 * as one stream: segments are filled across descriptors. It is like one long
 * write(2) to the socket: the bytes moved are always a prefix, and if there are
 * any the call succeeds, whatever stopped it; a lasting error is then reported
 * by the next call. A file that is too short stops the transfer with success as
 * well. SIGPIPE is never raised.
 *
 * ZCXFER_IOC_RECV fills the descriptors with the bytes of the stream, in their
 * order, and waits until they are full, as recv(2) does with MSG_WAITALL. What
 * could not be written (no space, a limit, a signal) is still in the socket for
 * whoever reads it next: nothing that was received is ever lost. The end of the
 * stream stops the transfer with success. An error of the socket that comes after
 * the first byte is told by &zcxfer_result.error alone, not by the next call. A
 * stream has one reader at a time: two get the same bytes, or lose some.
 *
 * Pages sent by reference stay referenced until the peer has acknowledged them
 * (on a local connection: until it has read them). A file that is written in
 * this time may change what arrives, as with sendfile(2).
 *
 * All descriptors are checked before the first byte moves; whether a file may be
 * written is asked with each write, as write(2) does. @result is written
 * whenever the structure itself could be copied in, also on failure;
 * &zcxfer_result.stop then tells what the error belongs to.
 *
 * Return: 0, or -1 with errno. Errors, when nothing was moved:
 *
 * =============  ==============================================================
 * EBADF          @sock_fd or a descriptor's fd is not open, is not open for
 *                reading (writing), or was opened with O_PATH
 * ENOTSOCK       @sock_fd is not a socket
 * EOPNOTSUPP     @sock_fd is neither TCP nor a UNIX stream socket; receive: it
 *                has SO_PEEK_OFF or TCP_REPAIR set, or a BPF map or a ULP other
 *                than kTLS reads it; %ZCXFER_F_CACHED: a descriptor's file has
 *                no page cache that can be looked into (overlayfs, FUSE,
 *                networks, O_DIRECT, ...); %ZCXFER_F_DIRECT: a descriptor's file
 *                cannot be read so (STATX_DIOALIGN); %ZCXFER_F_DONTCACHE: the
 *                one or the other, also of tmpfs; %ZCXFER_F_STABLE: a lease
 *                keeps not all writers of the file out (overlayfs, FUSE,
 *                networks, block devices, memfd)
 * ENOTCONN       UNIX, or receive: the socket is not connected
 * EPIPE          the socket was shut down or its peer is gone; TCP: it was never
 *                connected, or listens
 * ECONNRESET     the peer reset the connection (and other errors of the socket)
 * EISDIR         a descriptor's fd is a directory
 * ESPIPE         a descriptor's fd cannot be read at an offset (pipe, socket,
 *                eventfd, ...)
 * EINVAL         a descriptor's fd is neither a regular file nor a block device,
 *                or its filesystem cannot hand out its pages; receive: the
 *                file is open with O_APPEND or O_DIRECT; the offset is beyond
 *                2^63 - 1
 * EOVERFLOW      offset + len of a descriptor, or the sum of all lengths, is
 *                beyond &zcxfer_info.max_bytes
 * EFAULT         memory of a descriptor is not readable (writable)
 * EACCES, EPERM  a security module or a fanotify listener forbids to read the
 *                file or to write to the socket (or the other way round); the
 *                file is sealed or immutable; %ZCXFER_F_STABLE: the file is
 *                not the caller's, who has no CAP_LEASE
 * ENOSPC, EFBIG  receive: the file cannot be written, as for write(2), which also
 *                knows EDQUOT; beyond RLIMIT_FSIZE a SIGXFSZ comes, too
 * EIO            the file could not be read (written)
 * ENFILE         %ZCXFER_F_STABLE: there are as many leases as the module
 *                parameter ``max_leases`` allows
 * EBUSY          %ZCXFER_F_STABLE: somebody has the file open to write to it (or
 *                mapped), or %ZCXFER_STOP_LEASE
 * EAGAIN         would block, or %ZCXFER_STOP_MISS
 * EINTR          a signal came
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
 * DOC: Jobs
 *
 * %ZCXFER_IOC_SUBMIT takes the transfer of %ZCXFER_IOC_SEND or %ZCXFER_IOC_RECV and
 * returns at once: it goes on as a job, which neither waits for a disk nor for a
 * peer in the caller's time, and has no thread. When it is over, read(2) of the
 * device tells of it: one &struct zcxfer_completion for each job that was taken,
 * as many as fit into the buffer, in the order in which they ended. A reader that
 * finds none waits, or gets EAGAIN if the device is non-blocking; a buffer that is
 * too small for one is EINVAL. poll(2) tells POLLIN while there is one to read, and
 * POLLOUT while there is room for another job (module parameters ``max_jobs``,
 * ``max_memory``).
 *
 * Jobs of one device that send into the same socket run one after another, in the
 * order of their submission, as do those that receive from it. One that ends
 * before its end (other than cancelled with nothing moved) takes those along that
 * are behind it by then: they are cancelled, so that no byte slides forward in the
 * stream. What has to come whole or not at all is best one transfer. Jobs of
 * different sockets, and of both ways, run side by side. To other writers of a
 * socket a job is one more of them: the bytes may mix.
 *
 * Descriptors are resolved and checked when the job is submitted, with the
 * caller's credentials and limits, and it runs with those. Files and sockets may be
 * closed at once, memory reused, and everything at @descs: the job has what it
 * needs. Memory is copied, at most 1 MiB a job, unless %ZCXFER_F_RELEASE or
 * %ZCXFER_F_NOTIFY is given.
 *
 * A job belongs to the process (the table of file descriptors) that submitted it,
 * and is cancelled when that has closed its last descriptor of the device: by
 * close(2), exec or exit. A job that waits for a page, or for its peer, is over at
 * once then, though the module stays busy until the disk has answered. What can
 * only be waited for by a task (direct I/O, files without a page cache of their
 * own, and all that is written) is over when that has its answer; there are not
 * many such tasks, and they are shared by all.
 */

/**
 * enum zcxfer_op - what a job does
 * @ZCXFER_OP_SEND: as %ZCXFER_IOC_SEND
 * @ZCXFER_OP_RECV: as %ZCXFER_IOC_RECV; into files alone
 */
enum zcxfer_op {
	ZCXFER_OP_SEND			= 0,
	ZCXFER_OP_RECV			= 1,
};

/**
 * struct zcxfer_submit - begin a job (ZCXFER_IOC_SUBMIT)
 * @size: in: sizeof(struct zcxfer_submit)
 * @op: in: one of &enum zcxfer_op
 * @user_data: in: the caller's name for the job, for its completion and for
 *	%ZCXFER_IOC_CANCEL; need not be unique
 * @transfer: in: address of a &struct zcxfer_transfer. Its result is written
 *	only if the job is refused
 *
 * With %ZCXFER_F_DONTWAIT a job is over when the socket takes (has) no more.
 * O_NONBLOCK, SO_SNDTIMEO and SO_RCVTIMEO of the socket mean nothing to it. No
 * signal stops it. What is not in memory is not waited for by the caller, nor is
 * it read in its time.
 *
 * Return: 0 if there is a job now, and so there will be a completion, or -1 with
 * errno: as for struct zcxfer_transfer if a descriptor or the socket is refused,
 * and
 *
 * ============  ==============================================================
 * EAGAIN        the device has ``max_jobs`` that are not over or not read, or they
 *               hold copies of ``max_memory`` bytes
 * EDQUOT        so have all devices that its user has opened, ``max_user_jobs`` or
 *               ``max_user_memory``; poll(2) does not tell when that changes
 * EMSGSIZE      the memory that is to be copied is more than 1 MiB
 * ENOBUFS       %ZCXFER_F_RELEASE, %ZCXFER_F_NOTIFY: memory, also such as then would
 *               be copied, is more than RLIMIT_MEMLOCK leaves
 * EOPNOTSUPP    memory to receive into
 * EFBIG         receive: a range ends beyond RLIMIT_FSIZE
 * ============  ==============================================================
 */
struct zcxfer_submit {
	__u32 size;
	__u32 op;
	__u64 user_data;
	__u64 transfer;
};

/**
 * struct zcxfer_cancel - stop jobs (ZCXFER_IOC_CANCEL)
 * @size: in: sizeof(struct zcxfer_cancel)
 * @flags: in: must be zero
 * @user_data: in: all jobs of this name
 *
 * Each still has its one completion: %ZCXFER_STOP_CANCELLED with an exact count,
 * or what it was otherwise, if it was faster. One that is over, and only waits for
 * the network to let go of its pages, waits no longer: %ZCXFER_COMPLETION_RELEASED is
 * missing then (with io_uring: ECANCELED), and nobody will tell. So it may take a
 * second call to end a job that has bytes on their way.
 *
 * Return: 0, or -1 with errno: ENOENT if no job of that name is running.
 */
struct zcxfer_cancel {
	__u32 size;
	__u32 flags;
	__u64 user_data;
};

/**
 * enum zcxfer_completion_flag - bits of &zcxfer_completion.flags
 * @ZCXFER_COMPLETION_MORE: one more completion follows (%ZCXFER_F_NOTIFY)
 * @ZCXFER_COMPLETION_RELEASED: the network has let go of all that was sent by
 *	reference: the memory may be reused, leases are given back
 * @ZCXFER_COMPLETION_COPIED: and has copied some of it on the way (a local route
 *	does, and who listens to the packets), which &zcxfer_result.bytes_copied need
 *	not count
 */
enum zcxfer_completion_flag {
	ZCXFER_COMPLETION_MORE		= 1 << 0,
	ZCXFER_COMPLETION_RELEASED	= 1 << 1,
	ZCXFER_COMPLETION_COPIED	= 1 << 2,
};

/**
 * struct zcxfer_completion - a job is over (read(2) of the device)
 * @user_data: the name it was submitted with
 * @op: one of &enum zcxfer_op
 * @flags: bits of &enum zcxfer_completion_flag
 * @result: how far it came, and how. &zcxfer_result.error is what the synchronous
 *	call would have failed with, also if nothing was moved
 */
struct zcxfer_completion {
	__u64 user_data;
	__u32 op;
	__u32 flags;
	struct zcxfer_result result;
};

/**
 * DOC: Jobs by io_uring
 *
 * A command (IORING_OP_URING_CMD) is a job, if the entry's fd is the device, its cmd_op
 * %ZCXFER_IOC_SEND or %ZCXFER_IOC_RECV, and its user_data the address of a &struct
 * zcxfer_transfer. That is also the job's name for %ZCXFER_IOC_CANCEL: processes that
 * share an open device share its names. The flags of all entries (IOSQE_*) may be set;
 * everything else is ignored, and better zero. (6.12 keeps no copy of an entry that
 * waits for others, by IOSQE_IO_LINK or IOSQE_IO_DRAIN, but of its user_data it does.)
 *
 * The job is one as of %ZCXFER_IOC_SUBMIT, but its end is told by a completion queue
 * entry instead of a read of the device. The transfer must stay until then, for the
 * result is written there before; what its descs points to only until the command has
 * begun.
 *
 * The entry's res is 0 if all was moved, and otherwise a negative errno, also if
 * bytes were moved (&zcxfer_result.bytes, and with IORING_SETUP_CQE32 the first of
 * big_cqe): what is linked behind a transfer that ended early does not begin. It is
 * the error of the result, or
 *
 * ============  ==============================================================
 * ENODATA       %ZCXFER_STOP_EOF
 * EBUSY         what is EAGAIN for %ZCXFER_IOC_SUBMIT, or as for %ZCXFER_F_STABLE
 * EFAULT        the result cannot be written, or not any more: its memory, or the
 *               task that submitted the command, is gone
 * ECANCELED     cancelled; if by the ring, which went, or because a process that
 *               has it executed another program, the result is not written, and
 *               the job may still be ending. Or the result is DONE, and
 *               %ZCXFER_F_RELEASE was not waited for to the end
 * EINVAL        uring_cmd_flags are set, or %ZCXFER_F_NOTIFY is
 * EOPNOTSUPP    the ring polls for completions (IORING_SETUP_IOPOLL)
 * ============  ==============================================================
 *
 * A job is cancelled when the ring goes, not when descriptors of the device are closed.
 * IORING_OP_ASYNC_CANCEL and IORING_OP_LINK_TIMEOUT do not reach commands that have
 * begun.
 */

#endif /* _UAPI_LINUX_ZCXFER_H */
