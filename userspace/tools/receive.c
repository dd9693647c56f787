// SPDX-License-Identifier: GPL-2.0
/* zcxfer receive: writes the bytes received from a socket to a file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

/* For output without offsets, such as a pipe or a terminal. */
#define BUFFER_SIZE	(256 << 10)

static void print_usage(FILE *stream)
{
	fputs("usage: zcxfer receive [OPTION]... ADDRESS -o FILE\n"
	      "\n"
	      "Wait for one connection and write the bytes received to FILE.\n"
	      "\n"
	      "  ADDRESS        PORT (of 127.0.0.1), ADDR:PORT, [IPV6]:PORT, unix:PATH\n"
	      "  -o, --output   the file, - for standard output; a regular file is\n"
	      "                 emptied once there is a connection; after a failure\n"
	      "                 it holds the bytes received until then\n"
	      "  --direct       write past the page cache\n"
	      "  --tls PEM      use TLS, with the certificate and the key in this file\n"
	      "  --json         print the result as one JSON object, on standard error\n"
	      "                 if the data goes to standard output\n", stream);
}

/* State of zcxfer receive. */
struct receiver {
	int dev;		/* -1 if the output is not a regular file */
	int sock;
	int fd;
	const char *address;
	const char *path;
	__u32 flags;		/* ZCXFER_F_* */
	const char *pem;	/* NULL without TLS */
	struct ssl_st *tls;
	struct tally tally;
};

/* Makes one call into the module, for at most @limit bytes. */
static void receive_slice(struct receiver *receiver, __u64 limit,
			  struct zcxfer_result *result)
{
	__u64 offset = receiver->tally.total.bytes;
	struct zcxfer_desc desc;

	if (limit > INT64_MAX - offset)
		limit = INT64_MAX - offset;
	desc = zcxfer_file_range(receiver->fd, offset, limit);
	zcxfer_recv(receiver->dev, receiver->sock, &desc, 1, receiver->flags,
		    result);
}

/* Does the same with recv(2) and write(2), and fills in the same result. */
static void copy_slice(struct receiver *receiver, struct zcxfer_result *result)
{
	static char buffer[BUFFER_SIZE];
	ssize_t n = recv(receiver->sock, buffer, sizeof(buffer), 0), w = 0;

	*result = (struct zcxfer_result){ .stop = ZCXFER_STOP_DONE,
					  .socket_calls = 1 };
	if (n <= 0) {
		result->stop = !n ? ZCXFER_STOP_EOF : errno == EINTR ?
			       ZCXFER_STOP_SIGNAL : ZCXFER_STOP_SOCKET;
		result->error = n ? errno : 0;
		return;
	}
	while (result->bytes < (__u64)n && w >= 0) {
		w = write(receiver->fd, buffer + result->bytes, n - result->bytes);
		if (w > 0)
			result->bytes += w;
		else if (w < 0 && errno == EINTR && !tool_interrupted)
			w = 0;
	}
	result->bytes_copied = result->bytes;
	result->copy_reasons = ZCXFER_COPIED_BUFFER;
	if (w < 0) {
		result->stop = ZCXFER_STOP_DESC;
		result->error = errno;
	}
}

static int explain(const struct receiver *receiver,
		   const struct zcxfer_result *result)
{
	const char *reason = strerror(result->error);
	const char *subject = result->stop == ZCXFER_STOP_DESC ? receiver->path :
			      result->stop == ZCXFER_STOP_CALL ? "/dev/zcxfer" :
			      receiver->address;

	if (result->stop == ZCXFER_STOP_DESC && result->error == EOPNOTSUPP)
		reason = "cannot be written past the page cache (--direct)";
	tool_error("%s: %s; %s holds the first %llu bytes", subject, reason,
		   receiver->path, receiver->tally.total.bytes);
	return TOOL_FAILED;
}

/*
 * The peer's close_notify makes the call fail with EIO. The end of the stream
 * without close_notify is an error.
 */
static int end_tls(const struct receiver *receiver, struct zcxfer_result *result)
{
	if (result->stop == ZCXFER_STOP_SOCKET && result->error == EIO &&
	    tls_closed(receiver->tls))
		return TOOL_OK;
	if (result->stop != ZCXFER_STOP_EOF)
		return explain(receiver, result);
	tool_error("%s: TLS: the connection was cut off; %s holds the first %llu bytes",
		   receiver->address, receiver->path, receiver->tally.total.bytes);
	return TOOL_FAILED;
}

