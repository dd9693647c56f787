// SPDX-License-Identifier: GPL-2.0-only
/*
 * zcxfer lab: runs zcxfer-lab, a separate program because it needs libraries that
 * the client does not.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define PROGRAM	"zcxfer-lab"

/* Finds PROGRAM in the directory of this program. */
static bool find_beside(char path[static PATH_MAX])
{
	size_t room = PATH_MAX - sizeof(PROGRAM);
	ssize_t n = readlink("/proc/self/exe", path, room);
	char *slash;

	if (n <= 0 || (size_t)n == room)
		return false;
	path[n] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	strcpy(slash + 1, PROGRAM);
	return !access(path, X_OK);
}

int cmd_lab(int argc, char **argv)
{
	char path[PATH_MAX];

	(void)argc;
	argv[0] = PROGRAM;
	if (find_beside(path))
		execv(path, argv);
	else
		execvp(PROGRAM, argv);
	tool_error("%s: %s; install it beside zcxfer, or in PATH", PROGRAM,
		   strerror(errno));
	return TOOL_FAILED;
}
