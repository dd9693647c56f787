// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading: the misc device /dev/zcxfer. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "device.h"
#include "release.h"
#include "stats.h"
#include "submit.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* Copies use page_address(), and a long counts pinned pages. */
#ifndef CONFIG_64BIT
#error "zcxfer needs a 64-bit kernel"
#endif

/* Only root may open the device, unless a udev rule opens it to a group. */
static struct miscdevice zcx_miscdev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= ZCXFER_DEVICE_NAME,
	.fops	= &zcx_fops,
	.mode	= 0600,
};

static int __init zcx_init(void)
{
	int err;

	err = zcx_release_init();
	if (err)
		return err;
	err = zcx_jobs_init();
	if (err)
		goto exit_release;
	zcx_stats_init();
	err = misc_register(&zcx_miscdev);
	if (err)
		goto exit_stats;
	return 0;

exit_stats:
	zcx_stats_exit();
	zcx_jobs_exit();
exit_release:
	zcx_release_exit();
	return err;
}

/*
 * An open device file holds the module (zcx_fops.owner), and a synchronous transfer
 * runs only on one; jobs, direct reads and pending releases hold the module as well. So
 * nothing is in flight here, but a task that has just dropped the last reference to the
 * module may still execute its code.
 */
static void __exit zcx_exit(void)
{
	misc_deregister(&zcx_miscdev);
	zcx_stats_exit();
	zcx_jobs_exit();
	zcx_release_exit();
	synchronize_rcu_tasks();
}

module_init(zcx_init);
module_exit(zcx_exit);

MODULE_DESCRIPTION("move data between file ranges, memory and stream sockets");
MODULE_AUTHOR("the zcxfer developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(ZCX_VERSION);
