// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of sockets: which sockets are accepted, their readiness and room, and how they
 * treat pages sent by reference.
 *
 * Only TCP and UNIX stream sockets are accepted: some of the others copy referenced
 * pages, some keep record boundaries, and the fewer protocols see page-cache pages,
 * the better (Documentation/design.rst).
 */
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/skmsg.h>
#include <linux/string.h>
#include <net/af_unix.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "sock.h"

static bool sock_has_tls(const struct sock *sk)
{
	const struct tcp_ulp_ops *ulp;

	if (!sk_is_tcp(sk))
		return false;
	ulp = READ_ONCE(inet_csk(sk)->icsk_ulp_ops);
	return ulp && !strcmp(ulp->name, "tls");
}

/*
 * True if a UNIX socket holds an out-of-band byte: a peek skips it, but a read takes it
 * for an ordinary one once another has been sent (manage_oob()).
 */
static bool sock_has_oob(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_AF_UNIX_OOB)
	return !sk_is_tcp(sk) && !sock_flag(sk, SOCK_URGINLINE) &&
	       READ_ONCE(unix_sk(sk)->oob_skb);
#else
	return false;
#endif
}

/**
 * zcx_sock_check_recv - check that a peek shows the bytes that the next read consumes
 * @sock: a TCP or UNIX stream socket
 *
 * It does not if the socket has a peek offset (SO_PEEK_OFF) or an out-of-band byte, if
 * TCP_REPAIR selects another queue, or if a BPF map or a ULP other than kTLS has a queue
 * beside the socket's own. All this can change at any time, so each peek is followed by
 * a check.
 *
 * Return: 0, -EOPNOTSUPP or -ENOTCONN.
 */
int zcx_sock_check_recv(const struct socket *sock)
{
	const struct sock *sk = sock->sk;
	bool psock;

	rcu_read_lock();
	psock = sk_psock(sk);
	rcu_read_unlock();
	if (psock || READ_ONCE(sk->sk_peek_off) >= 0 || sock_has_oob(sk))
		return -EOPNOTSUPP;
	if (!sk_is_tcp(sk))
		return READ_ONCE(sk->sk_state) == TCP_ESTABLISHED ? 0 : -ENOTCONN;
	if (tcp_sk(sk)->repair ||
	    (inet_csk(sk)->icsk_ulp_ops && !sock_has_tls(sk)))
		return -EOPNOTSUPP;
	return 0;
}

/**
 * zcx_sock_of - get the socket of a file, if it may be sent into or received from
 * @file: the file
 * @dir: to send or to receive
 *
 * Return: the socket, which lives as long as the file, or an ERR_PTR(): -ENOTSOCK,
 * -EOPNOTSUPP, to receive also -ENOTCONN, or the error of a security module.
 */
struct socket *zcx_sock_of(struct file *file, enum zcx_direction dir)
{
	struct socket *sock = sock_from_file(file);
	int err;

	if (!sock)
		return ERR_PTR(-ENOTSOCK);
	if (!sk_is_tcp(sock->sk) && !sk_is_stream_unix(sock->sk))
		return ERR_PTR(-EOPNOTSUPP);
	err = dir == ZCX_RECV ? zcx_sock_check_recv(sock) : 0;
	if (err)
		return ERR_PTR(err);
	/* write(2), sendfile(2) and read(2) check the file like this, too. */
	err = rw_verify_area(dir == ZCX_SEND ? WRITE : READ, file, NULL, 0);
	return err ? ERR_PTR(err) : sock;
}

/**
 * zcx_sock_room - number of bytes that fit into the send buffer
 * @sock: a TCP or UNIX stream socket
 *
 * As the protocols count it themselves: sk_stream_wspace(), sock_wspace().
 *
 * Return: the number of bytes, regardless of the overhead of the packets that will
 * hold them; 0 if the buffer is full.
 */
size_t zcx_sock_room(const struct socket *sock)
{
	struct sock *sk = sock->sk;

	return sk_is_tcp(sk) ? max(sk_stream_wspace(sk), 0) : sock_wspace(sk);
}

/**
 * zcx_sock_events - events that must occur before more bytes can move
 * @dir: to send or to receive
 *
 * Return: events of poll(2).
 */
__poll_t zcx_sock_events(enum zcx_direction dir)
{
	return dir == ZCX_SEND ? EPOLLOUT : EPOLLIN | EPOLLRDHUP;
}

/**
 * zcx_sock_is_ready - check that a call moves bytes or fails, and does not wait
 * @sock: a TCP or UNIX stream socket
 * @dir: to send or to receive
 * @poll: the waiter to be woken when the socket is ready, or NULL
 *
 * EPOLLERR is ignored: a message in the error queue, which only the caller reads, sets
 * it, too. SEND_SHUTDOWN is checked because no event reports that the peer of a UNIX
 * socket has shut down reading.
 *
 * Return: true if a call would not wait.
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

/* The kTLS context of a socket, or NULL. It lives as long as the socket. */
static const struct tls_context *sock_tls(const struct sock *sk)
{
	return sock_has_tls(sk) ? tls_get_ctx(sk) : NULL;
}

/**
 * zcx_sock_makes_records - check that kTLS, or a TLS device, makes records of the bytes
 *	sent
 * @sock: a TCP or UNIX stream socket
 *
 * Return: true if it does.
 */
bool zcx_sock_makes_records(const struct socket *sock)
{
	const struct tls_context *tls = sock_tls(sock->sk);

	return tls && (tls->tx_conf == TLS_SW || tls->tx_conf == TLS_HW);
}

