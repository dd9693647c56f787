// SPDX-License-Identifier: GPL-2.0
/*
 * CPU time, also that of others who work for this process. See loop.h.
 *
 * A process's clock has all of its threads, also those that io_uring makes for it.
 * It has not what the kernel's own threads do for it: the workers that move jobs
 * (kworkers, which any CPU and any work may have), ksoftirqd. Whom they work for
 * nobody knows; but nothing else goes on, so all that they take is counted, by
 * every method. Not counted is what is done in the time of the receiver: its byte
 * goes all the way, and wakes up who waits for it.
 */
#include <stdio.h>
#include <time.h>

#include "loop.h"

/* CPU time of a thread of the kernel in ns, 0 if it is gone. */
static double thread_ns(int pid)
{
	char path[64];
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%lf", &ns) != 1)
		ns = 0;
	fclose(file);
	return ns;
}

/* They are the children of kthreadd. */
static void look_at_threads(struct cpu *cpu)
{
	FILE *file = fopen("/proc/2/task/2/children", "r");
	int pid;

	cpu->nr = 0;
	while (file && cpu->nr < MAX_THREADS && fscanf(file, "%d", &pid) == 1) {
		cpu->threads[cpu->nr].pid = pid;
		cpu->threads[cpu->nr++].ns = thread_ns(pid);
	}
	if (file)
		fclose(file);
}

/* What a thread had at that time; one that is new had nothing. */
static double ns_of(const struct cpu *cpu, int pid)
{
	unsigned int i;

	for (i = 0; i < cpu->nr; i++)
		if (cpu->threads[i].pid == pid)
			return cpu->threads[i].ns;
	return 0;
}

/**
 * cpu_start - from here on
 * @cpu: set
 */
void cpu_start(struct cpu *cpu)
{
	look_at_threads(cpu);
	cpu->own = now(CLOCK_PROCESS_CPUTIME_ID);
}

/**
 * cpu_stop - until here
 * @since: from there on
 *
 * Return: the CPU time in between, in ns.
 */
double cpu_stop(const struct cpu *since)
{
	double sum = now(CLOCK_PROCESS_CPUTIME_ID) - since->own;
	static struct cpu cpu;
	unsigned int i;

	look_at_threads(&cpu);
	for (i = 0; i < cpu.nr; i++)
		sum += cpu.threads[i].ns - ns_of(since, cpu.threads[i].pid);
	return sum;
}
