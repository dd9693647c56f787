// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of the kernel, by tracefs: events with a hist trigger that adds up
 * what this process does. They cost time, so nothing is timed while they count;
 * and they are switched on and off once, because that patches the kernel's text,
 * which QEMU's emulation of two processors does not always survive.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../userspace/lab/tracefs.h"
#include "bench.h"

#define GROUP	"zcxfer_bench"
#define MAX_LINES	512

enum event { EVENT_SYSCALL, EVENT_READ, EVENT_COPY, EVENT_SEND, NR_EVENTS };

/*
 * The functions that copy (lib/iov_iter.c) cannot be probed, so the ones that
 * call them are: filemap_read() copies what it returns, tcp_sendmsg() what it
 * is given, unless it is given pages (MSG_SPLICE_PAGES, 0x8000000).
 */
static const struct {
	const char *probe;	/* definition, or NULL if the event is there */
	const char *dir;
	const char *hist;
	const char *filter;
} events[NR_EVENTS] = {
	[EVENT_SYSCALL] = { NULL, "raw_syscalls/sys_enter",
			    "hist:keys=common_pid", "" },
	[EVENT_READ] = { "r:" GROUP "/read filemap_read n=$retval:u64",
			 GROUP "/read", "hist:keys=common_pid:vals=n", "" },
	[EVENT_COPY] = { "p:" GROUP "/copy tcp_sendmsg n=size:u64 flags=msg->msg_flags:u32",
			 GROUP "/copy", "hist:keys=common_pid:vals=n",
			 " && !(flags & 0x8000000)" },
	[EVENT_SEND] = { "p:" GROUP "/send tcp_sendmsg", GROUP "/send",
			 "hist:keys=common_pid", "" },
};

/*
 * Who is counted. Asked for once: looking at the counters must take the same
 * system calls every time, whatever they hold.
 */
static pid_t self;

static int set_trigger(enum event event, const char *prefix)
{
	char path[256], text[256];

	snprintf(path, sizeof(path), TRACEFS "events/%s/trigger",
		 events[event].dir);
	snprintf(text, sizeof(text), "%s%s if common_pid == %d%s", prefix,
		 events[event].hist, self, events[event].filter);
	return tracefs_append(path, text);
}

/* Read what this process has: how often, and the sum of n. */
static struct hist_line get_sum(enum event event)
{
	static const char *const names[HIST_MAX_VALUES] = { "n" };
	static struct hist_line lines[MAX_LINES];
	struct hist_line none = { .hits = 0 };
	int i, nr;
	char path[256];

	snprintf(path, sizeof(path), TRACEFS "events/%s/hist",
		 events[event].dir);
	nr = tracefs_hist(path, names, lines, MAX_LINES);
	for (i = 0; i < nr; i++)
		if (atoi(lines[i].key) == self)
			return lines[i];
	return none;
}

static void get_sums(struct counts *sums)
{
	sums->bytes_copied = get_sum(EVENT_READ).values[0] +
			     get_sum(EVENT_COPY).values[0];
	sums->socket_calls = get_sum(EVENT_SEND).hits;
	sums->syscalls = get_sum(EVENT_SYSCALL).hits;
}

/**
 * count_init - start counting what this process does
 *
 * Return: 0, or -1 if the kernel cannot count.
 */
int count_init(void)
{
	int i;

	self = getpid();
	for (i = 0; i < NR_EVENTS; i++)
		if ((events[i].probe &&
		     tracefs_append(TRACEFS "kprobe_events", events[i].probe)) ||
		    set_trigger(i, "")) {
			count_exit();
			return -1;
		}
	return 0;
}

/** count_exit - stop counting, and leave nothing behind */
void count_exit(void)
{
	char text[64];
	int i;

	for (i = 0; i < NR_EVENTS; i++) {
		set_trigger(i, "!");
		if (!events[i].probe)
			continue;
		snprintf(text, sizeof(text), "-:%s", events[i].dir);
		tracefs_append(TRACEFS "kprobe_events", text);
	}
}

static int no_response(struct bench *b)
{
	(void)b;
	return 0;
}

static int count_raw(struct bench *b, int (*send)(struct bench *b),
		     unsigned int responses, struct counts *counts)
{
	struct counts before;
	unsigned int i;
	int err = 0;

	get_sums(&before);
	for (i = 0; i < responses && !err; i++)
		err = send(b);
	get_sums(counts);
	counts->syscalls -= before.syscalls;
	counts->bytes_copied -= before.bytes_copied;
	counts->socket_calls -= before.socket_calls;
	return err;
}

/**
 * count_run - count what responses take
 * @b: the bench, connected
 * @send: the method
 * @responses: how many to send
 * @counts: filled in, per response
 *
 * Return: 0, or -1 with errno if sending failed.
 */
int count_run(struct bench *b, int (*send)(struct bench *b),
	      unsigned int responses, struct counts *counts)
{
	struct counts own;
	int err;

	/* Looking takes calls, too: as many as it takes to see nothing. */
	count_raw(b, no_response, 1, &own);
	err = count_raw(b, send, responses, counts);
	counts->syscalls = (counts->syscalls - own.syscalls) / responses;
	counts->bytes_copied = (counts->bytes_copied - own.bytes_copied) /
			       responses;
	counts->socket_calls /= responses;
	return err;
}
