// SPDX-License-Identifier: GPL-2.0-only
/*
 * The administrator's settings. They may be changed at any time, and apply to
 * transfers that start afterwards.
 */
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "base.h"
#include "param.h"

static const char * const policy_names[] = {
	[ZCXFER_POLICY_NEVER]	 = "never",
	[ZCXFER_POLICY_WRITABLE] = "writable",
	[ZCXFER_POLICY_ALL]	 = "all",
};

unsigned int zcx_policy = ZCXFER_POLICY_WRITABLE;

static int policy_set(const char *val, const struct kernel_param *kp)
{
	int policy = sysfs_match_string(policy_names, val);

	if (policy < 0)
		return policy;
	WRITE_ONCE(zcx_policy, policy);
	return 0;
}

static int policy_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", policy_names[READ_ONCE(zcx_policy)]);
}

static const struct kernel_param_ops policy_ops = {
	.set = policy_set,
	.get = policy_get,
};

module_param_cb(zc_policy, &policy_ops, NULL, 0644);
MODULE_PARM_DESC(zc_policy,
		 "files whose page-cache pages may be sent by reference: never, writable (default: files the caller could also write), all");

/*
 * A reference costs atomic operations and one of the 17 slots of an skb; a copy costs
 * time for each byte. `bench --copybreak-scan` finds them equal between 500 and 770
 * bytes.
 */
unsigned int zcx_copybreak = 640;
module_param_named(copybreak, zcx_copybreak, uint, 0644);
MODULE_PARM_DESC(copybreak,
		 "file ranges shorter than this many bytes are copied (default 640)");

bool zcx_fill_packets = true;
module_param_named(fill_packets, zcx_fill_packets, bool, 0644);
MODULE_PARM_DESC(fill_packets,
		 "fill TCP's packets with whole ranges; otherwise TCP splits these into pages (default Y)");

unsigned long zcx_max[] = {
	[ZCX_JOBS]	= 16384,
	[ZCX_MEMORY]	= SZ_256M,
};

module_param_named(max_jobs, zcx_max[ZCX_JOBS], ulong, 0644);
MODULE_PARM_DESC(max_jobs,
		 "jobs of an open device that are not over or whose completion was not read (default 16384)");
module_param_named(max_memory, zcx_max[ZCX_MEMORY], ulong, 0644);
MODULE_PARM_DESC(max_memory,
		 "bytes of memory that the jobs of an open device hold (default 256 MiB)");

unsigned long zcx_max_user[] = {
	[ZCX_JOBS]	= 65536,
	[ZCX_MEMORY]	= SZ_1G,
	[ZCX_LEASES]	= 65536,
	[ZCX_WORKERS]	= 256,
};

module_param_named(max_user_jobs, zcx_max_user[ZCX_JOBS], ulong, 0644);
MODULE_PARM_DESC(max_user_jobs,
		 "as max_jobs, of all devices that a user has opened (default 65536)");
module_param_named(max_user_memory, zcx_max_user[ZCX_MEMORY], ulong, 0644);
MODULE_PARM_DESC(max_user_memory,
		 "as max_memory, of all devices that a user has opened (default 1 GiB)");

module_param_named(max_user_leases, zcx_max_user[ZCX_LEASES], ulong, 0644);
MODULE_PARM_DESC(max_user_leases,
		 "files of a user that may have a lease at a time (default 65536)");

module_param_named(max_user_devices, zcx_max_user[ZCX_WORKERS], ulong, 0644);
MODULE_PARM_DESC(max_user_devices,
		 "open devices of a user that may have had jobs (default 256)");
