/* SPDX-License-Identifier: GPL-2.0-only */
/* The open device: see device.c. */
#ifndef _ZCX_DEVICE_H
#define _ZCX_DEVICE_H

#include <linux/fs.h>

extern const struct file_operations zcx_fops;

#endif /* _ZCX_DEVICE_H */
