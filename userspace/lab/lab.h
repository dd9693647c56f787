/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab: every method of moving a file into a socket, measured side by side.
 *
 *   main.c         the program: options.c, then sections.c, then the output
 *   base.c         errors, clocks, signals, the page cache
 *   sections.c     all methods on all routes: what `zcxfer lab` does
 *   methods.c      the table of methods; each is a file of its own in methods/
 *   run.c          a run: one method on one route, as the lab sees it
 *   process.c      processes that work for the lab: sender.c, receiver.c
 *   source.c       the file that is sent, and the check that it has not changed
 *   route.c, nic.c the route to the receiver: loopback, or two network interfaces
 *   trace.c        the counters of a run
 *   events.c       the kernel's counters; by tracefs.c, files of tracefs
 *   cpu.c          CPU time, kernel threads included
 *   expect.c       rows that contradict what the kernel determines
 *   explain.c      remarks on rows that differ from the texts
 *   table.c, tap.c, json.c, csv.c    rows as text; names.c has the names in them
 *   experiments.c  the table of experiments; each is a file of its own in experiments/
 *
 * A row is run several times: first it is checked and counted, then, with nothing being
 * traced, it is timed. The bench (selftests/bench) uses the core as well: see core.h.
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
 * struct lab_transfer - what a method sends, and where to
 * @path: the file
 * @file: the same, open for reading
 * @sock: a TCP socket, blocking, connected to the receiver
 * @len: the file's length
 * @more: other ranges follow the one that is sent, so that a packet need not end with it
 * @chunk: bytes that a method with a buffer moves at a time
 * @helper: a process that works for the method and is counted with it (the Java
 *	machine), or 0. Set by &lab_method.prepare
 * @state: private to the method, from &lab_method.prepare to &lab_method.finish
 * @note: a result of the method that no counter shows, as text; "" if there is none
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

/* The counters of a run: bytes, unless the comment names a number. */
enum lab_count {
	LAB_SYSCALLS,		/* number of system calls: two mode switches each */
	LAB_FAULTS,		/* number of page faults of user space: two mode switches each */
	LAB_KERNEL_FAULTS,	/* number of page faults in system calls: no mode switch */
	LAB_SWITCHES,		/* number of context switches */
	LAB_READ_COPY,		/* copied by the CPU, page cache to user memory */
	LAB_SEND_COPY,		/* copied by the CPU, user or file memory to socket buffer */
	LAB_SKB_COPY,		/* copied by the CPU, one socket buffer to another */
	LAB_COW_COPY,		/* copied by the CPU, pages of user memory on write */
	LAB_REFERENCED,		/* passed to the socket by reference */
	LAB_PINNED,		/* of which released with a notification (MSG_ZEROCOPY) */
	LAB_DISK_DMA,		/* read by the disk into memory, without the CPU */
	LAB_NIC_DMA,		/* fetched by the network interface, without the CPU */
	LAB_NIC_GATHERED,	/* of which from pages: scatter-gather */
	LAB_SEND_CALLS,		/* number of calls of the socket's sendmsg */
	LAB_NR_COUNTS
};

/* A counter that was not read. */
#define LAB_UNKNOWN	(~0ULL)

/* A number that the texts do not give. */
#define LAB_UNSAID	(-1)

/**
 * struct lab_seed - the numbers of a method in the texts that the lab is compared with
 * @cpu_copies: copies by the CPU, or %LAB_UNSAID
 * @dma_copies: copies by DMA, or %LAB_UNSAID
 * @switches: between user and kernel mode, in all, or %LAB_UNSAID
 */
struct lab_seed {
	int cpu_copies;
	int dma_copies;
	int switches;
};

/* The least and the most of a counter, in multiples of the file's length. */
struct lab_bounds {
	double least;
	double most;
};

