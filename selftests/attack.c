// SPDX-License-Identifier: GPL-2.0-only
/*
 * An attacker, a user without privileges, does all at once that keeps kernel threads
 * and locks busy for as long as it likes: a FUSE server and a handler of page faults that
 * do not answer, a frozen file system, locks of sockets that sleeping system calls hold,
 * sockets that linger, full quotas. Beside it, another user's jobs take as long as
 * without it.
 *
 * Runs with the attacker and runs without it take turns, and the median of their ratios
 * counts: a busy machine slows both down. What is held up is held up until the attacker
 * is gone, and no repetition hides that.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <liburing.h>
#include <linux/fs.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "fusefs.h"

#define SEND		ZCXFER_OP_SEND
#define RECV		ZCXFER_OP_RECV

/* The attacker's own file system, which will be frozen. */
#define IMAGE		"/mnt/zcxfer/images/frozen"
#define FROZEN		"/tmp/zctest.frozen"

/* More than a workqueue runs works at a time, for all devices. */
#define MANY		270
/* Devices whose workers are all blocked, by this many jobs of either kind. */
#define DEVICES		20
#define EITHER		7
#define BLOCKED		(DEVICES * 2 * EITHER)
/* The attacker's quotas. */
#define MAX_JOBS	"1500"
#define MAX_LEASES	"270"

/* What the attacker's threads wait for: pages of a mapping that are not read together. */
#define FAULTS		4
#define FAULT(map, i)	((map) + (i) * 64 * PAGE)

/* Memory whose pages never come, and a socket of which a thread holds the lock meanwhile. */
struct trap {
	struct attacker *owner;
	char *map;
	int locked[2];
};

/* The FUSE server's, and userfaultfd's. */
enum { SERVER, FAULTFD, TRAPS };

struct attacker {
	int ctl;			/* to the test */
	struct trap traps[TRAPS];
	int dev;			/* for jobs that block no worker */
	int devs[DEVICES];
	int silent;			/* a file of the server */
	int frozen;			/* a file of the file system that will be frozen */
	int out[EITHER][2];		/* for jobs that read from the server */
	int in[EITHER][2];		/* for jobs that write to the frozen file */
	int full[2];
	int leased[2];
	int tls[2];
	int lingering[MANY][2];
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	ksft_print_msg("attacker: %s: %s\n", what, strerror(errno));
	_exit(1);
}

#define MUST(condition)	must(condition, #condition)

/* Lets the test do its part. */
static void attacker_step(struct attacker *a)
{
	char byte = 0;

	MUST(write(a->ctl, &byte, 1) == 1 && read(a->ctl, &byte, 1) == 1);
}

/* Without privileges only faults of user mode can be caught. */
static char *map_without_pages(void)
{
	struct uffdio_register all = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	char *map;

	if (fd < 0)
		return NULL;
	map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(map != MAP_FAILED);
	all.range.start = (uintptr_t)map;
	all.range.len = FILE_SIZE / PAGE * PAGE;
	MUST(!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &all));
	return map;
}

/* Small buffers need privileges, which the attack does not. */
static void attacker_open(struct attacker *a)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 3600 };
	int i;

	for (i = 0; i < EITHER; i++) {
		MUST(!link_open(LINK_UNIX, a->out[i]));
		MUST(!link_open(LINK_UNIX, a->in[i]));
		MUST(write(a->in[i][0], "bytes", 5) == 5);
	}
	MUST(!link_open(LINK_UNIX, a->full));
	sock_fill(a->full[0]);
	MUST(!link_open(LINK_TCP, a->leased));
	MUST(!link_set_buffers(a->leased, 1));
	/* More than the peer's window, so that what follows is not sent. */
	MUST(!sock_set_room(a->leased[0], KIB(256)));
	sock_fill(a->leased[0]);
	MUST(!sock_set_room(a->leased[0], MIB(2)));
	for (i = 0; i < MANY; i++) {
		MUST(!link_open(LINK_TCP, a->lingering[i]));
		MUST(!link_set_buffers(a->lingering[i], 1));
		MUST(!setsockopt(a->lingering[i][0], SOL_SOCKET, SO_LINGER,
				 &linger, sizeof(linger)));
		sock_fill(a->lingering[i][0]);
	}
	a->traps[FAULTFD].map = map_without_pages();
	MUST(!setgroups(0, NULL) && !setgid(NOBODY) && !setuid(NOBODY));
	a->dev = zc_open();
	MUST(a->dev >= 0);
}

static void submit(int dev, __u32 op, int sock, struct zcxfer_desc desc, __u32 flags)
{
	struct zcxfer_transfer t = send_init(sock, &desc, 1, flags);

	MUST(!zc_submit(dev, op, 1, &t));
}

