// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer info */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "tool.h"

#define USAGE	"zcxfer info [--json]"

static const char *policy_name(unsigned int policy)
{
	static const char * const names[] = { "never", "writable", "all" };

	return policy < 3 ? names[policy] : "unknown";
}

static void print_text(const struct zcxfer_info *info)
{
	printf("ABI version            %u\n", info->abi_version);
	printf("features               0x%llx%s%s%s%s%s\n", info->features,
	       info->features & ZCXFER_FEATURE_SEND ? " send" : "",
	       info->features & ZCXFER_FEATURE_RECV ? " receive" : "",
	       info->features & ZCXFER_FEATURE_JOBS ? " jobs" : "",
	       info->features & ZCXFER_FEATURE_URING ? " io_uring" : "",
	       info->features & ZCXFER_FEATURE_MANY ? " many" : "");
	printf("descriptors per call   %u\n", info->max_descs);
	printf("bytes per call         %llu\n", info->max_bytes);
	printf("sent by reference      %s\n", policy_name(info->policy));
	printf("copied if shorter than %u bytes\n", info->copybreak);
}

static void print_json(const struct zcxfer_info *info, int error)
{
	struct json json;

	json_begin(&json, stdout);
	if (!error) {
		json_number(&json, "abi_version", info->abi_version);
		json_number(&json, "features", info->features);
		json_number(&json, "max_descs", info->max_descs);
		json_number(&json, "send_flags", info->send_flags);
		json_number(&json, "recv_flags", info->recv_flags);
		json_number(&json, "job_flags", info->job_flags);
		json_number(&json, "max_bytes", info->max_bytes);
		json_string(&json, "policy", policy_name(info->policy));
		json_number(&json, "copybreak", info->copybreak);
	}
	json_errno(&json, error);
	json_string(&json, "message", tool_first_error());
	json_end(&json);
}

/* Returns 0, or a negative errno after a message. */
static int get_info(struct zcxfer_info *info)
{
	int dev = tool_open_device(), err;

	if (dev < 0)
		return dev;
	err = zcxfer_get_info(dev, info);
	close(dev);
	if (err)
		tool_error("/dev/zcxfer: cannot query the module: %s",
			   strerror(-err));
	return err;
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
	int err, c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'j') {
			json = true;
		} else if (c == 'h') {
			puts("usage: " USAGE);
			return TOOL_OK;
		} else {
			return tool_option_error(USAGE, argv, c);
		}
	}
	if (optind != argc)
		return tool_usage_error(USAGE, "%s: one argument too many",
					argv[optind]);
	err = get_info(&info);
	if (json)
		print_json(&info, -err);
	else if (!err)
		print_text(&info);
	return err ? TOOL_FAILED : TOOL_OK;
}
