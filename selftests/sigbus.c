// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that is truncated while it is sent: the trap of mmap + write, its two
 * cures, and the module, which needs none.
 *
 * A page of a mapping that is no longer in the file has no content. A program that
 * touches it gets SIGBUS, which ends it. In write(2) the kernel handles the fault and
 * returns EFAULT, or a short count: only programs that access the bytes themselves
 * (for a checksum, for TLS in user space) get the signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	(4 * PAGE)

FIXTURE(sigbus)
{
	int sv[2];
	struct source src;
	unsigned char *map;
	struct run run;		/* the rest of the file */
};

FIXTURE_SETUP(sigbus)
{
	ASSERT_NE(NULL, mounted_dir("ext4"));
	ASSERT_EQ(0, source_create(&self->src, mounted_dir("ext4"), FILE_SIZE));
	ASSERT_EQ(0, link_open(LINK_UNIX, self->sv));
	self->map = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, self->src.fd,
			 0);
	ASSERT_TRUE(self->map != MAP_FAILED);
	self->run = source_run(&self->src, 0, PAGE);
}

FIXTURE_TEARDOWN(sigbus)
{
	munmap(self->map, FILE_SIZE);
	source_destroy(&self->src);
}

static int cut_short(struct _test_data_sigbus *self)
{
	return truncate(self->src.path, PAGE);
}

/* Accesses the bytes, as a program does that needs more of them than to send them. */
static unsigned int checksum(const unsigned char *from, size_t len)
{
	unsigned int sum = 0;

	while (len--)
		sum = sum * 31 + *from++;
	return sum;
}

TEST_F_TIMEOUT(sigbus, ends_a_process_that_touches_the_mapping, TIMEOUT)
{
	int status;
	pid_t child;

	ASSERT_EQ(0, cut_short(self));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(checksum(self->map, FILE_SIZE) & 1);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGBUS, WTERMSIG(status));
}

TEST_F_TIMEOUT(sigbus, is_efault_in_write, TIMEOUT)
{
	ASSERT_EQ(0, cut_short(self));
	EXPECT_EQ(-1, write(self->sv[0], self->map + PAGE, PAGE));
	EXPECT_EQ(EFAULT, errno);
}

/* The first cure: a handler. */
static sigjmp_buf caught;

static void on_sigbus(int sig)
{
	siglongjmp(caught, 1);
}

TEST_F_TIMEOUT(sigbus, is_survived_by_a_handler, TIMEOUT)
{
	volatile unsigned int good = 0;

	ASSERT_EQ(0, cut_short(self));
	ASSERT_TRUE(signal(SIGBUS, on_sigbus) != SIG_ERR);
	if (!sigsetjmp(caught, 1))
		for (;; good++)
			checksum(self->map + good * PAGE, PAGE);
	EXPECT_EQ(1, good);
}

/*
 * The second cure: a lease. A process that truncates the file waits until the holder,
 * which gets a signal, has released the lease.
 */
static volatile sig_atomic_t asked;

static void on_lease(int sig)
{
	asked++;
}

TEST_F_TIMEOUT(sigbus, is_prevented_by_a_lease, TIMEOUT)
{
	int status, fd = open(self->src.path, O_RDONLY);
	unsigned int before = checksum(self->map, FILE_SIZE);
	pid_t child;

	/* No lease is granted while the file is open for writing. */
	ASSERT_EQ(0, close(self->src.fd));
	ASSERT_TRUE(signal(SIGRTMIN, on_lease) != SIG_ERR);
	ASSERT_EQ(0, fcntl(fd, F_SETSIG, SIGRTMIN));
	ASSERT_EQ(0, fcntl(fd, F_SETLEASE, F_RDLCK));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(cut_short(self) ? 1 : 0);
	while (!asked)
		usleep(1000);
	/* The lease is being broken, and the file is still whole. */
	usleep(100000);
	EXPECT_EQ(0, waitpid(child, &status, WNOHANG));
	EXPECT_EQ(before, checksum(self->map, FILE_SIZE));
	EXPECT_EQ(FILE_SIZE, lseek(fd, 0, SEEK_END));

	ASSERT_EQ(0, fcntl(fd, F_SETLEASE, F_UNLCK));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(PAGE, lseek(fd, 0, SEEK_END));
	self->src.fd = fd;
}

/* No mapping, no signal: the rest of the file, and where it ended. */
TEST_F_TIMEOUT(sigbus, is_an_exact_count_with_zcxfer, TIMEOUT)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, FILE_SIZE);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	int dev = zc_open();

	ASSERT_LE(0, dev);
	ASSERT_EQ(0, cut_short(self));
	EXPECT_EQ(0, zc_send(dev, &send));
	EXPECT_EQ(ZCXFER_STOP_EOF, send.result.stop);
	EXPECT_EQ(PAGE, send.result.bytes);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &self->run, 1, PAGE));
	EXPECT_TRUE(stats_at_rest());
}

TEST_HARNESS_MAIN
