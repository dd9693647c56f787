/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bench: the lab over shapes. A response, a number of ranges of a file, is sent by
 * several of the lab's methods, by its sender and receiver, and counted as it counts.
 *
 *   main.c     options, and the order of measurements
 *   methods.c  the methods, some of them variants that the lab has not
 *   sample.c   a method that sends a response, counted and timed
 *   shapes.c   the shapes: compared and counted, then timed
 *   sections.c the same for a counter of instructions (--sections)
 *   many.c     many sockets, for the same counter
 *   files.c    whole files (--files)
 *   scan.c     reference against copy (--copybreak-scan)
 *   peer.c     the other end of what follows
 *   receive.c  the receive direction (--receive)
 *   direct.c   a slow disk, directly (--direct)
 *   cold.c     ranges that are not in the page cache (--direct)
 *   depth.c    many small transfers at a time (--depth): see loop.h
 *   hot.c      cached files beside ranges that a disk has (--hot): see loop.h
 *   report.c   tables and JSON
 */
#ifndef ZCXFER_BENCH_H
#define ZCXFER_BENCH_H

#include <stdint.h>
#include <stdio.h>

#include <zcxfer.h>

#include "../../userspace/lab/core.h"

#define KIB		1024ul
#define MIB		(1024ul * KIB)

#define NR_METHODS	9
#define NR_SHAPES	15

/**
 * struct bench - what is sent, and how it is measured
 * @route: loopback
 * @source: the file
 * @module: /dev/zcxfer can be used
 * @counting: the kernel counts: nothing is timed then
 * @ranges: a response
 * @nr: ranges of a response
 * @batch: responses between two acknowledgments
 * @samples: of each method, at least
 * @copybreak: the module's
 * @only: index of the only method to run, or -1
 */
struct bench {
	struct route route;
	struct source source;
	bool module;
	bool counting;
	struct lab_range ranges[LAB_MAX_RANGES];
	unsigned int nr;
	unsigned int batch;
	unsigned int samples;
	unsigned int copybreak;
	int only;
};

/**
 * struct method - a method of the bench
 * @name: in tables, JSON, and on the command line
 * @lab: the lab's
 * @extra: a stronger variant, in a table of its own
 * @gathers: differs from the method above only by gathering ranges
 */
struct method {
	const char *name;
	const struct lab_method *lab;
	bool extra;
	bool gathers;
};

/* methods.c */
extern const struct method methods[NR_METHODS];
extern const unsigned int method_sendfile, method_zcxfer;
bool left_out(const struct bench *b, unsigned int m);

struct shape {
	const char *name;
	size_t len;
	unsigned int count;
	double goal;	/* against sendfile */
	bool big;	/* packets of more than 64 KiB (BIG TCP) */
};

/* Of one response; negative: not known. */
struct counts {
	double syscalls;
	double bytes_copied;
	double socket_calls;
};

#define NO_COUNTS	((struct counts){ -1, -1, -1 })

/* What was measured, of one response. */
struct sample {
	double cpu_ns;
	double wall_ns;
	struct counts counts;
};

/* What was measured of one shape. */
struct row {
	struct sample of[NR_METHODS];
};

/* A method that is being timed: it stays connected from one sample to the next. */
struct sampler {
	struct run run;
	struct lab_row row;
};

/* sample.c */
int count_start(struct bench *b);
void count_stop(struct bench *b);
int count_method(struct bench *b, const struct lab_method *method,
		 enum take take, unsigned int responses, struct lab_row *row,
		 struct counts *counts);
int sampler_open(struct sampler *s, struct bench *b, const struct lab_method *method,
		 enum take take);
int sampler_take(struct sampler *s, unsigned int responses, struct sample *best);
unsigned int sampler_calibrate(struct sampler *s);
int sampler_close(struct sampler *s);
void sample_improve(struct sample *best, double cpu_ns, double wall_ns);

/* shapes.c */
extern const struct shape shapes[NR_SHAPES];
bool shape_wanted(const struct bench *b, const struct shape *shape, const char *only);
int shape_place(struct bench *b, const struct shape *shape);
int shapes_run(struct bench *b, const char *only, unsigned int sinks,
	       struct row rows[2][NR_SHAPES]);

/* sections.c */
int sections_run(struct bench *b, const char *only, const char *path);

/* many.c: 4 KiB to each of 16 sockets, by zcxfer in so many calls. */
#define MANY_CALLS	"16 sockets"
#define MANY_ONE_CALL	"16, one call"

int many_run(const struct bench *b, const char *only, FILE *names);
bool many_wanted(const char *only);

/* files.c */
int files_run(struct bench *b, char **paths, unsigned int nr);

/* scan.c */
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

/* Accepts from the listener; returns the exit code. */
typedef int peer_main(int listener, void *arg);

/* The other end: a process, and how to connect to it. */
struct peer {
	struct process process;
	int buffers;		/* bytes of the sockets', 0: the kernel's default */
	in_port_t port;
};

/* Of the sockets; 0: the kernel's default. */
struct peer_options {
	int buffers;			/* bytes */
	unsigned long long pace;	/* bytes per second */
};

struct peer_times {
	double blocked_ns;	/* until the method returned */
	double wall_ns;		/* until all had arrived */
	double cpu_ns;
};

/* peer.c */
int peer_start(struct peer *peer, peer_main *run, void *arg);
int peer_connect(const struct peer *peer);
int peer_end(struct peer *peer);
int peer_send(const struct lab_method *method, struct lab_transfer *t,
	      const struct lab_range *ranges, unsigned int nr,
	      const struct peer_options *options, const char *bytes,
	      struct peer_times *times);

/* report.c */
void report_table(const struct row rows[NR_SHAPES], const char *sink);
void report_goals(const struct row rows[NR_SHAPES], const char *sink);
void report_files(const struct sample *samples, const double *most_cpu_ns, size_t bytes);
int report_json(const char *path, struct row rows[2][NR_SHAPES]);

#endif /* ZCXFER_BENCH_H */
