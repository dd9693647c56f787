// SPDX-License-Identifier: GPL-2.0
/* zcxfer receive: writes the bytes received from a socket to a file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

/* For output without offsets, such as a pipe or a terminal. */
#define BUFFER_SIZE	(256 << 10)

#define USAGE	"zcxfer receive [OPTION]... ADDRESS -o FILE"

static void print_usage(void)
{
	fputs("usage: " USAGE "\n"
	      "\n"
	      "Wait for one connection and write the bytes received to FILE.\n"
	      "\n"
	      "  ADDRESS         PORT (of 127.0.0.1), ADDR:PORT, [IPV6]:PORT, unix:PATH;\n"
	      "                  port 0 is any free port, which a message names\n"
	      "  -o, --output    the file, - for standard output; a regular file is\n"
	      "                  emptied once there is a connection; after a failure\n"
	      "                  it holds the bytes received until then\n"
	      "  --length BYTES  fail if fewer or more bytes arrive; BYTES may have a\n"
	      "                  unit: K, M, G or T\n"
	      "  --direct        write past the page cache\n"
	      "  --tls PEM       use TLS, with the certificate and the key in this file\n"
	      "  --json          print the result as one JSON object, as the last line\n"
	      "                  of standard error if the data goes to standard output\n",
	      stdout);
}

/* State of zcxfer receive. */
struct receiver {
	int dev;		/* -1 if the output is not a regular file */
	int sock;
	int fd;
	bool created;		/* the output did not exist before */
	const char *address;
	const char *path;
	__u32 flags;		/* ZCXFER_F_* */
	const char *pem;	/* NULL without TLS */
	struct ssl_st *tls;
	struct tally tally;
};

/* Most bytes that may still arrive. */
static __u64 bytes_left(const struct receiver *receiver)
{
	return receiver->tally.expected - receiver->tally.total.bytes;
}

/* Makes one call into the module, for at most @limit bytes. */
static void receive_slice(struct receiver *receiver, __u64 limit,
			  struct zcxfer_result *result)
{
	__u64 offset = receiver->tally.total.bytes;
	struct zcxfer_desc desc;

	if (limit > INT64_MAX - offset)
		limit = INT64_MAX - offset;
	if (limit > bytes_left(receiver))
		limit = bytes_left(receiver);
	desc = zcxfer_file_range(receiver->fd, offset, limit);
	zcxfer_recv(receiver->dev, receiver->sock, &desc, 1, receiver->flags,
		    result);
	receiver->tally.ioctls++;
	result->desc = 0;
}

/* Fills in @result after recv(2) has returned @n, without a byte. */
static void recv_result(ssize_t n, struct zcxfer_result *result)
{
	*result = (struct zcxfer_result){ .stop = ZCXFER_STOP_DONE,
					  .socket_calls = 1 };
	if (n > 0)
		return;
	result->stop = !n ? ZCXFER_STOP_EOF :
		       errno == EINTR ? ZCXFER_STOP_SIGNAL : ZCXFER_STOP_SOCKET;
	result->error = n ? errno : 0;
}

