// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fusefs.h"

static void answer(struct fuse_server *fs, __u64 unique, int error,
		   const void *data, size_t len)
{
	struct fuse_out_header out = {
		.len = sizeof(out) + len, .error = -error, .unique = unique,
	};
	struct iovec iov[] = {
		{ &out, sizeof(out) }, { (void *)data, len },
	};

	/* These errors mean that nobody waits for the answer any more. */
	if (writev(fs->fd, iov, 2) < 0 && errno != ENOENT && errno != EINTR)
		perror("# FUSE reply");
}

static struct fuse_attr attributes(__u64 node)
{
	bool is_file = node == FILE_NODE;

	return (struct fuse_attr){
		.ino = node,
		.size = is_file ? FILE_SIZE : 0,
		.mode = is_file ? S_IFREG | 0644 : S_IFDIR | 0755,
		.nlink = 1,
		.blksize = 4096,
	};
}

static void answer_read(struct fuse_server *fs, __u64 unique,
			const struct fuse_read_in *in)
{
	static char buf[MIB(1)];
	__u64 len = in->size;

	if (fs->silent) {
		fs->unanswered = unique;
		fs->request = *in;
	}
	fs->reads++;
	if (fs->silent)
		return;
	if (in->offset + len > FILE_SIZE)
		len = in->offset < FILE_SIZE ? FILE_SIZE - in->offset : 0;
	if (in->offset + len > fs->bad_from) {
		answer(fs, unique, EIO, NULL, 0);
		return;
	}
	if (fs->before_answer)
		fs->before_answer(fs);
	pattern_fill(buf, FILE_SEED, in->offset, len);
	answer(fs, unique, 0, buf, len);
}

void fuse_answer_late(struct fuse_server *fs)
{
	fs->silent = false;
	answer_read(fs, fs->unanswered, &fs->request);
}

bool fuse_serve_one(struct fuse_server *fs)
{
	static char buf[FUSE_MIN_READ_BUFFER + MIB(1)];
	struct fuse_in_header *in = (void *)buf;
	void *arg = in + 1;
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = KIB(128),
		/* Without this FUSE waits for each read, and SIGKILL does not end that. */
		.flags = FUSE_ASYNC_READ,
		.max_write = 4096,
		/* Reads that are in flight at a time. */
		.max_background = 64,
		.congestion_threshold = 64,
	};
	struct fuse_entry_out entry = { .nodeid = FILE_NODE };
	struct fuse_open_out opened = { .open_flags = fs->open_flags };
	struct fuse_attr_out attr = {};

	if (read(fs->fd, buf, sizeof(buf)) < 0)
		return errno == EINTR || errno == ENOENT;

	switch (in->opcode) {
	case FUSE_INIT:
		answer(fs, in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		entry.attr = attributes(FILE_NODE);
		answer(fs, in->unique, strcmp(arg, "file") ? ENOENT : 0, &entry,
		       strcmp(arg, "file") ? 0 : sizeof(entry));
		break;
	case FUSE_GETATTR:
		attr.attr = attributes(in->nodeid);
		answer(fs, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(fs, in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		answer_read(fs, in->unique, arg);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		answer(fs, in->unique, 0, NULL, 0);
		break;
	default:
		answer(fs, in->unique, EOPNOTSUPP, NULL, 0);
	}
	return true;
}

void *fuse_serve(void *arg)
{
	while (fuse_serve_one(arg))
		;
	return NULL;
}

int fuse_mount(struct fuse_server *fs)
{
	char options[100];

	fs->fd = open("/dev/fuse", O_RDWR);
	if (fs->fd < 0 && !system("modprobe -q fuse"))
		fs->fd = open("/dev/fuse", O_RDWR);
	if (fs->fd < 0)
		return -errno;
	mkdir(MOUNT_POINT, 0755);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fs->fd, fs->uid,
		 fs->uid);
	if (mount("zctest", MOUNT_POINT, "fuse", 0, options))
		return -errno;
	return -pthread_create(&fs->thread, NULL, fuse_serve, fs);
}

int fuse_abort(struct fuse_server *fs)
{
	int err = umount2(MOUNT_POINT, MNT_DETACH | MNT_FORCE) ? -errno : 0;

	pthread_cancel(fs->thread);
	pthread_join(fs->thread, NULL);
	close(fs->fd);
	return err;
}
