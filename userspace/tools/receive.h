/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations that the files of zcxfer receive share. */
#ifndef ZCXFER_TOOLS_RECEIVE_H
#define ZCXFER_TOOLS_RECEIVE_H

#include "tool.h"

/**
 * struct receiver - state of zcxfer receive
 * @dev: /dev/zcxfer, -1 if the output is not a regular file
 * @sock: the connection
 * @fd: the output
 * @created: true if the output did not exist before
 * @address: the address at which the command waits
 * @path: name of the output, as given; "-" is standard output
 * @flags: ZCXFER_F_* of each call
 * @pem: file of the certificate and the key, NULL without TLS
 * @tls: the TLS session
 * @tally: totals of the calls so far
 */
struct receiver {
	int dev;
	int sock;
	int fd;
	bool created;
	const char *address;
	const char *path;
	__u32 flags;
	const char *pem;
	struct ssl_st *tls;
	struct tally tally;
};

/* Most bytes that may still arrive. */
static inline __u64 receiver_bytes_left(const struct receiver *receiver)
{
	return receiver->tally.expected - receiver->tally.total.bytes;
}

/* receive_output.c */
int receive_open_output(struct receiver *receiver);
int receive_empty_output(struct receiver *receiver);
bool receive_is_left_behind(const struct receiver *receiver);
int receive_close_output(struct receiver *receiver, int ret);

/* receive_stream.c */
int receive_stream(struct receiver *receiver);

/* receive_report.c */
void receive_print_failure(const struct receiver *receiver, const char *subject,
			   const char *reason);
int receive_explain(const struct receiver *receiver,
		    const struct zcxfer_result *result);
int receive_interrupted(struct receiver *receiver);

#endif /* ZCXFER_TOOLS_RECEIVE_H */
