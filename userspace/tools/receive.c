// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer receive: writes the bytes received from a socket to a file. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "receive.h"

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
	ret = receive_open_output(receiver);
	if (ret) {
		tool_unlisten(listener, receiver->address);
		return ret;
	}
	ret = accept_one(receiver, listener);
	tool_unlisten(listener, receiver->address);
	if (!ret)
		ret = receive_stream(receiver);
	return receive_close_output(receiver, ret);
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
