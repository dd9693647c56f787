// SPDX-License-Identifier: GPL-2.0
/*
 * The lab's pictures: of rows made up here, what is drawn is what was counted, and
 * nothing else, in files that any reader of XML takes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lab/lab.h"
#include "tap.h"
#include "xml.h"

#define LEN	(16 << 20)
#define HALF	(LEN / 2)
/* An arrow, to be read by sscanf(). */
#define WORD	"\"%19[^\"]\""
#define ARROW	"<g id=" WORD " class=" WORD " data-bytes=\"%*u\" data-from=" WORD " data-to=" WORD

static char dir[40];

static const struct lab_method buffered = {
	.name = "buffered", .title = "read & write <1>", .what = "cache -> buffer",
};

static const struct lab_method mapped = {
	.name = "mapped", .title = "mapped", .what = "", .from_mapping = true,
};

static const struct lab_method direct = {
	.name = "direct", .title = "direct", .what = "", .direct = true,
};

static const struct lab_method module_direct = {
	.name = "module", .title = "module", .what = "", .direct = true, .module = true,
};

/* What is in a file of the directory; "" if there is none. The caller frees it. */
static char *read_picture(const char *name)
{
	char path[300], *text = calloc(1, 1 << 20);
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "r");
	if (file) {
		if (!fread(text, 1, (1 << 20) - 1, file))
			*text = 0;
		fclose(file);
	}
	return text;
}

static int empty_dir(void)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int nr = 0;

	while (d && (entry = readdir(d)))
		if (*entry->d_name != '.' && !unlinkat(dirfd(d), entry->d_name, 0))
			nr++;
	closedir(d);
	return nr;
}

/* The picture of a row's path; each call frees the one before. */
static const char *path_of(const struct lab_row *row)
{
	static const char *const routes[] = { "loopback", "nic", "nic-no-sg" };
	static char *text;
	char name[100];

	empty_dir();
	free(text);
	snprintf(name, sizeof(name), "path-%s-%s-%s.svg", row->method->name, routes[row->route],
		 row->cache == LAB_WARM ? "warm" : "cold");
	text = path_write(dir, row) ? calloc(1, 1) : read_picture(name);
	return text;
}

/* The arrows of a picture, in its order: "ID CLASS FROM>TO, ..." */
static const char *arrows_of(const char *text)
{
	static char arrows[1000];
	size_t len = 0;

	*arrows = 0;
	while ((text = strstr(text, "<g id=\""))) {
		char id[20], class[20], from[20], to[20];
		int n = sscanf(text++, ARROW, id, class, from, to);

		if (n == 4)
			len += snprintf(arrows + len, sizeof(arrows) - len, "%s%s %s %s>%s",
					len ? ", " : "", id, class, from, to);
	}
	return arrows;
}

