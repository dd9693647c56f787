/* SPDX-License-Identifier: GPL-2.0 */
/*
 * zcxfer serve: a small static file server with one thread. Neither a slow client
 * nor a file that must be read from a disk delays the other clients.
 *
 *   serve.c        options, the listening socket, the loop over all connections
 *   serve_conn.c   one connection: requests in, replies out
 *   serve_reply.c  chooses the reply to a request
 *   serve_build.c  builds the descriptors and the text of a reply
 *   serve_text.c   content types, the index of a directory
 *   http*.c range.c  parsing
 *
 * With one thread no locks are needed. A server owns its connections, a connection
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
 * struct reply - the reply to one request
 * @file: the file whose ranges are sent, or -1
 * @stream: stream that writes @text while the reply is built
 * @text: all text of the reply, in the order in which it was written
 * @text_len: length of @text
 * @descs: the whole reply: @descs[0] is the head, then text and file ranges
 * @nr: number of descriptors
 * @status: HTTP status
 * @keep_alive: true if the connection stays open after the reply
 * @calls: number of ioctls made to submit it
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
 * @epoll: epoll instance of the event loop
 * @listener: the listening socket
 * @signals: signalfd of the signals that end the server
 * @verbose: true to print a line on standard error for each reply
 * @accepting: true while @epoll reports new connections
 * @conns: list of all connections
 * @nr_conns: number of connections
 * @max_conns: most connections at a time
 * @refused: queue of connections whose job the device had no room for
 * @refused_end: end of that queue
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
void print_url(FILE *stream, const char *path);
int open_index(int dir, const char *path);

#endif /* ZCXFER_TOOLS_SERVE_H */
