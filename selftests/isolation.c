// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody stops anybody else: jobs that can wait for ever, or sockets that cannot be
 * closed, do not hold up the jobs of another open device.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "fusefs.h"

#define SEND		ZCXFER_OP_SEND
#define RECV		ZCXFER_OP_RECV

/* More than a device has workers that wait for disks. */
#define BLOCKED		20
/* Those that do. */
#define WAITING		16
/* More than a workqueue runs works at a time, for all devices. */
#define LINGERING	280

#define JOB_SIZE	MIB(1)

/* A job of another device, from a source or into a sink that needs a worker. */
struct victim {
	int dev;
	int sv[2];
	struct source src;
	struct zcxfer_desc desc;
	struct zcxfer_transfer transfer;
};

static int victim_open(struct victim *v, const char *fs, __u32 flags)
{
	const char *dir = mounted_dir(fs);

	v->dev = zc_open();
	if (v->dev < 0 || !dir || source_create_writable(&v->src, dir, JOB_SIZE) ||
	    link_open(LINK_UNIX, v->sv))
		return -1;
	v->desc = file_desc(v->src.fd, 0, JOB_SIZE);
	v->transfer = send_init(v->sv[0], &v->desc, 1, flags);
	return 0;
}

static void victim_close(struct victim *v)
{
	close(v->dev);
	close(v->sv[0]);
	close(v->sv[1]);
	source_destroy(&v->src);
}

/* Sends the whole file by a job, and compares. */
static int victim_sends(struct victim *v)
{
	struct run run = source_run(&v->src, 0, JOB_SIZE);
	struct receiver rx = {};
	int err = receiver_start(&rx, v->sv[1], &run, 1);

	if (err)
		return err;
	err = zc_submit(v->dev, SEND, 1, &v->transfer) ?:
	      zc_complete(v->dev, 1, &v->transfer);
	return receiver_finish(&rx, v->sv[0], err ? 0 : JOB_SIZE) ?: err;
}

/* Receives into the file by a job. */
static int victim_receives(struct victim *v)
{
	char bytes[PAGE], got[PAGE];

	pattern_fill(bytes, 7, 0, sizeof(bytes));
	v->desc.len = sizeof(bytes);
	v->transfer = send_init(v->sv[1], &v->desc, 1, 0);
	if (write(v->sv[0], bytes, sizeof(bytes)) != sizeof(bytes) ||
	    zc_submit(v->dev, RECV, 2, &v->transfer) ||
	    zc_complete(v->dev, 2, &v->transfer))
		return -1;
	if (pread(v->src.fd, got, sizeof(got), 0) != sizeof(got))
		return -1;
	return memcmp(bytes, got, sizeof(got));
}

