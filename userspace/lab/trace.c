// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's counters: events with a hist trigger each, which adds up what every
 * thread does. They are switched on and off once, because that patches the
 * kernel's text, which is slow, and which QEMU's emulation of two processors does
 * not always survive; what one run does is a difference.
 *
 * The functions that copy to and from user memory (lib/iov_iter.c) cannot be
 * probed, so the ones that call them are, and their results tell how much:
 * filemap_read() copies all that it returns, tcp_sendmsg_locked() all that it took
 * but did not take by reference.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "tracefs.h"

#define GROUP		"zcxfer_lab"
#define INSTANCE	TRACEFS "instances/" GROUP
#define MAX_LINES	512
#define SECTOR		512

enum event {
	EVENT_SYSCALL,
	EVENT_FAULT,
	EVENT_SWITCH,
	EVENT_READ,
	EVENT_CALL,
	EVENT_SENT,
	EVENT_SPLICED,
	EVENT_PINNED,
	EVENT_COW,
	EVENT_SKB_BITS,
	EVENT_SKB_CSUM,
	EVENT_SKB_UBUFS,
	EVENT_DISK,
	EVENT_NIC,
	NR_EVENTS
};

/* The sum of a number by thread, if it is one and no error. */
#define BY_THREAD	"keys=common_pid:vals=n if n > 0"
/* Packets are sent in the time of whoever runs: those are told by interface. */
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
	[EVENT_SWITCH] = {
		"sched/sched_switch", NULL, "keys=prev_pid", { }
	},
	[EVENT_READ] = {
		GROUP "/read", "r:" GROUP "/read filemap_read n=$retval:s64",
		BY_THREAD, { "n" }
	},
	[EVENT_CALL] = {
		GROUP "/call", "p:" GROUP "/call tcp_sendmsg_locked",
		"keys=common_pid", { }
	},
	[EVENT_SENT] = {
		GROUP "/sent", "r:" GROUP "/sent tcp_sendmsg_locked n=$retval:s32",
		BY_THREAD, { "n" }
	},
	[EVENT_SPLICED] = {
		GROUP "/spliced", "r:" GROUP "/spliced skb_splice_from_iter n=$retval:s64",
		BY_THREAD, { "n" }
	},
	[EVENT_PINNED] = {
		GROUP "/pinned", "r:" GROUP "/pinned skb_zerocopy_iter_stream n=$retval:s32",
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

struct table {
	unsigned int nr;
	struct hist_line lines[MAX_LINES];
};

static struct table before[NR_EVENTS], after[NR_EVENTS];
static int lock = -1;		/* held while there are probes */
static __u64 looking[LAB_NR_COUNTS];	/* what takes looking alone */

static void take(struct table tables[NR_EVENTS])
{
	char path[256];
	int i;

	for (i = 0; i < NR_EVENTS; i++) {
		snprintf(path, sizeof(path), INSTANCE "/events/%s/hist", events[i].event);
		tables[i].nr = tracefs_hist(path, events[i].values, tables[i].lines,
					    MAX_LINES);
	}
}

/* Triggers go with the instance, and only then can the probes. */
static void remove_all(void)
{
	char text[64];
	int i;

	rmdir(INSTANCE);
	for (i = 0; i < NR_EVENTS; i++) {
		if (!events[i].probe)
			continue;
		snprintf(text, sizeof(text), "-:%s", events[i].event);
		tracefs_append(TRACEFS "kprobe_events", text);
	}
}

/* There is one set of probes, so one lab at a time. */
static int take_lock(void)
{
	lock = open(TRACEFS "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return -errno;
	return flock(lock, LOCK_EX | LOCK_NB) ? -errno : 0;
}

static int add(enum event event)
{
	char path[256], text[128];
	int err = 0;

	if (events[event].probe)
		err = tracefs_append(TRACEFS "kprobe_events", events[event].probe);
	if (err)
		return err;
	snprintf(path, sizeof(path), INSTANCE "/events/%s/trigger", events[event].event);
	snprintf(text, sizeof(text), "hist:%s", events[event].hist);
	return tracefs_append(path, text);
}

/**
 * trace_open - let the kernel count
 *
 * Return: 0, or -1 after a message.
 */
int trace_open(void)
{
	int i, err = take_lock();

	if (err) {
		lab_error(err == -EWOULDBLOCK ? "another lab is running" :
			  "tracefs: %s (be root, mount it, or count nothing: --no-trace)",
			  strerror(-err));
		trace_close();
		return -1;
	}
	/* Of one that was killed. */
	remove_all();
	if (mkdir(INSTANCE, 0700)) {
		lab_error("%s: %s", INSTANCE, strerror(errno));
		trace_close();
		return -1;
	}
	for (i = 0; i < NR_EVENTS; i++) {
		err = add(i);
		if (!err)
			continue;
		lab_error("%s cannot be counted: %s (%s tells more)", events[i].event,
			  strerror(-err), TRACEFS "error_log");
		trace_close();
		return -1;
	}
	return 0;
}

/** trace_close - undo trace_open(). What is not there is left alone */
void trace_close(void)
{
	if (lock < 0)
		return;
	if (!flock(lock, LOCK_EX | LOCK_NB))
		remove_all();
	close(lock);
	lock = -1;
}

/** trace_start - count from here on */
void trace_start(void)
{
	take(before);
}

static bool is_senders(const struct traced *who, const char *tid)
{
	char path[64];
	unsigned int i;

	for (i = 0; i < who->nr; i++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s", who->pids[i], tid);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

/* The kernel's threads are the children of kthreadd, which is 2. */
static bool is_kernels(const char *tid)
{
	char path[64], line[512];
	const char *end;
	FILE *file;
	int parent = -1;

	snprintf(path, sizeof(path), "/proc/%s/stat", tid);
	file = fopen(path, "re");
	if (!file)
		return !strcmp(tid, "0");
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	if (end && sscanf(end, ") %*c %d", &parent) != 1)
		parent = -1;
	fclose(file);
	return parent == 2;
}

static bool of_sender(const struct traced *who, const char *key)
{
	return is_senders(who, key);
}

/* Who may work for the sender: also threads of the kernel, never the receiver. */
static bool of_workers(const struct traced *who, const char *key)
{
	return is_senders(who, key) || is_kernels(key);
}

static bool of_interface(const struct traced *who, const char *key)
{
	return !strcmp(who->interface, key);
}

static bool of_disk(const struct traced *who, const char *key)
{
	return !who->disk || strtoul(key, NULL, 0) == who->disk;
}

typedef bool filter(const struct traced *who, const char *key);

static const struct hist_line *line_before(enum event event, const char *key)
{
	static const struct hist_line none;
	unsigned int i;

	for (i = 0; i < before[event].nr; i++)
		if (!strcmp(before[event].lines[i].key, key))
			return &before[event].lines[i];
	return &none;
}

/* What those that pass the filter did between trace_start() and trace_stop(). */
static struct hist_line sum(enum event event, filter *filter, const struct traced *who)
{
	struct hist_line sum = { .hits = 0 };
	unsigned int i, v;

	for (i = 0; i < after[event].nr; i++) {
		const struct hist_line *new = &after[event].lines[i];
		const struct hist_line *old = line_before(event, new->key);

		if (new->hits == old->hits || !filter(who, new->key))
			continue;
		sum.hits += new->hits - old->hits;
		for (v = 0; v < HIST_MAX_VALUES; v++)
			sum.values[v] += new->values[v] - old->values[v];
	}
	return sum;
}

/* Add what a function copied to the list. Returns it. */
static __u64 copied(struct lab_row *row, const char *function, __u64 bytes)
{
	struct lab_copy *copy = row->copies;

	while (copy->function)
		copy++;
	if (bytes)
		*copy = (struct lab_copy) { function, bytes };
	return bytes;
}

static void count_copies(const struct traced *who, struct lab_row *row)
{
	__u64 sent = sum(EVENT_SENT, of_workers, who).values[0];
	__u64 spliced = sum(EVENT_SPLICED, of_workers, who).values[0];
	__u64 pinned = sum(EVENT_PINNED, of_workers, who).values[0];
	__u64 *count = row->count;

	memset(row->copies, 0, sizeof(row->copies));
	count[LAB_REFERENCED] = spliced + pinned;
	count[LAB_PINNED] = pinned;
	count[LAB_READ_COPY] =
		copied(row, "filemap_read", sum(EVENT_READ, of_workers, who).values[0]);
	count[LAB_SEND_COPY] =
		copied(row, "tcp_sendmsg_locked", sent - spliced - pinned);
	count[LAB_COW_COPY] =
		copied(row, "copy_mc_to_kernel", sum(EVENT_COW, of_sender, who).values[0]);
	count[LAB_SKB_COPY] =
		copied(row, "skb_copy_bits",
		       sum(EVENT_SKB_BITS, of_interface, who).values[0]) +
		copied(row, "skb_copy_and_csum_bits",
		       sum(EVENT_SKB_CSUM, of_interface, who).values[0]) +
		copied(row, "skb_copy_ubufs",
		       sum(EVENT_SKB_UBUFS, of_interface, who).values[0]);
}

static void count_dma(const struct traced *who, struct lab_row *row)
{
	struct hist_line nic = sum(EVENT_NIC, of_interface, who);
	bool loopback = row->route == LAB_LOOPBACK;

	row->count[LAB_DISK_DMA] = sum(EVENT_DISK, of_disk, who).values[0] * SECTOR;
	/* Loopback hands packets over; no hardware fetches them. */
	row->count[LAB_NIC_DMA] = loopback ? 0 : nic.values[0];
	row->count[LAB_NIC_GATHERED] = loopback ? 0 : nic.values[1];
}

/* The sender also did something for those who look at it. */
static void subtract_looking(struct lab_row *row)
{
	int i;

	for (i = 0; i < LAB_NR_COUNTS; i++)
		row->count[i] -= row->count[i] < looking[i] ? row->count[i] : looking[i];
}

/**
 * trace_stop - count until here
 * @who: whom
 * @row: its counts and copies are set
 *
 * The row of a method that does nothing (its length is 0) tells what looking takes,
 * and is subtracted from the others.
 */
void trace_stop(const struct traced *who, struct lab_row *row)
{
	static const enum lab_count of_looking[] = {
		LAB_SYSCALLS, LAB_FAULTS, LAB_SWITCHES
	};
	size_t i;

	take(after);
	row->count[LAB_SYSCALLS] = sum(EVENT_SYSCALL, of_sender, who).hits;
	row->count[LAB_FAULTS] = sum(EVENT_FAULT, of_sender, who).hits;
	row->count[LAB_SWITCHES] = sum(EVENT_SWITCH, of_sender, who).hits;
	row->count[LAB_SEND_CALLS] = sum(EVENT_CALL, of_workers, who).hits;
	count_copies(who, row);
	count_dma(who, row);
	for (i = 0; !row->len && i < sizeof(of_looking) / sizeof(*of_looking); i++)
		looking[of_looking[i]] = row->count[of_looking[i]];
	subtract_looking(row);
}
