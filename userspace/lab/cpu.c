// SPDX-License-Identifier: GPL-2.0
/*
 * CPU time, also that of others who work for a process.
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

#include "cpu.h"

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
	while (file && cpu->nr < CPU_MAX_THREADS && fscanf(file, "%d", &pid) == 1) {
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

static double clocks_ns(const struct cpu *cpu)
{
	struct timespec t;
	double ns = 0;
	unsigned int i;

	for (i = 0; i < cpu->nr_clocks; i++)
		if (!clock_gettime(cpu->clocks[i], &t))
			ns += t.tv_sec * 1e9 + t.tv_nsec;
	return ns;
}

/**
 * cpu_start - from here on
 * @cpu: set
 * @clocks: CPU time clocks of processes
 * @nr: how many, at most %CPU_MAX_CLOCKS
 */
void cpu_start(struct cpu *cpu, const clockid_t *clocks, unsigned int nr)
{
	for (cpu->nr_clocks = 0; cpu->nr_clocks < nr; cpu->nr_clocks++)
		cpu->clocks[cpu->nr_clocks] = clocks[cpu->nr_clocks];
	look_at_threads(cpu);
	cpu->own = clocks_ns(cpu);
}

/**
 * cpu_stop - until here
 * @since: from there on
 *
 * Return: the CPU time in between, in ns.
 */
double cpu_stop(const struct cpu *since)
{
	double sum = clocks_ns(since) - since->own;
	static struct cpu cpu;
	unsigned int i;

	look_at_threads(&cpu);
	for (i = 0; i < cpu.nr; i++)
		sum += cpu.threads[i].ns - ns_of(since, cpu.threads[i].pid);
	return sum;
}
