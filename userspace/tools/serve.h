/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zcxfer serve: a small static file server with one thread. Neither a slow client
 * nor a file that must be read from a disk delays the other clients.
 *
 *   serve.c        options, and what the server opens
 *   serve_loop.c   the loop over all connections, signals
 *   serve_conn.c   one connection: requests in, replies out
 *   serve_send.c   a reply as a job, and the wait for room for it
 *   serve_idle.c   clients that are silent or do not read
 *   serve_log.c    the access log
 *
 *   serve_reply.c  chooses the reply to a request
 *   serve_open.c   opens what a request names
 *   serve_file.c   the reply that is a file, or ranges of it
 *   serve_build.c  builds the descriptors and the text of a reply
 *   serve_text.c   the index of a directory
 *   http*.c range.c  parsing
 *
 * With one thread no locks are needed. A server owns its connections, a connection
 * owns the reply it sends, a reply owns its text and its file.
 */
#ifndef ZCXFER_TOOLS_SERVE_H
#define ZCXFER_TOOLS_SERVE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "http.h"
#include "range.h"
#include "zcxfer.h"

/* Room for the suffix of a compressed file: ".br", ".gz", and the NUL. */
#define SUFFIX_SIZE	4

/* What a client is asked to wait for with status 503, in seconds. */
#define RETRY_SECONDS	10

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
 * struct resource - the file that a request names
 * @file: the file, open, or -1
 * @type: value of Content-Type
 * @coding: value of Content-Encoding, or %NULL
 * @varies: true if another client may get another coding
 * @st: attributes of @file
 * @val: its validators
 */
struct resource {
	int file;
	const char *type;
	const char *coding;
	bool varies;
	struct stat st;
	struct http_validators val;
};

/**
 * struct server - the server
 * @dir: the directory that is served, as given
 * @address: where it listens, as given
 * @log_path: name of the access log, or %NULL
 * @timeout: seconds after which a silent client is disconnected
 * @verbose: true to print a line on standard error for each reply
 * @precompressed: true to send FILE.br or FILE.gz in place of FILE
 * @log: the access log, or %NULL
 * @dev: /dev/zcxfer
 * @root: the directory that is served
 * @epoll: epoll instance of the event loop
 * @listener: the listening socket, -1 while the server stops
 * @signals: signalfd of the signals that stop or reload the server
 * @accepting: true while @epoll reports new connections
 * @paused: true while there is no descriptor for another connection
 * @stop_at: time at which the server must stop, 0 if it need not
 * @conns: list of all connections
 * @nr_conns: number of connections
 * @max_conns: most connections at a time
 * @waiting: queue of connections whose job the device had no room for
 * @waiting_end: end of that queue
 */
struct server {
	const char *dir;
	const char *address;
	const char *log_path;
	unsigned int timeout;
	bool verbose;
	bool precompressed;
	FILE *log;
	int dev;
	int root;
	int epoll;
	int listener;
	int signals;
	bool accepting;
	bool paused;
	time_t stop_at;
	struct conn *conns;
	unsigned int nr_conns;
	unsigned int max_conns;
	struct conn *waiting;
	struct conn **waiting_end;
};

/* serve_loop.c */
time_t serve_now(void);
int serve_watch(struct server *srv, int op, int fd, void *data, __u32 events);
int serve_loop(struct server *srv);

/* serve_reply.c */
int reply_to_request(struct reply *reply, const struct server *srv,
		     const struct http_request *req);
int reply_status(struct reply *reply, int status, const char *header,
		 const char *detail);
int reply_error(struct reply *reply, int status);

/* serve_open.c */
int open_beneath(int root, const char *path);
int open_resource(struct resource *res, const struct server *srv, char *path,
		  const struct http_request *req);

/* serve_file.c */
int reply_file(struct reply *reply, const struct resource *res,
	       const struct http_request *req);

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
