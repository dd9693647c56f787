// SPDX-License-Identifier: GPL-2.0-only
/* Planted: a function without a prototype. */
#include <linux/module.h>

int planted(void)
{
	return 0;
}

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
