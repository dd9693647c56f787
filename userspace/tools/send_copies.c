// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer send: explains why bytes were copied, and what to do about it. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "send.h"

__attribute__((format(printf, 2, 3)))
static void explain(const char *reason, const char *format, ...)
{
	va_list args;

	printf("copied (%s): ", reason);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* The type of the filesystem that is mounted with this ID, NULL if unknown. */
static char *mounted_type(unsigned long long id)
{
	FILE *table = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *type, *found = NULL;
	size_t size = 0;

	if (!table)
		return NULL;
	while (!found && getline(&line, &size, table) > 0) {
		if (strtoull(line, NULL, 10) != id)
			continue;
		type = strstr(line, " - ");
		if (!type)
			break;
		type += 3;
		found = strndup(type, strcspn(type, " "));
	}
	free(line);
	fclose(table);
	return found;
}

static char *filesystem_of(int fd)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) ||
	    !(stx.stx_mask & STATX_MNT_ID))
		return NULL;
	return mounted_type(stx.stx_mnt_id);
}

/* True for filesystems that are on no disk of this machine. */
static bool is_nodev(const char *type)
{
	FILE *table = fopen("/proc/filesystems", "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	if (!table)
		return false;
	while (!found && getline(&line, &size, table) > 0) {
		line[strcspn(line, "\n")] = '\0';
		found = !strncmp(line, "nodev\t", 6) && !strcmp(line + 6, type);
	}
	free(line);
	fclose(table);
	return found;
}

/* Names the first file whose filesystem copies when it is read. */
static void explain_source(const struct sender *sender)
{
	unsigned int i;

	for (i = 0; i < sender->nr; i++) {
		char *type = sender->sources[i].stream ? NULL :
			     filesystem_of(sender->descs[i].fd);
		bool copies = type && strcmp(type, "tmpfs") &&
			      (is_nodev(type) || strstr(type, "fuse"));

		if (copies)
			explain("source",
				"%s: %s has no page cache of its own; send from ext4 or xfs to see references",
				sender->sources[i].name, type);
		free(type);
		if (copies)
			return;
	}
	explain("source",
		"reading the file bypasses the page cache; send from ext4 or xfs to see references");
}

static void explain_memory(const struct sender *sender)
{
	unsigned int i;

	for (i = 0; i < sender->nr && !sender->sources[i].stream; i++)
		;
	if (i < sender->nr)
		explain("memory",
			"%s has no size, so it is read into memory; send a regular file to see references",
			sender->sources[i].name);
}

static void explain_policy(const struct sender *sender)
{
	if (sender->info.policy == ZCXFER_POLICY_NEVER)
		explain("policy",
			"zc_policy is 'never'; the administrator can change this parameter of the module");
	else
		explain("policy",
			"you may not write to the file; the administrator can set zc_policy=all (man 4 zcxfer)");
}

static void explain_route(const struct sender *sender)
{
	if (sender->flags & ZCXFER_F_STABLE)
		explain("route",
			"--stable tracks the pages, and then a local connection copies them");
	else
		explain("route",
			"the route to %s has no scatter-gather (ethtool -k)",
			sender->address);
}

/**
 * send_explain_copies - print a line for each copy reason of the transfer
 * @sender: the sender, after the transfer
 */
void send_explain_copies(const struct sender *sender)
{
	unsigned int reasons = sender->tally.total.copy_reasons;

	if (reasons & ZCXFER_COPIED_MEMORY)
		explain_memory(sender);
	if (reasons & ZCXFER_COPIED_SHORT)
		explain("short",
			"ranges below %u bytes, where a copy costs less than a reference (copybreak)",
			sender->info.copybreak);
	if (reasons & ZCXFER_COPIED_POLICY)
		explain_policy(sender);
	if (reasons & ZCXFER_COPIED_SOURCE)
		explain_source(sender);
	if (reasons & ZCXFER_COPIED_ROUTE)
		explain_route(sender);
	if (reasons & ZCXFER_COPIED_PROTOCOL)
		explain("protocol",
			"--stable tracks the pages, which needs TCP without TLS");
}
