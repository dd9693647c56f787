/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One thread that serves many connections: on each there is one transfer in
 * flight, and the next begins when the peer has said that it has the last.
 *
 *   loop.c     the loop; the ways that wait with epoll
 *   ring.c     the ways that wait with io_uring
 *   crowd.c    the other end of all connections
 *   small.c    the files
 *   ../../userspace/lab/cpu.c    what all that takes, the kernel's own threads included
 */
#ifndef ZCXFER_BENCH_LOOP_H
#define ZCXFER_BENCH_LOOP_H

#include <liburing.h>

#include "../../userspace/lab/cpu.h"
#include "bench.h"

#define MAX_CONNS	256
#define LOOP_LEN	(16 * KIB)	/* of every transfer */
#define NR_SMALL	(MIB / LOOP_LEN)

struct conn {
	int sock;
	unsigned int begun;	/* transfers */
	int file;		/* what is sent: where it goes on */
	off_t offset;
	size_t left;
	bool awaits_room;
	int pipe[2];		/* for splice */
	struct zcxfer_desc desc;
	struct zcxfer_transfer transfer;
};

struct loop {
	struct conn conns[MAX_CONNS];
	unsigned int nr;
	void (*choose)(struct conn *c, unsigned int index);
	const struct way *way;
	bool over;		/* no more transfers begin */
	unsigned int in_flight;
	unsigned int done;
	int epoll;
	int dev;		/* of its own, for jobs */
	unsigned int jobs;	/* whose completion was not read */
	bool to_read;		/* there may be completions */
	struct io_uring ring;
	struct io_uring_buf_ring *buffers;
};

/**
 * struct way - a way to serve the connections
 * @name: of the table
 * @open: make ready for the connections of the loop
 * @begin: send what the connection is to be sent, without waiting for the socket;
 *	called again when there is room, if it @awaits_room
 * @serve: wait until something has happened, and tell loop_acked() of it
 * @close: undo @open
 */
struct way {
	const char *name;
	int (*open)(struct loop *l);
	int (*begin)(struct loop *l, struct conn *c);
	int (*serve)(struct loop *l);
	void (*close)(struct loop *l);
};

/* loop.c */
extern const struct way way_sendfile, way_zcxfer, way_jobs;
struct zcxfer_transfer *conn_transfer(struct conn *c, unsigned int flags);
int loop_acked(struct loop *l, struct conn *c);
int loop_run(struct loop *l, double ns);
int loop_verify(struct loop *l);

/* ring.c */
extern const struct way way_splice, way_uring;

/* Latencies that the other end measures; shared with it. */
struct latencies {
	unsigned int nr;
	double ns[1 << 16];
};

/* The other end. */
struct crowd {
	unsigned int nr;	/* connections */
	const char *(*expected)(unsigned int conn, unsigned int transfer);
	bool compare;		/* else what comes is discarded */
	struct latencies *(*latencies)(unsigned int conn);	/* or NULL */
	int listener;
};

/* crowd.c */
pid_t crowd_start(struct bench *b, struct crowd *crowd, struct loop *l);
int crowd_end(struct bench *b, pid_t pid, struct loop *l);

/* Hot: in the page cache. */
struct small_files {
	int fds[NR_SMALL];
	char *bytes;		/* of all of them */
};

/* small.c */
int small_make(struct small_files *small, const char *beside);
void small_choose(const struct small_files *small, struct conn *c,
		  unsigned int index);
const char *small_expected(const struct small_files *small, unsigned int conn,
			   unsigned int transfer);
void small_close(struct small_files *small);

#endif /* ZCXFER_BENCH_LOOP_H */
