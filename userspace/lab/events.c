// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's counters: events with a hist trigger each, which sums up by thread. They
 * are switched on and off once, because that patches the kernel's text, which is slow,
 * and which a kernel on two processors that QEMU emulates does not always survive. The
 * counters of a run are a difference.
 *
 * The functions that copy to and from user memory (lib/iov_iter.c) cannot be probed, so
 * their callers are, and the results are the bytes: filemap_read() copies all that it
 * returns, tcp_sendmsg_locked() all that it accepts and does not reference.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "events.h"
#include "core.h"

#define GROUP		"zcxfer_lab"
#define INSTANCE	TRACEFS "instances/" GROUP

/* The sum of a result by thread, errors excluded. */
#define BY_THREAD	"keys=common_pid:vals=n if n > 0"
/* Any thread may be running when a packet is sent: so packets are summed by interface. */
#define BY_INTERFACE	"keys=dev:vals=n"
#define INTERFACE	"dev=skb->dev->name:string"

static const struct {
	const char *event;
	const char *probe;	/* its definition, or NULL if the event is there */
	const char *hist;
	const char *values[HIST_MAX_VALUES];
} events[NR_EVENTS] = {
	[EVENT_SYSCALL] = {
		"raw_syscalls/sys_enter", NULL, "keys=common_pid", { }
	},
	[EVENT_FAULT] = {
		"exceptions/page_fault_user", NULL, "keys=common_pid", { }
	},
	[EVENT_KERNEL_FAULT] = {
		"exceptions/page_fault_kernel", NULL, "keys=common_pid", { }
	},
	[EVENT_SWITCH] = {
		"sched/sched_switch", NULL, "keys=prev_pid", { }
	},
	[EVENT_READ] = {
		GROUP "/read", "r128:" GROUP "/read filemap_read n=$retval:s64",
		BY_THREAD, { "n" }
	},
	[EVENT_CALL] = {
		GROUP "/call", "p:" GROUP "/call tcp_sendmsg_locked",
		"keys=common_pid", { }
	},
	[EVENT_SENT] = {
		GROUP "/sent", "r128:" GROUP "/sent tcp_sendmsg_locked n=$retval:s32",
		BY_THREAD, { "n" }
	},
	[EVENT_SPLICED] = {
		GROUP "/spliced", "r128:" GROUP "/spliced skb_splice_from_iter n=$retval:s64",
		BY_THREAD, { "n" }
	},
	[EVENT_PINNED] = {
		GROUP "/pinned", "r128:" GROUP "/pinned skb_zerocopy_iter_stream n=$retval:s32",
		BY_THREAD, { "n" }
	},
	/* This project's module: pages of its own, for what may not be referenced. */
	[EVENT_MODULE] = {
		GROUP "/module", "p:" GROUP "/module zcxfer:zcx_batch_commit n=$arg2:u64",
		BY_THREAD, { "n" }
	},
	/* It copies the pages of a copy on write, and little else. */
	[EVENT_COW] = {
		GROUP "/cow", "p:" GROUP "/cow copy_mc_to_kernel n=len:u32",
		BY_THREAD, { "n" }
	},
	[EVENT_SKB_BITS] = {
		GROUP "/bits", "p:" GROUP "/bits skb_copy_bits " INTERFACE " n=len:s32",
		BY_INTERFACE, { "n" }
	},
	[EVENT_SKB_CSUM] = {
		GROUP "/csum", "p:" GROUP "/csum skb_copy_and_csum_bits " INTERFACE " n=len:s32",
		BY_INTERFACE, { "n" }
	},
	[EVENT_SKB_UBUFS] = {
		GROUP "/ubufs", "p:" GROUP "/ubufs skb_copy_ubufs " INTERFACE
		" n=skb->data_len:u32",
		BY_INTERFACE, { "n" }
	},
	[EVENT_DISK] = {
		"block/block_rq_complete", NULL,
		"keys=dev:vals=nr_sector if rwbs ~ \"R*\"", { "nr_sector" }
	},
	[EVENT_NIC] = {
		"net/net_dev_start_xmit", NULL,
		"keys=name:vals=len,data_len", { "len", "data_len" }
	},
};

static int lock = -1;		/* held while there are probes */

