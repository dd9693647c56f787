// SPDX-License-Identifier: GPL-2.0
/* The methods, in the order of the table and of the book. */
#include "methods/methods.h"

const struct lab_method *const lab_methods[] = {
	&lab_read_write,
	&lab_sendfile,
	NULL,
};
