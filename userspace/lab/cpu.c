// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU time, also that of kernel threads that work for a process.
 *
 * A process's clock includes all of its threads, also those that io_uring creates for
 * it. It does not include kernel threads that work for it: the workers that run jobs
 * (kworkers, which run other work as well), ksoftirqd. The kernel does not record for
 * whom they work; but the machine does nothing else, so all of their time is counted,
 * for every method. Work in the context of the receiver is not counted: its
 * acknowledgment is received there, and wakes the sender there.
 */
#include <stdio.h>
#include <time.h>

#include "cpu.h"

/* CPU time of a kernel thread in ns, 0 if it has exited. */
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

/* Kernel threads are the children of kthreadd. */
static void read_threads(struct cpu *cpu)
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

/* The time of a thread then; a new thread had none. */
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
 * cpu_start - begin to measure CPU time
 * @cpu: set
 * @clocks: CPU time clocks of processes
 * @nr: their number, at most %CPU_MAX_CLOCKS
 */
void cpu_start(struct cpu *cpu, const clockid_t *clocks, unsigned int nr)
{
	for (cpu->nr_clocks = 0; cpu->nr_clocks < nr; cpu->nr_clocks++)
		cpu->clocks[cpu->nr_clocks] = clocks[cpu->nr_clocks];
	read_threads(cpu);
	cpu->own = clocks_ns(cpu);
}

/**
 * cpu_stop - measure the CPU time since cpu_start()
 * @since: set by cpu_start()
 *
 * Return: nanoseconds.
 */
double cpu_stop(const struct cpu *since)
{
	double sum = clocks_ns(since) - since->own;
	static struct cpu cpu;
	unsigned int i;

	read_threads(&cpu);
	for (i = 0; i < cpu.nr; i++)
		sum += cpu.threads[i].ns - ns_of(since, cpu.threads[i].pid);
	return sum;
}
