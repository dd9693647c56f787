// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files and memory that change while they are sent. Each byte that arrives is the
 * old one, the new one or zero, in its place; never one of another file or of a
 * free page. And no call hangs.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	KIB(256)
#define ROUNDS		60

/* Room for a whole transfer, so that nobody has to read meanwhile. */
#define BUFFERS		MIB(4)

/* A thread that changes a file, between two contents, and reuses its pages for another. */
struct disturber {
	pthread_t thread;
	void (*disturb)(struct disturber *d);
	atomic_bool stop;
	atomic_uint rounds;
	int fd;
	int foreign_fd;
	char *old;
	char *new;
	char *foreign;
	char path[PATH_MAX];
	unsigned int x;
};

static unsigned int any(struct disturber *d, unsigned int below)
{
	d->x = d->x * 1103515245 + 12345;
	return (d->x >> 8) % below;
}

static void write_at(int fd, const char *buf, size_t offset, size_t len)
{
	if (pwrite(fd, buf + offset, len, offset) != (ssize_t)len)
		perror("# pwrite");
}

/* Pages that the file under test has freed are soon full of foreign bytes. */
static void reuse_pages(struct disturber *d)
{
	write_at(d->foreign_fd, d->foreign, 0, FILE_SIZE);
	if (ftruncate(d->foreign_fd, 0))
		perror("# ftruncate");
}

static void overwrite(struct disturber *d)
{
	char *content = d->rounds % 2 ? d->old : d->new;
	size_t offset = any(d, FILE_SIZE - KIB(32));

	write_at(d->fd, content, offset, KIB(32));
	reuse_pages(d);
}

static void overwrite_mapped(struct disturber *d)
{
	char *content = d->rounds % 2 ? d->old : d->new;
	char *map;

	map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd,
		   0);
	memcpy(map, content, FILE_SIZE);
	munmap(map, FILE_SIZE);
}

static void shrink_and_grow(struct disturber *d)
{
	size_t size = any(d, FILE_SIZE);

	if (ftruncate(d->fd, size))
		perror("# ftruncate");
	reuse_pages(d);
	if (ftruncate(d->fd, FILE_SIZE))
		perror("# ftruncate");
	write_at(d->fd, d->rounds % 2 ? d->old : d->new, size,
		 FILE_SIZE - size);
}

static void shrink_and_append(struct disturber *d)
{
	size_t size = any(d, FILE_SIZE), n;

	if (ftruncate(d->fd, size))
		perror("# ftruncate");
	reuse_pages(d);
	for (; size < FILE_SIZE; size += n) {
		n = FILE_SIZE - size < 5000 ? FILE_SIZE - size : 5000;
		write_at(d->fd, d->new, size, n);
	}
}

static void punch(struct disturber *d)
{
	size_t offset = any(d, FILE_SIZE - KIB(64)), len = any(d, KIB(64)) + 1;

	if (fallocate(d->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
		      len))
		perror("# fallocate");
	reuse_pages(d);
	write_at(d->fd, d->new, offset, len);
}

/* These do not change the open file: the old content must arrive. */
static void forget_cache(struct disturber *d)
{
	if (fsync(d->fd) || posix_fadvise(d->fd, 0, 0, POSIX_FADV_DONTNEED))
		perror("# fadvise");
	reuse_pages(d);
}

