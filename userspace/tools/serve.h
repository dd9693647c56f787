/* SPDX-License-Identifier: GPL-2.0 */
/*
 * zcxfer serve: a small static file server of one thread, in which neither a slow
 * client nor a file that has to be read from a disk holds up the others.
 *
 *   serve.c        options, the listening socket, the loop over all connections
 *   serve_conn.c   one connection: requests in, replies out
 *   serve_reply.c  decides what the reply to a request is
 *   serve_build.c  puts the descriptors and the text of a reply together
 *   serve_text.c   content types, the index of a directory
 *   http*.c range.c  parsing
 *
 * One thread, so nothing is locked. A server owns its connections, a connection
 * owns the reply it sends, a reply owns its text and its file.
 */
#ifndef ZCXFER_TOOLS_SERVE_H
#define ZCXFER_TOOLS_SERVE_H

#include <stdbool.h>
#include <stdio.h>

#include "http.h"
#include "range.h"
#include "zcxfer.h"

/**
 * struct reply - what is sent for one request
 * @file: the file that ranges are sent of, or -1
 * @stream: where text is written while the reply is built
 * @text: all text of the reply, in the order in which it was written
 * @text_len: how much that is
 * @descs: the whole reply: @descs[0] is the head, then text and file ranges
 * @nr: how many there are
 * @status: of HTTP
 * @keep_alive: the connection stays open when the reply is sent
 * @calls: how many ioctls that took
 */
struct reply {
	int file;
	FILE *stream;
	char *text;
	size_t text_len;
	struct zcxfer_desc *descs;
	__u32 nr;
	int status;
	bool keep_alive;
	unsigned int calls;
};

/**
 * struct server - the server
 * @dev: /dev/zcxfer
 * @root: the directory that is served
 * @epoll: tells which connection can go on
 * @listener: where new connections come from
 * @signals: signalfd that ends the server
 * @verbose: a line on stderr for each reply
 * @accepting: epoll tells of new connections
 * @conns: list of all connections
 * @nr_conns: how many
 * @max_conns: no more are accepted
 * @refused: those whose reply the device had no room for, the first one first
 * @refused_end: where the next one goes
 */
struct server {
	int dev;
	int root;
	int epoll;
	int listener;
	int signals;
	bool verbose;
	bool accepting;
	struct conn *conns;
	unsigned int nr_conns;
	unsigned int max_conns;
	struct conn *refused;
	struct conn **refused_end;
};

/* serve_conn.c */
void conn_open(struct server *srv, int fd);
void conn_run(struct server *srv, struct conn *conn);
void conn_complete(struct server *srv, struct conn *conn,
		   const struct zcxfer_result *result);
void conn_retry(struct server *srv, int nr);
void conn_close(struct server *srv, struct conn *conn);
void conn_close_idle(struct server *srv);

/* serve_reply.c */
int reply_to_request(struct reply *reply, int root,
		     const struct http_request *req);
int reply_error(struct reply *reply, int status);

/* serve_build.c */
int reply_start(struct reply *reply);
size_t reply_mark(struct reply *reply);
void reply_add_text(struct reply *reply, size_t mark);
void reply_add_range(struct reply *reply, const struct range *range);
size_t reply_head(struct reply *reply, int status);
int reply_finish(struct reply *reply, size_t mark);
void reply_free(struct reply *reply);

/* serve_text.c */
const char *content_type(const char *path);
void print_url(FILE *stream, const char *path);
int open_index(int dir, const char *path);

#endif /* ZCXFER_TOOLS_SERVE_H */
