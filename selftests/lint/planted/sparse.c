// SPDX-License-Identifier: GPL-2.0-only
/* Planted: a user pointer is dereferenced. */
#include <linux/module.h>

int planted(const int __user *from);
int planted(const int __user *from)
{
	return *from;
}

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