static void replace_by_rename(struct disturber *d)
{
	char path[PATH_MAX + 4];
	int fd;

	snprintf(path, sizeof(path), "%s.new", d->path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	write_at(fd, d->foreign, 0, FILE_SIZE);
	close(fd);
	if (rename(path, d->path))
		perror("# rename");
}

static void unlink_and_reuse(struct disturber *d)
{
	unlink(d->path);
	reuse_pages(d);
}

static void *disturber_run(void *arg)
{
	struct disturber *d = arg;

	for (; !d->stop; d->rounds++)
		d->disturb(d);
	return NULL;
}

FIXTURE(race)
{
	int dev;
	int sv[2];
	struct source src;
	struct source foreign;
	struct disturber d;
	char *seen;
};

FIXTURE_VARIANT(race)
{
	const char *fs;
	enum link link;
};

FIXTURE_VARIANT_ADD(race, ext4_tcp) { "ext4", LINK_TCP };
FIXTURE_VARIANT_ADD(race, ext4_unix) { "ext4", LINK_UNIX };
FIXTURE_VARIANT_ADD(race, xfs_tcp) { "xfs", LINK_TCP };
FIXTURE_VARIANT_ADD(race, tmpfs_tcp) { "tmpfs", LINK_TCP };

FIXTURE_SETUP(race)
{
	const char *dir = mounted_dir(variant->fs);
	struct timeval patience = { .tv_sec = 20 };

	if (!dir)
		SKIP(return, "no %s mounted", variant->fs);
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, dir, FILE_SIZE));
	ASSERT_EQ(0, source_create(&self->foreign, dir, 0));
	ASSERT_EQ(0, link_open(variant->link, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, BUFFERS));
	ASSERT_EQ(0, setsockopt(self->sv[0], SOL_SOCKET, SO_SNDTIMEO, &patience,
				sizeof(patience)));

	self->d.fd = open(self->src.path, O_RDWR);
	self->d.foreign_fd = open(self->foreign.path, O_RDWR);
	ASSERT_LE(0, self->d.fd);
	ASSERT_LE(0, self->d.foreign_fd);
	snprintf(self->d.path, PATH_MAX, "%s", self->src.path);
	self->d.old = malloc(FILE_SIZE);
	self->d.new = malloc(FILE_SIZE);
	self->d.foreign = malloc(FILE_SIZE);
	self->seen = malloc(FILE_SIZE);
	pattern_fill(self->d.old, self->src.seed, 0, FILE_SIZE);
	pattern_fill(self->d.new, self->src.seed + 1, 0, FILE_SIZE);
	pattern_fill(self->d.foreign, self->foreign.seed, 0, FILE_SIZE);
}

FIXTURE_TEARDOWN(race)
{
	source_destroy(&self->src);
	source_destroy(&self->foreign);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/* Receives the bytes of one transfer. Returns how many arrived. */
static __u64 receive(int fd, char *buf, __u64 len)
{
	struct timeval patience = { .tv_sec = 20 };
	__u64 got = 0;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (got < len) {
		n = recv(fd, buf + got, len - got, 0);
		if (n <= 0)
			break;
		got += n;
	}
	return got;
}

/* Returns where the first byte is that is neither old nor new nor zero, or @len. */
static size_t first_foreign(const struct disturber *d, const char *seen,
			    size_t len, bool only_old)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (seen[i] == d->old[i])
			continue;
		if (only_old || (seen[i] && seen[i] != d->new[i]))
			break;
	}
	return i;
}

static void race(struct __test_metadata *_metadata,
		 struct _test_data_race *self,
		 void (*disturb)(struct disturber *d), bool changes)
{
	struct disturber *d = &self->d;
	struct zcxfer_desc desc;
	struct zcxfer_transfer send;
	unsigned int i;

	d->disturb = disturb;
	ASSERT_EQ(0, pthread_create(&d->thread, NULL, disturber_run, d));
	for (i = 0; i < ROUNDS || d->rounds < 5; i++) {
		__u64 sent;

		desc = file_desc(self->src.fd, 0, FILE_SIZE);
		send = send_init(self->sv[0], &desc, 1, 0);
		ASSERT_EQ(0, zc_send(self->dev, &send));
		sent = send.result.bytes;
		if (send.result.stop != ZCXFER_STOP_EOF || !changes)
			EXPECT_EQ(FILE_SIZE, sent);
		ASSERT_EQ(sent, receive(self->sv[1], self->seen, sent));
		ASSERT_EQ(sent, first_foreign(d, self->seen, sent, !changes));
	}
	EXPECT_EQ(0, receive_all(self->sv[1]));
	d->stop = true;
	pthread_join(d->thread, NULL);
}

TEST_F_TIMEOUT(race, overwritten_file_is_old_or_new, TIMEOUT)
{
	race(_metadata, self, overwrite, true);
}

TEST_F_TIMEOUT(race, file_overwritten_by_mapping_is_old_or_new, TIMEOUT)
{
	race(_metadata, self, overwrite_mapped, true);
}

TEST_F_TIMEOUT(race, shrinking_and_growing_file_is_old_new_or_zero, TIMEOUT)
{
	race(_metadata, self, shrink_and_grow, true);
}

TEST_F_TIMEOUT(race, shrinking_and_appended_file_is_old_or_new, TIMEOUT)
{
	race(_metadata, self, shrink_and_append, true);
}

TEST_F_TIMEOUT(race, punched_file_is_old_new_or_zero, TIMEOUT)
{
	race(_metadata, self, punch, true);
}

TEST_F_TIMEOUT(race, file_falling_out_of_the_cache_is_intact, TIMEOUT)
{
	race(_metadata, self, forget_cache, false);
}

TEST_F_TIMEOUT(race, file_replaced_by_rename_is_the_open_one, TIMEOUT)
{
	race(_metadata, self, replace_by_rename, false);
}

