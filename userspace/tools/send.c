// SPDX-License-Identifier: GPL-2.0
/* zcxfer send: ranges of files into a socket. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

/*
 * With a progress bar to draw, a call moves so much; without, one call moves
 * all. More would make the bar jump, less would cost calls.
 */
#define SLICE	(8 << 20)

/* A transfer on the command line, and how far it is. */
struct job {
	int dev;
	int sock;
	const char *address;
	char **names;			/* of the descriptors, as given */
	struct zcxfer_desc *descs;
	unsigned int nr;
	unsigned int max_descs;
	uint64_t size;
	struct zcxfer_result total;	/* of all calls */
	unsigned int ioctls;
	double seconds;
};

static void print_usage(FILE *stream)
{
	fputs("usage: zcxfer send [--json] FILE[:OFFSET[+LENGTH]]... ADDRESS\n"
	      "\n"
	      "Send files, or ranges of them, one after the other.\n"
	      "\n"
	      "  ADDRESS   HOST:PORT, [IPV6]:PORT or unix:PATH\n"
	      "  OFFSET    first byte; LENGTH: how many (default: to the end).\n"
	      "            A name that exists as it stands is taken as it stands.\n"
	      "  --json    tell the result as one JSON object\n", stream);
}

/* Parse "OFFSET[+LENGTH]"; the length stays as it is if there is none. */
static bool parse_range(const char *text, uint64_t *offset, uint64_t *len)
{
	char *end;

	errno = 0;
	*offset = strtoull(text, &end, 0);
	if (end == text || *text == '-' || errno)
		return false;
	if (*end != '+')
		return !*end;
	text = end + 1;
	*len = strtoull(text, &end, 0);
	return end != text && *text != '-' && !*end && !errno;
}

static int open_file(const char *name, struct stat *st)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && !fstat(fd, st))
		return fd;
	tool_error("%s: %s", name, strerror(errno));
	return -1;
}

/* Turn one argument into a descriptor. */
static int add_file(struct job *job, char *arg)
{
	struct zcxfer_desc *desc = &job->descs[job->nr];
	uint64_t offset = 0, len = UINT64_MAX;
	char *colon = strrchr(arg, ':');
	struct stat st;
	int fd;

	if (colon && access(arg, F_OK)) {
		if (!parse_range(colon + 1, &offset, &len)) {
			tool_error("%s: no such file, and '%s' is not OFFSET[+LENGTH]",
				   arg, colon + 1);
			return -1;
		}
		*colon = '\0';
	}
	fd = open_file(arg, &st);
	if (fd < 0)
		return -1;
	if (len == UINT64_MAX && !S_ISREG(st.st_mode)) {
		tool_error("%s: not a regular file: give OFFSET+LENGTH", arg);
		return -1;
	}
	if (len == UINT64_MAX)
		len = offset < (uint64_t)st.st_size ? st.st_size - offset : 0;
	*desc = zcxfer_file_range(fd, offset, len);
	job->names[job->nr++] = arg;
	job->size += len;
	return 0;
}

/* Say why a call ended early. Returns an exit code. */
static int explain(const struct job *job, const struct zcxfer_result *result,
		   const char *name, uint64_t offset)
{
	switch (result->stop) {
	case ZCXFER_STOP_EOF:
		tool_error("%s: ends at byte %llu, before the end of the range",
			   name, (unsigned long long)offset);
		break;
	case ZCXFER_STOP_DESC:
		tool_error("%s: %s", name, strerror(result->error));
		break;
	case ZCXFER_STOP_SIGNAL:
		tool_error("interrupted after %llu of %llu bytes",
			   job->total.bytes, (unsigned long long)job->size);
		return TOOL_INTERRUPTED;
	default:
		tool_error("%s: %s", job->address, strerror(result->error));
	}
	return TOOL_FAILED;
}

static void add_result(struct job *job, const struct zcxfer_result *result)
{
	job->total.bytes += result->bytes;
	job->total.bytes_referenced += result->bytes_referenced;
	job->total.bytes_copied += result->bytes_copied;
	job->total.copied_why |= result->copied_why;
	job->total.socket_calls += result->socket_calls;
	job->ioctls++;
}

/*
 * One call: as many of the @nr descriptors as @limit bytes and the module
 * allow, or the beginning of the first.
 */
static int send_slice(struct job *job, const struct zcxfer_desc *descs,
		      unsigned int nr, uint64_t limit,
		      struct zcxfer_result *result)
{
	struct zcxfer_desc first = descs[0];
	uint64_t bytes = 0;
	unsigned int n = 0;
	bool cut;
	int err;