static void expect_victim_goes_on(struct __test_metadata *_metadata, struct victim *v)
{
	static const struct {
		const char *fs;
		__u32 flags;
	} sources[] = {
		{ "ext4", 0 },
		{ "ext4", ZCXFER_F_DIRECT },
		{ "tmpfs", 0 },
		{ "overlay", 0 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		ASSERT_EQ(0, victim_open(v, sources[i].fs, sources[i].flags));
		EXPECT_EQ(0, victim_sends(v));
		victim_close(v);
	}
	ASSERT_EQ(0, victim_open(v, "ext4", 0));
	EXPECT_EQ(0, victim_receives(v));
	victim_close(v);
}

static int pairs_open(int sv[BLOCKED][2])
{
	int i, err = 0;

	for (i = 0; i < BLOCKED && !err; i++)
		err = link_open(LINK_UNIX, sv[i]);
	return err;
}

static void pairs_close(int sv[BLOCKED][2])
{
	int i;

	for (i = 0; i < BLOCKED; i++) {
		close(sv[i][0]);
		close(sv[i][1]);
	}
}

FIXTURE(silent)
{
	int dev;		/* whose jobs wait for the server */
	int file;
	int sv[BLOCKED][2];
	struct fuse_server fs;
	struct zcxfer_desc descs[BLOCKED];
	struct zcxfer_transfer sends[BLOCKED];
	struct victim victim;
};

FIXTURE_SETUP(silent)
{
	int i, ret;

	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	self->fs.bad_from = UINT64_MAX;
	ret = fuse_mount(&self->fs);
	if (ret)
		SKIP(return, "no FUSE: %s", strerror(-ret));
	self->file = open(MOUNT_POINT "/file", O_RDONLY);
	ASSERT_LE(0, self->file);
	/* No page is read for another job's sake. */
	ASSERT_EQ(0, posix_fadvise(self->file, 0, 0, POSIX_FADV_RANDOM));
	ASSERT_EQ(0, pairs_open(self->sv));
	for (i = 0; i < BLOCKED; i++) {
		self->descs[i] = file_desc(self->file, i * PAGE, PAGE);
		self->sends[i] = send_init(self->sv[i][0], &self->descs[i], 1, 0);
	}
}

/* Has a job wait in each worker of the device that may wait. */
static void block_workers(struct __test_metadata *_metadata,
			  struct _test_data_silent *self)
{
	int i;

	self->fs.silent = true;
	for (i = 0; i < BLOCKED; i++)
		ASSERT_EQ(0, zc_submit(self->dev, SEND, i, &self->sends[i]));
	while (self->fs.reads < WAITING)
		usleep(1000);
}

FIXTURE_TEARDOWN(silent)
{
	close(self->file);
	EXPECT_EQ(0, fuse_abort(&self->fs));
	close(self->dev);
	pairs_close(self->sv);
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(silent, server_holds_up_no_other_jobs, TIMEOUT)
{
	block_workers(_metadata, self);
	expect_victim_goes_on(_metadata, &self->victim);
}

/* The jobs that wait for a worker end, and those that wait for their peers. */
TEST_F_TIMEOUT(silent, server_holds_up_no_cancel, TIMEOUT)
{
	struct zcxfer_transfer parked;
	struct zcxfer_desc desc;
	int sv[2];

	ASSERT_EQ(0, link_open(LINK_UNIX, sv));
	desc = memory_desc(self, PAGE);
	sock_fill(sv[0]);
	parked = send_init(sv[0], &desc, 1, 0);
	block_workers(_metadata, self);
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 100, &parked));
	ASSERT_EQ(0, zc_cancel(self->dev, 100));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, 100, &parked));
	ASSERT_EQ(0, zc_cancel(self->dev, BLOCKED - 1));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, BLOCKED - 1,
					  &self->sends[BLOCKED - 1]));
	close(sv[0]);
	close(sv[1]);
}

/* The server answers each read only when a job of its own is over. */
static void receive_before_answer(struct fuse_server *fs)
{
	if (victim_receives(fs->arg))
		fs->bad_from = 0;
}

TEST_F_TIMEOUT(silent, server_may_use_jobs_itself, TIMEOUT)
{
	char got[PAGE];
	int i;

	ASSERT_EQ(0, victim_open(&self->victim, "ext4", 0));
	self->fs.arg = &self->victim;
	self->fs.before_answer = receive_before_answer;
	for (i = 0; i < BLOCKED; i++)
		ASSERT_EQ(0, zc_submit(self->dev, SEND, i, &self->sends[i]));
	for (i = 0; i < BLOCKED; i++) {
		EXPECT_EQ(PAGE, recv(self->sv[i][1], got, sizeof(got),
				     MSG_WAITALL));
		EXPECT_EQ(PAGE, pattern_match(got, FILE_SEED, i * PAGE, PAGE));
	}
	victim_close(&self->victim);
}

struct write {
	int fd;
	void *memory;
};

static void *write_from(void *arg)
{
	struct write *write = arg;

	pwrite(write->fd, write->memory, PAGE, 0);
	return NULL;
}

