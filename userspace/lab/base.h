/* SPDX-License-Identifier: GPL-2.0-only */
/* Errors, clocks, signals and the page cache, for all other files. */
#ifndef ZCXFER_LAB_BASE_H
#define ZCXFER_LAB_BASE_H

#include <signal.h>
#include <stddef.h>
#include <time.h>

/* Set by a signal that asks the program to end. */
extern volatile sig_atomic_t lab_interrupted;

long lab_cached(int fd, size_t len);
void lab_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
double lab_ns(clockid_t clock);
double lab_seconds(void);
void lab_catch_signals(void);

#endif /* ZCXFER_LAB_BASE_H */
