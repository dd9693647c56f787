// SPDX-License-Identifier: GPL-2.0
/* zcxfer send: ranges of files into a socket. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "send.h"

static void print_usage(FILE *stream)
{
	fputs("usage: zcxfer send [OPTION]... FILE[:OFFSET[+LENGTH]]... ADDRESS\n"
	      "\n"
	      "Send files, or ranges of them, one after the other.\n"
	      "\n"
	      "  ADDRESS   HOST:PORT, [IPV6]:PORT or unix:PATH\n"
	      "  OFFSET    first byte; LENGTH: how many (default: to the end).\n"
	      "            A name that exists as it stands is taken as it stands.\n"
	      "\n"
	      "  --direct            read past the page cache\n"
	      "  --drop-behind       leave the page cache as it is: send what is in\n"
	      "                      it, read the rest past it\n"
	      "  --cached-only       stop at the first byte that is not in it\n"
	      "  --stable            keep writers out until the receiver's side has\n"
	      "                      it all, stop when one comes; no progress bar\n"
	      "  --readahead BYTES   how far to read ahead of what is sent\n"
	      "  --tls CERTIFICATES  by TLS, to a peer whom the file vouches for\n"
	      "  --json              tell the result as one JSON object\n", stream);
}

/*
 * One call: as many of the @nr descriptors as @limit bytes and the module
 * allow, or the beginning of the first.
 */
static void send_slice(struct job *job, const struct zcxfer_desc *descs,
		       unsigned int nr, __u64 limit,
		       struct zcxfer_result *result)
{
	struct zcxfer_transfer transfer = {
		.flags = job->flags | ZCXFER_F_MORE,
		.sock_fd = job->sock,
		.readahead = job->readahead,
	};
	struct zcxfer_desc first = descs[0];
	__u64 bytes = 0;
	unsigned int n = 0;

	while (n < nr && n < job->max_descs && descs[n].len <= limit - bytes)
		bytes += descs[n++].len;
	if (n == nr)
		transfer.flags &= ~ZCXFER_F_MORE;
	first.len = limit;
	transfer.descs = (uintptr_t)(n ? descs : &first);
	transfer.nr_descs = n ? n : 1;
	zcxfer_call(job->dev, ZCXFER_IOC_SEND, &transfer);
	*result = transfer.result;
	if (!n) {
		/* All of the beginning is not all of the descriptor. */
		result->desc = 0;
		result->desc_bytes = result->bytes;
	}
}

/* Calls until all is sent, or something is in the way. Returns an exit code. */
static int send_all(struct job *job, struct progress *bar)
{
	/* In parts only if writers need not be kept out between them. */
	__u64 limit = bar->shown && !(job->flags & ZCXFER_F_STABLE) ?
		      TOOL_SLICE : UINT64_MAX;
	struct zcxfer_desc *descs = job->descs;
	unsigned int nr = job->nr;

	while (nr) {
		const struct zcxfer_desc *stopped_in;
		struct zcxfer_result result;

		send_slice(job, descs, nr, limit, &result);
		stopped_in = descs + result.desc;
		tally_add(&job->tally, &result);
		zcxfer_advance(&descs, &nr, &result);
		progress_update(bar, job->tally.total.bytes);

		/* A signal may also come between two calls. */
		if (tool_interrupted && nr) {
			progress_end(bar);
			tool_error("interrupted after %llu of %llu bytes",
				   job->tally.total.bytes, job->size);
			return TOOL_INTERRUPTED;
		}
		if (result.stop != ZCXFER_STOP_DONE &&
		    result.stop != ZCXFER_STOP_SIGNAL) {
			progress_end(bar);
			send_explain(job, &result, stopped_in);
			return TOOL_FAILED;
		}
	}
	progress_end(bar);
	return TOOL_OK;
}

static int run(struct job *job, char **files, int nr_files, bool json)
{
	struct zcxfer_info info;
	struct progress bar;
	int ret;

	if (send_add_files(job, files, nr_files) ||
	    (job->trusted && !tls_file(job->trusted)))
		return TOOL_FAILED;
	job->dev = tool_open_device();
	if (job->dev < 0)
		return TOOL_FAILED;
	if (zcxfer_get_info(job->dev, &info)) {
		tool_error("/dev/zcxfer does not answer: an older module?");
		return TOOL_FAILED;
	}
	job->max_descs = info.max_descs;
	if ((job->flags & ZCXFER_F_STABLE) && job->nr > job->max_descs) {
		tool_error("--stable: no more than %u files at once",
			   job->max_descs);
		return TOOL_FAILED;
	}
	job->sock = tool_connect(job->address);
	if (job->sock < 0)
		return TOOL_FAILED;

	tool_catch_interrupt();
	if (job->trusted) {
		job->tls = tls_connect(job->sock, job->address, job->trusted);
		if (!job->tls)
			return tool_interrupted ? TOOL_INTERRUPTED : TOOL_FAILED;
	}
	progress_start(&bar, job->size);
	ret = send_all(job, &bar);
	if (job->tls && !ret)
		tls_finish(job->tls);
	job->tally.seconds = tool_now() - bar.start;
	tally_print(stdout, &job->tally, json);
	return ret;
}

static bool parse_readahead(struct job *job, const char *text)
{
	const char *end = text;

	if (send_parse_number(&end, &job->readahead) && !*end && job->readahead)
		return true;
	tool_error("--readahead: '%s' is not a number of bytes", text);
	return false;
}

/* Returns an exit code, -1 to go on. */
static int parse_options(struct job *job, int argc, char **argv, bool *json)
{
	static const struct option options[] = {
		{ "direct", no_argument, NULL, 'd' },
		{ "drop-behind", no_argument, NULL, 'b' },
		{ "stable", no_argument, NULL, 's' },
		{ "cached-only", no_argument, NULL, 'c' },
		{ "readahead", required_argument, NULL, 'r' },
		{ "tls", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	unsigned int caches;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			job->flags |= ZCXFER_F_DIRECT;
			break;
		case 'b':
			job->flags |= ZCXFER_F_DONTCACHE;
			break;
		case 's':
			job->flags |= ZCXFER_F_STABLE;
			break;
		case 'c':
			job->flags |= ZCXFER_F_CACHED;
			break;
		case 'r':
			if (!parse_readahead(job, optarg))
				return TOOL_USAGE;
			break;
		case 't':
			job->trusted = optarg;
			break;
		case 'j':
			*json = true;
			break;
		default:
			print_usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? TOOL_OK : TOOL_USAGE;
		}
	}
	caches = job->flags & (ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE |
			       ZCXFER_F_CACHED);
	if (caches & (caches - 1)) {
		tool_error("--direct, --drop-behind and --cached-only exclude each other");
		return TOOL_USAGE;
	}
	return -1;
}

int cmd_send(int argc, char **argv)
{
	struct job job = { .dev = -1, .sock = -1, .tally.reads_files = true };
	bool json = false;
	int ret;

	ret = parse_options(&job, argc, argv, &json);
	if (ret >= 0)
		return ret;
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