static void *receive_into_fault(void *arg)
{
	struct trap *trap = arg;

	recv(trap->locked[1], FAULT(trap->map, 0), PAGE, 0);
	return NULL;
}

static void *send_fault(void *arg)
{
	struct trap *trap = arg;
	struct zcxfer_desc desc = memory_desc(FAULT(trap->map, 1), PAGE);
	struct zcxfer_transfer t = send_init(trap->owner->out[0][0], &desc, 1, 0);

	zc_send(trap->owner->dev, &t);
	return NULL;
}

static void *submit_fault(void *arg)
{
	struct trap *trap = arg;
	struct zcxfer_desc desc = memory_desc(FAULT(trap->map, 2), PAGE);
	struct zcxfer_transfer t = send_init(trap->owner->out[0][0], &desc, 1, 0);

	zc_submit(trap->owner->dev, SEND, 2, &t);
	return NULL;
}

static void *cancel_fault(void *arg)
{
	struct trap *trap = arg;

	zc_ioctl(trap->owner->dev, ZCXFER_IOC_CANCEL, FAULT(trap->map, 3));
	return NULL;
}

/* System calls that hold locks while they sleep. */
static void spring(struct attacker *a, struct trap *trap)
{
	void *(*const calls[FAULTS])(void *) = {
		receive_into_fault, send_fault, submit_fault, cancel_fault,
	};
	pthread_t thread;
	int i;

	trap->owner = a;
	MUST(!link_open(LINK_TCP, trap->locked));
	MUST(write(trap->locked[0], "bytes", 5) == 5);
	for (i = 0; i < FAULTS; i++)
		MUST(!pthread_create(&thread, NULL, calls[i], trap));
}

static void attacker_hold_locks(struct attacker *a)
{
	pthread_t thread;

	/* Later the open itself would wait for the pages that are being read. */
	a->silent = open(MOUNT_POINT "/file", O_RDONLY);
	MUST(a->silent >= 0);
	a->traps[SERVER].map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE, a->silent, 0);
	MUST(a->traps[SERVER].map != MAP_FAILED);
	spring(a, &a->traps[SERVER]);
	if (a->traps[FAULTFD].map)
		spring(a, &a->traps[FAULTFD]);
	if (link_open_narrow_tls(a->tls)) {
		a->tls[0] = a->full[0];
		return;
	}
	MUST(!pthread_create(&thread, NULL, sock_send_blocking, &a->tls[0]));
	MUST(!wait_blocked(a->tls[1]));
}

