// SPDX-License-Identifier: GPL-2.0
/* zcxfer receive: what arrives at a socket into a file, by recv and write. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tool.h"

#define BUFFER_SIZE	(256 << 10)

static void print_usage(FILE *stream)
{
	fputs("usage: zcxfer receive [--json] ADDRESS -o FILE\n"
	      "\n"
	      "Wait for one connection and write what comes to FILE.\n"
	      "\n"
	      "  ADDRESS        PORT (of 127.0.0.1), ADDR:PORT, [IPV6]:PORT, unix:PATH\n"
	      "  -o, --output   the file, - for standard output; emptied when the\n"
	      "                 connection comes; on failure it holds what had\n"
	      "                 come until then\n"
	      "  --json         tell the result as one JSON object, on standard error\n"
	      "                 if the data goes to standard output\n", stream);
}

/* What came, and how. */
struct received {
	__u64 bytes;		/* that are in the file */
	__u64 calls;		/* of recv() */
	double seconds;
};

/* Returns 0 or a negative errno; @written counts what is in the file. */
static int write_all(int fd, const char *data, size_t len, __u64 *written)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR && !tool_interrupted)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= n;
		*written += n;
	}
	return 0;
}

static int fail(const char *what, int error, const char *path, __u64 bytes)
{
	tool_error("%s: %s; %s holds the first %llu bytes", what,
		   strerror(error), path, bytes);
	return TOOL_FAILED;
}

/* Move everything. Returns an exit code. */
static int receive_all(int sock, int fd, const char *address, const char *path,
		       struct received *got)
{
	static char buffer[BUFFER_SIZE];
	struct progress bar;
	ssize_t n = 0;
	int err = 0;

	progress_start(&bar, 0);
	while (!tool_interrupted && !err) {
		n = recv(sock, buffer, sizeof(buffer), 0);
		got->calls++;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		err = write_all(fd, buffer, n, &got->bytes);
		progress_update(&bar, got->bytes);
	}
	progress_end(&bar);
	got->seconds = tool_now() - bar.start;

	if (tool_interrupted) {
		tool_error("interrupted: %s holds the first %llu bytes", path,
			   got->bytes);
		return TOOL_INTERRUPTED;
	}
	if (err)
		return fail(n < 0 ? address : path, -err, path, got->bytes);
	return TOOL_OK;
}

static void print_result(FILE *stream, const struct received *got, bool json)
{
	if (!json) {
		fprintf(stream, "%llu bytes, %.2f s\n", got->bytes,
			got->seconds);
		return;
	}
	/* The members of zcxfer send; recv() copies all. */
	fprintf(stream, "{\"bytes\": %llu, \"bytes_referenced\": 0, ",
		got->bytes);
	fprintf(stream, "\"bytes_copied\": %llu, \"copied_why\": [%s], ",
		got->bytes, got->bytes ? "\"recv\"" : "");
	fprintf(stream, "\"socket_calls\": %llu, \"ioctls\": 0, \"seconds\": %.6f}\n",
		got->calls, got->seconds);
}

/*
 * The address first and then the file, which is emptied only when a connection
 * is there: whoever mistypes the address keeps the file.
 */
static int receive(const char *address, const char *path, bool json)
{
	bool to_stdout = !strcmp(path, "-");
	struct received got = { };
	int listener, sock, fd, ret;

	tool_catch_interrupt();
	listener = tool_listen(address);
	if (listener < 0)
		return TOOL_FAILED;
	fd = to_stdout ? STDOUT_FILENO :
	     open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0) {
		tool_error("%s: %s", path, strerror(errno));
		tool_unlisten(listener, address);
		return TOOL_FAILED;
	}
	sock = tool_accept(listener, address);
	tool_unlisten(listener, address);
	if (sock < 0) {
		if (tool_interrupted)
			tool_error("interrupted before a connection came");
		return tool_interrupted ? TOOL_INTERRUPTED : TOOL_FAILED;
	}

	if (!to_stdout && ftruncate(fd, 0) && errno != EINVAL)
		ret = fail(path, errno, path, 0);
	else
		ret = receive_all(sock, fd, address, path, &got);
	close(sock);
	if (close(fd) && !ret)
		ret = fail(path, errno, path, got.bytes);
	print_result(to_stdout ? stderr : stdout, &got, json);
	return ret;
}

int cmd_receive(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *path = NULL;
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			path = optarg;
			break;
		case 'j':
			json = true;
			break;
		default:
			print_usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? TOOL_OK : TOOL_USAGE;
		}
	}
	if (!path || optind != argc - 1) {
		print_usage(stderr);
		return TOOL_USAGE;
	}
	return receive(argv[optind], path, json);
}