/*
 * A write(2) that sleeps in a page fault holds the lock of its file, which a worker that
 * reads the file needs.
 */
TEST_F_TIMEOUT(silent, server_holds_up_no_job_by_the_lock_of_a_file, TIMEOUT)
{
	struct write write;
	struct source locked;
	pthread_t writer;
	char got[PAGE];
	int i;

	ASSERT_EQ(0, source_create_writable(&locked, mounted_dir("xfs"), MIB(1)));
	write.fd = locked.fd;
	write.memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, self->file, 0);
	ASSERT_NE(MAP_FAILED, write.memory);
	self->fs.silent = true;
	ASSERT_EQ(0, pthread_create(&writer, NULL, write_from, &write));
	while (!self->fs.reads)
		usleep(1000);
	for (i = 0; i < BLOCKED; i++) {
		self->descs[i] = file_desc(locked.fd, i * PAGE, PAGE);
		self->sends[i] = send_init(self->sv[i][0], &self->descs[i], 1,
					   ZCXFER_F_DIRECT);
		ASSERT_EQ(0, zc_submit(self->dev, SEND, i, &self->sends[i]));
	}
	ASSERT_EQ(0, wait_workers_blocked(WAITING));
	expect_victim_goes_on(_metadata, &self->victim);
	self->fs.silent = false;
	fuse_answer_late(&self->fs);
	pthread_join(writer, NULL);
	for (i = 0; i < BLOCKED; i++)
		EXPECT_EQ(PAGE, recv(self->sv[i][1], got, PAGE, MSG_WAITALL));
	munmap(write.memory, PAGE);
	source_destroy(&locked);
}

/* A file whose blocks are listed in blocks of the disk, which no longer answers. */
FIXTURE(hung)
{
	int dev;
	struct source src;
	int sv[BLOCKED][2];
	struct victim victim;
};

#define HUNG_IMAGE	"/mnt/zcxfer/images/hung"
#define HUNG		"/tmp/zctest.hung"
#define HUNG_DISK	"zctest-hung"

static int hung_mount(void)
{
	return mount("/dev/mapper/" HUNG_DISK, HUNG, "ext4", 0, NULL);
}

FIXTURE_SETUP(hung)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, system("truncate -s 32m " HUNG_IMAGE
			    " && mkfs.ext4 -q -F -O ^extents,^64bit " HUNG_IMAGE));
	if (system("modprobe -q dm-mod; echo 0 65536 linear $(losetup -f --show " HUNG_IMAGE
		   ") 0 | dmsetup create " HUNG_DISK))
		SKIP(return, "no device mapper");
	ASSERT_EQ(0, mkdir(HUNG, 0755));
	ASSERT_EQ(0, hung_mount());
	ASSERT_EQ(0, source_create(&self->src, HUNG, MIB(1)));
	/* What is cached goes with the mount. */
	close(self->src.fd);
	self->src.fd = -1;
	ASSERT_EQ(0, umount(HUNG));
	ASSERT_EQ(0, hung_mount());
	ASSERT_EQ(0, source_reopen(&self->src, self->src.path, O_RDONLY));
	ASSERT_EQ(0, posix_fadvise(self->src.fd, 0, 0, POSIX_FADV_RANDOM));
	ASSERT_EQ(0, pairs_open(self->sv));
	ASSERT_EQ(0, system("dmsetup suspend --nolockfs --noflush " HUNG_DISK));
}

FIXTURE_TEARDOWN(hung)
{
	pairs_close(self->sv);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	EXPECT_EQ(0, umount(HUNG));
	EXPECT_EQ(0, rmdir(HUNG));
	EXPECT_EQ(0, system("dmsetup remove --retry " HUNG_DISK));
	EXPECT_EQ(0, system("losetup -d $(losetup -nO NAME -j " HUNG_IMAGE
			    ") && rm " HUNG_IMAGE));
}

