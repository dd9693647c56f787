// SPDX-License-Identifier: GPL-2.0-only
/* Sets marks (userspace/lab/mark.h) on the processor that it runs on: "on" or "off". */
#include <string.h>

#include "../../userspace/lab/mark.h"

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "off")) {
		mark(MARK_SECTION);
		mark(MARK_ON);
	} else {
		mark(MARK_OFF);
	}
	return 0;
}
