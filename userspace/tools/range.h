/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Range header: the bytes of a file that a request asks for.
 */
#ifndef ZCXFER_TOOLS_RANGE_H
#define ZCXFER_TOOLS_RANGE_H

#include <linux/types.h>

#include "http.h"

/*
 * Most ranges of one reply. Each takes two descriptors, its part head and its
 * bytes, so that all of them and the reply's head fit into the 1024 that every
 * version of the module accepts in one call.
 */
#define RANGES_MAX	256

/* @len is never zero. */
struct range {
	__u64 start;
	__u64 len;
};

/* Values of range_parse() that are not a number of ranges. */
#define RANGES_IGNORE		0
#define RANGES_UNSATISFIABLE	(-1)

int range_parse(struct http_str value, __u64 size,
		struct range ranges[RANGES_MAX]);

#endif /* ZCXFER_TOOLS_RANGE_H */
