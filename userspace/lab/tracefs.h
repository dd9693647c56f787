/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of tracefs. */
#ifndef ZCXFER_LAB_TRACEFS_H
#define ZCXFER_LAB_TRACEFS_H

#include <linux/types.h>

#define TRACEFS		"/sys/kernel/tracing/"

#define HIST_MAX_VALUES	2

/* A line of a histogram. */
struct hist_line {
	char key[32];
	__u64 hits;
	__u64 values[HIST_MAX_VALUES];
};

int tracefs_instance(const char *path);
int tracefs_append(const char *path, const char *text);
int tracefs_hist(const char *path, const char *const names[HIST_MAX_VALUES],
		 struct hist_line *lines, unsigned int max);

#endif /* ZCXFER_LAB_TRACEFS_H */
