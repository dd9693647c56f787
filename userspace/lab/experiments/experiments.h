/* SPDX-License-Identifier: GPL-2.0-only */
/* All experiments, each named as its file is. */
#ifndef ZCXFER_LAB_EXPERIMENTS_H
#define ZCXFER_LAB_EXPERIMENTS_H

int lab_readahead(int argc, char **argv);
int lab_eviction(int argc, char **argv);
int lab_memory(int argc, char **argv);
int lab_cow(int argc, char **argv);
int lab_sigbus(int argc, char **argv);
int lab_held_pages(int argc, char **argv);
int lab_pio(int argc, char **argv);

#endif /* ZCXFER_LAB_EXPERIMENTS_H */
