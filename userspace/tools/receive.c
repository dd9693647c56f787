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
	      "  ADDRESS        PORT (of the loopback address), ADDR:PORT, [IPV6]:PORT,\n"
	      "                 unix:PATH\n"
	      "  -o, --output   the file, - for standard output; on failure it holds\n"
	      "                 what had come until then\n"
	      "  --json         tell the result as one JSON object, on standard error\n"
	      "                 if the data goes to standard output\n", stream);
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR && !tool_interrupted)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= n;
	}
	return 0;
}

/* Move everything; @bytes counts what is in the file. */
static int receive_all(int sock, int fd, const char *address, const char *path,
		       uint64_t *bytes)
{
	static char buffer[BUFFER_SIZE];
	struct progress bar;
	ssize_t n;
	int err = 0;

	progress_start(&bar, 0);
	while (!tool_interrupted) {
		n = recv(sock, buffer, sizeof(buffer), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		err = write_all(fd, buffer, n);
		if (err)
			break;
		*bytes += n;
		progress_update(&bar, *bytes);
	}
	progress_end(&bar);

	if (tool_interrupted) {
		tool_error("interrupted: %s holds the first %llu bytes", path,
			   (unsigned long long)*bytes);
		return TOOL_INTERRUPTED;
	}
	if (err) {
		tool_error("%s: %s; %s holds the first %llu bytes",
			   n < 0 ? address : path, strerror(-err), path,
			   (unsigned long long)*bytes);
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

static int receive(const char *address, const char *path, bool json)
{
	bool to_stdout = !strcmp(path, "-");
	FILE *report = to_stdout ? stderr : stdout;
	uint64_t bytes = 0;
	int sock, fd, ret;
	double start;

	tool_catch_interrupt();
	fd = to_stdout ? STDOUT_FILENO :
	     open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0) {
		tool_error("%s: %s", path, strerror(errno));
		return TOOL_FAILED;
	}
	sock = tool_accept(address);
	if (sock < 0)
		return tool_interrupted ? TOOL_INTERRUPTED : TOOL_FAILED;

	start = tool_now();
	ret = receive_all(sock, fd, address, path, &bytes);
	close(sock);
	if (close(fd) && !ret) {
		tool_error("%s: %s", path, strerror(errno));
		ret = TOOL_FAILED;
	}
	fprintf(report, json ? "{\"bytes\": %llu, \"seconds\": %.6f}\n" :
		"%llu bytes, %.2f s\n", (unsigned long long)bytes,
		tool_now() - start);
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