static const struct {
	const struct lab_method *method;
	enum lab_route route;
	__u64 count[LAB_NR_COUNTS];
	const char *arrows[5];
} paths[] = {
	{
		.method = &buffered,
		.route = LAB_NIC,
		.count = { [LAB_READ_COPY] = LEN, [LAB_SEND_COPY] = LEN,
			   [LAB_DISK_DMA] = LEN, [LAB_NIC_DMA] = LEN },
		.arrows = {
			"disk-dma dma disk>page-cache",
			"read-copy cpu page-cache>user-buffer",
			"send-copy cpu user-buffer>socket-buffer",
			"nic-dma dma socket-buffer>nic",
		},
	},
	{
		.method = &buffered,
		.route = LAB_NIC,
		.count = { [LAB_REFERENCED] = LEN, [LAB_NIC_DMA] = LEN },
		.arrows = {
			"referenced ref page-cache>socket-buffer",
			"nic-dma dma socket-buffer>nic",
		},
	},
	{
		.method = &buffered,
		.route = LAB_NIC_NO_SG,
		.count = { [LAB_REFERENCED] = LEN, [LAB_SKB_COPY] = LEN, [LAB_NIC_DMA] = LEN },
		.arrows = {
			"referenced ref page-cache>socket-buffer",
			"skb-copy cpu socket-buffer>socket-buffer",
			"nic-dma dma socket-buffer>nic",
		},
	},
	/* What was read into a buffer is sent from there, copied or not. */
	{
		.method = &buffered,
		.route = LAB_LOOPBACK,
		.count = { [LAB_READ_COPY] = LEN, [LAB_REFERENCED] = LEN },
		.arrows = {
			"read-copy cpu page-cache>user-buffer",
			"referenced ref user-buffer>socket-buffer",
		},
	},
	{
		.method = &buffered,
		.route = LAB_LOOPBACK,
		.count = { [LAB_COW_COPY] = LEN, [LAB_SEND_COPY] = LEN },
		.arrows = {
			"cow-copy cpu page-cache>user-buffer",
			"send-copy cpu user-buffer>socket-buffer",
		},
	},
	{
		.method = &mapped,
		.route = LAB_LOOPBACK,
		.count = { [LAB_SEND_COPY] = LEN },
		.arrows = {
			"send-copy cpu page-cache>socket-buffer",
		},
	},
	{
		.method = &mapped,
		.route = LAB_LOOPBACK,
		.count = { [LAB_SEND_COPY] = HALF, [LAB_REFERENCED] = HALF },
		.arrows = {
			"send-copy cpu page-cache>socket-buffer",
			"referenced ref page-cache>socket-buffer",
		},
	},
	{
		.method = &direct,
		.route = LAB_LOOPBACK,
		.count = { [LAB_DISK_DMA] = LEN, [LAB_SEND_COPY] = LEN },
		.arrows = {
			"disk-dma dma disk>user-buffer",
			"send-copy cpu user-buffer>socket-buffer",
		},
	},
	{
		.method = &direct,
		.route = LAB_LOOPBACK,
		.count = { [LAB_DISK_DMA] = LEN, [LAB_REFERENCED] = LEN },
		.arrows = {
			"disk-dma dma disk>user-buffer",
			"referenced ref user-buffer>socket-buffer",
		},
	},
	{
		.method = &module_direct,
		.route = LAB_LOOPBACK,
		.count = { [LAB_DISK_DMA] = LEN, [LAB_REFERENCED] = LEN },
		.arrows = {
			"disk-dma dma disk>page-cache",
			"referenced ref page-cache>socket-buffer",
		},
	},
	{
		.method = &buffered,
		.route = LAB_LOOPBACK,
	},
};

static void test_path(size_t i)
{
	struct lab_row row = {
		.method = paths[i].method, .route = paths[i].route, .len = LEN,
	};
	char expected[1000] = "";
	const char *text, *found;
	int nr;

	memcpy(row.count, paths[i].count, sizeof(row.count));
	for (nr = 0; paths[i].arrows[nr]; nr++) {
		if (nr)
			strcat(expected, ", ");
		strcat(expected, paths[i].arrows[nr]);
	}
	text = path_of(&row);
	found = arrows_of(text);
	tap_ok(!strcmp(found, expected), "%s: %s", row.method->name, found);
	tap_ok(is_xml(text) && count_of(text, "class=\"number bold\"") == nr,
	       "XML, with %d numbers", nr);
}

static const struct {
	enum lab_count count;
	const char *id;
	const char *class;
	const char *unknown;
} arrows[] = {
	{ LAB_DISK_DMA, "disk-dma", "dma", "reads of the disk" },
	{ LAB_READ_COPY, "read-copy", "cpu", "copies on reading" },
	{ LAB_COW_COPY, "cow-copy", "cpu", "copies on write" },
	{ LAB_SEND_COPY, "send-copy", "cpu", "copies on sending" },
	{ LAB_REFERENCED, "referenced", "ref", "references" },
	{ LAB_SKB_COPY, "skb-copy", "cpu", "copies between socket buffers" },
	{ LAB_NIC_DMA, "nic-dma", "dma", "reads of the NIC" },
};

#define NR_ARROWS	(sizeof(arrows) / sizeof(*arrows))

/* Is the arrow @i drawn, or not, and each other, with its own count? */
static bool drawn_but(const struct lab_row *row, size_t i, bool drawn)
{
	const char *text = path_of(row);
	char arrow[100];
	size_t k;

	for (k = 0; k < NR_ARROWS; k++) {
		snprintf(arrow, sizeof(arrow), "<g id=\"%s\" class=\"%s\" data-bytes=\"%llu\" ",
			 arrows[k].id, arrows[k].class, row->count[arrows[k].count]);
		if (count_of(text, arrow) != (k != i || drawn))
			return false;
	}
	return count_of(text, " data-bytes=") == (int)NR_ARROWS - !drawn;
}

