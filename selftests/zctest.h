/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the zcxfer selftests: bytes that show where they come from,
 * sources, connections, a receiver that checks, and the calls themselves.
 *
 * Functions return 0 (or a descriptor, or a count) or a negative errno, and
 * print a failure as a TAP comment; the assertions are in the tests.
 */
#ifndef ZCTEST_H
#define ZCTEST_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/zcxfer.h>

#include "../module/counters.h"

#define KIB(n)		((__u64)(n) << 10)
#define MIB(n)		((__u64)(n) << 20)
#define GIB(n)		((__u64)(n) << 30)

#define PAGE		4096

#define DEVICE		"/dev/" ZCXFER_DEVICE_NAME

/* An unprivileged user; "nobody" on every distribution. */
#define NOBODY		65534

/*
 * Time limit of one test. Generous: the same tests run emulated, on a kernel
 * with KASAN and lockdep.
 */
#define TIMEOUT		300

/*
 * Patterns. Each byte is a hash of a seed and its offset, so that a page that
 * is swapped, shifted, stale or foreign differs from what belongs there. The
 * seed HOLE stands for zeros.
 */
#define HOLE		0

void pattern_fill(void *buf, __u64 seed, __u64 offset, size_t len);
size_t pattern_match(const void *buf, __u64 seed, __u64 offset, size_t len);

/* A file full of its pattern. Each has a seed of its own. */
struct source {
	int fd;			/* open for reading */
	__u64 seed;
	__u64 size;
	char path[PATH_MAX];	/* "" when it has no name (memfd) */
};

int source_create(struct source *src, const char *dir, __u64 size);
/* The same, open for reading and writing. */
int source_create_writable(struct source *src, const char *dir, __u64 size);
/* Replaces the open file by another. */
int source_reopen(struct source *src, const char *path, int flags);
int source_create_memfd(struct source *src, __u64 size);
/* @flags: FS_IMMUTABLE_FL, FS_APPEND_FL or 0 */
int source_guard(const struct source *src, int flags);
/* The file must not be open for writing. */
int source_enable_verity(const struct source *src);
int source_forget_cache(const struct source *src);
static inline size_t source_pages(const struct source *src)
{
	return (src->size + PAGE - 1) / PAGE;
}

/* Finds the pages that are in the page cache, without reading others into it. */
int source_residency(const struct source *src, unsigned char *resident);
/* Counts them. */
int source_pages_resident(const struct source *src);
int source_check(const struct source *src);
void source_destroy(struct source *src);

/*
 * The file systems that selftests/run mounts below /mnt/zcxfer. Returns the
 * directory, valid until the next call, or NULL if @fs is not mounted.
 */
const char *mounted_dir(const char *fs);

/* A connected pair: sv[0] sends, sv[1] receives. */
enum link {
	LINK_TCP,
	LINK_TCP6,
	LINK_UNIX,
	LINK_TLS,		/* TCP with kTLS, from sv[0] to sv[1] */
};

int link_open(enum link link, int sv[2]);
/* kTLS over TCP that never has room for a whole record while nobody reads. */
int link_open_narrow_tls(int sv[2]);
#define TLS_RECORD	KIB(16)
/* Enables kTLS: from sv[0] to sv[1], or TLS_TX or TLS_RX of one socket. */
int link_encrypt(int sv[2]);
int sock_encrypt(int fd, int direction);
int link_set_buffers(int sv[2], int bytes);
/* Sets the size of the send buffer. */
int sock_set_room(int fd, int bytes);
/* Sends until there is no room. A UNIX socket stays full until its peer reads. */
void sock_fill(int fd);
/* A thread that sends more than fits into a socket, whose descriptor is at @fd. */
void *sock_send_blocking(void *fd);
/* Pages that are charged to all TCP sockets: the number behind "mem" of sockstat. */
long tcp_memory(void);
int listen_tcp(int family);
int connect_to(int listener, int socket_flags);

/*
 * A thread that reads until end of file and compares: the stream must be the
 * given runs of patterns, in their order. Stops comparing at the first byte
 * that differs, but reads on.
 */
struct run {
	__u64 seed;
	__u64 offset;
	__u64 len;
};

struct receiver {
	pthread_t thread;
	int fd;
	const struct run *runs;
	size_t nr_runs;
	__u64 bytes;		/* received so far */
	__u64 wrong;		/* position of the first wrong byte, or ~0 */
	size_t run;		/* index of the run being compared */
	__u64 run_bytes;	/* bytes of it that arrived */
	int pace_us;		/* pause before each read */
};

int receiver_start(struct receiver *rx, int fd, const struct run *runs,
		   size_t nr_runs);
int receiver_finish(struct receiver *rx, int sender_fd, __u64 bytes);
/* The same, if more may arrive than the sender knows of. */
int receiver_finish_with(struct receiver *rx, int sender_fd, __u64 least);

/* Reads @len bytes and compares; nothing more may be there afterwards. */
int receive_exactly(int fd, const struct run *runs, size_t nr_runs, __u64 len);
/* Reads what is there without waiting, and throws it away. */
ssize_t receive_all(int fd);

/* Descriptors. */
static inline struct zcxfer_desc file_desc(int fd, __u64 offset, __u64 len)
{
	return (struct zcxfer_desc){
		.type = ZCXFER_DESC_FILE, .fd = fd, .offset = offset, .len = len,
	};
}

