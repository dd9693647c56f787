// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared by the experiments.
 *
 * Each prints what it does, what to expect, what it measured and what to change. What the
 * kernel guarantees is checked: an experiment that does not see it fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common.h"

static unsigned int unseen;

/* A heading, and lines below it. */
static void say(const char *heading, const char *lines)
{
	printf("%s:\n", heading);
	while (*lines) {
		int len = strcspn(lines, "\n");

		printf("    %.*s\n", len, lines);
		lines += len + (lines[len] == '\n');
	}
	fflush(stdout);
}

/**
 * exp_begin - print the introduction
 * @does: what the experiment does, in lines
 * @expect: what to expect, in lines
 */
void exp_begin(const char *does, const char *expect)
{
	unseen = 0;
	say("What it does", does);
	say("What to expect", expect);
	say("What was measured", "");
}

/** exp_show - print a measurement that depends on the machine */
void exp_show(const char *format, ...)
{
	va_list args;

	printf("    ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

/**
 * exp_seen - print whether a guarantee of the kernel was seen
 * @is_so: true if it was seen
 * @format: the guarantee
 *
 * Return: @is_so.
 */
bool exp_seen(bool is_so, const char *format, ...)
{
	va_list args;

	printf("    %s: ", is_so ? "seen" : "NOT SEEN");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	unseen += !is_so;
	return is_so;
}

/**
 * exp_skip - print that the experiment cannot run here
 * @format: the reason, and what to do
 *
 * Return: the exit code.
 */
int exp_skip(const char *format, ...)
{
	va_list args;

	printf("skipped: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	return EXP_SKIPPED;
}

/**
 * exp_end - print the end
 * @change: what to change, and what it will show, in lines
 *
 * Return: the exit code: 0 if all guarantees were seen.
 */
int exp_end(const char *change)
{
	say("What to change", change);
	return unseen != 0;
}

/**
 * exp_block_signals - block the signals that end the experiment, or unblock them
 * @block: true to block; calls nest
 *
 * For the time that a setting of the machine is changed, which must be restored.
 */
void exp_block_signals(bool block)
{
	static int depth;
	sigset_t set;

	depth += block ? 1 : -1;
	if (depth != block)
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/** exp_dir - the folder for files: the first argument, or that for temporary files */
const char *exp_dir(int argc, char **argv)
{
	const char *dir = getenv("TMPDIR");

	return argc > 1 ? argv[1] : dir ? dir : "/tmp";
}

/**
 * exp_file - a new file, on its disk
 * @dir: its folder
 * @len: its length
 * @fill: the value of all of its bytes
 *
 * It is unlinked, so that nothing of it is left after an exit.
 *
 * Return: the file, open for reading and writing, or -errno.
 */
int exp_file(const char *dir, size_t len, char fill)
{
	static char block[1 << 16];
	char path[4096];
	size_t done;
	int fd;

	snprintf(path, sizeof(path), "%s/zcxfer-lab.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	memset(block, fill, sizeof(block));
	for (done = 0; done < len; ) {
		size_t n = len - done < sizeof(block) ? len - done : sizeof(block);
		ssize_t written = write(fd, block, n);

		if (written < 0) {
			close(fd);
			return -errno;
		}
		done += written;
	}
	fsync(fd);
	return fd;
}

/** exp_on_disk - check that a file is on a disk. Return: true if it is */
bool exp_on_disk(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC &&
	       fs.f_type != OVERLAYFS_SUPER_MAGIC && fs.f_type != V9FS_MAGIC;
}

/**
 * exp_reopen - open a file again
 * @fd: the file
 * @flags: as for open(2)
 *
 * Return: the new file descriptor, or -errno.
 */
int exp_reopen(int fd, int flags)
{
	char path[64];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, flags | O_CLOEXEC);
	return other < 0 ? -errno : other;
}

/** exp_forget - drop a file from the page cache. Return: 0 or -errno. */
int exp_forget(int fd)
{
	fsync(fd);
	return -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

/** exp_pagemap - open the page map of this process. Return: the file, or -errno. */
int exp_pagemap(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/**
 * exp_frame - the page frame of an address
 * @pagemap: of the process, open
 * @addr: an address of the process
 *
 * Documentation/admin-guide/mm/pagemap.rst has the format. Only root sees frames.
 *
 * Return: the number of the page frame, 0 if there is none, or without privilege.
 */
uint64_t exp_frame(int pagemap, const void *addr)
{
	off_t at = (uintptr_t)addr / EXP_PAGE * sizeof(uint64_t);
	uint64_t entry = 0;

	if (pread(pagemap, &entry, sizeof(entry), at) != sizeof(entry) || !(entry >> 63))
		return 0;
	return entry & ((1ull << 55) - 1);
}

/** exp_faults - minor page faults of this process: those without a disk read */
long exp_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/**
 * exp_connection - make a TCP connection over loopback
 * @ends: set: bytes sent to [0] are received from [1]
 *
 * Return: 0 or -errno.
 */
int exp_connection(int ends[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	/* Bytes that have not arrived by then are lost. */
	struct timeval patience = { .tv_sec = 60 };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err = 0;

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&addr, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    connect(ends[0], (struct sockaddr *)&addr, len))
		err = -errno;
	ends[1] = err ? -1 : accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (!err && (ends[1] < 0 || setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &patience,
					       sizeof(patience))))
		err = -errno;
	close(listener);
	return err;
}
