/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of zcxfer send share. */
#ifndef ZCXFER_TOOLS_SEND_H
#define ZCXFER_TOOLS_SEND_H

#include "tool.h"

/**
 * struct job - a transfer on the command line, and how far it is
 * @dev: /dev/zcxfer
 * @sock: the connection
 * @address: its address, as given
 * @trusted: certificates; TLS if there are any
 * @tls: its session
 * @names: the files of @descs, as given
 * @descs: the ranges to send
 * @nr: how many
 * @flags: ZCXFER_F_*, of each call
 * @readahead: bytes to read ahead, 0 for the module's own
 * @max_descs: how many the module takes in a call
 * @size: bytes in all ranges
 * @tally: of all calls so far
 */
struct job {
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
int send_add_files(struct job *job, char **args, int nr);

/* send_report.c */
void send_explain(const struct job *job, const struct zcxfer_result *result,
		  const struct zcxfer_desc *desc);

#endif /* ZCXFER_TOOLS_SEND_H */
