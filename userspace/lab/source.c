// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file that is sent. Each 8 bytes of it are a hash of their offset, so that bytes
 * that arrive twice, or in the wrong place, are detected.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core.h"

#define MAX_STEP	(1 << 20)

/* splitmix64 */
static __u64 hash(__u64 x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/**
 * pattern_fill - make the bytes that the file has at an offset
 * @data: filled in
 * @len: bytes, a multiple of 8
 * @offset: a multiple of 8
 */
void pattern_fill(__u64 *data, size_t len, __u64 offset)
{
	size_t i;

	for (i = 0; i < len / 8; i++)
		data[i] = hash(offset / 8 + i);
}

/**
 * pattern_differs - compare bytes with the file
 * @data: the bytes
 * @len: their number, a multiple of 8, at most %LAB_CHUNK
 * @offset: their offset in the file, a multiple of 8
 *
 * Return: the index of the first byte that differs, or @len.
 */
size_t pattern_differs(const void *data, size_t len, __u64 offset)
{
	static __u64 expected[LAB_CHUNK / 8];
	const unsigned char *a = data, *b = (const unsigned char *)expected;
	size_t i;

	pattern_fill(expected, len, offset);
	if (!memcmp(a, b, len))
		return len;
	for (i = 0; a[i] == b[i]; i++)
		;
	return i;
}

/* How much is written at a time determines how large the page cache's folios are. */
static int write_pattern(int fd, size_t len, size_t step)
{
	static __u64 data[MAX_STEP / 8];
	size_t done;

	for (done = 0; done < len; done += step) {
		pattern_fill(data, step, done);
		errno = ENOSPC;
		if (write(fd, data, step) != (ssize_t)step)
			return -1;
	}
	return fsync(fd);
}

/* The requests of a partition are counted for the whole disk. */
static void find_disk(struct source *source)
{
	unsigned int major, minor;
	char path[PATH_MAX + 16], dir[PATH_MAX], real[PATH_MAX];
	struct stat st;
	FILE *file;

	if (stat(source->path, &st))
		return;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(st.st_dev),
		 minor(st.st_dev));
	if (!realpath(path, real))
		return;
	snprintf(path, sizeof(path), "%s/partition", real);
	snprintf(dir, sizeof(dir), "%.*s", (int)sizeof(dir) - 1, real);
	if (!access(path, F_OK))
		*strrchr(dir, '/') = 0;
	/* Devices on top of other disks (dm, md) have no requests to count. */
	snprintf(path, sizeof(path), "%s/mq", dir);
	if (access(path, F_OK))
		return;
	snprintf(path, sizeof(path), "%s/dev", dir);
	file = fopen(path, "r");
	if (!file)
		return;
	if (fscanf(file, "%u:%u", &major, &minor) == 2) {
		source->disk = major << 20 | minor;
		snprintf(source->disk_name, sizeof(source->disk_name), "%.31s",
			 strrchr(dir, '/') + 1);
	}
	fclose(file);
}

static int in_memory(const char *dir)
{
	struct statfs fs;

	if (statfs(dir, &fs))
		return -errno;
	return fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
}

/**
 * source_make - make the file
 * @source: set
 * @dir: its folder, on a file system that has a disk
 * @len: its length, a multiple of %LAB_CHUNK
 *
 * Return: 0, or -1 after a message.
 */
int source_make(struct source *source, const char *dir, size_t len)
{
	int fd, memory = in_memory(dir);

	*source = (struct source) { .len = len };
	if (memory < 0) {
		lab_error("%s: %s", dir, strerror(-memory));
		return -1;
	}
	if (memory) {
		lab_error("%s is in memory, and has no disk to read from: use another --dir",
			  dir);
		return -1;
	}
	snprintf(source->path, sizeof(source->path), "%s/zcxfer-lab.XXXXXX", dir);
	fd = mkstemp(source->path);
	if (fd < 0 || write_pattern(fd, len, LAB_CHUNK)) {
		lab_error("%s: %s", source->path, strerror(errno));
		if (fd >= 0)
			source_remove(source);
		return -1;
	}
	close(fd);
	find_disk(source);
	return 0;
}