/* Leases on files that are open for nothing else, and have no name any more. */
static void attacker_hold_leases(struct attacker *a)
{
	static const char bytes[1000];
	int fd, i;

	for (i = 0; i < MANY; i++) {
		fd = open(FROZEN "/leased", O_RDWR | O_CREAT, 0600);
		MUST(fd >= 0 && write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
		close(fd);
		fd = open(FROZEN "/leased", O_RDONLY);
		MUST(fd >= 0 && !unlink(FROZEN "/leased"));
		submit(a->dev, SEND, a->leased[0], file_desc(fd, 0, sizeof(bytes)),
		       ZCXFER_F_STABLE);
		close(fd);
	}
	a->frozen = open(FROZEN "/file", O_RDWR | O_CREAT, 0600);
	MUST(a->frozen >= 0);
}

/* Every worker that may wait for disks, of many devices. */
static void attacker_block_workers(struct attacker *a)
{
	int i, j;

	for (i = 0; i < DEVICES; i++) {
		a->devs[i] = zc_open();
		MUST(a->devs[i] >= 0);
		for (j = 0; j < EITHER; j++) {
			submit(a->devs[i], SEND, a->out[j][0],
			       file_desc(a->silent, (32 * i + j) % 256 * PAGE,
					 PAGE), 0);
			submit(a->devs[i], RECV, a->in[j][1],
			       file_desc(a->frozen, 0, 5), 0);
		}
		submit(a->devs[i], SEND, a->traps[SERVER].locked[1],
		       memory_desc("x", 1), 0);
		submit(a->devs[i], SEND, a->tls[0], memory_desc("x", 1), 0);
	}
}

/* The last reference to each socket is a job's. */
static void attacker_linger(struct attacker *a)
{
	static char bytes[KIB(64)];
	int dev = zc_open(), i;

	for (i = 0; i < MANY; i++) {
		submit(dev, SEND, a->lingering[i][0],
		       memory_desc(bytes, sizeof(bytes)), 0);
		close(a->lingering[i][0]);
	}
	MUST(!zc_cancel(dev, 1));
}

static void attacker_fill_quotas(struct attacker *a)
{
	struct zcxfer_desc desc = memory_desc("x", 1);
	struct zcxfer_transfer t = send_init(a->full[0], &desc, 1, 0);
	int err;

	while (!(err = zc_submit(a->dev, SEND, 3, &t)))
		;
	MUST(err == -EDQUOT);
	desc = file_desc(a->frozen, 0, 1);
	t = send_init(a->leased[0], &desc, 1, ZCXFER_F_STABLE | ZCXFER_F_DONTWAIT);
	MUST(zc_send(a->dev, &t) == -ENFILE);
}

static void attacker_run(int ctl)
{
	static struct attacker attacker;
	struct attacker *a = &attacker;

	a->ctl = ctl;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	attacker_open(a);
	attacker_hold_locks(a);
	attacker_hold_leases(a);
	attacker_step(a);
	/* Resets the connection, and drops the packets that the leases wait for. */
	close(a->leased[1]);
	attacker_block_workers(a);
	attacker_linger(a);
	attacker_fill_quotas(a);
	attacker_step(a);
	_exit(1);
}

/* Another user, root, with a device of its own. */
struct victim {
	int dev;
	int sv[2];			/* read by a thread */
	int tcp[2];			/* likewise */
	int full[2];
	struct source src, dst;
	struct zcxfer_desc desc;
	struct zcxfer_transfer t;
	struct io_uring ring;
	pthread_t readers[2];
};

#define JOB_SIZE	KIB(64)

static void *read_all(void *arg)
{
	static __thread char buf[KIB(16)];

	while (read(*(int *)arg, buf, sizeof(buf)) > 0)
		;
	return NULL;
}

static int victim_open(struct victim *v)
{
	v->dev = zc_open();
	if (v->dev < 0 ||
	    source_create(&v->src, mounted_dir("ext4"), JOB_SIZE) ||
	    source_create_writable(&v->dst, mounted_dir("ext4"), PAGE) ||
	    link_open(LINK_UNIX, v->sv) || sock_set_room(v->sv[0], KIB(8)) ||
	    link_open(LINK_TCP, v->tcp) || link_open(LINK_UNIX, v->full) ||
	    io_uring_queue_init(4, &v->ring, 0))
		return -1;
	sock_fill(v->full[0]);
	return pthread_create(&v->readers[0], NULL, read_all, &v->sv[1]) ?:
	       pthread_create(&v->readers[1], NULL, read_all, &v->tcp[1]);
}

static void victim_close(struct victim *v)
{
	int i;

	shutdown(v->sv[0], SHUT_WR);
	shutdown(v->tcp[0], SHUT_WR);
	for (i = 0; i < 2; i++) {
		pthread_join(v->readers[i], NULL);
		close(v->sv[i]);
		close(v->tcp[i]);
		close(v->full[i]);
	}
	io_uring_queue_exit(&v->ring);
	close(v->dev);
	source_destroy(&v->src);
	source_destroy(&v->dst);
}

static int run_job(struct victim *v, __u32 op, int sock, const struct source *file,
		   __u32 flags)
{
	v->desc = file_desc(file->fd, 0, file->size);
	v->t = send_init(sock, &v->desc, 1, flags);
	return zc_submit(v->dev, op, 1, &v->t);
}

static int send_job(struct victim *v, int sock, __u32 flags)
{
	return run_job(v, SEND, sock, &v->src, flags);
}

/* The job is larger than the send buffer, so that workers move it. */
static int victim_sends(struct victim *v)
{
	return send_job(v, v->sv[0], 0) ?:
	       zc_complete(v->dev, 1, &v->t);
}

static int victim_sends_stable_files(struct victim *v)
{
	return send_job(v, v->tcp[0], ZCXFER_F_STABLE) ?:
	       zc_complete(v->dev, 1, &v->t);
}

static int victim_sends_directly(struct victim *v)
{
	return send_job(v, v->sv[0], ZCXFER_F_DIRECT) ?:
	       zc_complete(v->dev, 1, &v->t);
}

static int victim_receives(struct victim *v)
{
	static const char bytes[PAGE];

	if (write(v->full[1], bytes, sizeof(bytes)) != sizeof(bytes))
		return -1;
	return run_job(v, RECV, v->full[0], &v->dst, 0) ?:
	       zc_complete(v->dev, 1, &v->t);
}

static int victim_awaits_release(struct victim *v)
{
	return send_job(v, v->tcp[0], ZCXFER_F_RELEASE) ?:
	       zc_complete_with(v->dev, 1, &v->t, ZCXFER_COMPLETION_RELEASED |
						  ZCXFER_COMPLETION_COPIED);
}

static int victim_sends_by_uring(struct victim *v)
{
	struct __kernel_timespec limit = { 60, 0 };
	struct io_uring_sqe *sqe = io_uring_get_sqe(&v->ring);
	struct io_uring_cqe *cqe;
	int err;

	v->desc = file_desc(v->src.fd, 0, JOB_SIZE);
	v->t = send_init(v->sv[0], &v->desc, 1, 0);
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = v->dev;
	sqe->cmd_op = ZCXFER_IOC_SEND;
	sqe->user_data = (uintptr_t)&v->t;
	if (io_uring_submit(&v->ring) != 1)
		return -1;
	err = io_uring_wait_cqe_timeout(&v->ring, &cqe, &limit);
	if (err)
		return err;
	err = cqe->res;
	io_uring_cqe_seen(&v->ring, cqe);
	return err;
}

static int victim_cancels(struct victim *v)
{
	int err = send_job(v, v->full[0], 0) ?:
		  zc_cancel(v->dev, 1);

	return err ?: zc_complete(v->dev, 1, &v->t) == -ECANCELED ? 0 : -1;
}

/* With the device its job ends, and with the job the socket. */
static int victim_closes(struct victim *v)
{
	struct pollfd closed = { .events = POLLRDHUP };
	struct victim other = *v;
	int sv[2], err;

	other.dev = zc_open();
	if (other.dev < 0 || link_open(LINK_UNIX, sv))
		return -1;
	sock_fill(sv[0]);
	err = send_job(&other, sv[0], 0);
	close(sv[0]);
	close(other.dev);
	closed.fd = sv[1];
	if (!err && poll(&closed, 1, 60000) != 1)
		err = -ETIMEDOUT;
	close(sv[1]);
	return err;
}

static const struct {
	const char *name;
	int (*run)(struct victim *v);
} kinds[] = {
	{ "send", victim_sends },
	{ "send a stable file", victim_sends_stable_files },
	{ "send directly", victim_sends_directly },
	{ "receive", victim_receives },
	{ "await a release", victim_awaits_release },
	{ "send by io_uring", victim_sends_by_uring },
	{ "cancel", victim_cancels },
	{ "close", victim_closes },
};

#define KINDS		(sizeof(kinds) / sizeof(*kinds))
/* Of each kind, in each run. */
#define SAMPLES		100
#define ROUNDS		3
/* In a kernel with checks, which is slow. */
#define FEW_SAMPLES	20
#define FEW_ROUNDS	1
/* A busy machine may need more of them. */
#define MAX_ROUNDS	9
/*
 * Below this a ratio says more about other tasks and timers than about jobs that wait for
 * the attacker: those wait until it is gone.
 */
#define FLOOR_US	20000
#define LIMIT_US	1000000

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const double *values, int nr)
{
	double sorted[MAX_ROUNDS];

	memcpy(sorted, values, nr * sizeof(*values));
	qsort(sorted, nr, sizeof(*sorted), compare);
	return sorted[nr / 2];
}

