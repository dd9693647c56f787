// SPDX-License-Identifier: GPL-2.0
/* zcxfer send: sends ranges of files into a socket. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "send.h"

static void print_usage(FILE *stream)
{
	fputs("usage: zcxfer send [OPTION]... FILE[:OFFSET[+LENGTH]]... ADDRESS\n"
	      "\n"
	      "Send files, or ranges of them, one after the other.\n"
	      "\n"
	      "  ADDRESS   HOST:PORT, [IPV6]:PORT or unix:PATH\n"
	      "  OFFSET    first byte; LENGTH: number of bytes (default: to the\n"
	      "            end). An argument that is the name of an existing file\n"
	      "            is sent whole, even if it has a colon.\n"
	      "\n"
	      "  --direct            read past the page cache\n"
	      "  --drop-behind       leave the page cache as it is: send the pages\n"
	      "                      that it has, read the rest past it\n"
	      "  --cached-only       stop at the first byte that is not in the page\n"
	      "                      cache\n"
	      "  --stable            keep writers out until the peer has acknowledged\n"
	      "                      all bytes, and stop when one wants to write; no\n"
	      "                      progress bar\n"
	      "  --readahead BYTES   read at most this far ahead of the bytes sent\n"
	      "  --tls CERTIFICATES  use TLS, and trust the certificates in this file\n"
	      "  --json              print the result as one JSON object\n", stream);
}

/*
 * Makes one call, for as many of the @nr descriptors as @limit bytes and the
 * module allow, or for the first @limit bytes of the first descriptor.
 */
static void send_slice(struct sender *sender, const struct zcxfer_desc *descs,
		       unsigned int nr, __u64 limit,
		       struct zcxfer_result *result)
{
	struct zcxfer_transfer transfer = {
		.flags = sender->flags | ZCXFER_F_MORE,
		.sock_fd = sender->sock,
		.readahead = sender->readahead,
	};
	struct zcxfer_desc first = descs[0];
	__u64 bytes = 0;
	unsigned int n = 0;

	while (n < nr && n < sender->max_descs && descs[n].len <= limit - bytes)
		bytes += descs[n++].len;
	if (n == nr)
		transfer.flags &= ~ZCXFER_F_MORE;
	first.len = limit;
	transfer.descs = (uintptr_t)(n ? descs : &first);
	transfer.nr_descs = n ? n : 1;
	zcxfer_call(sender->dev, ZCXFER_IOC_SEND, &transfer);
	*result = transfer.result;
	if (!n) {
		/* Even if all of @first was sent, descs[0] has a rest. */
		result->desc = 0;
		result->desc_bytes = result->bytes;
	}
}

/* Calls until everything is sent or a call fails. Returns an exit code. */
static int send_all(struct sender *sender, struct progress *bar)
{
	/* --stable needs a single call: a writer could come between two. */
	__u64 limit = bar->shown && !(sender->flags & ZCXFER_F_STABLE) ?
		      TOOL_SLICE : UINT64_MAX;
	struct zcxfer_desc *descs = sender->descs;
	unsigned int nr = sender->nr;

	while (nr) {
		const struct zcxfer_desc *stopped_in;
		struct zcxfer_result result;

		send_slice(sender, descs, nr, limit, &result);
		stopped_in = descs + result.desc;
		tally_add(&sender->tally, &result);
		zcxfer_advance(&descs, &nr, &result);
		progress_update(bar, sender->tally.total.bytes);

		/* The signal may have arrived between two calls. */
		if (tool_interrupted && nr) {
			progress_end(bar);
			tool_error("interrupted after %llu of %llu bytes",
				   sender->tally.total.bytes, sender->size);
			return TOOL_INTERRUPTED;
		}
		if (result.stop != ZCXFER_STOP_DONE &&
		    result.stop != ZCXFER_STOP_SIGNAL) {
			progress_end(bar);
			send_explain(sender, &result, stopped_in);
			return TOOL_FAILED;
		}
	}
	progress_end(bar);
	return TOOL_OK;
}

static int run(struct sender *sender, char **files, int nr_files, bool json)
{
	struct zcxfer_info info;
	struct progress bar;
	int err, ret;

	if (send_add_files(sender, files, nr_files) ||
	    (sender->trusted && !tls_check_file(sender->trusted)))
		return TOOL_FAILED;
	sender->dev = tool_open_device();
	if (sender->dev < 0)
		return TOOL_FAILED;
	err = zcxfer_get_info(sender->dev, &info);
	if (err) {
		tool_error("/dev/zcxfer: cannot query the module: %s",
			   strerror(-err));
		return TOOL_FAILED;
	}
	sender->max_descs = info.max_descs;
	if ((sender->flags & ZCXFER_F_STABLE) && sender->nr > sender->max_descs) {
		tool_error("--stable: %u ranges, but the module accepts at most %u",
			   sender->nr, sender->max_descs);
		return TOOL_FAILED;
	}
	sender->sock = tool_connect(sender->address);
	if (sender->sock < 0)
		return TOOL_FAILED;

	tool_catch_interrupt();
	if (sender->trusted) {
		sender->tls = tls_connect(sender->sock, sender->address,
					  sender->trusted);
		if (!sender->tls)
			return tool_interrupted ? TOOL_INTERRUPTED : TOOL_FAILED;
	}
	progress_start(&bar, sender->size);
	ret = send_all(sender, &bar);
	if (sender->tls && !ret)
		tls_finish(sender->tls);
	sender->tally.seconds = tool_now() - bar.start;
	tally_print(stdout, &sender->tally, json);
	return ret;
}

static bool parse_readahead(struct sender *sender, const char *text)
{
	const char *end = text;

	if (send_parse_number(&end, &sender->readahead) && !*end &&
	    sender->readahead)
		return true;
	tool_error("--readahead: '%s' is not a positive number of bytes", text);
	return false;
}

/* Returns an exit code, or -1 to continue. */
static int parse_options(struct sender *sender, int argc, char **argv,
			 bool *json)
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
			sender->flags |= ZCXFER_F_DIRECT;
			break;
		case 'b':
			sender->flags |= ZCXFER_F_DONTCACHE;
			break;
		case 's':
			sender->flags |= ZCXFER_F_STABLE;
			break;
		case 'c':
			sender->flags |= ZCXFER_F_CACHED;
			break;
		case 'r':
			if (!parse_readahead(sender, optarg))
				return TOOL_USAGE;
			break;
		case 't':
			sender->trusted = optarg;
			break;
		case 'j':
			*json = true;
			break;
		default:
			print_usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? TOOL_OK : TOOL_USAGE;
		}
	}
	caches = sender->flags & (ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE |
				  ZCXFER_F_CACHED);
	if (caches & (caches - 1)) {
		tool_error("--direct, --drop-behind and --cached-only exclude each other");
		return TOOL_USAGE;
	}
	return -1;
}

int cmd_send(int argc, char **argv)
{
	struct sender sender = { .dev = -1, .sock = -1, .tally.reads_files = true };
	bool json = false;
	int ret;

	ret = parse_options(&sender, argc, argv, &json);
	if (ret >= 0)
		return ret;
	argc -= optind;
	argv += optind;
	if (argc < 2) {
		print_usage(stderr);
		return TOOL_USAGE;
	}
	sender.address = argv[argc - 1];
	sender.descs = calloc(argc, sizeof(*sender.descs));
	sender.names = calloc(argc, sizeof(*sender.names));
	ret = TOOL_FAILED;
	if (sender.descs && sender.names)
		ret = run(&sender, argv, argc - 1, json);
	else
		tool_error("out of memory");
	free(sender.descs);
	free(sender.names);
	return ret;
}
