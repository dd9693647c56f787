// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets bytes may be sent into, and what they do with references.
 *
 * Only TCP and UNIX stream sockets are let in: of the others some copy what
 * they are given by reference, some keep record boundaries, and the fewer
 * protocols see page-cache pages, the better (Documentation/design.rst).
 */
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/skmsg.h>
#include <linux/string.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "internal.h"

static bool sock_has_tls(const struct sock *sk)
{
	const struct tcp_ulp_ops *ulp;

	if (!sk_is_tcp(sk))
		return false;
	ulp = READ_ONCE(inet_csk(sk)->icsk_ulp_ops);
	return ulp && !strcmp(ulp->name, "tls");
}

/*
 * What is peeked at must be what is read next. Not so with an offset to peek at,
 * while TCP_REPAIR shows other queues, or where a BPF map or a ULP (other than
 * kTLS) has a queue of its own beside the socket's.
 */
static int sock_check_recv(const struct sock *sk)
{
	bool psock;

	rcu_read_lock();
	psock = sk_psock(sk);
	rcu_read_unlock();
	if (psock || READ_ONCE(sk->sk_peek_off) >= 0)
		return -EOPNOTSUPP;
	if (!sk_is_tcp(sk))
		return READ_ONCE(sk->sk_state) == TCP_ESTABLISHED ? 0 : -ENOTCONN;
	if (tcp_sk(sk)->repair ||
	    (inet_csk(sk)->icsk_ulp_ops && !sock_has_tls(sk)))
		return -EOPNOTSUPP;
	return 0;
}

/**
 * zcx_sock_of - the socket behind a file, if bytes may be sent into it, or
 *	received from it
 * @file: the file
 * @dir: which of the two
 *
 * Return: the socket, which lives as long as the file, or an ERR_PTR():
 * -ENOTSOCK, -EOPNOTSUPP, or what a security module says.
 */
struct socket *zcx_sock_of(struct file *file, enum zcx_direction dir)
{
	struct socket *sock = sock_from_file(file);
	int err;

	if (!sock)
		return ERR_PTR(-ENOTSOCK);
	if (!sk_is_tcp(sock->sk) && !sk_is_stream_unix(sock->sk))
		return ERR_PTR(-EOPNOTSUPP);
	err = dir == ZCX_RECV ? sock_check_recv(sock->sk) : 0;
	if (err)
		return ERR_PTR(err);
	/* write(2), sendfile(2) and read(2) ask this of the file, too. */
	err = rw_verify_area(dir == ZCX_SEND ? WRITE : READ, file, NULL, 0);
	return err ? ERR_PTR(err) : sock;
}

/**
 * zcx_sock_room - how many bytes does the send buffer have room for?
 * @sock: a TCP or UNIX stream socket
 *
 * As the protocols count it themselves: sk_stream_wspace(), sock_wspace().
 *
 * Return: bytes, without the overhead of what holds them; 0 if it is full.
 */
size_t zcx_sock_room(const struct socket *sock)
{
	struct sock *sk = sock->sk;

	return sk_is_tcp(sk) ? max(sk_stream_wspace(sk), 0) : sock_wspace(sk);
}

/**
 * zcx_sock_events - what is waited for before the next bytes can move?
 * @dir: to send or to receive
 *
 * Return: events of poll(2).
 */
__poll_t zcx_sock_events(enum zcx_direction dir)
{
	return dir == ZCX_SEND ? EPOLLOUT : EPOLLIN | EPOLLRDHUP;
}

/**
 * zcx_sock_is_ready - can bytes move, or does the socket tell why not?
 * @sock: a TCP or UNIX stream socket
 * @dir: to send or to receive
 * @poll: who wants to be told when it can, or NULL
 *
 * Without EPOLLERR: that would also be a message for the caller, which does not
 * go away. And a UNIX socket whose peer will not read tells by no event.
 *
 * Return: true if a call would not have to wait.
 */
