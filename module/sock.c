// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets bytes may be sent into, and what they do with references.
 *
 * Only TCP and UNIX stream sockets are let in: of the others some copy what
 * they are given by reference, some keep record boundaries, and the fewer
 * protocols see page-cache pages, the better (Documentation/design.rst).
 */
#include <linux/file.h>
#include <linux/net.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>

#include "internal.h"

/**
 * zcx_sock_get - get the socket behind a file descriptor
 * @fd: the caller's file descriptor
 *
 * Return: the socket, to be put with zcx_sock_put(), or an ERR_PTR():
 * -EBADF, -ENOTSOCK, -EOPNOTSUPP, or what a security module says.
 */
struct socket *zcx_sock_get(int fd)
{
	struct socket *sock;
	int err;

	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return ERR_PTR(err);

	err = -EOPNOTSUPP;
	if (!sk_is_tcp(sock->sk) && !sk_is_stream_unix(sock->sk))
		goto put;

	/* write(2) and sendfile(2) ask this of the file, too. */
	err = rw_verify_area(WRITE, sock->file, NULL, 0);
	if (err)
		goto put;
	return sock;
put:
	sockfd_put(sock);
	return ERR_PTR(err);
}

/**
 * zcx_sock_put - let go of what zcx_sock_get() returned
 * @sock: the socket
 */
void zcx_sock_put(struct socket *sock)
{
	sockfd_put(sock);
}

/**
 * zcx_sock_copies - will the stack copy what it is given by reference?
 * @sock: a TCP or UNIX stream socket
 *
 * It does, on its way to the device (validate_xmit_skb()), if the device has no
 * scatter-gather; the socket itself believes in it whenever it has GSO
 * (sk_setup_caps()). A ULP (kTLS) makes pages of its own out of them.
 *
 * Return: true if it will.
 */
bool zcx_sock_copies(const struct socket *sock)
{
	const struct dst_entry *dst;
	struct sock *sk = sock->sk;
	bool copies;

	if (!sk_is_tcp(sk) || inet_csk(sk)->icsk_ulp_ops)
		return false;
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	copies = dst && !(dst->dev->features & NETIF_F_SG);
	rcu_read_unlock();
	return copies;
}