static void test_each_count(void)
{
	struct lab_row row = { .method = &buffered, .route = LAB_NIC, .len = LEN };
	char words[100];
	size_t i;

	for (i = 0; i < NR_ARROWS; i++)
		row.count[arrows[i].count] = HALF + 1000 * i;
	tap_ok(drawn_but(&row, 0, true), "all arrows");
	tap_ok(!strstr(path_of(&row), "Not counted"), "all of it was counted");
	for (i = 0; i < NR_ARROWS; i++) {
		__u64 *count = row.count + arrows[i].count;

		*count = 0;
		tap_ok(drawn_but(&row, i, false), "%s: nothing, no arrow", arrows[i].id);
		*count = LEN / 101;
		tap_ok(drawn_but(&row, i, false), "%s: too little", arrows[i].id);
		*count = LEN / 99;
		tap_ok(drawn_but(&row, i, true), "%s: enough", arrows[i].id);
		*count = LAB_UNKNOWN;
		snprintf(words, sizeof(words), ">Not counted: %s<", arrows[i].unknown);
		tap_ok(drawn_but(&row, i, false) && strstr(path_of(&row), words),
		       "%s: not counted, and said", arrows[i].id);
		*count = HALF + 1000 * i;
	}
}

#define LONG	"a title that is longer than any of a method, "

static void test_words(void)
{
	static const struct lab_method longer = {
		.name = "longer", .what = "",
		.title = LONG LONG LONG,
	};
	struct lab_row row = {
		.method = &buffered, .route = LAB_NIC, .cache = LAB_COLD, .len = LEN,
		.cpu_ns = 12345678, .wrong = "a < b && \"c\" \x01",
		.count = { [LAB_SYSCALLS] = 512, [LAB_READ_COPY] = LEN * 3 / 2,
			   [LAB_NIC_DMA] = LEN, [LAB_NIC_GATHERED] = HALF },
	};
	const char *text = path_of(&row);

	tap_ok(is_xml(text) && strstr(text, ">read &amp; write &lt;1&gt;<"), "a title is escaped");
	tap_ok(strstr(text, "Wrong: a &lt; b &amp;&amp; &quot;c&quot;"), "what is wrong is said");
	tap_ok(strstr(text, ">1.50x, 24.0 MiB<"), "how much, by byte of the file and in all");
	tap_ok(strstr(text, ">0.50x gathered<"), "how much was gathered");
	tap_ok(strstr(text, ">NIC, scatter-gather on, cold page cache: 16.0 MiB, CPU 12.35 ms, ") &&
	       strstr(text, ", 512 system calls<"), "the caption");
	tap_ok(strstr(text, "1: page cache to user buffer, CPU copy, 1.50x, 24.0 MiB."),
	       "the arrows in words");
	tap_ok(strstr(text, "<g id=\"disk\" class=\"box idle\">") &&
	       strstr(text, "<g id=\"user-buffer\" class=\"box\">"),
	       "what nothing touches is grey");
	tap_ok(strstr(text, "prefers-color-scheme: dark") && strstr(text, "role=\"img\"") &&
	       !strstr(text, "<script") && count_of(text, "http") == 1,
	       "light and dark, and nothing from elsewhere");

	row.count[LAB_NIC_GATHERED] = LAB_UNKNOWN;
	row.count[LAB_SYSCALLS] = LAB_UNKNOWN;
	row.cpu_ns = 0;
	text = path_of(&row);
	tap_ok(strstr(text, "gathered: not counted") && strstr(text, "system calls not counted") &&
	       strstr(text, "CPU time not measured"), "what is not known is said");

	row.skipped = "no <java>";
	text = path_of(&row);
	tap_ok(strstr(text, "Not run: no &lt;java&gt;") && !*arrows_of(text),
	       "skipped: why, and no arrow");
	row.method = &longer;
	text = path_of(&row);
	tap_ok(strstr(text, "font-size=\"10.0\" class=\"bold\"") && strstr(text, "…</text>"),
	       "a long title is cut");
}

