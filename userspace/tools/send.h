/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations that the files of zcxfer send share. */
#ifndef ZCXFER_TOOLS_SEND_H
#define ZCXFER_TOOLS_SEND_H

#include <sys/stat.h>

#include "tool.h"

/**
 * struct source - where the bytes of a descriptor come from
 * @name: name of the file, as given; "-" is standard input
 * @stream: true if its size is unknown before it is read, so that it must be read
 *	into memory: a pipe, a device, a file of /proc or /sys
 * @endless: true for a stream that has no LENGTH
 */
struct source {
	const char *name;
	bool stream;
	bool endless;
};

/* Most bytes of one read of a stream. */
#define SEND_BUFFER_SIZE	(256 << 10)

/**
 * struct sender - state of zcxfer send
 * @dev: /dev/zcxfer
 * @sock: the connection
 * @address: the peer's address, as given
 * @trusted: file of the certificates to trust, NULL without TLS
 * @tls: the TLS session
 * @sources: names and kinds of the files of @descs
 * @descs: the ranges to send
 * @nr: number of ranges
 * @at: index of the first range that is not completely sent
 * @flags: ZCXFER_F_* of each call
 * @readahead: bytes to read ahead, 0 for the module's default
 * @info: settings of the module
 * @buffer: bytes read from a stream, allocated with the first stream
 * @buffer_start: index in @buffer of the first byte that is not sent
 * @buffer_len: number of bytes in @buffer that are not sent
 * @tally: totals of the calls so far
 */
struct sender {
	int dev;
	int sock;
	const char *address;
	const char *trusted;
	struct ssl_st *tls;
	struct source *sources;
	struct zcxfer_desc *descs;
	unsigned int nr;
	unsigned int at;
	unsigned int flags;
	uint64_t readahead;
	struct zcxfer_info info;
	char *buffer;
	size_t buffer_start;
	size_t buffer_len;
	struct tally tally;
};

/* send_files.c */
int send_add_files(struct sender *sender, char **args, int nr);

/* send_stream.c */
int send_check_source(int fd, const struct stat *st, bool *stream);
bool send_stream_slice(struct sender *sender, struct zcxfer_result *result);

/* send_report.c */
void send_explain(const struct sender *sender,
		  const struct zcxfer_result *result,
		  unsigned int desc);

/* send_copies.c */
void send_explain_copies(const struct sender *sender);

#endif /* ZCXFER_TOOLS_SEND_H */
