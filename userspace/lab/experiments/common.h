/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the experiments: their output, files, and the state of memory. */
#ifndef ZCXFER_LAB_EXPERIMENTS_COMMON_H
#define ZCXFER_LAB_EXPERIMENTS_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EXP_PAGE	4096

/* The exit code of an experiment that cannot run here. */
#define EXP_SKIPPED	4

void exp_begin(const char *does, const char *expect);
void exp_show(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool exp_seen(bool is_so, const char *format, ...) __attribute__((format(printf, 2, 3)));
int exp_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
int exp_end(const char *change);

void exp_block_signals(bool block);

const char *exp_dir(int argc, char **argv);
int exp_file(const char *dir, size_t len, char fill);
bool exp_on_disk(int fd);
int exp_reopen(int fd, int flags);
int exp_forget(int fd);

int exp_pagemap(void);
uint64_t exp_frame(int pagemap, const void *addr);
long exp_faults(void);
int exp_connection(int ends[2]);

/* tracing.c */
int exp_trace_begin(const char *probe, const char *event);
int exp_trace_put(const char *name, const char *text);
FILE *exp_trace_open(void);
int exp_trace_sum(const char *value, unsigned long long *sum);
void exp_trace_end(void);

#endif /* ZCXFER_LAB_EXPERIMENTS_COMMON_H */