/* Stores the p99 of each kind, in microseconds. */
static int measure(double *p99)
{
	unsigned int samples = kernel_has_checks() ? FEW_SAMPLES : SAMPLES;
	double us[SAMPLES];
	struct victim v;
	unsigned int kind, i;
	int err = victim_open(&v);
	__u64 start;

	for (kind = 0; kind < KINDS && !err; kind++) {
		for (i = 0; i < samples && !err; i++) {
			start = now_us();
			err = kinds[kind].run(&v);
			us[i] = now_us() - start;
		}
		qsort(us, samples, sizeof(*us), compare);
		p99[kind] = us[samples * 99 / 100 - 1];
		if (err)
			ksft_print_msg("%s: %s\n", kinds[kind].name, strerror(-err));
	}
	victim_close(&v);
	return err;
}

FIXTURE(attack)
{
	int frozen;			/* the file system that will be frozen */
	int ctl;			/* to the attacker */
	pid_t child;
	struct fuse_server fs;
	char max_jobs[32];
	char max_leases[32];
	int rounds;
	double with[KINDS][MAX_ROUNDS];
	double ratios[KINDS][MAX_ROUNDS];
};

FIXTURE_SETUP(attack)
{
	struct rlimit files = { 4096, 4096 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_EQ(0, system("truncate -s 32m " IMAGE " && mkfs.ext4 -q -F " IMAGE
			    " && mkdir -p " FROZEN
			    " && mount -o loop " IMAGE " " FROZEN));
	ASSERT_EQ(0, chown(FROZEN, NOBODY, NOBODY));
	self->frozen = open(FROZEN, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->frozen);
	ASSERT_EQ(0, chmod(DEVICE, 0666));
	ASSERT_EQ(0, param_read("max_user_jobs", self->max_jobs,
				sizeof(self->max_jobs)));
	ASSERT_EQ(0, param_read("max_user_leases", self->max_leases,
				sizeof(self->max_leases)));
	ASSERT_EQ(0, param_write("max_user_jobs", MAX_JOBS));
	ASSERT_EQ(0, param_write("max_user_leases", MAX_LEASES));
}

FIXTURE_TEARDOWN(attack)
{
	EXPECT_EQ(0, param_write("max_user_jobs", self->max_jobs));
	EXPECT_EQ(0, param_write("max_user_leases", self->max_leases));
	EXPECT_EQ(0, chmod(DEVICE, 0600));
	ioctl(self->frozen, FITHAW, 0);
	close(self->frozen);
	EXPECT_EQ(0, system("umount " FROZEN " && rm " IMAGE));
}

/* Waits until the attacker has done its part. */
static bool attack_step(struct _test_data_attack *self)
{
	char byte;

	return read(self->ctl, &byte, 1) == 1;
}

static bool attack_goes_on(struct _test_data_attack *self)
{
	return write(self->ctl, "", 1) == 1;
}

static void attack_begin(struct __test_metadata *_metadata,
			 struct _test_data_attack *self)
{
	int ctl[2];

	self->fs = (struct fuse_server){ .uid = NOBODY, .bad_from = UINT64_MAX,
					 .silent = true };
	ASSERT_EQ(0, fuse_mount(&self->fs));
	ASSERT_EQ(0, link_open(LINK_UNIX, ctl));
	self->child = fork();
	ASSERT_LE(0, self->child);
	if (!self->child) {
		close(self->fs.fd);
		close(ctl[0]);
		attacker_run(ctl[1]);
	}
	close(ctl[1]);
	self->ctl = ctl[0];
	ASSERT_TRUE(attack_step(self));
	while (self->fs.reads < FAULTS)
		usleep(1000);
	ASSERT_EQ(0, ioctl(self->frozen, FIFREEZE, 0));
	ASSERT_TRUE(attack_goes_on(self));
	ASSERT_TRUE(attack_step(self));
	ASSERT_EQ(0, wait_workers_blocked(BLOCKED));
}

/* The kill ends the process, and what it leaves ends with the server and the frost. */
static void attack_end(struct __test_metadata *_metadata,
		       struct _test_data_attack *self)
{
	EXPECT_GT(KILL_MS, kill_and_wait(self->child));
	close(self->ctl);
	EXPECT_TRUE(module_is_busy());
	EXPECT_EQ(0, ioctl(self->frozen, FITHAW, 0));
	EXPECT_EQ(0, fuse_abort(&self->fs));
	EXPECT_TRUE(stats_at_rest());
}

static bool is_held_up(struct _test_data_attack *self, unsigned int kind)
{
	double with = median(self->with[kind], self->rounds);
	double ratio = median(self->ratios[kind], self->rounds);

	return with > LIMIT_US || (with > FLOOR_US && ratio > 2);
}

static bool somebody_is_held_up(struct _test_data_attack *self)
{
	unsigned int kind;

	for (kind = 0; kind < KINDS; kind++)
		if (is_held_up(self, kind))
			return true;
	return false;
}

TEST_F_TIMEOUT(attack, holds_up_nobody, TIMEOUT)
{
	int rounds = kernel_has_checks() ? FEW_ROUNDS : ROUNDS;
	double with[KINDS], without[KINDS];
	unsigned int kind;

	while (self->rounds < rounds ||
	       (self->rounds < MAX_ROUNDS && somebody_is_held_up(self))) {
		ASSERT_EQ(0, measure(without));
		attack_begin(_metadata, self);
		ASSERT_EQ(0, measure(with));
		attack_end(_metadata, self);
		for (kind = 0; kind < KINDS; kind++) {
			self->with[kind][self->rounds] = with[kind];
			self->ratios[kind][self->rounds] = with[kind] / without[kind];
		}
		self->rounds++;
	}
	for (kind = 0; kind < KINDS; kind++) {
		ksft_print_msg("%s: p99 %.1f ms, %.2f times that without\n",
			       kinds[kind].name,
			       median(self->with[kind], self->rounds) / 1000,
			       median(self->ratios[kind], self->rounds));
		EXPECT_FALSE(is_held_up(self, kind));
	}
	EXPECT_FALSE(module_is_busy());
	EXPECT_EQ(0, module_load());
}

TEST_HARNESS_MAIN
