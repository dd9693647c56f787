// SPDX-License-Identifier: GPL-2.0-only
/* Step 1: a module that is loaded and unloaded, and writes to the kernel log. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

static int __init ladder_init(void)
{
	pr_info("hello\n");
	return 0;
}

static void __exit ladder_exit(void)
{
	pr_info("goodbye\n");
}

module_init(ladder_init);
module_exit(ladder_exit);

MODULE_DESCRIPTION("the ladder, step 1: hello");
MODULE_AUTHOR("the zcxfer developers");
MODULE_LICENSE("GPL");