TEST_F_TIMEOUT(race, unlinked_file_is_intact, TIMEOUT)
{
	race(_metadata, self, unlink_and_reuse, false);
}

/* A blocked call loses the descriptors or the memory that it was called with. */
#define MEMORY_SIZE	MIB(4)
#define MEMORY_SEED	42
#define SMALL_BUFFERS	KIB(64)

FIXTURE(gone)
{
	int dev;
	int sv[2];
	struct source src;
	struct sender tx;
	struct receiver rx;
	char *memory;
	struct zcxfer_desc descs[2];
	struct run runs[2];
};

FIXTURE_VARIANT(gone)
{
	enum link link;
};

FIXTURE_VARIANT_ADD(gone, tcp) { LINK_TCP };
FIXTURE_VARIANT_ADD(gone, unix) { LINK_UNIX };

FIXTURE_SETUP(gone)
{
	const char *dir = mounted_dir("ext4");

	if (!dir)
		SKIP(return, "no ext4 mounted");
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, dir, MIB(2)));
	ASSERT_EQ(0, link_open(variant->link, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, SMALL_BUFFERS));
	self->memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(self->memory != MAP_FAILED);
	pattern_fill(self->memory, MEMORY_SEED, 0, MEMORY_SIZE);
}

FIXTURE_TEARDOWN(gone)
{
	source_destroy(&self->src);
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(gone, closed_fds_do_not_disturb_the_call, TIMEOUT)
{
	int socket_copy = dup(self->sv[0]), other = open("/dev/null", O_RDWR);

	self->descs[0] = file_desc(self->src.fd, 0, MIB(2));
	self->descs[1] = file_desc(self->src.fd, 7, MIB(1));
	self->runs[0] = source_run(&self->src, 0, MIB(2));
	self->runs[1] = source_run(&self->src, 7, MIB(1));
	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], self->descs, 2, 0)));
	ASSERT_EQ(0, sender_wait_blocked(&self->tx, self->sv[1]));

	/* The same numbers now stand for another file. */
	ASSERT_EQ(self->src.fd, dup2(other, self->src.fd));
	ASSERT_EQ(self->sv[0], dup2(other, self->sv[0]));
	ASSERT_EQ(self->dev, dup2(other, self->dev));

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], self->runs, 2));
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->tx.send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, socket_copy, MIB(3)));
}

/* Bytes before the lost part are sent, and none of the lost part. */
static void take_memory(struct __test_metadata *_metadata,
			struct _test_data_gone *self, bool move)
{
	struct zcxfer_result *result = &self->tx.send.result;
	char *half = self->memory + MEMORY_SIZE / 2;
	char *elsewhere = mmap(NULL, MEMORY_SIZE / 2, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	self->descs[0] = memory_desc(self->memory, MEMORY_SIZE);
	self->runs[0] = (struct run){ MEMORY_SEED, 0, MEMORY_SIZE };
	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], self->descs, 1, 0)));
	ASSERT_EQ(0, sender_wait_blocked(&self->tx, self->sv[1]));
	if (move) {
		ASSERT_TRUE(mremap(half, MEMORY_SIZE / 2, MEMORY_SIZE / 2,
				   MREMAP_MAYMOVE | MREMAP_FIXED,
				   elsewhere) == elsewhere);
	} else {
		ASSERT_EQ(0, munmap(half, MEMORY_SIZE / 2));
	}

	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], self->runs, 1));
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_DESC, result->stop);
	EXPECT_EQ(EFAULT, result->error);
	EXPECT_GE(MEMORY_SIZE / 2, result->bytes);
	EXPECT_LT(SMALL_BUFFERS, result->bytes);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], result->bytes));
}

TEST_F_TIMEOUT(gone, unmapped_memory_ends_the_call, TIMEOUT)
{
	take_memory(_metadata, self, false);
}

TEST_F_TIMEOUT(gone, moved_memory_ends_the_call, TIMEOUT)
{
	take_memory(_metadata, self, true);
}

TEST_F_TIMEOUT(gone, memory_may_be_reused_when_the_call_returns, TIMEOUT)
{
	struct run run = { MEMORY_SEED, 0, MEMORY_SIZE };
	struct zcxfer_transfer send;

	self->descs[0] = memory_desc(self->memory, MEMORY_SIZE);
	send = send_init(self->sv[0], self->descs, 1, ZCXFER_F_DONTWAIT);
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_LT(0, send.result.bytes);
	memset(self->memory, POISON, MEMORY_SIZE);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, send.result.bytes));
}

TEST_HARNESS_MAIN
