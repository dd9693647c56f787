/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file system whose server is a thread of the test: it speaks the FUSE protocol and
 * has one file. It may be slow, fail, or not answer.
 */
#ifndef FUSEFS_H
#define FUSEFS_H

#include <linux/fuse.h>

#include "zctest.h"

#define FILE_SIZE	(MIB(1) + 123)
#define FILE_SEED	42
#define FILE_NODE	2
#define MOUNT_POINT	"/tmp/zctest.fuse"

struct fuse_server {
	int fd;			/* /dev/fuse */
	uid_t uid;		/* the user whose file system it is */
	pthread_t thread;
	__u32 open_flags;	/* FOPEN_* */
	__u64 bad_from;		/* from here on nothing can be read */
	atomic_bool silent;	/* do not answer reads */
	atomic_uint reads;
	__u64 unanswered;	/* the last read that was not answered, */
	struct fuse_read_in request;	/* and what it asks for */
	/* Called before each answer to a read, if not NULL. */
	void (*before_answer)(struct fuse_server *fs);
	void *arg;
};

/* Mounts the file system and starts its server. Returns a negative errno if not. */
int fuse_mount(struct fuse_server *fs);
/* Unmounts it, and ends its server and every wait for it. */
int fuse_abort(struct fuse_server *fs);
/* Serves one request. Returns false when the file system is unmounted. */
bool fuse_serve_one(struct fuse_server *fs);
/* Serves until then. */
void *fuse_serve(void *arg);
/* Answers the read that was not answered. */
void fuse_answer_late(struct fuse_server *fs);

#endif /* FUSEFS_H */
