// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer send: sends ranges of files into a socket. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "send.h"

#define USAGE	"zcxfer send [OPTION]... FILE[:OFFSET[+LENGTH]]... ADDRESS"

static void print_usage(void)
{
	fputs("usage: " USAGE "\n"
	      "\n"
	      "Send files, or ranges of them, one after the other.\n"
	      "\n"
	      "  FILE      - for standard input; pipes, devices and files of /proc and\n"
	      "            /sys are read until they end\n"
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
	      "  --json              print the result as one JSON object\n"
	      "\n"
	      "Numbers of bytes may have a unit: K, M, G or T.\n", stdout);
}

/* Number of ranges from the current one to the next stream. */
static unsigned int count_ranges(const struct sender *sender)
{
	unsigned int i = sender->at;

	while (i < sender->nr && !sender->sources[i].stream)
		i++;
	return i - sender->at;
}

/*
 * Makes one call, for as many ranges as @limit bytes and the module allow, or for the
 * first @limit bytes of the current range.
 */
static void send_slice(struct sender *sender, uint64_t limit,
		       struct zcxfer_result *result)
{
	const struct zcxfer_desc *descs = &sender->descs[sender->at];
	struct zcxfer_transfer transfer = {
		.flags = sender->flags | ZCXFER_F_MORE,
		.sock_fd = sender->sock,
		.readahead = sender->readahead,
	};
	unsigned int n = 0, nr = count_ranges(sender);
	struct zcxfer_desc first = descs[0];
	uint64_t bytes = 0;

	while (n < nr && n < sender->info.max_descs &&
	       descs[n].len <= limit - bytes)
		bytes += descs[n++].len;
	if (n == nr)
		transfer.flags &= ~ZCXFER_F_MORE;
	first.len = limit;
	transfer.descs = (uintptr_t)(n ? descs : &first);
	transfer.nr_descs = n ? n : 1;
	zcxfer_call(sender->dev, ZCXFER_IOC_SEND, &transfer);
	sender->tally.ioctls++;
	*result = transfer.result;
	if (!n) {
		/* Even if all of @first was sent, descs[0] has a rest. */
		result->desc = 0;
		result->desc_bytes = result->bytes;
	}
}

/* Adds the result to the tally, and goes to the first range that is left. */
static void advance(struct sender *sender, struct zcxfer_result *result)
{
	struct zcxfer_desc *descs = &sender->descs[sender->at];
	unsigned int nr = sender->nr - sender->at, stopped_in;

	stopped_in = sender->at + result->desc;
	zcxfer_advance(&descs, &nr, result);
	sender->at = sender->nr - nr;
	result->desc = stopped_in;
	tally_add(&sender->tally, result);
	sender->tally.file = stopped_in < sender->nr ?
			     sender->sources[stopped_in].name : NULL;
}

static int report_interrupt(struct sender *sender)
{
	unsigned long long bytes = sender->tally.total.bytes;

	if (sender->tally.expected == TALLY_UNKNOWN)
		tool_error("interrupted after %llu bytes", bytes);
	else
		tool_error("interrupted after %llu of %llu bytes", bytes,
			   (unsigned long long)sender->tally.expected);
	return tally_fail(&sender->tally, ZCXFER_STOP_SIGNAL, EINTR);
}

/* Calls until everything is sent or a call fails. Returns an exit code. */
static int send_all(struct sender *sender, struct progress *bar)
{
	/* --stable needs a single call: a writer could come between two. */
	uint64_t limit = bar->shown && !(sender->flags & ZCXFER_F_STABLE) ?
			 TOOL_SLICE : UINT64_MAX;
	struct zcxfer_result result;

	while (sender->at < sender->nr) {
		if (!sender->sources[sender->at].stream) {
			send_slice(sender, limit, &result);
		} else if (send_stream_slice(sender, &result)) {
			sender->at++;
			continue;
		}
		advance(sender, &result);
		progress_update(bar, sender->tally.total.bytes);

		/* The signal may have arrived between two calls. */
		if (tool_interrupted && sender->at < sender->nr) {
			progress_end(bar);
			return report_interrupt(sender);
		}
		if (result.stop != ZCXFER_STOP_DONE &&
		    result.stop != ZCXFER_STOP_SIGNAL) {
			progress_end(bar);
			send_explain(sender, &result, result.desc);
			return TOOL_FAILED;
		}
	}
	progress_end(bar);
	sender->tally.file = NULL;
	return tally_done(&sender->tally, sender->nr);
}

