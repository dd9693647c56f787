// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mapped file that is truncated: its pages are removed from the mapping, and a task that
 * reads there gets SIGBUS. If the kernel reads there, in write(2), the call fails.
 *
 * A read lease (fcntl F_SETLEASE) keeps a file unchanged while it is sent: a task that
 * opens it for writing or truncates it waits in break_lease(), the holder gets a signal,
 * and has /proc/sys/fs/lease-break-time seconds to finish.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../base.h"
#include "common.h"
#include "experiments.h"

/* TCP copies this much in several steps. */
#define LEN	(256 << 10)
#define KEPT	(128 << 10)

static sigjmp_buf after_sigbus;

static void on_sigbus(int sig)
{
	(void)sig;
	siglongjmp(after_sigbus, 1);
}

/* Read a byte. Returns false after SIGBUS. */
static bool can_read(const char *at)
{
	struct sigaction action = { .sa_handler = on_sigbus }, before;
	volatile bool can = false;

	sigaction(SIGBUS, &action, &before);
	if (!sigsetjmp(after_sigbus, 1)) {
		(void)*(volatile const char *)at;
		can = true;
	}
	sigaction(SIGBUS, &before, NULL);
	return can;
}

static void without_lease(int file)
{
	char *map = mmap(NULL, LEN, PROT_READ, MAP_SHARED, file, 0);
	int ends[2];
	ssize_t n;

	exp_seen(can_read(map + LEN - 1), "the last byte of the mapping can be read");
	if (exp_connection(ends) || ftruncate(file, KEPT))
		exp_show("%s", strerror(errno));
	exp_seen(!can_read(map + LEN - 1),
		 "the file is truncated: to read there is SIGBUS, and a handler survives it");
	n = write(ends[0], map, LEN);
	exp_seen(n > 0 && n <= KEPT, "write() of all the mapping: %zd bytes of %d, %d are left",
		 n, LEN, KEPT);
	n = write(ends[0], map + KEPT, EXP_PAGE);
	exp_seen(n < 0 && errno == EFAULT, "write() of what is gone: %s",
		 n < 0 ? strerror(errno) : "no error");
	close(ends[0]);
	close(ends[1]);
	munmap(map, LEN);
}

/* Another process truncates the file, and records when that returned. */
static pid_t start_truncate(int file, volatile double *when)
{
	pid_t pid = fork();

	if (!pid) {
		int writer = exp_reopen(file, O_WRONLY);

		if (writer < 0 || ftruncate(writer, KEPT))
			_exit(1);
		*when = lab_seconds();
		_exit(0);
	}
	return pid;
}

/* Wait for a signal, with a timeout. */
static bool wait_for(int sig)
{
	struct timespec limit = { .tv_sec = 20 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return sigtimedwait(&set, NULL, &limit) == sig;
}

static void with_lease(int file)
{
	struct timespec moment = { .tv_nsec = 300 * 1000 * 1000 };
	char *map = mmap(NULL, LEN, PROT_READ, MAP_SHARED, file, 0);
	volatile double *when = mmap(NULL, EXP_PAGE, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigset_t set, before;
	int status = 1;
	double released;
	pid_t pid;

	/* Blocked for sigtimedwait(). */
	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, &before);
	exp_seen(!fcntl(file, F_SETLEASE, F_RDLCK), "a read lease on the file");
	pid = start_truncate(file, when);
	exp_seen(wait_for(SIGIO), "another process truncates it: the holder gets a signal");
	nanosleep(&moment, NULL);
	exp_seen(can_read(map + LEN - 1) && !*when,
		 "0.3 s later all of it can still be read: truncate waits");
	released = lab_seconds();
	fcntl(file, F_SETLEASE, F_UNLCK);
	waitpid(pid, &status, 0);
	exp_seen(!status && *when >= released && !can_read(map + LEN - 1),
		 "the lease is released: truncate continues (%.0f ms later)",
		 (*when - released) * 1000);
	sigprocmask(SIG_SETMASK, &before, NULL);
	munmap(map, LEN);
	munmap((void *)when, EXP_PAGE);
}

/** lab_sigbus - the experiment */
int lab_sigbus(int argc, char **argv)
{
	int file = exp_file(exp_dir(argc, argv), LEN, 'f');
	int other = exp_file(exp_dir(argc, argv), LEN, 'f');
	int reader = other < 0 ? other : exp_reopen(other, O_RDONLY);

	if (file < 0 || reader < 0)
		return exp_skip("no file can be made in %s: name another folder",
				exp_dir(argc, argv));
	/* A read lease requires that the file is not open for writing. */
	close(other);
	exp_begin("Truncates a file that is mapped and being sent; then the same under a\n"
		  "lease.\n",
		  "SIGBUS for a read of the mapping, EFAULT or a short count from write();\n"
		  "with the lease truncate waits until the holder releases it.\n");
	without_lease(file);
	with_lease(reader);
	close(file);
	close(reader);
	return exp_end("Do not release the lease: the kernel breaks it after\n"
		       "/proc/sys/fs/lease-break-time seconds. O_NONBLOCK in the open for\n"
		       "writing: EWOULDBLOCK instead of waiting.\n");
}