/**
 * struct lab_expected - counters that the kernel determines, on every machine
 * @read_copy: bounds of %LAB_READ_COPY
 * @send_copy: bounds of %LAB_SEND_COPY
 * @cow_copy: bounds of %LAB_COW_COPY
 * @referenced: bounds of %LAB_REFERENCED
 *
 * A counter that is not initialised must be 0. A row outside of the bounds is an error.
 * The bounds of counters that depend on the route or the cache (%LAB_SKB_COPY,
 * %LAB_NIC_GATHERED, %LAB_DISK_DMA) are in expect.c.
 */
struct lab_expected {
	struct lab_bounds read_copy;
	struct lab_bounds send_copy;
	struct lab_bounds cow_copy;
	struct lab_bounds referenced;
};

/* Bounds for "once": headers and tails are allowed for. */
#define LAB_ONCE	{ 0.99, 1.01 }

/**
 * struct lab_method - a method of moving a file into a socket
 * @name: on the command line, in file names and in the book: lower case letters, digits
 *	and "-"
 * @title: in the table
 * @source: its file below methods/
 * @what: one line on the path of the bytes
 * @remark: an explanation where the row differs from the texts, or NULL
 * @direct: reads the disk past the page cache: "cold" and "warm" are the same
 * @module: needs /dev/zcxfer
 * @from_mapping: the socket copies from the page cache, mapped
 * @seed: the numbers in the texts
 * @expected: the bounds that the kernel determines
 * @missing: returns the reason why it cannot run on this machine, as text, or NULL if
 *	it can. May be NULL
 * @prepare: does what is not measured. May be NULL
 * @send: sends a range of the file; returns when the socket has taken all of it and the
 *	method needs neither file nor buffer any more
 * @sendv: sends several ranges, for methods that gather. NULL: @send sends each
 * @finish: undoes @prepare. May be NULL
 *
 * The functions return 0 or -errno. Each run is in a process of its own.
 */
struct lab_method {
	const char *name;
	const char *title;
	const char *source;
	const char *what;
	const char *remark;
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

/* How the sender and the receiver are connected. */
enum lab_route {
	LAB_LOOPBACK,
	LAB_NIC,	/* two interfaces, with scatter-gather */
	LAB_NIC_NO_SG,	/* the same, without */
	LAB_NR_ROUTES
};

/* Whether the file is in the page cache before a method sends. */
enum lab_cache {
	LAB_WARM,
	LAB_COLD,
	LAB_NR_CACHES
};

/**
 * struct lab_copy - bytes that a function of the kernel copied
 * @function: its name, NULL after the last
 * @bytes: their number
 */
struct lab_copy {
	const char *function;
	__u64 bytes;
};

/* The functions that trace.c counts, and the end. */
#define LAB_MAX_COPIES	8

/**
 * struct lab_row - one method, measured
 * @method: the method
 * @route: the route
 * @cache: whether the file was in the page cache before
 * @len: bytes sent
 * @skipped: the reason why it was not run, or NULL. If set, nothing below is valid
 * @wrong: an error, or a counter outside of its bounds; "" if there is none
 * @count: the kernel's counters, or %LAB_UNKNOWN
 * @copies: the functions of the kernel that copied
 * @cpu_ns: CPU time of the sender, kernel threads that work for it included: the
 *	least of several runs. 0 if it was not timed
 * @wall_ns: time from the first call until the receiver had all, of the same run
 * @note: &lab_transfer.note
 * @remarks: differences from the texts, with reasons, and the note; "" if there are none
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
	char remarks[600];
};

/**
 * struct route - an open route
 * @kind: its kind
 * @address: the receiver's address
 * @interface: the interface that the sender's packets leave by, "lo" for loopback
 * @nic: the interfaces of sender and receiver, unused for loopback
 * @home: the network namespace that they come from, an open file, or -1
 * @problem: the error that route_open() returned
 */
struct route {
	enum lab_route kind;
	struct in_addr address;
	char interface[IF_NAMESIZE];
	struct nic nic[2];
	int home;
	char problem[200];
};

/* route.c */
const char *route_open(struct route *r, enum lab_route kind, const char *pair);
int route_enter_sender(struct route *r);
int route_enter_receiver(struct route *r);
void route_close(struct route *r);

/**
 * struct lab_experiment - an experiment
 * @name: on the command line
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