/* Does the same with recv(2) and write(2), and fills in the same result. */
static void copy_slice(struct receiver *receiver, struct zcxfer_result *result)
{
	static char buffer[BUFFER_SIZE];
	size_t limit = bytes_left(receiver) < sizeof(buffer) ?
		       bytes_left(receiver) : sizeof(buffer);
	ssize_t n = recv(receiver->sock, buffer, limit, 0), w = 0;

	recv_result(n, result);
	if (n <= 0)
		return;
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

/* All expected bytes are here: the stream must end. */
static void expect_end(struct receiver *receiver, struct zcxfer_result *result)
{
	char byte;

	recv_result(recv(receiver->sock, &byte, 1, 0), result);
	result->socket_calls = 0;
	if (result->stop == ZCXFER_STOP_DONE) {
		result->stop = ZCXFER_STOP_SOCKET;
		result->error = EMSGSIZE;
	}
}

/* A file that did not exist before is not left behind without a byte. */
static bool is_left_behind(const struct receiver *receiver)
{
	return !receiver->created || receiver->tally.total.bytes;
}

static const char *output_name(const struct receiver *receiver)
{
	return strcmp(receiver->path, "-") ? receiver->path : "standard output";
}

static void print_failure(const struct receiver *receiver, const char *subject,
			  const char *reason)
{
	const char *path = output_name(receiver);

	if (is_left_behind(receiver))
		tool_error("%s: %s; %s holds the first %llu bytes", subject, reason,
			   path, receiver->tally.total.bytes);
	else
		tool_error("%s: %s; no byte arrived, and %s was removed", subject,
			   reason, path);
}

/* Text for an error of the output. */
static const char *output_error(const struct receiver *receiver, int error)
{
	static char text[100];
	struct rlimit limit;

	if (error == EOPNOTSUPP && receiver->flags)
		return "cannot be written past the page cache (--direct)";
	if (error != EFBIG || getrlimit(RLIMIT_FSIZE, &limit) ||
	    limit.rlim_cur == RLIM_INFINITY)
		return strerror(error);
	snprintf(text, sizeof(text), "no file may have more than %llu bytes (ulimit -f)",
		 (unsigned long long)limit.rlim_cur);
	return text;
}

static int explain(const struct receiver *receiver,
		   const struct zcxfer_result *result)
{
	char text[100];

	if (result->stop == ZCXFER_STOP_DESC) {
		print_failure(receiver, output_name(receiver),
			      output_error(receiver, result->error));
	} else if (result->stop == ZCXFER_STOP_CALL) {
		print_failure(receiver, "/dev/zcxfer", strerror(result->error));
	} else if (result->stop == ZCXFER_STOP_EOF) {
		snprintf(text, sizeof(text), "the stream ended %llu bytes before --length",
			 (unsigned long long)bytes_left(receiver));
		print_failure(receiver, receiver->address, text);
	} else {
		print_failure(receiver, receiver->address,
			      result->error == EMSGSIZE && !bytes_left(receiver) ?
			      "the peer sends more than --length" :
			      strerror(result->error));
	}
	return TOOL_FAILED;
}

/* The stream has ended as it should. */
static int end_stream(struct receiver *receiver)
{
	struct zcxfer_result result = { .stop = ZCXFER_STOP_EOF };

	if (receiver->tally.expected == TALLY_UNKNOWN || !bytes_left(receiver))
		return tally_done(&receiver->tally, 1);
	tally_fail(&receiver->tally, ZCXFER_STOP_EOF, 0);
	return explain(receiver, &result);
}

/*
 * The peer's close_notify makes the call fail with EIO. The end of the stream
 * without close_notify is an error.
 */
static int end_tls(struct receiver *receiver, const struct zcxfer_result *result)
{
	if (result->stop == ZCXFER_STOP_SOCKET && result->error == EIO &&
	    tls_closed(receiver->tls))
		return end_stream(receiver);
	if (result->stop != ZCXFER_STOP_EOF)
		return explain(receiver, result);
	print_failure(receiver, receiver->address,
		      "TLS: the connection was cut off");
	return tally_fail(&receiver->tally, ZCXFER_STOP_SOCKET, EPROTO);
}

static int report_interrupt(struct receiver *receiver)
{
	if (is_left_behind(receiver))
		tool_error("interrupted: %s holds the first %llu bytes",
			   output_name(receiver), receiver->tally.total.bytes);
	else
		tool_error("interrupted before a byte arrived");
	return tally_fail(&receiver->tally, ZCXFER_STOP_SIGNAL, EINTR);
}

/* Receives until the stream ends or a call fails. Returns an exit code. */
static int receive_all(struct receiver *receiver, struct progress *bar)
{
	__u64 limit = bar->shown ? TOOL_SLICE : UINT64_MAX;

	for (;;) {
		struct zcxfer_result result;

		if (!bytes_left(receiver))
			expect_end(receiver, &result);
		else if (receiver->dev < 0)
			copy_slice(receiver, &result);
		else
			receive_slice(receiver, limit, &result);
		tally_add(&receiver->tally, &result);
		progress_update(bar, receiver->tally.total.bytes);

		if (tool_interrupted && result.stop != ZCXFER_STOP_EOF) {
			progress_end(bar);
			return report_interrupt(receiver);
		}
		if (result.stop == ZCXFER_STOP_DONE ||
		    result.stop == ZCXFER_STOP_SIGNAL)
			continue;
		progress_end(bar);
		return receiver->tls ? end_tls(receiver, &result) :
		       result.stop == ZCXFER_STOP_EOF ? end_stream(receiver) :
		       explain(receiver, &result);
	}
}

/* Prints the errno of the output. Returns an exit code. */
static int output_failed(struct receiver *receiver)
{
	int error = errno;

	tool_error("%s: %s", receiver->path, strerror(error));
	return tally_fail(&receiver->tally, ZCXFER_STOP_DESC, error);
}

/*
 * The file is emptied only now, when there is a connection: a mistyped address
 * must not destroy it.
 */
static int receive_into(struct receiver *receiver)
{
	struct progress bar;
	int ret;

	if (receiver->dev >= 0 && ftruncate(receiver->fd, 0))
		return output_failed(receiver);
	receiver->tally.began = true;
	progress_start(&bar, receiver->tally.expected == TALLY_UNKNOWN ? 0 :
		       receiver->tally.expected);
	ret = receive_all(receiver, &bar);
	receiver->tally.seconds = tool_now() - bar.start;
	return ret;
}

/* Opens the device if the output is a regular file, or will be one. */
static int open_module(struct receiver *receiver)
{
	struct stat st;
	int err = strcmp(receiver->path, "-") ? stat(receiver->path, &st) :
		  fstat(STDOUT_FILENO, &st);

	receiver->dev = -1;
	if (err && errno != ENOENT)
		return output_failed(receiver);
	if (!strcmp(receiver->path, "-") || (!err && !S_ISREG(st.st_mode))) {
		if (!receiver->flags)
			return TOOL_OK;
		tool_error("%s: --direct requires a regular file", receiver->path);
		return tally_fail(&receiver->tally, ZCXFER_STOP_DESC, EINVAL);
	}
	receiver->dev = tool_open_device();
	if (receiver->dev >= 0)
		return TOOL_OK;
	return tally_fail(&receiver->tally, ZCXFER_STOP_CALL, receiver->dev);
}

/* Opens the output, after the device: without that, no file is made. */
static int open_output(struct receiver *receiver)
{
	int ret = open_module(receiver);

	if (ret || !strcmp(receiver->path, "-")) {
		receiver->fd = STDOUT_FILENO;
		return ret;
	}
	receiver->fd = open(receiver->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    0666);
	receiver->created = receiver->fd >= 0;
	if (receiver->fd < 0 && errno == EEXIST)
		receiver->fd = open(receiver->path, O_WRONLY | O_CREAT | O_CLOEXEC,
				    0666);
	return receiver->fd < 0 ? output_failed(receiver) : TOOL_OK;
}

/* Closes the output, and removes a file that nothing was written to. */
static int close_output(struct receiver *receiver, int ret)
{
	struct stat ours, named;

	if (ret && !is_left_behind(receiver) && !fstat(receiver->fd, &ours) &&
	    !lstat(receiver->path, &named) && ours.st_dev == named.st_dev &&
	    ours.st_ino == named.st_ino)
		unlink(receiver->path);
	if (close(receiver->fd) && !ret)
		ret = output_failed(receiver);
	return ret;
}

/* Waits for a connection, and starts TLS if that was asked for. */
static int accept_one(struct receiver *receiver, int listener)
{
	static char address[TOOL_ADDRESS_MAX];

	tool_local_address(listener, receiver->address, address);
	receiver->address = address;
	fprintf(stderr, "zcxfer: waiting for a connection at %s\n", address);
	receiver->sock = tool_accept(listener, receiver->address);
	if (receiver->sock >= 0 && receiver->pem)
		receiver->tls = tls_accept(receiver->sock, receiver->address,
					   receiver->pem);
	if (receiver->sock >= 0 && (receiver->tls || !receiver->pem))
		return TOOL_OK;
	if (!tool_interrupted)
		return tally_fail(&receiver->tally, ZCXFER_STOP_SOCKET,
				  receiver->sock < 0 ? receiver->sock : EPROTO);
	tool_error("interrupted before a connection arrived");
	return tally_fail(&receiver->tally, ZCXFER_STOP_SIGNAL, EINTR);
}

static int receive(struct receiver *receiver)
{
	int listener, ret;

	tool_catch_interrupt();
	/* Both are errors of write(2), which have a message. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (receiver->pem && !tls_check_file(receiver->pem))
		return tally_fail(&receiver->tally, ZCXFER_STOP_SOCKET, errno);
	listener = tool_listen(receiver->address);
	if (listener < 0)
		return tally_fail(&receiver->tally, ZCXFER_STOP_SOCKET, listener);
	ret = open_output(receiver);
	if (ret) {
		tool_unlisten(listener, receiver->address);
		return ret;
	}
	ret = accept_one(receiver, listener);
	tool_unlisten(listener, receiver->address);
	if (!ret)
		ret = receive_into(receiver);
	return close_output(receiver, ret);
}

/* Returns an exit code, or -1 to continue. */
static int parse_options(struct receiver *receiver, int argc, char **argv,
			 bool *json)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "length", required_argument, NULL, 'l' },
		{ "direct", no_argument, NULL, 'd' },
		{ "tls", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			receiver->path = optarg;
			break;
		case 'l':
			if (!tool_bytes_option("--length", optarg,
					       &receiver->tally.expected))
				return TOOL_USAGE;
			break;
		case 'd':
			receiver->flags |= ZCXFER_F_DIRECT;
			break;
		case 't':
			receiver->pem = optarg;
			break;
		case 'j':
			*json = true;
			break;
		case 'h':
			print_usage();
			return TOOL_OK;
		default:
			return tool_option_error(USAGE, argv, c);
		}
	}
	if (optind == argc)
		return tool_usage_error(USAGE, receiver->path ? "ADDRESS is missing" :
					"ADDRESS and -o FILE are missing");
	if (optind < argc - 1)
		return tool_usage_error(USAGE, "%s: one argument too many",
					argv[optind + 1]);
	if (!receiver->path)
		return tool_usage_error(USAGE, "-o FILE is missing (-o - for standard output)");
	receiver->address = argv[optind];
	return -1;
}

int cmd_receive(int argc, char **argv)
{
	struct receiver receiver = { .tally.expected = TALLY_UNKNOWN };
	bool json = false;
	int ret = parse_options(&receiver, argc, argv, &json);

	if (ret >= 0)
		return ret;
	receiver.tally.file = receiver.path;
	ret = receive(&receiver);
	if (!ret)
		receiver.tally.file = NULL;
	tally_print(strcmp(receiver.path, "-") ? stdout : stderr, &receiver.tally,
		    json);
	return ret;
}