static int by_key(const void *a, const void *b)
{
	const struct hist_line *line = a, *other = b;

	return strcmp(line->key, other->key);
}

/**
 * events_line - find a line
 * @table: the histogram
 * @key: the line's key
 *
 * Return: the line, or NULL.
 */
const struct hist_line *events_line(const struct event_table *table, const char *key)
{
	struct hist_line line = { .hits = 0 };

	snprintf(line.key, sizeof(line.key), "%s", key);
	return bsearch(&line, table->lines, table->nr, sizeof(line), by_key);
}

/**
 * events_take - read all histograms
 * @tables: filled in, one for each event
 *
 * Return: 0, or -errno if one cannot be read as a whole.
 */
int events_take(struct event_table tables[NR_EVENTS])
{
	char path[256];
	int i, nr;

	for (i = 0; i < NR_EVENTS; i++) {
		snprintf(path, sizeof(path), INSTANCE "/events/%s/hist", events[i].event);
		nr = tracefs_hist(path, events[i].values, tables[i].lines,
				  EVENT_MAX_LINES);
		if (nr == -ENOENT && i == EVENT_MODULE)
			nr = 0;
		if (nr < 0)
			return nr;
		tables[i].nr = nr;
		qsort(tables[i].lines, nr, sizeof(*tables[i].lines), by_key);
	}
	return 0;
}

/* The probes can be removed only after their triggers, which the instance has. */
static void remove_all(void)
{
	char text[64];
	int i;

	/* EBUSY while another program reads it. */
	for (i = 0; rmdir(INSTANCE) && errno == EBUSY && i < 20; i++)
		usleep(50000);
	if (!access(INSTANCE, F_OK))
		lab_error("%s cannot be removed: its events are still counted", INSTANCE);
	for (i = 0; i < NR_EVENTS; i++) {
		if (!events[i].probe)
			continue;
		snprintf(text, sizeof(text), "-:%s", events[i].event);
		tracefs_append(TRACEFS "kprobe_events", text);
	}
}

/* There is one set of probes, so one lab can run at a time. */
static int take_lock(void)
{
	lock = open(TRACEFS "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return -errno;
	return flock(lock, LOCK_EX | LOCK_NB) ? -errno : 0;
}

/* Without the module its function cannot be probed, and is not called. */
static bool cannot_happen(enum event event)
{
	return event == EVENT_MODULE && access("/sys/module/zcxfer", F_OK);
}

static int add(enum event event)
{
	char path[256], text[128];
	int err = 0;

	if (cannot_happen(event))
		return 0;
	if (events[event].probe)
		err = tracefs_append(TRACEFS "kprobe_events", events[event].probe);
	if (err)
		return err;
	snprintf(path, sizeof(path), INSTANCE "/events/%s/trigger", events[event].event);
	snprintf(text, sizeof(text), "hist:size=%d:%s", EVENT_MAX_LINES,
		 events[event].hist);
	return tracefs_append(path, text);
}

/**
 * events_open - have the kernel count
 *
 * Return: 0, or -1 after a message.
 */
int events_open(void)
{
	int i, err = take_lock();

	if (err) {
		lab_error(err == -EWOULDBLOCK ? "another lab is running" :
			  "tracefs: %s (counting needs root, and tracefs mounted)",
			  strerror(-err));
		events_close();
		return -1;
	}
	/* A lab that was killed may have left them. */
	remove_all();
	err = tracefs_instance(INSTANCE);
	if (err) {
		lab_error("%s: %s", INSTANCE, strerror(-err));
		events_close();
		return -1;
	}
	for (i = 0; i < NR_EVENTS && !lab_interrupted; i++) {
		err = add(i);
		if (!err)
			continue;
		lab_error("%s cannot be counted: %s (see %s)", events[i].event,
			  strerror(-err), TRACEFS "error_log");
		events_close();
		return -1;
	}
	return 0;
}

/** events_close - undo events_open(), also if it failed or was not called */
void events_close(void)
{
	if (lock < 0)
		return;
	/* Without the lock they belong to another lab. */
	if (!flock(lock, LOCK_EX | LOCK_NB))
		remove_all();
	close(lock);
	lock = -1;
}