/**
 * source_use - take a file that exists
 * @source: set
 * @path: the file
 * @len: its length
 */
void source_use(struct source *source, const char *path, size_t len)
{
	*source = (struct source) { .len = len };
	snprintf(source->path, sizeof(source->path), "%s", path);
}

/**
 * source_make_at - make the file, with a name that is given, unless it exists
 * @source: set
 * @path: the file
 * @len: its length, a multiple of 1 MiB
 *
 * Return: 0, or -1 after a message.
 */
int source_make_at(struct source *source, const char *path, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	source_use(source, path, len);
	if (fd < 0 && errno == EEXIST) {
		if (source_is_unchanged(source))
			return 0;
		lab_error("%s exists, and this program did not make it", path);
		return -1;
	}
	if (fd < 0 || write_pattern(fd, len, MAX_STEP)) {
		lab_error("%s: %s", path, strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

/**
 * source_remove - remove the file
 * @source: the file
 */
void source_remove(struct source *source)
{
	unlink(source->path);
}

/*
 * Packets received on another CPU than the one they were sent on are queued to be freed
 * on the latter when it next receives (skb_attempt_defer_free()), and hold their pages
 * until then. So every CPU is made to receive a packet.
 */
static void free_packets(void)
{
	struct sockaddr_in discard = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	long cpu, nr = sysconf(_SC_NPROCESSORS_ONLN);
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cpu_set_t all, one;

	sched_getaffinity(0, sizeof(all), &all);
	for (cpu = 0; cpu < nr; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		sendto(sock, "", 1, 0, (struct sockaddr *)&discard, sizeof(discard));
	}
	sched_setaffinity(0, sizeof(all), &all);
	close(sock);
}

/* Time for packets that hold its pages to be acknowledged and freed. */
#define DROP_SECONDS	30

static const char *drop(const struct source *source, int fd)
{
	double end = lab_seconds() + DROP_SECONDS;

	while (!lab_interrupted && lab_seconds() < end) {
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		if (!lab_cached(fd, source->len))
			return NULL;
		free_packets();
		usleep(50000);
	}
	return "the file does not leave the page cache: its pages are in use";
}

static const char *load(const struct source *source, int fd)
{
	static char data[LAB_CHUNK];

	while (read(fd, data, sizeof(data)) > 0)
		;
	return lab_cached(fd, source->len) * sysconf(_SC_PAGESIZE) == (long)source->len ? NULL :
		"the file does not stay in the page cache: too little memory";
}

/**
 * source_prepare - bring the file into the page cache, or out of it
 * @source: the file
 * @cache: the state wanted
 *
 * Return: NULL, or the error as text.
 */
const char *source_prepare(const struct source *source, enum lab_cache cache)
{
	int fd = open(source->path, O_RDONLY);
	const char *problem;

	if (fd < 0)
		return "the file cannot be opened any more";
	problem = cache == LAB_COLD ? drop(source, fd) : load(source, fd);
	close(fd);
	return problem;
}

/**
 * source_is_unchanged - check the file's content
 * @source: the file
 *
 * Return: true if it is what source_make() wrote.
 */
bool source_is_unchanged(const struct source *source)
{
	static __u64 data[LAB_CHUNK / 8];
	int fd = open(source->path, O_RDONLY);
	bool same = fd >= 0;
	size_t done;

	for (done = 0; same && done < source->len; done += LAB_CHUNK)
		same = read(fd, data, LAB_CHUNK) == LAB_CHUNK &&
		       pattern_differs(data, LAB_CHUNK, done) == LAB_CHUNK;
	same = same && read(fd, data, 1) == 0;
	if (fd >= 0)
		close(fd);
	return same;
}

/**
 * source_restore - write the file's content again
 * @source: the file
 */
void source_restore(const struct source *source)
{
	int fd = open(source->path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write_pattern(fd, source->len, LAB_CHUNK))
		lab_error("%s: %s", source->path, strerror(errno));
	if (fd >= 0)
		close(fd);
}
