/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lab: every way of moving a file into a socket, measured side by side.
 *
 *   main.c         what is asked for, and what comes out; options.c
 *   base.c         errors, clocks, signals
 *   sections.c     all methods on all routes: what `zcxfer lab` does
 *   methods.c      the table of methods; each is a file of its own in methods/
 *   run.c          one method on one route, once: the parent's side
 *   process.c      processes that work for the lab: sender.c, receiver.c
 *   source.c       the file that is sent, and whether it is what it was
 *   route.c, nic.c the way to the receiver: loopback, or two network interfaces
 *   trace.c        what a run does, by the kernel's counters
 *   events.c       what the kernel counts; by tracefs.c, files of tracefs
 *   cpu.c          CPU time, kernel threads included
 *   expect.c       what does not fit what the kernel determines
 *   explain.c      where a measured row differs from the texts, and why
 *   table.c, tap.c, json.c, csv.c    rows as text; names.c has what they call things
 *   experiments.c  the table of experiments; each is a file of its own in experiments/
 *
 * A row is run several times: once it is checked and counted, then, with nothing being
 * traced, it is timed. internal.h is what the files above share.
 */
#ifndef ZCXFER_LAB_H
#define ZCXFER_LAB_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include <linux/types.h>

#include "nic.h"

#define LAB_NOTE_MAX	120

/**
 * struct lab_transfer - what a method is to do
 * @path: the file
 * @file: the same, open for reading
 * @sock: a connected TCP socket, blocking; all that is sent goes to the receiver
 * @len: the file's length
 * @more: other ranges follow the one that is sent, so that a packet need not end with it
 * @chunk: how many bytes a method with a buffer moves at a time
 * @helper: a process that works for the method and is to be counted with it (the
 *	Java machine); 0 if there is none. Set by &lab_method.prepare
 * @state: the method's own, from &lab_method.prepare to &lab_method.finish
 * @note: what the method was told that no counter shows, for people; "" if nothing
 */
struct lab_transfer {
	const char *path;
	int file;
	int sock;
	size_t len;
	bool more;
	size_t chunk;
	pid_t helper;
	void *state;
	char note[LAB_NOTE_MAX];
};

/* Ranges that are sent at once, at most. */
#define LAB_MAX_RANGES	512

/* A part of the file. */
struct lab_range {
	off_t offset;
	size_t len;
};

/* What is counted while a method sends. Bytes, unless it says otherwise. */
enum lab_count {
	LAB_SYSCALLS,		/* system calls: two mode switches each */
	LAB_FAULTS,		/* page faults of user space: two mode switches each */
	LAB_KERNEL_FAULTS,	/* page faults in system calls: no mode switch */
	LAB_SWITCHES,		/* context switches */
	LAB_READ_COPY,		/* copied by the CPU, page cache to user memory */
	LAB_SEND_COPY,		/* copied by the CPU, user or file memory to socket buffer */
	LAB_SKB_COPY,		/* copied by the CPU, one socket buffer to another */
	LAB_COW_COPY,		/* copied by the CPU, pages of user memory on write */
	LAB_REFERENCED,		/* given to the socket by reference */
	LAB_PINNED,		/* of which the socket tells when it is done (MSG_ZEROCOPY) */
	LAB_DISK_DMA,		/* read by the disk into memory, without the CPU */
	LAB_NIC_DMA,		/* fetched by the network interface, without the CPU */
	LAB_NIC_GATHERED,	/* of which from pages: scatter-gather */
	LAB_SEND_CALLS,		/* calls of the socket's sendmsg, a number */
	LAB_NR_COUNTS
};

/* What the kernel could not be asked. */
#define LAB_UNKNOWN	(~0ULL)

/* What the texts do not say. */
#define LAB_UNSAID	(-1)

/**
 * struct lab_seed - what the texts that this lab grew out of say of a method
 * @cpu_copies: copies by the CPU, or %LAB_UNSAID
 * @dma_copies: copies by DMA, or %LAB_UNSAID
 * @switches: between user and kernel mode, in all, or %LAB_UNSAID
 */
struct lab_seed {
	int cpu_copies;
	int dma_copies;
	int switches;
};

/* The least and the most of a count, in times the length of the file. */
struct lab_bounds {
	double least;
	double most;
};

/**
 * struct lab_expected - what the kernel determines, whatever the machine
 * @read_copy: %LAB_READ_COPY
 * @send_copy: %LAB_SEND_COPY
 * @cow_copy: %LAB_COW_COPY
 * @referenced: %LAB_REFERENCED
 *
 * What is not named is none. Each row is held against it, and one that does not fit is
 * an error. What a route or a cache determines (%LAB_SKB_COPY, %LAB_NIC_GATHERED, %LAB_DISK_DMA) is
 * in expect.c.
 */