/* Opens the device. Returns an exit code. */
static int open_module(struct sender *sender)
{
	int err;

	sender->dev = tool_open_device();
	if (sender->dev < 0)
		return tally_fail(&sender->tally, ZCXFER_STOP_CALL, sender->dev);
	err = zcxfer_get_info(sender->dev, &sender->info);
	if (err) {
		tool_error("/dev/zcxfer: cannot query the module: %s",
			   strerror(-err));
		return tally_fail(&sender->tally, ZCXFER_STOP_CALL, err);
	}
	if (!(sender->flags & ZCXFER_F_STABLE) ||
	    sender->nr <= sender->info.max_descs)
		return TOOL_OK;
	tool_error("--stable: %u ranges, but the module accepts at most %u",
		   sender->nr, sender->info.max_descs);
	return tally_fail(&sender->tally, ZCXFER_STOP_CALL, E2BIG);
}

/* Connects, and starts TLS if that was asked for. Returns an exit code. */
static int open_connection(struct sender *sender)
{
	sender->sock = tool_connect(sender->address);
	if (sender->sock >= 0 && sender->trusted)
		sender->tls = tls_connect(sender->sock, sender->address,
					  sender->trusted);
	if (sender->sock >= 0 && (sender->tls || !sender->trusted))
		return TOOL_OK;
	if (tool_interrupted)
		return report_interrupt(sender);
	return tally_fail(&sender->tally, ZCXFER_STOP_SOCKET,
			  sender->sock < 0 ? sender->sock : EPROTO);
}

static int transfer(struct sender *sender)
{
	struct progress bar;
	int ret;

	sender->tally.began = true;
	progress_start(&bar, sender->tally.expected == TALLY_UNKNOWN ? 0 :
		       sender->tally.expected);
	ret = send_all(sender, &bar);
	if (sender->tls && !ret)
		tls_finish(sender->tls);
	sender->tally.seconds = tool_now() - bar.start;
	return ret;
}

static int run(struct sender *sender, char **files, int nr_files)
{
	int ret;

	tool_catch_interrupt();
	if (send_add_files(sender, files, nr_files))
		return tool_interrupted ? report_interrupt(sender) : TOOL_FAILED;
	if (sender->trusted && !tls_check_file(sender->trusted))
		return tally_fail(&sender->tally, ZCXFER_STOP_SOCKET, errno);
	ret = open_module(sender);
	if (!ret)
		ret = open_connection(sender);
	return ret ? ret : transfer(sender);
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

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
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
			if (!tool_bytes_option("--readahead", optarg,
					       &sender->readahead))
				return TOOL_USAGE;
			break;
		case 't':
			sender->trusted = optarg;
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
	caches = sender->flags & (ZCXFER_F_DIRECT | ZCXFER_F_DONTCACHE |
				  ZCXFER_F_CACHED);
	if (caches & (caches - 1))
		return tool_usage_error(USAGE,
					"--direct, --drop-behind and --cached-only exclude each other");
	return -1;
}

static int too_few(int argc, char **argv)
{
	if (!argc)
		return tool_usage_error(USAGE, "FILE and ADDRESS are missing");
	if (!access(argv[0], F_OK) || !strcmp(argv[0], "-"))
		return tool_usage_error(USAGE, "ADDRESS is missing after '%s'",
					argv[0]);
	return tool_usage_error(USAGE, "FILE or ADDRESS is missing: only '%s' is given",
				argv[0]);
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
	if (argc < 2)
		return too_few(argc, argv);
	sender.address = argv[argc - 1];
	sender.descs = calloc(argc, sizeof(*sender.descs));
	sender.sources = calloc(argc, sizeof(*sender.sources));
	if (sender.descs && sender.sources) {
		ret = run(&sender, argv, argc - 1);
	} else {
		tool_error("out of memory");
		ret = tally_fail(&sender.tally, ZCXFER_STOP_CALL, ENOMEM);
	}
	tally_print(stdout, &sender.tally, json);
	if (!json)
		send_explain_copies(&sender);
	free(sender.descs);
	free(sender.sources);
	free(sender.buffer);
	return ret;
}
