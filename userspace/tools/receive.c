// SPDX-License-Identifier: GPL-2.0
/* zcxfer receive: what arrives at a socket into a file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

/* For output that has no offsets: a pipe, a terminal. */
#define BUFFER_SIZE	(256 << 10)

static void print_usage(FILE *stream)
{
	fputs("usage: zcxfer receive [OPTION]... ADDRESS -o FILE\n"
	      "\n"
	      "Wait for one connection and write what comes to FILE.\n"
	      "\n"
	      "  ADDRESS        PORT (of 127.0.0.1), ADDR:PORT, [IPV6]:PORT, unix:PATH\n"
	      "  -o, --output   the file, - for standard output; emptied when the\n"
	      "                 connection comes; on failure it holds what had\n"
	      "                 come until then\n"
	      "  --direct       write past the page cache\n"
	      "  --tls PEM      by TLS, with the certificate and the key in this file\n"
	      "  --json         tell the result as one JSON object, on standard error\n"
	      "                 if the data goes to standard output\n", stream);
}

/* A connection on its way into a file. */
struct job {
	int dev;		/* -1 if the output is no file that has offsets */
	int sock;
	int fd;
	const char *address;
	const char *path;
	__u32 flags;		/* ZCXFER_F_* */
	const char *pem;	/* TLS, if it is not NULL */
	struct ssl_st *tls;
	struct tally tally;
};

/* One call into the module, at most @limit bytes. */
static void receive_slice(struct job *job, __u64 limit,
			  struct zcxfer_result *result)
{
	__u64 offset = job->tally.total.bytes;
	struct zcxfer_desc desc;

	if (limit > INT64_MAX - offset)
		limit = INT64_MAX - offset;
	desc = zcxfer_file_range(job->fd, offset, limit);
	zcxfer_recv(job->dev, job->sock, &desc, 1, job->flags, result);
}

