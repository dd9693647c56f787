/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations that the files of zcxfer send share. */
#ifndef ZCXFER_TOOLS_SEND_H
#define ZCXFER_TOOLS_SEND_H

#include "tool.h"

/**
 * struct sender - state of zcxfer send
 * @dev: /dev/zcxfer
 * @sock: the connection
 * @address: the peer's address, as given
 * @trusted: file of the certificates to trust, NULL without TLS
 * @tls: the TLS session
 * @names: names of the files of @descs, as given
 * @descs: the ranges to send
 * @nr: number of ranges
 * @flags: ZCXFER_F_* of each call
 * @readahead: bytes to read ahead, 0 for the module's default
 * @max_descs: most descriptors that the module accepts in one call
 * @size: bytes in all ranges
 * @tally: totals of the calls so far
 */
struct sender {
	int dev;
	int sock;
	const char *address;
	const char *trusted;
	struct ssl_st *tls;
	char **names;
	struct zcxfer_desc *descs;
	unsigned int nr;
	unsigned int flags;
	__u64 readahead;
	unsigned int max_descs;
	__u64 size;
	struct tally tally;
};

/* send_files.c */
bool send_parse_number(const char **text, __u64 *number);
int send_add_files(struct sender *sender, char **args, int nr);

/* send_report.c */
void send_explain(const struct sender *sender,
		  const struct zcxfer_result *result,
		  const struct zcxfer_desc *desc);

#endif /* ZCXFER_TOOLS_SEND_H */