/**
 * zcx_sock_decrypts - check that kTLS decrypts the bytes received
 * @sock: a TCP or UNIX stream socket
 *
 * If it does, a read needs memory even for bytes that it discards: kTLS decrypts a
 * record that is wanted whole straight into that memory, and aborts the connection if
 * there is none (tls_decrypt_sg()).
 *
 * Return: true if it does.
 */
bool zcx_sock_decrypts(const struct socket *sock)
{
	const struct tls_context *tls = sock_tls(sock->sk);

	return tls && tls->rx_conf != TLS_BASE;
}

/**
 * zcx_sock_has_tls_device - check that a TLS device makes the records
 * @sock: a TCP or UNIX stream socket
 *
 * Return: true if it does.
 */
bool zcx_sock_has_tls_device(const struct socket *sock)
{
	const struct tls_context *tls = sock_tls(sock->sk);

	return tls && tls->tx_conf == TLS_HW;
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
 * zcx_sock_drained - check that TCP owns all data that the socket accepted
 * @sock: a TCP or UNIX stream socket
 *
 * kTLS accepts a record as soon as there is room for a part of it, and holds the rest
 * back until there is more room (tls_push_sg()). The rest is lost if the socket is
 * shut down or closed meanwhile (tls_sw_release_resources_tx()).
 *
 * Return: 0 if the socket is drained; -EAGAIN if it is not yet; otherwise the error
 * that prevents it for good.
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
 * zcx_sock_supports_ubuf - check that the socket supports &msghdr.msg_ubuf
 * @sock: a TCP or UNIX stream socket
 *
 * Return: true for TCP without a ULP.
 */
bool zcx_sock_supports_ubuf(const struct socket *sock)
{
	return sk_is_tcp(sock->sk) && test_bit(SOCK_SUPPORT_ZC, &sock->flags);
}

/**
 * zcx_sock_reports_release - check that the socket reports the release of pages
 * @sock: a TCP or UNIX stream socket
 *
 * A socket that probes for a larger MTU reports it too early: the probe references the
 * pages of queued packets, and these packets are freed at once (tcp_mtu_probe()).
 *
 * Return: true if the socket supports &msghdr.msg_ubuf and does not probe.
 */
bool zcx_sock_reports_release(const struct socket *sock)
{
	const struct sock *sk = sock->sk;

	return zcx_sock_supports_ubuf(sock) &&
	       !READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_mtu_probing) &&
	       !inet_csk(sk)->icsk_mtup.enabled;
}

/**
 * zcx_sock_copies - check that the network stack copies pages sent by reference
 * @sock: a TCP or UNIX stream socket
 * @reports: true if the release of the pages must be reported
 *
 * The stack copies them on the way to a device without scatter-gather
 * (validate_xmit_skb()); the socket itself assumes scatter-gather whenever it has GSO
 * (sk_setup_caps()). On a local route it copies pages whose release must be reported,
 * because the receiver could keep them for any time (skb_orphan_frags_rx()). A ULP
 * (kTLS) passes pages of its own to the stack.
 *
 * Return: true if it does.
 */
bool zcx_sock_copies(const struct socket *sock, bool reports)
{
	const struct dst_entry *dst;
	struct sock *sk = sock->sk;
	bool copies;

	if (!sk_is_tcp(sk) || inet_csk(sk)->icsk_ulp_ops)
		return false;
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	copies = dst && (!(dst->dev->features & NETIF_F_SG) ||
			 (reports && (dst->dev->flags & IFF_LOOPBACK)));
	rcu_read_unlock();
	return copies;
}

/**
 * zcx_sock_dont_linger - have the close of a socket wait for nobody
 * @sock: a TCP or UNIX stream socket
 *
 * SO_LINGER makes close(2) wait until the peer has the data. The caller's close(2) has
 * returned, and the data is sent all the same. A linger time of zero, which resets the
 * connection, stays.
 */
void zcx_sock_dont_linger(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (!sk || !sock_flag(sk, SOCK_LINGER) || !READ_ONCE(sk->sk_lingertime))
		return;
	lock_sock(sk);
	sock_reset_flag(sk, SOCK_LINGER);
	release_sock(sk);
}

/**
 * zcx_sock_is_busy - look whether a send would sleep for a lock of the socket
 * @sock: a TCP or UNIX stream socket
 *
 * kTLS holds its lock while a blocking send(2) waits for the peer, and a recv(2) holds
 * the socket's lock while it waits for memory of its caller.
 *
 * Return: true if one of the locks is taken now.
 */
bool zcx_sock_is_busy(const struct socket *sock)
{
	const struct tls_context *tls = sock_tls(sock->sk);

	return (tls && mutex_is_locked((struct mutex *)&tls->tx_lock)) ||
	       sock_owned_by_user_nocheck(sock->sk);
}

/**
 * zcx_sock_is_held - look whether a task holds a lock of the socket while it waits for
 *	room
 * @sock: a TCP or UNIX stream socket
 *
 * A send would sleep for the lock, in spite of MSG_DONTWAIT. The room wakes pollers, too,
 * because its waiter has set SOCK_NOSPACE. With room the holder does not wait for it.
 *
 * Return: true if a task may do so now.
 */
bool zcx_sock_is_held(const struct socket *sock)
{
	return sk_is_tcp(sock->sk) && !sk_stream_is_writeable(sock->sk) &&
	       zcx_sock_is_busy(sock);
}
