// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual and physical memory: a mapping reserves addresses, and frames are memory.
 *
 * mmap() only records the mapping. A frame is allocated when the page is first touched,
 * by a page fault: demand paging. And each process has page tables of its own: one
 * address has different frames in two processes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"
#include "experiments.h"

#define PAGES	64

static const char *map_pages(void)
{
	char *map = mmap(NULL, PAGES * EXP_PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	/* Else one fault would map 2 MiB. */
	madvise(map, PAGES * EXP_PAGE, MADV_NOHUGEPAGE);
	return map;
}

static int frames(int pagemap, const char *map)
{
	int i, nr = 0;

	for (i = 0; i < PAGES; i++)
		nr += exp_frame(pagemap, map + i * EXP_PAGE) != 0;
	return nr;
}

/* A touch allocates a frame, by one fault. */
static void touch_pages(int pagemap, const char *map)
{
	int touched, i;

	exp_seen(frames(pagemap, map) == 0, "%d pages are mapped, and have no frame", PAGES);
	for (touched = 0; touched < PAGES; touched += PAGES / 2) {
		long before = exp_faults(), faults;

		for (i = touched; i < touched + PAGES / 2; i++)
			*(volatile char *)(map + i * EXP_PAGE) = 1;
		faults = exp_faults() - before;
		exp_seen(faults == PAGES / 2 && frames(pagemap, map) == touched + PAGES / 2,
			 "%d pages touched: %ld page faults, %d frames in all", PAGES / 2,
			 faults, frames(pagemap, map));
	}
}

/* The content of an address in a process, and its frame. */
struct sight {
	char text[16];
	uint64_t frame;
};

/* The same address in another process, after that wrote there. */
static struct sight in_child(char *at)
{
	struct sight sight = {};
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		return sight;
	pid = fork();
	if (!pid) {
		/* /proc/self is the child now. */
		int pagemap = exp_pagemap();

		strcpy(at, "child");
		strcpy(sight.text, at);
		sight.frame = exp_frame(pagemap, at);
		_exit(write(ends[1], &sight, sizeof(sight)) != sizeof(sight));
	}
	close(ends[1]);
	if (read(ends[0], &sight, sizeof(sight)) != sizeof(sight))
		memset(&sight, 0, sizeof(sight));
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return sight;
}

static void two_processes(int pagemap, char *at)
{
	struct sight theirs;
	uint64_t frame;

	strcpy(at, "parent");
	frame = exp_frame(pagemap, at);
	theirs = in_child(at);
	exp_show("address %p of the parent: \"%s\", in frame %#llx", (void *)at, at,
		 (unsigned long long)frame);
	exp_show("address %p of the child:  \"%s\", in frame %#llx", (void *)at, theirs.text,
		 (unsigned long long)theirs.frame);
	exp_seen(theirs.frame && theirs.frame != frame && !strcmp(at, "parent") &&
		 !strcmp(theirs.text, "child"), "one address, two frames");
}

/** lab_memory - the experiment */
int lab_memory(int argc, char **argv)
{
	int pagemap = exp_pagemap();
	char *map = (char *)map_pages();
	char stack = 0;

	(void)argc;
	(void)argv;
	if (!map || pagemap < 0 || !exp_frame(pagemap, &stack))
		return exp_skip("/proc/self/pagemap shows frames only to root");
	exp_begin("Maps memory, touches it page by page, and looks at the same address from\n"
		  "two processes.\n",
		  "No frame before the touch, one page fault for each page; two frames for\n"
		  "one address.\n");
	touch_pages(pagemap, map);
	two_processes(pagemap, map);
	munmap(map, PAGES * EXP_PAGE);
	close(pagemap);
	return exp_end("MADV_NOHUGEPAGE in map_pages(): with MADV_HUGEPAGE, and 2 MiB that\n"
		       "begin at a multiple of that, one fault maps 512 pages.\n"
		       "MAP_POPULATE: no faults, and all frames at once. MAP_SHARED: one\n"
		       "frame for both.\n");
}