static void test_bars(void)
{
	const struct lab_row rows[] = {
		{ .method = &buffered, .len = LEN, .cpu_ns = 4e6,
		  .count = { [LAB_READ_COPY] = LEN, [LAB_SEND_COPY] = LEN,
			     [LAB_DISK_DMA] = HALF } },
		{ .method = &mapped, .len = LEN, .cpu_ns = 2e6,
		  .count = { [LAB_SEND_COPY] = LEN, [LAB_SKB_COPY] = LAB_UNKNOWN } },
		{ .method = &direct, .skipped = "no <disk>" },
		{ .method = &module_direct, .route = LAB_NIC_NO_SG, .cache = LAB_COLD, .len = LEN,
		  .wrong = "a & b", .count = { [LAB_NIC_DMA] = LEN } },
	};
	char *text, *row;
	int err;

	empty_dir();
	err = bars_write(dir, rows, sizeof(rows) / sizeof(*rows));
	text = read_picture("bars-nic-no-sg-cold.svg");
	tap_ok(!err && is_xml(text) && count_of(text, "class=\"row\"") == 1 &&
	       strstr(text, "data-method=\"module\"") && strstr(text, "Wrong: a &amp; b") &&
	       strstr(text, ">not measured<"), "bars: a section");
	free(text);
	text = read_picture("bars-loopback-warm.svg");
	tap_ok(is_xml(text) && count_of(text, "class=\"row\"") == 3, "bars: another");
	tap_ok(strstr(text, ">read &amp; write &lt;1&gt;<"), "bars: a title is escaped");
	tap_ok(strstr(text, ">Not run: no &lt;disk&gt;<"), "bars: a skipped row says why");
	tap_ok(count_of(text, "Not counted: ") == 1 &&
	       strstr(text, ">Not counted: copy between socket buffers<") &&
	       strstr(text, ">≥ 1.00x<"), "bars: what is not counted is said");
	tap_ok(strstr(text, "class=\"time\" x=\"210\" y=\"118.0\" width=\"120.00\"") &&
	       strstr(text, "width=\"60.00\"") && strstr(text, ">2.00x the least<"),
	       "bars: half the time is half the width");
	row = strstr(text, "data-method=\"buffered\"");
	*strstr(row, "data-method=\"mapped\"") = 0;
	tap_ok(strstr(row, "class=\"read-copy\" x=\"420.00\" y=\"118.0\" width=\"108.00\"") &&
	       strstr(row, "class=\"send-copy\" x=\"528.00\" y=\"118.0\" width=\"108.00\"") &&
	       strstr(row, "class=\"disk-dma\" x=\"420.00\" y=\"135.0\" width=\"54.00\"") &&
	       count_of(row, "data-bytes=") == 3, "bars: copies one after another, DMA apart");
	free(text);
	tap_ok(empty_dir() == 2, "bars: no other file");
	tap_ok(!bars_write(dir, rows, 0) && !empty_dir(), "bars: no rows, no file");
}

/* Write a picture where files may be a byte shorter than it is: fclose() finds out. */
static int limited_write(const struct lab_row *row)
{
	struct rlimit limit, shorter;
	int err;

	getrlimit(RLIMIT_FSIZE, &limit);
	shorter = limit;
	shorter.rlim_cur = strlen(path_of(row)) - 1;
	empty_dir();
	fflush(stdout);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &shorter);
	err = path_write(dir, row);
	setrlimit(RLIMIT_FSIZE, &limit);
	return err;
}

static void test_errors(void)
{
	struct lab_row row = { .method = &mapped, .len = LEN };
	char path[300];

	tap_ok(path_write("/nonexistent", &row) == -ENOENT, "no directory");
	tap_ok(bars_write("/nonexistent", &row, 1) == -ENOENT, "bars: no directory");
	empty_dir();
	snprintf(path, sizeof(path), "%s/path-mapped-loopback-warm.svg", dir);
	tap_ok(!mkdir(path, 0700) && path_write(dir, &row) == -EISDIR, "in the way");
	rmdir(path);
	tap_ok(!empty_dir(), "and nothing is left");
	tap_ok(!symlink("/dev/full", strcat(path, ".part")) && path_write(dir, &row) == -ENOSPC,
	       "a full disk");
	tap_ok(!empty_dir(), "and nothing is left");
	tap_ok(limited_write(&row) == -EFBIG && !empty_dir(), "the last byte does not fit");
}

int main(void)
{
	size_t i;

	strcpy(dir, "/tmp/zcxfer-svg-XXXXXX");
	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		test_path(i);
	test_each_count();
	test_words();
	test_bars();
	test_errors();
	empty_dir();
	rmdir(dir);
	return tap_done();
}
