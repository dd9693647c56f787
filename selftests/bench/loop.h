/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One thread that serves many connections: on each there is one transfer in
 * flight, and the next begins when the peer has acknowledged the last.
 *
 *   loop.c     the loop; services that wait with epoll
 *   ring.c     services that wait with io_uring
 *   crowd.c    the other end of all connections
 *   small.c    the files
 *   ../../userspace/lab/cpu.c    CPU time, that of the kernel's threads included
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
	int file;		/* what is left to send of the transfer */
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
	const struct service *service;
	bool over;		/* no more transfers begin */
	unsigned int in_flight;
	unsigned int done;
	int epoll;
	int dev;		/* opened by the service */
	unsigned int jobs;	/* whose completion has not been read */
	bool to_read;		/* completions may be ready */
	struct io_uring ring;
	struct io_uring_buf_ring *buffers;
};

/**
 * struct service - how the connections are served
 * @name: in tables
 * @open: prepare for the connections of the loop
 * @begin: begin the connection's transfer without waiting for the socket; called again
 *	when there is room, if the connection @awaits_room
 * @serve: wait until something has happened, and call loop_acked() for each
 *	acknowledgment
 * @close: undo @open
 */
struct service {
	const char *name;
	int (*open)(struct loop *l);
	int (*begin)(struct loop *l, struct conn *c);
	int (*serve)(struct loop *l);
	void (*close)(struct loop *l);
};

/* loop.c */
extern const struct service service_sendfile, service_zcxfer, service_jobs;
struct zcxfer_transfer *conn_transfer(struct conn *c, unsigned int flags);
int loop_acked(struct loop *l, struct conn *c);
int loop_run(struct loop *l, double ns);
int loop_verify(struct loop *l);

/* ring.c */
extern const struct service service_splice, service_uring;

/* Latencies that the other end measures, in memory shared with it. */
struct latencies {
	unsigned int nr;
	double ns[1 << 16];
};

/* The other end. */
struct crowd {
	struct peer peer;
	unsigned int nr;	/* connections */
	const char *(*expected)(unsigned int conn, unsigned int transfer);
	bool compare;		/* else all that arrives is discarded */
	struct latencies *(*latencies)(unsigned int conn);	/* or NULL */
};

/* crowd.c */
int crowd_start(struct crowd *crowd, struct loop *l);
int crowd_end(struct crowd *crowd, struct loop *l);

/* In the page cache. */
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