/* The same with recv(2) and write(2), told in the same words. */
static void copy_slice(struct job *job, struct zcxfer_result *result)
{
	static char buffer[BUFFER_SIZE];
	ssize_t n = recv(job->sock, buffer, sizeof(buffer), 0), w = 0;

	*result = (struct zcxfer_result){ .stop = ZCXFER_STOP_DONE,
					  .socket_calls = 1 };
	if (n <= 0) {
		result->stop = !n ? ZCXFER_STOP_EOF : errno == EINTR ?
			       ZCXFER_STOP_SIGNAL : ZCXFER_STOP_SOCKET;
		result->error = n ? errno : 0;
		return;
	}
	while (result->bytes < (__u64)n && w >= 0) {
		w = write(job->fd, buffer + result->bytes, n - result->bytes);
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

static int explain(const struct job *job, const struct zcxfer_result *result)
{
	const char *why = strerror(result->error);
	const char *what = result->stop == ZCXFER_STOP_DESC ? job->path :
			   result->stop == ZCXFER_STOP_CALL ? "/dev/zcxfer" :
			   job->address;

	if (result->stop == ZCXFER_STOP_DESC && result->error == EOPNOTSUPP)
		why = "cannot be written past the page cache";
	tool_error("%s: %s; %s holds the first %llu bytes", what, why,
		   job->path, job->tally.total.bytes);
	return TOOL_FAILED;
}

/* The end of TLS looks like an error, and an end without it is one. */
static int end_tls(const struct job *job, struct zcxfer_result *result)
{
	if (result->stop == ZCXFER_STOP_SOCKET && result->error == EIO &&
	    tls_ended(job->tls))
		return TOOL_OK;
	if (result->stop != ZCXFER_STOP_EOF)
		return explain(job, result);
	tool_error("%s: TLS: the connection was cut off; %s holds the first %llu bytes",
		   job->address, job->path, job->tally.total.bytes);
	return TOOL_FAILED;
}

/* Calls until the stream ends, or something is in the way. An exit code. */
static int receive_all(struct job *job, struct progress *bar)
{
	__u64 limit = bar->shown ? TOOL_SLICE : UINT64_MAX;

	for (;;) {
		struct zcxfer_result result;

		if (job->dev < 0)
			copy_slice(job, &result);
		else
			receive_slice(job, limit, &result);
		tally_add(&job->tally, &result);
		progress_update(bar, job->tally.total.bytes);

		if (tool_interrupted && result.stop != ZCXFER_STOP_EOF) {
			progress_end(bar);
			tool_error("interrupted: %s holds the first %llu bytes",
				   job->path, job->tally.total.bytes);
			return TOOL_INTERRUPTED;
		}
		if (result.stop == ZCXFER_STOP_DONE ||
		    result.stop == ZCXFER_STOP_SIGNAL)
			continue;
		progress_end(bar);
		return job->tls ? end_tls(job, &result) :
		       result.stop == ZCXFER_STOP_EOF ? TOOL_OK :
		       explain(job, &result);
	}
}

/* Whoever mistypes the address keeps the file: it is emptied only now. */
static int receive_into(struct job *job)
{
	struct progress bar;
	int ret;

	if (job->dev >= 0 && ftruncate(job->fd, 0)) {
		tool_error("%s: %s", job->path, strerror(errno));
		return TOOL_FAILED;
	}
	progress_start(&bar, 0);
	ret = receive_all(job, &bar);
	job->tally.seconds = tool_now() - bar.start;
	if (job->dev < 0)
		job->tally.ioctls = 0;
	if (close(job->fd) && !ret) {
		tool_error("%s: %s", job->path, strerror(errno));
		ret = TOOL_FAILED;
	}
	return ret;
}

/* Opens the output, and the device if it is a file. */
static int open_output(struct job *job)
{
	struct stat st;

	job->dev = -1;
	job->fd = !strcmp(job->path, "-") ? STDOUT_FILENO :
		  open(job->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (job->fd < 0 || fstat(job->fd, &st)) {
		tool_error("%s: %s", job->path, strerror(errno));
		return TOOL_FAILED;
	}
	if (job->fd != STDOUT_FILENO && S_ISREG(st.st_mode)) {
		job->dev = tool_open_device();
		if (job->dev < 0)
			return TOOL_FAILED;
	}
	if (job->dev < 0 && job->flags) {
		tool_error("%s: --direct is for files", job->path);
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

/* Waits for the one connection. */
static int accept_one(struct job *job, int listener)
{
	job->sock = tool_accept(listener, job->address);
	if (job->sock >= 0 && job->pem)
		job->tls = tls_accept(job->sock, job->address, job->pem);
	if (job->sock >= 0 && (job->tls || !job->pem))
		return TOOL_OK;
	if (!tool_interrupted)
		return TOOL_FAILED;
	tool_error("interrupted before a connection came");
	return TOOL_INTERRUPTED;
}

static int receive(struct job *job, bool json)
{
	int listener, ret;

	tool_catch_interrupt();
	if (job->pem && !tls_file(job->pem))
		return TOOL_FAILED;
	listener = tool_listen(job->address);
	if (listener < 0)
		return TOOL_FAILED;
	ret = open_output(job);
	if (!ret)
		ret = accept_one(job, listener);
	tool_unlisten(listener, job->address);
	if (ret)
		return ret;
	ret = receive_into(job);
	tally_print(job->fd == STDOUT_FILENO ? stderr : stdout, &job->tally,
		    json);
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
	struct job job = { 0 };
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			job.path = optarg;
			break;
		case 'd':
			job.flags |= ZCXFER_F_DIRECT;
			break;
		case 't':
			job.pem = optarg;
			break;
		case 'j':
			json = true;
			break;
		default:
			print_usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? TOOL_OK : TOOL_USAGE;
		}
	}
	if (!job.path || optind != argc - 1) {
		print_usage(stderr);
		return TOOL_USAGE;
	}
	job.address = argv[optind];
	return receive(&job, json);
}