	while (n < nr && n < job->max_descs && descs[n].len <= limit - bytes)
		bytes += descs[n++].len;
	cut = !n;
	if (cut)
		first.len = limit;

	err = zcxfer_send(job->dev, job->sock, cut ? &first : descs,
			  cut ? 1 : n, cut || n < nr ? ZCXFER_F_MORE : 0,
			  result);
	if (cut) {
		result->desc = 0;
		result->desc_bytes = result->bytes;
	}
	return err;
}

static int send_all(struct job *job)
{
	struct zcxfer_desc *descs = job->descs;
	unsigned int nr = job->nr;
	struct progress bar;
	uint64_t limit;
	int ret = TOOL_OK;

	progress_start(&bar, job->size);
	limit = bar.shown ? SLICE : UINT64_MAX;
	while (nr && !ret) {
		struct zcxfer_result result;

		send_slice(job, descs, nr, limit, &result);
		add_result(job, &result);
		zcxfer_advance(&descs, &nr, &result);
		progress_update(&bar, job->total.bytes);
		if (result.stop == ZCXFER_STOP_DONE ||
		    (result.stop == ZCXFER_STOP_SIGNAL && !tool_interrupted))
			continue;
		progress_end(&bar);
		ret = explain(job, &result, job->names[descs - job->descs],
			      descs->offset);
	}
	if (!ret)
		progress_end(&bar);
	job->seconds = tool_now() - bar.start;
	return ret;
}

static void print_why(const struct job *job, const char *quote)
{
	const char *separator = "";
	unsigned int bit;

	for (bit = 1; zcxfer_copied_name(bit); bit <<= 1) {
		if (!(job->total.copied_why & bit))
			continue;
		printf("%s%s%s%s", separator, quote, zcxfer_copied_name(bit),
		       quote);
		separator = ", ";
	}
}

static void print_result(const struct job *job, bool json)
{
	const struct zcxfer_result *total = &job->total;

	if (json) {
		printf("{\"bytes\": %llu, \"bytes_referenced\": %llu, ",
		       total->bytes, total->bytes_referenced);
		printf("\"bytes_copied\": %llu, \"copied_why\": [",
		       total->bytes_copied);
		print_why(job, "\"");
		printf("], \"socket_calls\": %llu, \"ioctls\": %u, \"seconds\": %.6f}\n",
		       total->socket_calls, job->ioctls, job->seconds);
		return;
	}
	printf("%llu bytes, %llu by reference, %llu copied", total->bytes,
	       total->bytes_referenced, total->bytes_copied);
	if (total->copied_why) {
		fputs(" (", stdout);
		print_why(job, "");
		putchar(')');
	}
	printf(", %u call%s, %.2f s\n", job->ioctls,
	       job->ioctls == 1 ? "" : "s", job->seconds);
}

static int run(struct job *job, char **files, int nr_files, bool json)
{
	struct zcxfer_info info;
	int i, ret;

	for (i = 0; i < nr_files; i++)
		if (add_file(job, files[i]))
			return TOOL_FAILED;
	job->dev = tool_open_device();
	if (job->dev < 0)
		return TOOL_FAILED;
	if (zcxfer_get_info(job->dev, &info)) {
		tool_error("/dev/zcxfer does not answer: an older module?");
		return TOOL_FAILED;
	}
	job->max_descs = info.max_descs;
	job->sock = tool_connect(job->address);
	if (job->sock < 0)
		return TOOL_FAILED;

	tool_catch_interrupt();
	ret = send_all(job);
	print_result(job, json);
	return ret;
}

int cmd_send(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct job job = { .dev = -1, .sock = -1 };
	bool json = false;
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'j') {
			json = true;
			continue;
		}
		print_usage(c == 'h' ? stdout : stderr);
		return c == 'h' ? TOOL_OK : TOOL_USAGE;
	}
	argc -= optind;
	argv += optind;
	if (argc < 2) {
		print_usage(stderr);
		return TOOL_USAGE;
	}
	job.address = argv[argc - 1];
	job.descs = calloc(argc, sizeof(*job.descs));
	job.names = calloc(argc, sizeof(*job.names));
	ret = TOOL_FAILED;
	if (job.descs && job.names)
		ret = run(&job, argv, argc - 1, json);
	else
		tool_error("out of memory");
	free(job.descs);
	free(job.names);
	return ret;
}
