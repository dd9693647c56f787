/* SPDX-License-Identifier: GPL-2.0-only */
/* Leases keep writers out of the files of a transfer: see lease.c. */
#ifndef _ZCX_LEASE_H
#define _ZCX_LEASE_H

#include <linux/fs.h>
#include <linux/net.h>
#include <linux/wait.h>

struct zcx_leases;
struct zcx_release;
struct zcx_user;

struct zcx_leases *zcx_leases_alloc(struct zcx_user *user,
				    struct zcx_release *release);
int zcx_leases_add(struct zcx_leases *leases, struct file *file);
bool zcx_leases_broken(const struct zcx_leases *leases);
void zcx_leases_watch(struct zcx_leases *leases, wait_queue_entry_t *entry);
void zcx_leases_unwatch(struct zcx_leases *leases, wait_queue_entry_t *entry);
int zcx_leases_wait(struct zcx_leases *leases, struct socket *sock,
		    long *timeout, bool again);

#endif /* _ZCX_LEASE_H */