TEST_F_TIMEOUT(hung, disk_holds_up_no_other_jobs, TIMEOUT)
{
	/* The inode lists the first twelve blocks itself. */
	const __u64 offset = 16 * PAGE;
	struct zcxfer_transfer sends[BLOCKED];
	struct zcxfer_desc descs[BLOCKED];
	char got[PAGE];
	int i;

	for (i = 0; i < BLOCKED; i++) {
		descs[i] = file_desc(self->src.fd, offset + i * PAGE, PAGE);
		sends[i] = send_init(self->sv[i][0], &descs[i], 1, 0);
		ASSERT_EQ(0, zc_submit(self->dev, SEND, i, &sends[i]));
	}
	ASSERT_EQ(0, wait_workers_blocked(WAITING));
	expect_victim_goes_on(_metadata, &self->victim);
	/* A job that has no worker yet does not wait for the disk. */
	ASSERT_EQ(0, zc_cancel(self->dev, BLOCKED - 1));
	EXPECT_EQ(-ECANCELED, zc_complete(self->dev, BLOCKED - 1,
					  &sends[BLOCKED - 1]));
	ASSERT_EQ(0, system("dmsetup resume " HUNG_DISK));
	for (i = 0; i < BLOCKED - 1; i++) {
		EXPECT_EQ(PAGE, recv(self->sv[i][1], got, PAGE, MSG_WAITALL));
		EXPECT_EQ(PAGE, pattern_match(got, self->src.seed,
					      offset + i * PAGE, PAGE));
	}
}

/* Workers that read for a user whose cgroup is over memory.high are slowed down for it. */
FIXTURE(throttled)
{
	int dev;
	int sv[BLOCKED][2];
	int file;
	struct victim victim;
	pid_t child;
};

#define CGROUP		"/sys/fs/cgroup/zctest"
/* A worker sleeps for up to two seconds after each 256 KiB. */
#define THROTTLED_JOB	MIB(8)

FIXTURE_SETUP(throttled)
{
	int i;

	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	if (setting_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory") ||
	    mkdir(CGROUP, 0755))
		SKIP(return, "no cgroup with a limit of memory: %s", strerror(errno));
	self->file = open(mounted_dir("ext4"), O_TMPFILE | O_RDWR, 0600);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, ftruncate(self->file, BLOCKED * THROTTLED_JOB));
	ASSERT_EQ(0, pairs_open(self->sv));
	/* No job waits for its peer. */
	for (i = 0; i < BLOCKED; i++)
		ASSERT_EQ(0, sock_set_room(self->sv[i][0], 2 * THROTTLED_JOB));
}

FIXTURE_TEARDOWN(throttled)
{
	pairs_close(self->sv);
	close(self->dev);
	close(self->file);
	EXPECT_TRUE(stats_at_rest());
	EXPECT_EQ(0, rmdir(CGROUP));
}

/* Has more memory than is allowed, which cannot be reclaimed, and submits jobs. */
static void child_run(struct _test_data_throttled *self)
{
	struct zcxfer_transfer send;
	struct zcxfer_desc desc;
	char pid[16];
	void *memory;
	int i;

	snprintf(pid, sizeof(pid), "%d", getpid());
	memory = mmap(NULL, MIB(16), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (setting_write(CGROUP "/cgroup.procs", pid) || memory == MAP_FAILED)
		_exit(1);
	memset(memory, 1, MIB(16));
	if (mlock(memory, MIB(16)) || setting_write(CGROUP "/memory.high", "1M"))
		_exit(1);
	for (i = 0; i < BLOCKED; i++) {
		desc = file_desc(self->file, i * THROTTLED_JOB, THROTTLED_JOB);
		send = send_init(self->sv[i][0], &desc, 1, 0);
		if (zc_submit(self->dev, SEND, i, &send))
			_exit(1);
	}
	pause();
}

TEST_F_TIMEOUT(throttled, user_holds_up_no_other_jobs, TIMEOUT)
{
	struct stats stats = {};

	self->child = fork();
	if (!self->child)
		child_run(self);
	ASSERT_LT(0, self->child);
	while (stats.jobs_held < BLOCKED)
		ASSERT_EQ(0, stats_read(&stats));
	ASSERT_EQ(0, wait_workers_blocked(1));
	expect_victim_goes_on(_metadata, &self->victim);
	/* No worker of the user has ended its job meanwhile. */
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
	EXPECT_GT(KILL_MS, kill_and_wait(self->child));
}

FIXTURE(sockets) {
	int dev;
};

FIXTURE_SETUP(sockets)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
}

