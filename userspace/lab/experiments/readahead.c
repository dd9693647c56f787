// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readahead: for a task that reads a file in order the kernel reads more than was asked
 * for, and the more the longer that goes on. The first comment of mm/readahead.c has the
 * rules.
 *
 * The window of pages that is read at once is small at first and grows to read_ahead_kb
 * of the disk. One page in it is marked: when it is read, the next window is submitted,
 * while pages of this one are still unread. For random access only the pages asked for
 * are read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../base.h"
#include "common.h"
#include "experiments.h"

#define PAGES		512
#define LEN		(PAGES * EXP_PAGE)
#define MAX_WINDOWS	64

/* The kernel's struct file_ra_state, whenever it begins a window. */
#define PROBE	"page_cache_ra_order start=ra->start size=ra->size async=ra->async_size"

struct window {
	unsigned long start, size, async;
};

struct windows {
	unsigned int nr;
	struct window w[MAX_WINDOWS];
};

/* The disk's limit in pages, 0 if not known. A partition has that of its disk. */
static unsigned long disk_limit(int file)
{
	static const char *const paths[] = {
		"/sys/dev/block/%u:%u/queue/read_ahead_kb",
		"/sys/dev/block/%u:%u/../queue/read_ahead_kb",
	};
	unsigned long kib = 0;
	struct stat st;
	char path[100];
	unsigned int i;
	FILE *f;

	fstat(file, &st);
	for (i = 0; i < 2 && !kib; i++) {
		snprintf(path, sizeof(path), paths[i], major(st.st_dev), minor(st.st_dev));
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%lu", &kib) != 1)
			kib = 0;
		fclose(f);
	}
	return kib * 1024 / EXP_PAGE;
}

static void read_windows(struct windows *windows)
{
	FILE *trace = exp_trace_open();
	char line[512];

	windows->nr = 0;
	while (trace && windows->nr < MAX_WINDOWS && fgets(line, sizeof(line), trace)) {
		const char *at = strstr(line, " start=");

		if (at && sscanf(at, " start=%lu size=%lu async=%lu",
				 &windows->w[windows->nr].start, &windows->w[windows->nr].size,
				 &windows->w[windows->nr].async) == 3)
			windows->nr++;
	}
	if (trace)
		fclose(trace);
}

static bool read_page(int file, unsigned long page)
{
	char data[EXP_PAGE];

	return pread(file, data, EXP_PAGE, page * EXP_PAGE) == EXP_PAGE;
}

/* Read all of the file from the disk, a page at a time, and record the windows. */
static int read_in_order(int fd, int advice, struct windows *windows)
{
	int file = exp_reopen(fd, O_RDONLY), err;
	unsigned long page;
	char filter[40];

	posix_fadvise(file, 0, 0, advice);
	exp_forget(fd);
	err = exp_trace_begin(PROBE, NULL);
	if (err)
		goto out;
	snprintf(filter, sizeof(filter), "common_pid == %d", getpid());
	err = exp_trace_put("filter", filter);
	err = err ? err : exp_trace_put("enable", "1");
	for (page = 0; page < PAGES && !err; page++)
		if (!read_page(file, page))
			err = -EIO;
	exp_trace_put("enable", "0");
	read_windows(windows);
	exp_trace_end();
out:
	close(file);
	return err;
}

static void show(const struct windows *windows)
{
	unsigned int i;

	for (i = 0; i < windows->nr && i < 8; i++)
		exp_show("window %u: %3lu pages from page %lu; a read of page %lu begins the next",
			 i + 1, windows->w[i].size, windows->w[i].start,
			 windows->w[i].start + windows->w[i].size - windows->w[i].async);
	exp_show("... %u windows for %d reads of a page", windows->nr, PAGES);
}

/*
 * From 7.x on a window is cut at the boundary of a large folio
 * (mm/readahead.c:page_cache_async_ra()).
 */
static bool is_cut(const struct window *window, unsigned long most)
{
	return (window->start + window->size) % most == 0;
}

static bool grows(const struct windows *windows, unsigned long *most)
{
	unsigned int i;

	*most = 0;
	for (i = 0; i < windows->nr; i++) {
		const struct window *window = &windows->w[i];

		/* The last window ends with the file. */
		if (window->size < *most && i + 1 < windows->nr &&
		    !is_cut(window, *most))
			return false;
		if (window->size > *most)
			*most = window->size;
	}
	return windows->nr > 1 && *most > windows->w[0].size;
}

static void in_order(int fd, int advice, const char *name, unsigned long limit)
{
	struct windows windows = {};
	unsigned long most = 0;
	bool has_grown;
	int err = read_in_order(fd, advice, &windows);

	if (err) {
		exp_seen(false, "%s: %s", name, strerror(-err));
		return;
	}
	if (advice == POSIX_FADV_RANDOM) {
		exp_seen(windows.nr == 0, "%s: %u windows", name, windows.nr);
		return;
	}
	show(&windows);
	has_grown = grows(&windows, &most);
	exp_seen(has_grown && (!limit || most == limit),
		 "%s: the window grows from %lu to %lu pages (allowed: %lu)", name,
		 windows.w[0].size, most, limit);
}

/* Every 16th page, the last first, which is no sequential order. */
static void jumping(int fd)
{
	int file = exp_reopen(fd, O_RDONLY);
	unsigned long page, nr = 0;
	long resident;

	exp_forget(fd);
	for (page = PAGES; page >= 16; page -= 16)
		nr += read_page(file, page - 8);
	resident = lab_cached(fd, LEN);
	exp_seen(resident == (long)nr,
		 "%lu pages read here and there: %ld pages are in the page cache", nr, resident);
	close(file);
}

/** lab_readahead - the experiment */
int lab_readahead(int argc, char **argv)
{
	const char *dir = exp_dir(argc, argv);
	int fd = exp_file(dir, LEN, 'r');
	unsigned long limit;
	int err;

	if (fd < 0)
		return exp_skip("no file can be made in %s: %s: name another folder", dir,
				strerror(-fd));
	if (!exp_on_disk(fd))
		return exp_skip("%s is not on a disk: name a folder that is (ext4, xfs)",
				dir);
	err = exp_trace_begin(PROBE, NULL);
	if (err)
		return exp_skip("tracefs: %s: root and a kernel with kprobes are needed",
				strerror(-err));
	exp_trace_end();
	limit = disk_limit(fd);
	exp_begin("Reads a file of 2 MiB page by page, in order and not, and records the\n"
		  "windows that the kernel reads.\n",
		  "In order: windows that grow to the disk's read_ahead_kb, and to twice that\n"
		  "with POSIX_FADV_SEQUENTIAL; else only the pages asked for.\n");
	in_order(fd, POSIX_FADV_NORMAL, "in order", limit);
	in_order(fd, POSIX_FADV_SEQUENTIAL, "POSIX_FADV_SEQUENTIAL", 2 * limit);
	in_order(fd, POSIX_FADV_RANDOM, "POSIX_FADV_RANDOM", 0);
	jumping(fd);
	close(fd);
	return exp_end("read_ahead_kb in /sys/block/DISK/queue: the largest window. Two\n"
		       "readers of one open file share its window; with two open files each\n"
		       "has its own.\n");
}
