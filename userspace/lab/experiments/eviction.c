// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page cache is limited by memory: pages that are read replace others. A large file
 * that is sent once evicts files that are requested often.
 *
 * Readers that drop their pages after use, or read past the page cache, spare it. A memory
 * cgroup makes memory small enough to show that with small files.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zcxfer.h"

#include "../base.h"
#include "../tracefs.h"
#include "common.h"
#include "experiments.h"

#define MIB		(1 << 20)
#define HOT		(4 * MIB)
#define LARGE		(48 * MIB)
#define CHUNK		(128 << 10)
#define MEMORY		"25165824"
#define SOCKET_BUFFER	(256 << 10)
#define CGROUPS		"/sys/fs/cgroup/"
#define CONTROL		CGROUPS "cgroup.subtree_control"

/* Read through the page cache, and drop what was read if @drop. */
static off_t read_all(int file, bool drop)
{
	static char buffer[CHUNK];
	off_t done = 0;
	ssize_t n;

	while ((n = pread(file, buffer, sizeof(buffer), done)) > 0) {
		if (drop)
			posix_fadvise(file, done, n, POSIX_FADV_DONTNEED);
		done += n;
	}
	return done;
}

static bool by_read(int file)
{
	return read_all(file, false) == LARGE;
}

static bool by_read_and_drop(int file)
{
	return read_all(file, true) == LARGE;
}

static bool by_direct(int file)
{
	int direct = exp_reopen(file, O_RDONLY | O_DIRECT);
	void *buffer = NULL;
	off_t done = 0;
	ssize_t n = -1;

	if (direct < 0 || posix_memalign(&buffer, EXP_PAGE, CHUNK))
		return false;
	while ((n = pread(direct, buffer, CHUNK, done)) > 0)
		done += n;
	free(buffer);
	close(direct);
	return done == LARGE;
}

/* A process that receives all that is sent, until the end. */
static pid_t start_sink(const int ends[2])
{
	pid_t pid = fork();

	if (!pid) {
		static char buffer[CHUNK];

		close(ends[0]);
		while (recv(ends[1], buffer, sizeof(buffer), 0) > 0)
			;
		_exit(0);
	}
	return pid;
}

/* Small buffers, because packets in flight are charged to the group as well. */
static int connect_sink(int ends[2])
{
	const int size = SOCKET_BUFFER;

	return exp_connection(ends) ||
	       setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) ||
	       setsockopt(ends[1], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static bool by_zcxfer(int file)
{
	struct zcxfer_desc desc = zcxfer_file_range(file, 0, LARGE);
	struct zcxfer_result result = {};
	int dev = zcxfer_open(), ends[2];
	pid_t sink;
	int err;

	if (dev < 0 || connect_sink(ends))
		return false;
	sink = start_sink(ends);
	err = zcxfer_send(dev, ends[0], &desc, 1, ZCXFER_F_DONTCACHE, &result);
	close(dev);
	close(ends[0]);
	close(ends[1]);
	waitpid(sink, NULL, 0);
	if (err || result.bytes != LARGE)
		exp_show("ZCXFER_F_DONTCACHE: %s after %llu bytes", strerror(-err),
			 (unsigned long long)result.bytes);
	return !err && result.bytes == LARGE;
}

static const struct {
	const char *name;
	bool (*run)(int file);
	bool spares;
	bool module;
} readers[] = {
	{ "read()", by_read, false, false },
	{ "read() and POSIX_FADV_DONTNEED behind", by_read_and_drop, true, false },
	{ "O_DIRECT", by_direct, true, false },
	{ "zcxfer, ZCXFER_F_DONTCACHE", by_zcxfer, true, true },
};

#define NR_READERS		(sizeof(readers) / sizeof(*readers))

/* The pages of the hot file that are cached after the large one was read, or -1. */
static long left_over(int hot, int large, bool (*run)(int file))
{
	exp_forget(hot);
	exp_forget(large);
	if (read_all(hot, false) != HOT || lab_cached(hot, HOT) != HOT / EXP_PAGE)
		return -1;
	return run(large) ? lab_cached(hot, HOT) : -1;
}

/* In the cgroup. Returns the exit code. */
static int try_all(const char *group, int hot, int large)
{
	bool all = true, has_module = !access("/dev/zcxfer", R_OK | W_OK);
	unsigned int i;
	char path[300];

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	if (tracefs_append(path, "0"))
		return 1;
	for (i = 0; i < NR_READERS; i++) {
		long left;

		if (readers[i].module && !has_module) {
			exp_show("%s: skipped: there is no /dev/zcxfer", readers[i].name);
			continue;
		}
		left = left_over(hot, large, readers[i].run);
		all &= exp_seen(readers[i].spares ? left == HOT / EXP_PAGE :
				left >= 0 && left < HOT / EXP_PAGE / 2,
				"48 MiB by %s: %ld of %d pages of the hot file are left",
				readers[i].name, left, HOT / EXP_PAGE);
	}
	return !all;
}

/* A group with little memory; returns 0 or -errno. */
static int make_group(const char *group)
{
	char path[300];
	int err;

	tracefs_append(CONTROL, "+memory");
	if (mkdir(group, 0755))
		return -errno;
	snprintf(path, sizeof(path), "%s/memory.max", group);
	err = tracefs_append(path, MEMORY);
	if (err)
		rmdir(group);
	return err;
}

static bool memory_is_controlled(void)
{
	char line[256] = "";
	FILE *file = fopen(CONTROL, "re");

	if (file) {
		if (!fgets(line, sizeof(line), file))
			line[0] = 0;
		fclose(file);
	}
	return strstr(line, "memory");
}

static int run(const char *group, int hot, int large)
{
	int status = 1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		exp_block_signals(false);
		_exit(try_all(group, hot, large));
	}
	waitpid(pid, &status, 0);
	rmdir(group);
	return status;
}

/** lab_eviction - the experiment */
int lab_eviction(int argc, char **argv)
{
	const char *dir = exp_dir(argc, argv);
	int hot = exp_file(dir, HOT, 'h'), large = exp_file(dir, LARGE, 'l');
	bool was_controlled = memory_is_controlled();
	int err, status;
	char group[200];

	if (hot < 0 || large < 0)
		return exp_skip("no files of 4 and 48 MiB can be made in %s: name another folder",
				dir);
	if (!exp_on_disk(hot))
		return exp_skip("%s is not on a disk: name a folder that is (ext4, xfs)",
				dir);
	snprintf(group, sizeof(group), CGROUPS "zcxfer-lab.%d", getpid());
	exp_block_signals(true);
	err = make_group(group);
	if (err)
		return exp_skip("no memory cgroup: %s: needs root and cgroup v2 in " CGROUPS,
				strerror(-err));
	exp_begin("Reads a hot file of 4 MiB, then once a file of 48 MiB, with 24 MiB of\n"
		  "memory, by several methods.\n",
		  "read() evicts the hot file; a reader that drops what it has read, or reads\n"
		  "past the page cache, does not.\n");
	status = run(group, hot, large);
	if (!was_controlled)
		tracefs_append(CONTROL, "-memory");
	exp_block_signals(false);
	if (status)
		exp_seen(false, "all of these");
	return exp_end("MEMORY: with 64 MiB there is room for both. Read HOT twice before: does\n"
		       "the kernel keep it longer then?\n");
}
