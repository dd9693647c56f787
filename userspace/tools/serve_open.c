// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens what a request names, and nothing outside of the directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "serve.h"

/* How often a path is tried while somebody renames its directories. */
#define TRIES	10

/* Returns a file descriptor, or a negative errno. */
static int open_resolved(int root, const char *path, __u64 flags, __u64 resolve)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	int file, i;

	for (i = 0; i < TRIES; i++) {
		file = syscall(SYS_openat2, root, *path ? path : ".", &how,
			       sizeof(how));
		if (file >= 0 || errno != EAGAIN)
			break;
	}
	return file < 0 ? -errno : file;
}

/* Reads the absolute path of an open file. */
static bool path_of(int file, char path[static PATH_MAX])
{
	char link[32];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	len = readlink(link, path, PATH_MAX - 1);
	if (len < 1 || len == PATH_MAX - 1)
		return false;
	path[len] = '\0';
	return true;
}

/*
 * Follows links that name a file in @root by an absolute path, or by way of its
 * parent. Only the path that comes out is opened, and that below @root.
 */
static int open_by_links(int root, const char *path, __u64 flags)
{
	int file = open_resolved(root, path, O_PATH, 0);
	char base[PATH_MAX], target[PATH_MAX];
	size_t len;
	bool known;

	if (file < 0)
		return file;
	known = path_of(root, base) && path_of(file, target);
	close(file);
	if (!known)
		return -EXDEV;
	len = strcmp(base, "/") ? strlen(base) : 0;
	if (strncmp(base, target, len) ||
	    (target[len] != '/' && target[len] != '\0'))
		return -EXDEV;
	return open_resolved(root, target + len + (target[len] == '/'), flags,
			     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

/**
 * open_beneath() - open a file of the directory
 * @root: the directory
 * @path: path, as from http_decode_path()
 *
 * The kernel refuses a path that leads out of there by ".." or by a symbolic link.
 *
 * Return: a file descriptor, or a negative errno: -EXDEV if the path leads out.
 */
int open_beneath(int root, const char *path)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	const __u64 flags = O_RDONLY | O_NOCTTY | O_NONBLOCK;
	int file = open_resolved(root, path, flags, RESOLVE_BENEATH);

	return file == -EXDEV ? open_by_links(root, path, flags) : file;
}

/*
 * True if the size of the file is not its length, because the kernel makes its bytes
 * when they are read. Such files have no blocks, and most have the size zero.
 */
static bool is_pseudo(int file, struct stat *st)
{
	static const unsigned int types[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
		BPF_FS_MAGIC, EFIVARFS_MAGIC, SELINUX_MAGIC, SMACK_MAGIC,
		AAFS_MAGIC, BINFMTFS_MAGIC,
	};
	struct statfs fs;
	char byte;
	size_t i;

	if (st->st_blocks || fstatfs(file, &fs))
		return false;
	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if ((unsigned int)fs.f_type == types[i])
			return true;
	}
	/* Unless the file has grown meanwhile. */
	return !st->st_size && pread(file, &byte, 1, 0) == 1 &&
	       !fstat(file, st) && !st->st_size;
}

/* Checks the open file of @res. Returns 0 or a negative errno. */
static int check_file(struct resource *res)
{
	if (fstat(res->file, &res->st))
		return -errno;
	if (!S_ISREG(res->st.st_mode))
		return S_ISDIR(res->st.st_mode) ? -EISDIR : -ENXIO;
	if (is_pseudo(res->file, &res->st))
		return -ENXIO;
	http_set_validators(&res->val, &res->st, time(NULL));
	return 0;
}

/* Replaces the file of @res by @path, if that is not older than @modified. */
static bool use_coded(struct resource *res, int root, const char *path,
		      time_t modified)
{
	struct resource coded = *res;

	coded.file = open_beneath(root, path);
	if (coded.file < 0)
		return false;
	if (check_file(&coded) || coded.st.st_mtime < modified) {
		close(coded.file);
		return false;
	}
	close(res->file);
	*res = coded;
	return true;
}

/* Replaces the file of @res by a compressed one, if the client prefers that. */
static void choose_coding(struct resource *res, int root, char *path,
			  const struct http_request *req)
{
	/* Of two that the client likes as much the first: it is smaller. */
	static const struct {
		const char *name;
		char suffix[SUFFIX_SIZE];
	} codings[] = {
		{ "br", ".br" },
		{ "gzip", ".gz" },
	};
	int best = http_coding_weight(req->fields, "identity") - 1, weight;
	time_t modified = res->st.st_mtime;
	size_t len = strlen(path), i;

	if (best < 0)
		best = 0;
	res->varies = true;
	for (i = 0; i < sizeof(codings) / sizeof(*codings); i++) {
		weight = http_coding_weight(req->fields, codings[i].name);
		memcpy(path + len, codings[i].suffix, SUFFIX_SIZE);
		if (weight > best && use_coded(res, root, path, modified)) {
			res->coding = codings[i].name;
			best = weight;
		}
	}
	path[len] = '\0';
}

/**
 * open_resource() - open a file
 * @res: filled in; the caller must close its file, also after a failure
 * @srv: the server
 * @path: path of the file; %SUFFIX_SIZE bytes from its end on are used
 * @req: the request
 *
 * Return: 0, or a negative errno: -EISDIR if the file, which is then open, is a
 * directory; -ENXIO if it is neither that nor a regular file.
 */
int open_resource(struct resource *res, const struct server *srv, char *path,
		  const struct http_request *req)
{
	int err;

	*res = (struct resource){ .type = http_content_type(path) };
	res->file = open_beneath(srv->root, path);
	err = res->file < 0 ? res->file : check_file(res);
	if (!err && srv->precompressed)
		choose_coding(res, srv->root, path, req);
	return err;
}
