// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remarks on rows that differ from the texts. The texts count one call for a whole file,
 * a file that is not in memory, and a network card, which need not be so on a machine.
 */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "internal.h"

/* Numbers of copies that differ by less are the same. */
#define CLOSE	0.05
/* Page faults that every program has. */
#define FEW	4

static bool known(const struct lab_row *row, enum lab_count which)
{
	return row->count[which] != LAB_UNKNOWN;
}

static double times(const struct lab_row *row, enum lab_count which)
{
	return (double)row->count[which] / row->len;
}

/**
 * explain_cpu_copies - the number of copies of each byte by the CPU
 * @row: measured
 *
 * Return: a number, negative if not known.
 */
double explain_cpu_copies(const struct lab_row *row)
{
	if (!known(row, LAB_SEND_COPY))
		return -1;
	return times(row, LAB_READ_COPY) + times(row, LAB_SEND_COPY) +
	       times(row, LAB_SKB_COPY) + times(row, LAB_COW_COPY);
}

/**
 * explain_dma_copies - the number of copies of each byte by hardware
 * @row: measured
 *
 * Return: a number, negative if not known.
 */
double explain_dma_copies(const struct lab_row *row)
{
	if (!known(row, LAB_DISK_DMA))
		return -1;
	return times(row, LAB_DISK_DMA) + times(row, LAB_NIC_DMA);
}

static void say(struct lab_row *row, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct lab_row *row, const char *format, ...)
{
	size_t used = strlen(row->remarks);
	va_list args;

	if (used)
		used += snprintf(row->remarks + used, sizeof(row->remarks) - used, "; ");
	if (used >= sizeof(row->remarks))
		return;
	va_start(args, format);
	vsnprintf(row->remarks + used, sizeof(row->remarks) - used, format, args);
	va_end(args);
}

static void explain_fewer_copies(struct lab_row *row)
{
	if (times(row, LAB_REFERENCED) > 1 - CLOSE)
		say(row, "the socket refers to pages, it copies none of them");
	else
		say(row, "fewer copies by the CPU than the texts have");
}

static void explain_more_copies(struct lab_row *row)
{
	if (times(row, LAB_SKB_COPY) > CLOSE)
		say(row, "without scatter-gather each packet is copied into one piece");
	else if (times(row, LAB_COW_COPY) > CLOSE)
		say(row, "pages are copied when they are written to");
	else
		say(row, "more copies by the CPU than the texts have");
}

static void explain_cpu(struct lab_row *row)
{
	double measured = explain_cpu_copies(row), texts = row->method->seed.cpu_copies;

	if (row->route == LAB_LOOPBACK && times(row, LAB_SKB_COPY) > CLOSE)
		say(row, "user memory is copied for a receiver on the same machine");
	if (texts == LAB_UNSAID)
		return;
	if (measured < texts - CLOSE)
		explain_fewer_copies(row);
	else if (measured > texts + CLOSE)
		explain_more_copies(row);
}

static void explain_dma(struct lab_row *row)
{
	int texts = row->method->seed.dma_copies;

	if (texts == LAB_UNSAID || lround(explain_dma_copies(row)) == texts)
		return;
	if (times(row, LAB_DISK_DMA) < CLOSE)
		say(row, "the file was in memory: nothing was read from a disk");
	if (row->route == LAB_LOOPBACK)
		say(row, "loopback has no network card: no DMA out");
}

static void explain_switches(struct lab_row *row)
{
	__u64 calls = row->count[LAB_SYSCALLS], faults = row->count[LAB_FAULTS];
	__u64 in_calls = row->count[LAB_KERNEL_FAULTS];
	int texts = row->method->seed.switches;

	if (texts == LAB_UNSAID || 2 * (calls + faults) == (__u64)texts)
		return;
	if (2 * calls != (__u64)texts)
		say(row, "%llu calls where the texts count %d for all, two switches each",
		    calls, texts / 2);
	if (in_calls > FEW)
		say(row, "%llu page faults in system calls: those switch nothing", in_calls);
	if (faults > FEW)
		say(row, "%llu page faults, two switches each", faults);
}

/**
 * explain - write the remarks on a row
 * @row: &lab_row.remarks is set
 */
void explain(struct lab_row *row)
{
	row->remarks[0] = 0;
	if (row->skipped || row->wrong[0])
		return;
	if (known(row, LAB_SYSCALLS)) {
		explain_cpu(row);
		explain_dma(row);
		explain_switches(row);
	}
	if (row->note[0])
		say(row, "%s", row->note);
	if (row->method->remark)
		say(row, "%s", row->method->remark);
}
