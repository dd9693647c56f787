/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bench: one response, a number of ranges of a file, sent by every method.
 *
 *   main.c     options, what is run, the verdict
 *   method.c   the methods
 *   sink.c     the receiver, a process of its own on the other CPU
 *   count.c    counters of the kernel, by tracefs
 *   report.c   tables and JSON
 */
#ifndef ZCXFER_BENCH_H
#define ZCXFER_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <linux/zcxfer.h>

#define MAX_RANGES	512
#define NR_METHODS	9

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
	int pipe[2];
	char *kept;		/* the whole file, mapped and faulted in */
	char *buffer;
	struct range ranges[MAX_RANGES];
	unsigned int nr;
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

/* The receiver: sink.c */
pid_t sink_start(struct bench *b, enum sink kind, unsigned int responses);
int sink_end(struct bench *b, pid_t pid);

/* count.c */
int count_init(void);
void count_exit(void);
int count_run(struct bench *b, int (*send)(struct bench *b),
	      unsigned int responses, struct counts *counts);

/* report.c */
void report_table(const struct shape *shapes, unsigned int nr,
		  const struct row *rows, const char *sink);
void report_goals(const struct shape *shapes, unsigned int nr,
		  const struct row *rows, const char *sink);
void report_files(const struct sample *samples, size_t bytes);
int report_json(const char *path, const struct shape *shapes, unsigned int nr,
		const struct row *const rows[2]);

#endif /* ZCXFER_BENCH_H */
