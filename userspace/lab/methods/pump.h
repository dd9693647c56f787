/* SPDX-License-Identifier: GPL-2.0-only */
/* A file into a socket by io_uring, reads ahead of sends: see pump.c. */
#ifndef ZCXFER_LAB_METHODS_PUMP_H
#define ZCXFER_LAB_METHODS_PUMP_H

#include "common.h"

struct pump;

int pump_open(struct lab_transfer *t, int file);
int pump_run(struct pump *p, struct lab_range range);
void pump_close(struct pump *p);

#endif /* ZCXFER_LAB_METHODS_PUMP_H */
