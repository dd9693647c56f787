// SPDX-License-Identifier: GPL-2.0-only
/* Planted: the book has no chapter of this method. */
#include "lab.h"

const struct lab_method lab_planted = {
	.name = "not-in-any-chapter",
};
