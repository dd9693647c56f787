// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer: the command-line client. Each command has a file of its own. */
#include <stdio.h>
#include <string.h>

#include "tool.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "send", cmd_send, "send ranges of files to a socket" },
	{ "receive", cmd_receive, "write the bytes received from a socket to a file" },
	{ "serve", cmd_serve, "serve a directory over HTTP" },
	{ "lab", cmd_lab, "measure the methods of sending a file" },
	{ "info", cmd_info, "show what the module supports" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(*commands))

static void print_usage(FILE *stream)
{
	size_t i;

	fputs("usage: zcxfer COMMAND [ARGUMENT]...\n\n", stream);
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(stream, "  %-8s  %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n"
	      "`zcxfer COMMAND --help` describes a command, `zcxfer --version` prints\n"
	      "the version.\n"
	      "Exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n",
	      stream);
}

static int print_version(void)
{
	printf("zcxfer %s, ABI version %d\n", ZCXFER_VERSION, ZCXFER_ABI_VERSION);
	return TOOL_OK;
}

/* The lab is a program of its own, which prints its version itself. */
static int run_command(int (*run)(int argc, char **argv), int argc, char **argv)
{
	if (run != cmd_lab && argc > 1 && !strcmp(argv[1], "--version"))
		return print_version();
	return run(argc, argv);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return run_command(commands[i].run, argc - 1, argv + 1);

	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		print_usage(stdout);
		return TOOL_OK;
	}
	if (!strcmp(name, "--version"))
		return print_version();
	if (*name)
		tool_error("%s: no such command", name);
	print_usage(stderr);
	return TOOL_USAGE;
}