FIXTURE_TEARDOWN(sockets)
{
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/*
 * The last reference to each socket is a job's, and its peer never reads what is in its
 * send buffer.
 */
TEST_F_TIMEOUT(sockets, that_linger_hold_up_no_close, TIMEOUT)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 3600 };
	struct rlimit files = { 4096, 4096 };
	static int sv[LINGERING][2];
	int other = zc_open(), pair[2], i;
	struct zcxfer_transfer send;
	struct zcxfer_desc desc;
	struct source src;
	char byte;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_EQ(0, source_create(&src, mounted_dir("ext4"), JOB_SIZE));
	desc = file_desc(src.fd, 0, JOB_SIZE);
	for (i = 0; i < LINGERING; i++) {
		ASSERT_EQ(0, link_open(LINK_TCP, sv[i]));
		ASSERT_EQ(0, link_set_buffers(sv[i], 1));
		ASSERT_EQ(0, setsockopt(sv[i][0], SOL_SOCKET, SO_LINGER, &linger,
					sizeof(linger)));
		send = send_init(sv[i][0], &desc, 1, 0);
		ASSERT_EQ(0, zc_submit(self->dev, SEND, i, &send));
		ASSERT_EQ(0, wait_blocked(sv[i][1]));
		close(sv[i][0]);
		ASSERT_EQ(0, zc_cancel(self->dev, i));
	}
	ASSERT_EQ(0, link_open(LINK_UNIX, pair));
	desc = memory_desc("x", 1);
	send = send_init(pair[0], &desc, 1, 0);
	ASSERT_EQ(0, zc_submit(other, SEND, 1, &send));
	close(pair[0]);
	EXPECT_EQ(1, recv(pair[1], &byte, 1, 0));
	EXPECT_EQ(0, recv(pair[1], &byte, 1, 0));
	close(pair[1]);
	close(other);
	for (i = 0; i < LINGERING; i++)
		close(sv[i][1]);
	source_destroy(&src);
}

/* Each device with jobs has workers, which are charged to the user until it is closed. */
TEST_F_TIMEOUT(sockets, need_a_device_within_the_limit, TIMEOUT)
{
	struct zcxfer_transfer send;
	struct zcxfer_desc desc = memory_desc("x", 1);
	int other = zc_open(), sv[2];
	char before[32];

	ASSERT_LE(0, other);
	ASSERT_EQ(0, link_open(LINK_UNIX, sv));
	send = send_init(sv[0], &desc, 1, 0);
	ASSERT_EQ(0, param_read("max_user_devices", before, sizeof(before)));
	ASSERT_EQ(0, param_write("max_user_devices", "1"));
	/* The workers of the devices that earlier tests closed go on their own. */
	while (zc_submit(self->dev, SEND, 1, &send) == -EDQUOT)
		usleep(1000);
	EXPECT_EQ(0, zc_complete(self->dev, 1, &send));
	EXPECT_EQ(-EDQUOT, zc_submit(other, SEND, 2, &send));
	EXPECT_TRUE(result_refused(&send, ZCXFER_STOP_CALL, 0, EDQUOT));
	EXPECT_EQ(0, zc_submit(self->dev, SEND, 3, &send));
	EXPECT_EQ(0, zc_complete(self->dev, 3, &send));
	close(self->dev);
	while (zc_submit(other, SEND, 4, &send) == -EDQUOT)
		usleep(1000);
	EXPECT_EQ(0, zc_complete(other, 4, &send));
	EXPECT_EQ(0, param_write("max_user_devices", before));
	self->dev = other;
	close(sv[0]);
	close(sv[1]);
}

