// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters of a run: the difference of two readings of the kernel's counters, for
 * the threads that work for the sender.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "core.h"

#define SECTOR		512

static struct event_table before[NR_EVENTS], after[NR_EVENTS];
static __u64 overhead[LAB_NR_COUNTS];	/* of a run that sends nothing */

/**
 * trace_start - begin to count
 *
 * Return: 0 or -errno.
 */
int trace_start(void)
{
	return events_take(before);
}

static bool is_senders(const struct traced *traced, const char *tid)
{
	char path[64];
	unsigned int i;

	for (i = 0; i < traced->nr; i++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s", traced->pids[i], tid);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

/* Kernel threads are the children of kthreadd; 0 stands for the idle CPUs. */
static bool is_kernels(const char *tid)
{
	return !strcmp(tid, "0") || process_stat(atoi(tid)).parent == 2;
}

static bool of_sender(const struct traced *traced, const char *key)
{
	return is_senders(traced, key);
}

/* Threads that may work for the sender: kernel threads as well, never the receiver. */
static bool of_workers(const struct traced *traced, const char *key)
{
	return is_senders(traced, key) || is_kernels(key);
}

static bool of_interface(const struct traced *traced, const char *key)
{
	return !strcmp(traced->interface, key);
}

static bool of_disk(const struct traced *traced, const char *key)
{
	return !traced->disk || strtoul(key, NULL, 0) == traced->disk;
}

typedef bool filter(const struct traced *traced, const char *key);

/* The difference between trace_start() and trace_stop() of keys that pass the filter. */
static struct hist_line sum(enum event event, filter *filter, const struct traced *traced)
{
	static const struct hist_line none;
	struct hist_line sum = { .hits = 0 };
	unsigned int i, v;

	for (i = 0; i < after[event].nr; i++) {
		const struct hist_line *new = &after[event].lines[i];
		const struct hist_line *old = events_line(&before[event], new->key) ?: &none;

		if (new->hits == old->hits || !filter(traced, new->key))
			continue;
		sum.hits += new->hits - old->hits;
		for (v = 0; v < HIST_MAX_VALUES; v++)
			sum.values[v] += new->values[v] - old->values[v];
	}
	return sum;
}

/* Add a function that copied to the list. Returns @bytes. */
static __u64 copied(struct lab_row *row, const char *function, __u64 bytes)
{
	struct lab_copy *copy = row->copies;

	while (copy->function)
		copy++;
	if (bytes)
		*copy = (struct lab_copy) { function, bytes };
	return bytes;
}

static void count_copies(const struct traced *traced, struct lab_row *row)
{
	__u64 sent = sum(EVENT_SENT, of_workers, traced).values[0];
	__u64 spliced = sum(EVENT_SPLICED, of_workers, traced).values[0];
	__u64 pinned = sum(EVENT_PINNED, of_workers, traced).values[0];
	__u64 referenced = spliced + pinned;
	__u64 *count = row->count;

	/* The module fills packets in the same way, but here it has no release to report. */
	if (row->method->module)
		pinned = 0;
	memset(row->copies, 0, sizeof(row->copies));
	count[LAB_REFERENCED] = referenced;
	count[LAB_PINNED] = pinned;
	count[LAB_READ_COPY] =
		copied(row, "filemap_read", sum(EVENT_READ, of_sender, traced).values[0]);
	count[LAB_SEND_COPY] =
		copied(row, "tcp_sendmsg_locked", sent > referenced ? sent - referenced : 0) +
		copied(row, "zcx_batch_commit", sum(EVENT_MODULE, of_workers, traced).values[0]);
	count[LAB_COW_COPY] =
		copied(row, "copy_mc_to_kernel", sum(EVENT_COW, of_sender, traced).values[0]);
	count[LAB_SKB_COPY] =
		copied(row, "skb_copy_bits",
		       sum(EVENT_SKB_BITS, of_interface, traced).values[0]) +
		copied(row, "skb_copy_and_csum_bits",
		       sum(EVENT_SKB_CSUM, of_interface, traced).values[0]) +
		copied(row, "skb_copy_ubufs",
		       sum(EVENT_SKB_UBUFS, of_interface, traced).values[0]);
}

static void count_dma(const struct traced *traced, struct lab_row *row)
{
	struct hist_line nic = sum(EVENT_NIC, of_interface, traced);
	bool loopback = row->route == LAB_LOOPBACK;

	row->count[LAB_DISK_DMA] = sum(EVENT_DISK, of_disk, traced).values[0] * SECTOR;
	/* On loopback no hardware fetches packets. */
	row->count[LAB_NIC_DMA] = loopback ? 0 : nic.values[0];
	row->count[LAB_NIC_GATHERED] = loopback ? 0 : nic.values[1];
}

/* The sender's own reports are counted as well. */
static void subtract_overhead(struct lab_row *row)
{
	int i;

	for (i = 0; i < LAB_NR_COUNTS; i++)
		row->count[i] -= row->count[i] < overhead[i] ? row->count[i] : overhead[i];
}

/**
 * trace_stop - set the counters of a run
 * @traced: the threads, interface and disk that are counted
 * @row: its counts and copies are set
 *
 * The counters of a run that sends nothing (its length is 0) are the overhead, which is
 * subtracted from the others.
 *
 * Return: 0, or -errno: then nothing is set.
 */
int trace_stop(const struct traced *traced, struct lab_row *row)
{
	static const enum lab_count of_overhead[] = {
		LAB_SYSCALLS, LAB_FAULTS, LAB_KERNEL_FAULTS, LAB_SWITCHES
	};
	int err = events_take(after);
	size_t i;

	if (err)
		return err;
	row->count[LAB_SYSCALLS] = sum(EVENT_SYSCALL, of_sender, traced).hits;
	row->count[LAB_FAULTS] = sum(EVENT_FAULT, of_sender, traced).hits;
	row->count[LAB_KERNEL_FAULTS] = sum(EVENT_KERNEL_FAULT, of_sender, traced).hits;
	row->count[LAB_SWITCHES] = sum(EVENT_SWITCH, of_sender, traced).hits;
	row->count[LAB_SEND_CALLS] = sum(EVENT_CALL, of_workers, traced).hits;
	count_copies(traced, row);
	count_dma(traced, row);
	for (i = 0; !row->len && i < sizeof(of_overhead) / sizeof(*of_overhead); i++)
		overhead[of_overhead[i]] = row->count[of_overhead[i]];
	subtract_overhead(row);
	return 0;
}
