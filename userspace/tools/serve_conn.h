/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection, as the files see it that move it from state to state.
 */
#ifndef ZCXFER_TOOLS_SERVE_CONN_H
#define ZCXFER_TOOLS_SERVE_CONN_H

#include "serve.h"

/* An address and its NUL; one that is longer, because of its zone, is not logged. */
#define PEER_SIZE	64

/**
 * enum conn_state - what a connection waits for
 * @CONN_READ: a request, or the rest of it
 * @CONN_WAIT: room for the reply's job
 * @CONN_SEND: the completion of the reply's job
 * @CONN_DRAIN: the end of the client's stream; closing earlier would reset the
 *	connection, and the client might lose the last reply
 */
enum conn_state {
	CONN_READ,
	CONN_WAIT,
	CONN_SEND,
	CONN_DRAIN,
};

/* The result of a step: return to the event loop, do the next step, or close. */
enum step {
	STEP_WAIT,
	STEP_NEXT,
	STEP_CLOSE,
};

/**
 * struct conn - a connection
 * @next: next connection of the server
 * @prev: the pointer to this connection: &server.conns or @next of another
 * @next_waiting: next connection in &server.waiting
 * @fd: the socket, non-blocking
 * @state: what the connection waits for
 * @active: time of the last progress; of a request that has not arrived completely,
 *	the time at which it began (CLOCK_MONOTONIC, seconds)
 * @acked: progress of the client when serve_idle.c last looked
 * @peer: address of the client, for the log
 * @reply: the reply that is sent
 * @request: request line that @reply is for, quoted for the log, or %NULL
 * @in: bytes received that no reply has been built for
 * @in_len: number of bytes in @in
 */
struct conn {
	struct conn *next;
	struct conn **prev;
	struct conn *next_waiting;
	int fd;
	enum conn_state state;
	time_t active;
	__u64 acked;
	char peer[PEER_SIZE];
	struct reply reply;
	char *request;
	char in[HTTP_HEAD_MAX];
	size_t in_len;
};

/* serve_conn.c */
bool conn_open(struct server *srv, int fd, const char *peer);
void conn_close(struct server *srv, struct conn *conn);
enum step conn_wait(struct server *srv, struct conn *conn);
enum step conn_finish(struct server *srv, struct conn *conn);
void conn_advance(struct server *srv, struct conn *conn, enum step step);

/* serve_send.c */
enum step conn_send(struct server *srv, struct conn *conn);
enum step conn_sent(struct server *srv, struct conn *conn,
		    const struct zcxfer_result *result);
void send_status(int fd, int status);
enum step conn_refuse(struct server *srv, struct conn *conn, int status);
void conn_retry(struct server *srv);

/* serve_idle.c */
void conn_check_all(struct server *srv);

/* serve_log.c */
int log_open(struct server *srv);
void log_reply(const struct server *srv, const struct conn *conn, int status,
	       const struct zcxfer_result *result);

#endif /* ZCXFER_TOOLS_SERVE_CONN_H */