/* Fills the socket, so that a job waits for its peer, and submits that. */
static int submit_file(int dev, int sock, struct source *src,
		       struct zcxfer_desc *desc, struct zcxfer_transfer *send)
{
	sock_fill(sock);
	*desc = file_desc(src->fd, 0, PAGE);
	*send = send_init(sock, desc, 1, 0);
	return zc_submit(dev, SEND, 1, send);
}

/* Closes the file, which remains open for its job, and lets that end. */
static void let_end(struct source *src, int peer)
{
	close(src->fd);
	src->fd = -1;
	receive_all(peer);
}

/* A job ends when its unlinked file can be closed, after the thaw; others end before. */
TEST_F_TIMEOUT(sockets, with_files_of_a_frozen_filesystem_hold_up_no_close, TIMEOUT)
{
	int dir = open(mounted_dir("ext4"), O_RDONLY | O_DIRECTORY);
	int other = zc_open(), frozen_sv[2], sv[2], fd;
	struct zcxfer_transfer frozen_send, send;
	struct zcxfer_desc frozen_desc, desc;
	struct source frozen, src;

	ASSERT_EQ(0, source_create_writable(&frozen, mounted_dir("ext4"), PAGE));
	ASSERT_EQ(0, source_create_writable(&src, mounted_dir("xfs"), PAGE));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, frozen_sv));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv));
	ASSERT_EQ(0, submit_file(self->dev, frozen_sv[0], &frozen, &frozen_desc,
				 &frozen_send));
	ASSERT_EQ(0, submit_file(other, sv[0], &src, &desc, &send));
	ASSERT_EQ(0, unlink(frozen.path));
	ASSERT_EQ(0, ioctl(dir, FIFREEZE, 0));
	let_end(&frozen, frozen_sv[1]);
	EXPECT_EQ(0, wait_workers_blocked(1));
	let_end(&src, sv[1]);
	EXPECT_EQ(0, zc_complete(other, 1, &send));
	/* Only a file that nobody else has open can have such a lease. */
	fd = open(src.path, O_RDWR);
	while (fcntl(fd, F_SETLEASE, F_WRLCK))
		usleep(1000);
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
	ASSERT_EQ(0, ioctl(dir, FITHAW, 0));
	EXPECT_EQ(0, zc_complete(self->dev, 1, &frozen_send));
	close(fd);
	close(other);
	close(dir);
	source_destroy(&src);
}

/* send(2) holds the lock of the kTLS socket while it waits for its peer. */
TEST_F_TIMEOUT(sockets, that_send_hold_up_no_submission, TIMEOUT)
{
	struct zcxfer_transfer transfer;
	struct zcxfer_desc desc;
	int sv[2];
	pthread_t thread;

	if (link_open_narrow_tls(sv))
		SKIP(return, "no kTLS");
	ASSERT_EQ(0, pthread_create(&thread, NULL, sock_send_blocking, &sv[0]));
	ASSERT_EQ(0, wait_blocked(sv[1]));
	desc = memory_desc("x", 1);
	transfer = send_init(sv[0], &desc, 1, 0);
	ASSERT_EQ(0, zc_submit(self->dev, SEND, 1, &transfer));
	EXPECT_FALSE(zc_has_completion(self->dev, 0));
	ASSERT_EQ(0, zc_cancel(self->dev, 1));
	close(sv[1]);
	pthread_join(thread, NULL);
	close(sv[0]);
}

TEST_HARNESS_MAIN
