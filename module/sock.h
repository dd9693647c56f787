/* SPDX-License-Identifier: GPL-2.0-only */
/* Which sockets may be used, and their state: see sock.c. */
#ifndef _ZCX_SOCK_H
#define _ZCX_SOCK_H

#include <linux/fs.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/types.h>

#include "base.h"

struct socket *zcx_sock_of(struct file *file, enum zcx_direction dir);
int zcx_sock_check_recv(const struct socket *sock);
bool zcx_sock_makes_records(const struct socket *sock);
bool zcx_sock_has_tls_device(const struct socket *sock);
bool zcx_sock_decrypts(const struct socket *sock);
int zcx_sock_drained(struct socket *sock);
bool zcx_sock_supports_ubuf(const struct socket *sock);
bool zcx_sock_reports_release(const struct socket *sock);
bool zcx_sock_copies(const struct socket *sock, bool reports);
void zcx_sock_dont_linger(struct socket *sock);
bool zcx_sock_is_busy(const struct socket *sock);
bool zcx_sock_is_held(const struct socket *sock);
size_t zcx_sock_room(const struct socket *sock);
__poll_t zcx_sock_events(enum zcx_direction dir);
bool zcx_sock_is_ready(struct socket *sock, enum zcx_direction dir,
		       struct poll_table_struct *poll);

#endif /* _ZCX_SOCK_H */