static inline struct zcxfer_desc memory_desc(const void *addr, __u64 len)
{
	return (struct zcxfer_desc){
		.type = ZCXFER_DESC_MEMORY, .addr = (uintptr_t)addr, .len = len,
	};
}

static inline struct run source_run(const struct source *src, __u64 offset,
				    __u64 len)
{
	return (struct run){ .seed = src->seed, .offset = offset, .len = len };
}

__u64 descs_len(const struct zcxfer_desc *descs, __u32 nr);
/* Removes the bytes that were moved from the front of the descriptors. */
void send_advance(struct zcxfer_transfer *send);

/*
 * The calls. The result is poisoned before, and must agree afterwards with the
 * return value, the descriptors and itself. If it does not, the reason is
 * printed and -EPROTO returned.
 */
#define POISON		0xa5

int zc_open(void);
int zc_ioctl(int fd, unsigned int cmd, void *arg);
int zc_info(int fd, struct zcxfer_info *info);
int zc_send(int fd, struct zcxfer_transfer *send);
int zc_send_all(int fd, struct zcxfer_transfer *send);
int zc_recv(int fd, struct zcxfer_transfer *recv);
int zc_recv_all(int fd, struct zcxfer_transfer *recv);
/*
 * Returns the number of transfers that have a result; those of the others must be left
 * as they were.
 */
int zc_send_many(int dev, struct zcxfer_transfer *t, __u32 nr);
struct zcxfer_transfer send_init(int sock_fd, struct zcxfer_desc *descs,
				 __u32 nr, __u32 flags);

/*
 * Jobs. A refused submission must return a consistent result, an accepted one must
 * not touch it. The result of a completion is checked against the submitted transfer
 * and stored in it.
 */
int zc_submit(int dev, __u32 op, __u64 user_data, struct zcxfer_transfer *t);
int zc_cancel(int dev, __u64 user_data);
/* Returns what a call with the result @t->result would have returned. */
int zc_outcome(const struct zcxfer_transfer *t);
/* Waits for the next completion, which must be of @user_data. */
int zc_complete(int dev, __u64 user_data, struct zcxfer_transfer *t);
/* The same, with these flags and no others. */
int zc_complete_with(int dev, __u64 user_data, struct zcxfer_transfer *t,
		     __u32 flags);
/* True if the device has a completion to read, now or within @ms. */
bool zc_has_completion(int dev, int ms);

/* A thread that sends, for tests that disturb it meanwhile. */
struct sender {
	pthread_t thread;
	int dev;
	struct zcxfer_transfer send;
	int ret;
	atomic_bool done;
};

int sender_start(struct sender *tx, int dev, struct zcxfer_transfer send);
/* Waits until the sender waits for room: @peer_fd's queue does not grow. */
int wait_blocked(int peer_fd);
int sender_wait_blocked(const struct sender *tx, int peer_fd);
int sender_finish(struct sender *tx);
/* Waits until so many workers of the module wait for disks, or for locks. */
int wait_workers_blocked(unsigned int nr);

/*
 * True if every member is as in @want; prints both otherwise. ANY_CALLS stands for
 * any @want.socket_calls, and ZCXFER_CHANGE_UNKNOWN may always be set.
 */
#define ANY_CALLS	(~0ULL)

bool result_is(const struct zcxfer_transfer *send, struct zcxfer_result want);
/* True if the call moved nothing and stopped at @desc, for this reason. */
bool result_refused(const struct zcxfer_transfer *send, enum zcxfer_stop stop,
		    __u32 desc, int error);

/* Counters of the module, /sys/kernel/debug/zcxfer/stats. */
#define STATS_MEMBER(name)	__u64 name;
struct stats {
	ZCX_COUNTERS(STATS_MEMBER)
	ZCX_GAUGES(STATS_MEMBER)
};

int stats_read(struct stats *stats);
/* Waits until nothing is active and nothing held; false if that takes too long. */
bool stats_at_rest(void);

/* How long a writer waits for a lease at most. */
int set_lease_break_time(const char *seconds);
/* Writes a setting of the kernel below /proc or /sys. */
int setting_write(const char *path, const char *value);

/* True if the module is in use. Unloads it if it is not. */
bool module_is_busy(void);
/* Loads it again, as selftests/run does: $MODULE. */
int module_load(void);

/* True if the kernel has fault injection: with it come all checks, and it is slow. */
bool kernel_has_checks(void);

/* The kernel's estimate of memory that programs could still get, in KiB. */
long mem_available(void);

/* Module parameters. */
int param_read(const char *name, char *value, size_t size);
int param_write(const char *name, const char *value);

/* Only the effective ids, so that a test can become root again. */
int become_nobody(void);
int become_root(void);

int pass_fd(int sock_fd, int fd);
int take_fd(int sock_fd);

__u64 now_ms(void);
__u64 now_us(void);

/*
 * Kills @child by SIGKILL. Returns how many ms its end took, or ~0 if it ended
 * otherwise. KILL_MS is the limit, whatever @child waits for: without the kill it would
 * wait until the test times out (TIMEOUT), and a machine may be busy.
 */
#define KILL_MS		10000

__u64 kill_and_wait(pid_t child);

#endif /* ZCTEST_H */
