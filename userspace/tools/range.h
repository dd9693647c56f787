/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Range header: which bytes of a file are asked for.
 */
#ifndef ZCXFER_TOOLS_RANGE_H
#define ZCXFER_TOOLS_RANGE_H

#include <linux/types.h>

#include "http.h"

/*
 * The most ranges that one request gets. Each takes two descriptors, its part
 * head and its bytes, so all of them and the response head fit into the 1024
 * that every version of the module takes in one call.
 */
#define RANGES_MAX	256

/* @len is never zero. */
struct range {
	__u64 start;
	__u64 len;
};

/* What range_parse() returns apart from a number of ranges. */
#define RANGES_IGNORE		0
#define RANGES_UNSATISFIABLE	(-1)

int range_parse(struct http_str value, __u64 size,
		struct range ranges[RANGES_MAX]);

#endif /* ZCXFER_TOOLS_RANGE_H */
