// SPDX-License-Identifier: GPL-2.0
/* zcxfer info */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char *policy_name(unsigned int policy)
{
	static const char * const names[] = { "never", "writable", "all" };

	return policy < 3 ? names[policy] : "unknown";
}

static void print_text(const struct zcxfer_info *info)
{
	printf("ABI version            %u\n", info->abi_version);
	printf("features               0x%llx%s%s%s%s\n", info->features,
	       info->features & ZCXFER_FEATURE_SEND ? " send" : "",
	       info->features & ZCXFER_FEATURE_RECV ? " receive" : "",
	       info->features & ZCXFER_FEATURE_JOBS ? " jobs" : "",
	       info->features & ZCXFER_FEATURE_URING ? " io_uring" : "");
	printf("descriptors per call   %u\n", info->max_descs);
	printf("sent by reference      %s\n", policy_name(info->policy));
	printf("copied if shorter than %u bytes\n", info->copybreak);
}

static void print_json(const struct zcxfer_info *info)
{
	printf("{\"abi_version\": %u, \"features\": %llu, \"max_descs\": %u, ",
	       info->abi_version, info->features, info->max_descs);
	printf("\"send_flags\": %llu, \"recv_flags\": %llu, ",
	       info->send_flags, info->recv_flags);
	printf("\"max_bytes\": %llu, ", info->max_bytes);
	printf("\"policy\": \"%s\", \"copybreak\": %u}\n",
	       policy_name(info->policy), info->copybreak);
}

int cmd_info(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct zcxfer_info info;
	bool json = false;
	int dev, err, c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'j') {
			json = true;
			continue;
		}
		fprintf(c == 'h' ? stdout : stderr,
			"usage: zcxfer info [--json]\n");
		return c == 'h' ? TOOL_OK : TOOL_USAGE;
	}
	if (optind != argc) {
		fprintf(stderr, "usage: zcxfer info [--json]\n");
		return TOOL_USAGE;
	}
	dev = tool_open_device();
	if (dev < 0)
		return TOOL_FAILED;
	err = zcxfer_get_info(dev, &info);
	close(dev);
	if (err) {
		tool_error("/dev/zcxfer: cannot query the module: %s",
			   strerror(-err));
		return TOOL_FAILED;
	}
	if (json)
		print_json(&info);
	else
		print_text(&info);
	return TOOL_OK;
}