/* Receives until the stream ends or a call fails. Returns an exit code. */
static int receive_all(struct receiver *receiver, struct progress *bar)
{
	__u64 limit = bar->shown ? TOOL_SLICE : UINT64_MAX;

	for (;;) {
		struct zcxfer_result result;

		if (receiver->dev < 0)
			copy_slice(receiver, &result);
		else
			receive_slice(receiver, limit, &result);
		tally_add(&receiver->tally, &result);
		progress_update(bar, receiver->tally.total.bytes);

		if (tool_interrupted && result.stop != ZCXFER_STOP_EOF) {
			progress_end(bar);
			tool_error("interrupted: %s holds the first %llu bytes",
				   receiver->path, receiver->tally.total.bytes);
			return TOOL_INTERRUPTED;
		}
		if (result.stop == ZCXFER_STOP_DONE ||
		    result.stop == ZCXFER_STOP_SIGNAL)
			continue;
		progress_end(bar);
		return receiver->tls ? end_tls(receiver, &result) :
		       result.stop == ZCXFER_STOP_EOF ? TOOL_OK :
		       explain(receiver, &result);
	}
}

/*
 * The file is emptied only now, when there is a connection: a mistyped address
 * must not destroy it.
 */
static int receive_into(struct receiver *receiver)
{
	struct progress bar;
	int ret;

	if (receiver->dev >= 0 && ftruncate(receiver->fd, 0)) {
		tool_error("%s: %s", receiver->path, strerror(errno));
		return TOOL_FAILED;
	}
	progress_start(&bar, 0);
	ret = receive_all(receiver, &bar);
	receiver->tally.seconds = tool_now() - bar.start;
	if (receiver->dev < 0)
		receiver->tally.ioctls = 0;
	if (close(receiver->fd) && !ret) {
		tool_error("%s: %s", receiver->path, strerror(errno));
		ret = TOOL_FAILED;
	}
	return ret;
}

/* Opens the output, and the device if the output is a regular file. */
static int open_output(struct receiver *receiver)
{
	struct stat st;

	receiver->dev = -1;
	receiver->fd = !strcmp(receiver->path, "-") ? STDOUT_FILENO :
		       open(receiver->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (receiver->fd < 0 || fstat(receiver->fd, &st)) {
		tool_error("%s: %s", receiver->path, strerror(errno));
		return TOOL_FAILED;
	}
	if (receiver->fd != STDOUT_FILENO && S_ISREG(st.st_mode)) {
		receiver->dev = tool_open_device();
		if (receiver->dev < 0)
			return TOOL_FAILED;
	}
	if (receiver->dev < 0 && receiver->flags) {
		tool_error("%s: --direct requires a regular file", receiver->path);
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

/* Waits for a connection, and starts TLS if that was asked for. */
static int accept_one(struct receiver *receiver, int listener)
{
	receiver->sock = tool_accept(listener, receiver->address);
	if (receiver->sock >= 0 && receiver->pem)
		receiver->tls = tls_accept(receiver->sock, receiver->address,
					   receiver->pem);
	if (receiver->sock >= 0 && (receiver->tls || !receiver->pem))
		return TOOL_OK;
	if (!tool_interrupted)
		return TOOL_FAILED;
	tool_error("interrupted before a connection arrived");
	return TOOL_INTERRUPTED;
}

static int receive(struct receiver *receiver, bool json)
{
	int listener, ret;

	tool_catch_interrupt();
	if (receiver->pem && !tls_check_file(receiver->pem))
		return TOOL_FAILED;
	listener = tool_listen(receiver->address);
	if (listener < 0)
		return TOOL_FAILED;
	ret = open_output(receiver);
	if (!ret)
		ret = accept_one(receiver, listener);
	tool_unlisten(listener, receiver->address);
	if (ret)
		return ret;
	ret = receive_into(receiver);
	tally_print(receiver->fd == STDOUT_FILENO ? stderr : stdout,
		    &receiver->tally, json);
	return ret;
}

int cmd_receive(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "direct", no_argument, NULL, 'd' },
		{ "tls", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct receiver receiver = { 0 };
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			receiver.path = optarg;
			break;
		case 'd':
			receiver.flags |= ZCXFER_F_DIRECT;
			break;
		case 't':
			receiver.pem = optarg;
			break;
		case 'j':
			json = true;
			break;
		default:
			print_usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? TOOL_OK : TOOL_USAGE;
		}
	}
	if (!receiver.path || optind != argc - 1) {
		print_usage(stderr);
		return TOOL_USAGE;
	}
	receiver.address = argv[optind];
	return receive(&receiver, json);
}