struct lab_expected {
	struct lab_bounds read_copy;
	struct lab_bounds send_copy;
	struct lab_bounds cow_copy;
	struct lab_bounds referenced;
};

/* Of &struct lab_bounds: once, headers and tails allowed for. */
#define LAB_ONCE	{ 0.99, 1.01 }

/**
 * struct lab_method - a way of moving a file into a socket
 * @name: as it is called on the command line, in file names and in the book: lower
 *	case letters, digits and "-"
 * @title: as the table has it
 * @source: its file below methods/
 * @what: one line on how the bytes go
 * @why: what the reader should know where the row differs from the texts, or NULL
 * @direct: it reads the disk past the page cache: "cold" and "warm" are the same
 * @module: it needs /dev/zcxfer
 * @from_mapping: what the socket copies from is the page cache, mapped
 * @seed: what the texts say
 * @expected: what the kernel determines
 * @missing: why it cannot run on this machine, in words; NULL if it can. May be NULL
 *	itself
 * @prepare: what is not measured. May be NULL
 * @send: send a range of the file; returns when the socket has taken all of it and the
 *	method needs neither file nor buffer any more
 * @sendv: send several ranges, for methods that gather. NULL: @send sends each
 * @finish: undo @prepare. May be NULL
 *
 * The functions return 0 or -errno. Each run is in a process of its own.
 */
struct lab_method {
	const char *name;
	const char *title;
	const char *source;
	const char *what;
	const char *why;
	bool direct;
	bool module;
	bool from_mapping;
	struct lab_seed seed;
	struct lab_expected expected;
	const char *(*missing)(void);
	int (*prepare)(struct lab_transfer *t);
	int (*send)(struct lab_transfer *t, struct lab_range range);
	int (*sendv)(struct lab_transfer *t, const struct lab_range *ranges,
		     unsigned int nr);
	void (*finish)(struct lab_transfer *t);
};

/* methods.c: ends with NULL */
extern const struct lab_method *const lab_methods[];

/* The way to the receiver. */
enum lab_route {
	LAB_LOOPBACK,
	LAB_NIC,	/* two interfaces, with scatter-gather */
	LAB_NIC_NO_SG,	/* the same, without */
	LAB_NR_ROUTES
};

/* What is in the page cache before a method sends. */
enum lab_cache {
	LAB_WARM,
	LAB_COLD,
	LAB_NR_CACHES
};

/**
 * struct lab_copy - what a function of the kernel copied
 * @function: its name, NULL after the last
 * @bytes: how much
 */
struct lab_copy {
	const char *function;
	__u64 bytes;
};

/* Those that trace.c counts, and the end. */
#define LAB_MAX_COPIES	8

/**
 * struct lab_row - one method, measured
 * @method: which
 * @route: which way it went
 * @cache: what was in memory before
 * @len: bytes sent
 * @skipped: why it was not run, or NULL: then nothing below means anything
 * @wrong: what failed, or does not fit what the kernel determines; "" if all does
 * @count: what the kernel counted, or %LAB_UNKNOWN
 * @copies: which of its functions copied
 * @cpu_ns: CPU time of the sender, kernel threads that work for it included: the
 *	least of several runs. 0 if it was not timed
 * @wall_ns: from the first call until the receiver had all, of the same run
 * @note: &lab_transfer.note
 * @word: where it differs from the texts, and why, and the note; "" if there is nothing
 *	to say
 */
struct lab_row {
	const struct lab_method *method;
	enum lab_route route;
	enum lab_cache cache;
	size_t len;
	const char *skipped;
	char wrong[200];
	__u64 count[LAB_NR_COUNTS];
	struct lab_copy copies[LAB_MAX_COPIES];
	double cpu_ns;
	double wall_ns;
	char note[LAB_NOTE_MAX];
	char word[600];
};

/**
 * struct route - a way that is open
 * @kind: which
 * @address: the receiver's
 * @interface: by which the sender's packets leave, "lo" for loopback
 * @nic: the interfaces of sender and receiver, but for loopback
 * @home: the network namespace that they come from, an open file, or -1
 * @why: what route_open() has to say
 */
struct route {
	enum lab_route kind;
	struct in_addr address;
	char interface[IF_NAMESIZE];
	struct nic nic[2];
	int home;
	char why[200];
};

/* route.c */
const char *route_open(struct route *r, enum lab_route kind, const char *pair);
int route_enter_sender(struct route *r);
int route_enter_receiver(struct route *r);
void route_close(struct route *r);

/**
 * struct lab_experiment - something to try
 * @name: as it is called on the command line
 * @what: one line
 * @run: its main(): @argv[0] is its name. Returns the exit code
 */
struct lab_experiment {
	const char *name;
	const char *what;
	int (*run)(int argc, char **argv);
};

/* experiments.c: ends with {} */
extern const struct lab_experiment lab_experiments[];

#endif /* ZCXFER_LAB_H */
