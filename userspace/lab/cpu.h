/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU time, also that of kernel threads that work for a process. */
#ifndef ZCXFER_LAB_CPU_H
#define ZCXFER_LAB_CPU_H

#include <time.h>

#define CPU_MAX_CLOCKS	2
#define CPU_MAX_THREADS	8192

/* CPU time of processes, and of each of the kernel's threads. */
struct cpu {
	clockid_t clocks[CPU_MAX_CLOCKS];
	unsigned int nr_clocks;
	double own;
	unsigned int nr;
	struct {
		int pid;
		double ns;
	} threads[CPU_MAX_THREADS];
};

void cpu_start(struct cpu *cpu, const clockid_t *clocks, unsigned int nr);
double cpu_stop(const struct cpu *since);

#endif /* ZCXFER_LAB_CPU_H */
