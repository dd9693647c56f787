// SPDX-License-Identifier: GPL-2.0-only
/* All experiments, in the order of the book. */
#include "experiments/experiments.h"
#include "lab.h"

const struct lab_experiment lab_experiments[] = {
	{ "readahead", "how much is read ahead", lab_readahead },
	{ "eviction", "what a large file evicts from the page cache", lab_eviction },
	{ "memory", "virtual and physical memory, demand paging", lab_memory },
	{ "cow", "copy on write: fork() and MAP_PRIVATE", lab_cow },
	{ "sigbus", "a mapped file that is truncated, and leases", lab_sigbus },
	{ "held-pages", "pages that the network still holds after the call", lab_held_pages },
	{ "pio", "a disk read by the CPU, and by DMA", lab_pio },
	{ }
};
