/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core of the lab: a method that sends, measured. It is linked into zcxfer-lab and
 * into the bench (selftests/bench); methods and experiments need only lab.h.
 */
#ifndef ZCXFER_LAB_CORE_H
#define ZCXFER_LAB_CORE_H

#include <limits.h>

#include "base.h"
#include "lab.h"

/* Bytes that a method with a buffer moves at a time. Files are multiples of it. */
#define LAB_CHUNK	(64 << 10)

/**
 * struct source - the file that is sent
 * @path: its path
 * @len: its length
 * @disk: its disk, as a dev_t of the kernel; 0 if not known
 * @disk_name: the name of the disk, "" if not known
 */
struct source {
	char path[PATH_MAX];
	size_t len;
	unsigned int disk;
	char disk_name[32];
};

/* source.c */
int source_make(struct source *source, const char *dir, size_t len);
void source_use(struct source *source, const char *path, size_t len);
int source_make_at(struct source *source, const char *path, size_t len);
void source_remove(struct source *source);
const char *source_prepare(const struct source *source, enum lab_cache cache);
bool source_is_unchanged(const struct source *source);
void source_restore(const struct source *source);
void pattern_fill(__u64 *data, size_t len, __u64 offset);
size_t pattern_differs(const void *data, size_t len, __u64 offset);

/* A step, as a process reports it to the lab. */
struct report {
	int err;		/* 0 or -errno */
	__u64 value;		/* depends on the step */
	double cpu_ns;		/* of a response, if the sender measures itself */
	double wall_ns;
	char step[24];
	char note[LAB_NOTE_MAX];
};

/**
 * struct process - one that works for the lab
 * @pid: of it and of its process group
 * @channel: the lab's end, or in the process its own
 */
struct process {
	pid_t pid;
	int channel;
};

/* What the receiver does with the bytes. */
enum take { TAKE_DISCARD, TAKE_READ, TAKE_COMPARE };

/**
 * struct task - what the sender and the receiver do
 * @method: sends
 * @route: by which they are connected
 * @source: the file
 * @ranges: a response
 * @nr: how many ranges; 0: connect, and send nothing
 * @len: bytes of a response
 * @chunk: &lab_transfer.chunk
 * @responses: how many are sent; 0: any number, until the run is closed
 * @batch: responses between two acknowledgments, with which the sender measures
 *	itself; 0: none, the lab measures it
 * @take: what the receiver does
 * @buffers: bytes of the sockets' buffers; 0: the kernel's default
 * @acks: a pipe from the receiver to the sender
 * @port: the receiver's, in network order
 */
struct task {
	const struct lab_method *method;
	struct route *route;
	const struct source *source;
	const struct lab_range *ranges;
	unsigned int nr;
	size_t len;
	size_t chunk;
	unsigned int responses;
	unsigned int batch;
	enum take take;
	int buffers;
	int acks[2];
	in_port_t port;
};

/* From /proc. */
struct process_stat {
	char state;
	pid_t parent;
};

/* process.c */
typedef int process_main(int channel, const void *arg);

int process_start(struct process *p, process_main *run, const void *arg);
int process_wait(struct process *p, struct report *report, int seconds);
struct process_stat process_stat(pid_t tid);
void process_settle(const struct process *p);
void process_go(struct process *p, unsigned int responses);
int process_end(struct process *p, int seconds);
void report_step(int channel, const char *step, struct report report);
unsigned int await_go(int channel);
void use_last_cpu(bool last);

/* sender.c, receiver.c */
int lab_send(const struct lab_method *method, struct lab_transfer *t,
	     const struct lab_range *ranges, unsigned int nr);
process_main sender_main, receiver_main;
int receiver_listen(int channel, struct in_addr address, int buffers, int backlog);
int receiver_connect(struct in_addr address, in_port_t port, int buffers);

/* The receiver's report if all bytes are those of the file. */
#define NO_DIFFERENCE	(~0ULL)

/* What is counted: threads of these processes, and kernel threads. */
struct traced {
	pid_t pids[2];
	unsigned int nr;
	const char *interface;
	unsigned int disk;
};

/* events.c */
int events_open(void);
void events_close(void);

/* trace.c */
int trace_start(void);
int trace_stop(const struct traced *traced, struct lab_row *row);

/**
 * struct run - a method on a route: a sender and a receiver
 * @task: what they do
 * @cache: what is in the page cache before the method sends
 * @as_is: @cache is ignored, the page cache is left as it is
 * @traced: events_open() was called, so the run can be counted
 * @sender: the process
 * @receiver: the process
 * @helper: a process that is measured with the sender, or 0
 * @row: where the results go
 */
struct run {
	struct task task;
	enum lab_cache cache;
	bool as_is;
	bool traced;
	struct process sender;
	struct process receiver;
	pid_t helper;
	struct lab_row *row;
};

/* run.c */
int run_open(struct run *r);
int run_sample(struct run *r, unsigned int responses, struct report *report);
int run_close(struct run *r, int err);
int run_once(struct run *r);
int run_calibrate(struct route *route, const struct source *source);
int run_checked(struct route *route, const struct source *source, struct lab_row *row,
		bool traced);
int run_timed(struct route *route, const struct source *source, struct lab_row *row);

#endif /* ZCXFER_LAB_CORE_H */
