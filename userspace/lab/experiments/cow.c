// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copy on write: pages are shared until a process writes, and only pages written to are
 * copied, one page fault each.
 *
 * The code is do_wp_page() (mm/memory.c): wp_page_copy() copies, wp_page_reuse() need not,
 * because no other process has the page any more. fork() relies on it, and a private
 * mapping of a file; and so does a sender that writes to memory whose pages the network
 * stack still holds.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"
#include "experiments.h"

#define PAGES	64

/* The number of pages whose frame has changed. */
static int other_frames(int pagemap, const char *map, const uint64_t frames[PAGES])
{
	int i, nr = 0;

	for (i = 0; i < PAGES; i++)
		nr += exp_frame(pagemap, map + i * EXP_PAGE) != frames[i];
	return nr;
}

static void save_frames(int pagemap, const char *map, uint64_t frames[PAGES])
{
	int i;

	for (i = 0; i < PAGES; i++)
		frames[i] = exp_frame(pagemap, map + i * EXP_PAGE);
}

/* Write to half of the pages. Returns the page faults. */
static long write_half(char *map, char byte)
{
	long before = exp_faults();
	int i;

	for (i = 0; i < PAGES; i += 2)
		*(volatile char *)(map + i * EXP_PAGE) = byte;
	return exp_faults() - before;
}

/* A field of /proc/self/smaps for a mapping, in KiB. */
static long kib_of(const char *map, const char *name)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char line[512], field[64];
	unsigned long start;
	bool inside = false;
	long value = -1, kib;

	while (file && value < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%*x ", &start) == 1 && strchr(line, '-'))
			inside = start == (unsigned long)map;
		else if (inside && sscanf(line, "%63[^:]: %ld kB", field, &kib) == 2 &&
			 !strcmp(field, name))
			value = kib;
	}
	if (file)
		fclose(file);
	return value;
}

/* The child has shared pages, until it writes to half of them. */
static void be_child(char *map, const uint64_t frames[PAGES])
{
	int pagemap = exp_pagemap(), copied;
	bool all_seen;
	long faults;

	all_seen = exp_seen(other_frames(pagemap, map, frames) == 0,
			    "after fork() the child has the parent's %d frames", PAGES);
	exp_show("its smaps: Shared_Dirty %ld KiB, Private_Dirty %ld KiB",
		 kib_of(map, "Shared_Dirty"), kib_of(map, "Private_Dirty"));
	faults = write_half(map, 'c');
	copied = other_frames(pagemap, map, frames);
	all_seen &= exp_seen(faults == PAGES / 2 && copied == PAGES / 2,
			     "it writes to %d pages: %ld page faults, %d pages copied",
			     PAGES / 2, faults, copied);
	all_seen &= exp_seen(kib_of(map, "Private_Dirty") == PAGES / 2 * 4 &&
			     kib_of(map, "Shared_Dirty") == PAGES / 2 * 4,
			     "its smaps: Shared_Dirty %ld KiB, Private_Dirty %ld KiB",
			     kib_of(map, "Shared_Dirty"), kib_of(map, "Private_Dirty"));
	_exit(!all_seen);
}

static void by_fork(int pagemap)
{
	char *map = mmap(NULL, PAGES * EXP_PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t frames[PAGES];
	int status = 1;
	long faults;
	pid_t pid;

	madvise(map, PAGES * EXP_PAGE, MADV_NOHUGEPAGE);
	memset(map, 'p', PAGES * EXP_PAGE);
	save_frames(pagemap, map, frames);
	fflush(stdout);
	pid = fork();
	if (!pid)
		be_child(map, frames);
	waitpid(pid, &status, 0);
	exp_seen(!status && map[0] == 'p', "the parent's bytes have not changed");
	faults = write_half(map, 'P');
	exp_seen(faults == PAGES / 2 && !other_frames(pagemap, map, frames),
		 "the child has exited, the parent writes to %d pages: %ld faults, no copy",
		 PAGES / 2, faults);
	munmap(map, PAGES * EXP_PAGE);
}

/* A private mapping has the pages of the page cache until it is written to. */
static void by_private_mapping(int pagemap, int file)
{
	char *private = mmap(NULL, PAGES * EXP_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			     file, 0);
	char *shared = mmap(NULL, PAGES * EXP_PAGE, PROT_READ, MAP_SHARED, file, 0);
	uint64_t cache[PAGES];
	int copied, i;
	char byte = 0;
	long faults;

	for (i = 0; i < PAGES; i++) {
		(void)*(volatile char *)(private + i * EXP_PAGE);
		(void)*(volatile char *)(shared + i * EXP_PAGE);
	}
	save_frames(pagemap, shared, cache);
	exp_seen(cache[0] && !other_frames(pagemap, private, cache),
		 "a private mapping of a file has the %d frames of the page cache", PAGES);
	exp_show("its smaps: Private_Dirty %ld KiB", kib_of(private, "Private_Dirty"));
	faults = write_half(private, 'w');
	copied = other_frames(pagemap, private, cache);
	exp_seen(faults == PAGES / 2 && copied == PAGES / 2,
		 "%d pages written to: %ld page faults, %d pages copied", PAGES / 2, faults,
		 copied);
	exp_seen(kib_of(private, "Private_Dirty") == PAGES / 2 * 4,
		 "its smaps: Private_Dirty %ld KiB", kib_of(private, "Private_Dirty"));
	exp_seen(pread(file, &byte, 1, 0) == 1 && byte == 'f' && *private == 'w',
		 "the file has its old byte, the mapping the new one");
	munmap(private, PAGES * EXP_PAGE);
	munmap(shared, PAGES * EXP_PAGE);
}

/** lab_cow - the experiment */
int lab_cow(int argc, char **argv)
{
	int file = exp_file(exp_dir(argc, argv), PAGES * EXP_PAGE, 'f');
	int pagemap = exp_pagemap();
	char stack = 0;

	if (file < 0)
		return exp_skip("no file can be made in %s: name another folder",
				exp_dir(argc, argv));
	if (pagemap < 0 || !exp_frame(pagemap, &stack))
		return exp_skip("/proc/self/pagemap shows frames only to root");
	exp_begin("Shares pages between two processes by fork(), and with the page cache by\n"
		  "MAP_PRIVATE; then writes to every second one.\n",
		  "One page fault and one copied page for each page written to, none for\n"
		  "the others.\n");
	by_fork(pagemap);
	by_private_mapping(pagemap, file);
	close(file);
	close(pagemap);
	return exp_end("Wait for the child after the parent has written: it copies too.\n"
		       "MAP_SHARED: nothing is copied, and the file changes.\n");
}
