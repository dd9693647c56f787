// SPDX-License-Identifier: GPL-2.0
/* The experiments, in the order of the book. */
#include "lab.h"

const struct lab_experiment lab_experiments[] = {
	{ }
};
