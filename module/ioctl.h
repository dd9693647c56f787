/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls of the device: see ioctl.c. */
#ifndef _ZCX_IOCTL_H
#define _ZCX_IOCTL_H

struct zcx_queue;

long zcx_ioctl(struct zcx_queue *queue, unsigned int cmd, void __user *argp);

#endif /* _ZCX_IOCTL_H */