bool zcx_sock_is_ready(struct socket *sock, enum zcx_direction dir,
		       struct poll_table_struct *poll)
{
	const struct proto_ops *ops = READ_ONCE(sock->ops);
	const struct sock *sk = sock->sk;

	return (ops->poll(sock->file, sock, poll) &
		(zcx_sock_events(dir) | EPOLLHUP)) ||
	       READ_ONCE(sk->sk_err) ||
	       (dir == ZCX_SEND && (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN));
}

/* What kTLS has of a socket, or NULL. It goes with the socket. */
static const struct tls_context *sock_tls(const struct sock *sk)
{
	return sock_has_tls(sk) ? tls_get_ctx(sk) : NULL;
}

/**
 * zcx_sock_makes_records - does kTLS, in software, make records of what is sent?
 * @sock: a TCP or UNIX stream socket
 *
 * Return: true if so.
 */
bool zcx_sock_makes_records(const struct socket *sock)
{
	const struct tls_context *tls = sock_tls(sock->sk);

	return tls && tls->tx_conf == TLS_SW;
}

static bool tls_holds_back(struct sock *sk)
{
	const struct tls_context *tls = sock_tls(sk);
	bool holds;

	if (!tls)
		return false;
	lock_sock(sk);
	holds = tls->tx_conf != TLS_BASE &&
		(tls->partially_sent_record ||
		 (tls->tx_conf == TLS_SW &&
		  !list_empty(&tls_sw_ctx_tx(tls)->tx_list)));
	release_sock(sk);
	return holds;
}

/**
 * zcx_sock_drained - has TCP all that the socket has taken?
 * @sock: a TCP or UNIX stream socket
 *
 * kTLS takes a record whenever there is room for any of it, and keeps the rest of it
 * until there is more (tls_push_sg()). What it has kept when the socket is shut down
 * or closed is lost (tls_sw_release_resources_tx()).
 *
 * Return: 0 if so; -EAGAIN if it will have; why it never will.
 */
int zcx_sock_drained(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (!tls_holds_back(sk))
		return 0;
	if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
		return sock_error(sk) ?: -EPIPE;
	return sock_error(sk) ?: -EAGAIN;
}

/**
 * zcx_sock_reports_release - does the socket tell when it lets go of pages?
 * @sock: a TCP or UNIX stream socket
 *
 * Not if it probes for a larger MTU: the probe is made of the packets' pages, and
 * they are freed (tcp_mtu_probe()).
 *
 * Return: true if it knows of &msghdr.msg_ubuf: TCP without a ULP.
 */
bool zcx_sock_reports_release(const struct socket *sock)
{
	const struct sock *sk = sock->sk;

	return sk_is_tcp(sk) && test_bit(SOCK_SUPPORT_ZC, &sock->flags) &&
	       !READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_mtu_probing) &&
	       !inet_csk(sk)->icsk_mtup.enabled;
}

/**
 * zcx_sock_copies - will the stack copy what it is given by reference?
 * @sock: a TCP or UNIX stream socket
 * @tells: it is to tell when it lets go of it
 *
 * It does, on its way to the device (validate_xmit_skb()), if the device has no
 * scatter-gather; the socket itself believes in it whenever it has GSO
 * (sk_setup_caps()). A ULP (kTLS) makes pages of its own out of them. On a local
 * route a receiver could keep what is to be let go of, so it gets a copy
 * (skb_orphan_frags_rx()).
 *
 * Return: true if it will.
 */
bool zcx_sock_copies(const struct socket *sock, bool tells)
{
	const struct dst_entry *dst;
	struct sock *sk = sock->sk;
	bool copies;

	if (!sk_is_tcp(sk) || inet_csk(sk)->icsk_ulp_ops)
		return false;
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	copies = dst && (!(dst->dev->features & NETIF_F_SG) ||
			 (tells && (dst->dev->flags & IFF_LOOPBACK)));
	rcu_read_unlock();
	return copies;
}
