/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bench: one response, a number of ranges of a file, sent by every method.
 *
 *   main.c     options, the verdict
 *   shapes.c   what is sent: verified, then timed
 *   sections.c the same, for who counts instructions (--sections)
 *   files.c    the file that is sent from; whole files (--files)
 *   scan.c     reference against copy (--copybreak-scan)
 *   receive.c  the way back
 *   direct.c   a slow disk, directly (--direct)
 *   cold.c     ranges that it has, and memory has not (--direct)
 *   depth.c    many small transfers at a time (--depth); see loop.h for
 *   hot.c      what is hot beside what is cold (--hot); these two
 *   method.c   the methods
 *   sample.c   one sample of a method
 *   peer.c     the other end, a process of its own on the other CPU
 *   sink.c     the receiver
 *   count.c    counters of the kernel, by tracefs
 *   report.c   tables and JSON
 */
#ifndef ZCXFER_BENCH_H
#define ZCXFER_BENCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include <linux/zcxfer.h>

#define KIB		1024ul
#define MIB		(1024ul * KIB)

#define MAX_RANGES	512
#define NR_METHODS	9
#define NR_SHAPES	10

/* One range of the file. */
struct range {
	off_t offset;
	size_t len;
};

/* What is sent, and with what. */
struct bench {
	int dev;		/* -1: no device, zcxfer is left out */
	int sock;
	int file;
	size_t file_size;
	int pipe[2];		/* for splice */
	int ack;		/* the receiver sends a byte after each batch */
	char *kept;		/* the whole file, mapped and faulted in */
	char *buffer;
	struct range ranges[MAX_RANGES];
	unsigned int nr;
	unsigned int batch;	/* responses; 0: they stream, no acks */
	unsigned int samples;	/* at least, of each method */
	unsigned int copybreak;	/* the module's */
	int only;		/* index of the one method to run, or -1 */
	struct zcxfer_result result;	/* of the last zcxfer call */
};

struct method {
	const char *name;
	int (*send)(struct bench *b);
	bool extra;	/* not what the texts describe: a stronger variant */
	bool gathers;	/* differs from its neighbour only in that */
};

extern const struct method methods[NR_METHODS];
extern const unsigned int method_sendfile, method_zcxfer;
int transfer(struct bench *b, unsigned long request, unsigned int flags);
int transfer_submit(struct bench *b);
int transfer_complete(struct bench *b);

struct shape {
	const char *name;
	size_t len;
	unsigned int count;
	double goal;	/* against sendfile */
};

enum sink { SINK_DISCARD, SINK_READ, SINK_COMPARE };

/* Counters of one response; negative: not known. */
struct counts {
	double syscalls;
	double bytes_copied;
	double socket_calls;
};

/* What was measured, per response. */
struct sample {
	double cpu_ns;
	double wall_ns;
	struct counts counts;
};

/* What was measured of one shape. */
struct row {
	struct sample of[NR_METHODS];
};

/* main.c */
extern bool counting;
void stop_counting(void);
bool left_out(const struct bench *b, unsigned int m);

/* shapes.c */
extern const struct shape shapes[NR_SHAPES];
bool shape_wanted(const struct shape *shape, const char *only);
void shape_place(struct bench *b, const struct shape *shape);
int shapes_run(struct bench *b, const char *only, unsigned int sinks,
	       struct row rows[2][NR_SHAPES]);

/* sections.c */
int sections_run(struct bench *b, const char *only, const char *path);

/* files.c */
int source_open(struct bench *b, const char *path);
void source_close(struct bench *b);
int source_make(const char *path);
void fill_block(char *block, __u64 *state);
int files_run(struct bench *b, char **paths, unsigned int nr);

/* scan.c */
void scan_restore(void);
int scan_run(struct bench *b);

/* receive.c */
typedef void json_writer(FILE *file, const char *shape, size_t len,
			 unsigned int count, const char *sink,
			 const char *method, const struct sample *s);
int receive_run(struct bench *b, const char *path);
void receive_json(json_writer *object, FILE *file);

/* direct.c */
int direct_run(struct bench *b, const char *path);
void direct_json(json_writer *object, FILE *file);

/* cold.c */
int cold_run(struct bench *b, const char *path);
void cold_json(json_writer *object, FILE *file);

/* depth.c */
int depth_run(struct bench *b, const char *beside);
void depth_json(json_writer *object, FILE *file);

/* hot.c */
int hot_run(struct bench *b, const char *beside, const char *path);
void hot_json(json_writer *object, FILE *file);

/* sample.c */
double now(clockid_t clock);
unsigned int sample_responses(const struct bench *b, double cpu_ns);
int sample_take(struct bench *b, int (*send)(struct bench *b),
		unsigned int responses, struct sample *best);

/* peer.c */
typedef int peer_main(const struct bench *b, int sock, void *arg);

/* What peer_compare() is to receive. */
struct expected {
	const char *bytes;
	size_t len;
};

int peer_listen(struct sockaddr_in *addr, int buffers, int backlog);
pid_t peer_start(struct bench *b, int buffers, peer_main *run, void *arg);
int peer_end(struct bench *b, pid_t pid);
peer_main peer_compare;

/* sink.c */
pid_t sink_start(struct bench *b, enum sink kind, unsigned int responses);
int sink_end(struct bench *b, pid_t pid);

/* count.c */
int count_init(void);
void count_exit(void);
int count_run(struct bench *b, int (*send)(struct bench *b),
	      unsigned int responses, struct counts *counts);

/* report.c */
void report_table(const struct row rows[NR_SHAPES], const char *sink);
void report_goals(const struct row rows[NR_SHAPES], const char *sink);
void report_files(const struct sample *samples, size_t bytes);
int report_json(const char *path, struct row rows[2][NR_SHAPES]);

#endif /* ZCXFER_BENCH_H */
