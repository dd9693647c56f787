/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations that the commands of the client share. */
#ifndef ZCXFER_TOOLS_TOOL_H
#define ZCXFER_TOOLS_TOOL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "zcxfer.h"

/* Exit codes. */
enum {
	TOOL_OK			= 0,
	TOOL_FAILED		= 1,
	TOOL_USAGE		= 2,
	TOOL_INTERRUPTED	= 130,
};

/*
 * Most bytes of one call while a progress bar is shown; without a bar a call has
 * no such limit. A larger slice would make the bar jump, a smaller one would cost
 * calls.
 */
#define TOOL_SLICE	(8 << 20)

/* The commands; argv[0] is the command's name. */
int cmd_send(int argc, char **argv);
int cmd_receive(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_lab(int argc, char **argv);

/* tool.c */
extern volatile sig_atomic_t tool_interrupted;
extern volatile sig_atomic_t tool_looks_up;

void tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *tool_first_error(void);
int tool_usage_error(const char *usage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int tool_option_error(const char *usage, char **argv, int c);
int tool_open_device(void);
void tool_catch_interrupt(void);
double tool_now(void);

/* number.c */
bool tool_parse_bytes(const char **text, uint64_t *number);
bool tool_bytes_option(const char *option, const char *text, uint64_t *number);

/* address.c; the size of a buffer for an address and its NUL. */
#define TOOL_ADDRESS_MAX	300

bool tool_host(const char *address, char host[static TOOL_ADDRESS_MAX]);
int tool_connect(const char *address);
int tool_listen(const char *address);
void tool_local_address(int listener, const char *address,
			char text[static TOOL_ADDRESS_MAX]);
int tool_accept(int listener, const char *address);
void tool_unlisten(int listener, const char *address);

/* tls.c; struct ssl_st is OpenSSL's SSL. */
bool tls_check_file(const char *pem);
struct ssl_st *tls_connect(int sock, const char *address, const char *pem);
struct ssl_st *tls_accept(int sock, const char *address, const char *pem);
void tls_finish(struct ssl_st *ssl);
bool tls_closed(struct ssl_st *ssl);

/**
 * struct tally - totals of all calls of a transfer, and how it ended
 * @total: sum of the results; stop, error and desc are those of the last
 * @expected: bytes expected, TALLY_UNKNOWN if unknown
 * @file: file in which the transfer ended, NULL if all were moved
 * @reads_files: true if the transfer reads files, so that changes are reported
 * @began: true if the transfer began: there is a connection
 * @ioctls: number of calls of the module
 * @seconds: duration of the transfer
 */
struct tally {
	struct zcxfer_result total;
	uint64_t expected;
	const char *file;
	bool reads_files;
	bool began;
	unsigned int ioctls;
	double seconds;
};

#define TALLY_UNKNOWN	UINT64_MAX

/* tally.c */
void tally_add(struct tally *tally, const struct zcxfer_result *result);
int tally_done(struct tally *tally, unsigned int nr);
int tally_fail(struct tally *tally, unsigned int stop, int error);
void tally_print(FILE *stream, const struct tally *tally, bool json);

/**
 * struct progress - a progress bar
 * @total: bytes expected, 0 if unknown
 * @start: time of the start, from tool_now()
 * @drawn: time of the last drawing, from tool_now()
 * @shown: true if standard error is a terminal
 */
struct progress {
	uint64_t total;
	double start;
	double drawn;
	bool shown;
};

/* progress.c */
void progress_start(struct progress *bar, uint64_t total);
void progress_update(struct progress *bar, uint64_t bytes);
void progress_end(struct progress *bar);

#endif /* ZCXFER_TOOLS_TOOL_H */
