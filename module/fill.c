// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filling TCP's packets with the pieces of a batch.
 *
 * With MSG_SPLICE_PAGES TCP extracts the pages of the pieces and puts each into a packet,
 * with a reference of its own, 4 KiB at a time. With MSG_ZEROCOPY it leaves this to the
 * sender: msghdr.sg_from_iter. That function puts a whole piece into the packet and
 * hands over the reference that the batch holds, so a piece costs the same whatever its
 * length, and a packet holds more bytes than MAX_SKB_FRAGS pages have.
 *
 * A packet with MSG_ZEROCOPY normally references a ubuf_info, and is copied wherever a
 * receiver could hold it back (skb_orphan_frags_rx()). ubuf_info_ops.link_skb of a
 * message without a release sets no SKBFL_ZEROCOPY_ENABLE, so the packet is an ordinary
 * one, as after sendfile(2): charged to the socket, with SKBFL_SHARED_FRAG, and without a
 * ubuf_info.
 */
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <net/hotdata.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "fill.h"
#include "param.h"
#include "sock.h"

/* As large as the memory of TCP's own copies (SKB_FRAG_PAGE_ORDER), which drivers know. */
#define MAX_FRAG	((size_t)PAGE_SIZE << get_order(SZ_32K))

/*
 * Add at most @len bytes of a piece, from byte @skip of it on, to a packet. A frag that
 * ends with the piece takes over the batch's reference; other frags get one of their own.
 * Returns the number of bytes, or 0 if the packet has no room for a frag.
 */
static size_t fill_frag(struct skb_shared_info *info, struct bio_vec *piece,
			size_t skip, size_t len)
{
	struct page *head = compound_head(piece->bv_page);
	size_t offset = ((piece->bv_page - head) << PAGE_SHIFT) +
			piece->bv_offset + skip;
	size_t rest = piece->bv_len - skip;
	skb_frag_t *frag = info->frags + info->nr_frags;

	len = min3(len, rest, MAX_FRAG);
	if (info->nr_frags && skb_frag_page(frag - 1) == head &&
	    skb_frag_off(frag - 1) + skb_frag_size(frag - 1) == offset &&
	    skb_frag_size(frag - 1) < MAX_FRAG) {
		len = min(len, MAX_FRAG - skb_frag_size(frag - 1));
		skb_frag_size_add(frag - 1, len);
		return len;
	}
	if (info->nr_frags >= READ_ONCE(net_hotdata.sysctl_max_skb_frags))
		return 0;
	skb_frag_fill_page_desc(frag, head, offset, len);
	info->nr_frags++;
	if (len == rest)
		piece->bv_page = NULL;
	else
		get_page(head);
	return len;
}

/*
 * TCP has marked an empty packet as one whose pages are not charged to the socket
 * (SKBFL_PURE_ZEROCOPY): charge them as for any other packet. Bytes that are in a packet
 * have been charged or not, and the mark says which.
 */
static bool fill_charge(struct sock *sk, struct sk_buff *skb, size_t len)
{
	if (!skb_zcopy_pure(skb) || skb->len)
		return true;
	if (!sk_wmem_schedule(sk, len))
		return false;
	skb_shinfo(skb)->flags &= ~SKBFL_PURE_ZEROCOPY;
	return true;
}

/*
 * TCP calls this, with the socket locked, to add @length bytes to a packet. The caller,
 * __zerocopy_sg_from_iter(), charges the socket by the increase of skb->truesize.
 */
static int fill_packet(struct sk_buff *skb, struct iov_iter *from, size_t length)
{
	struct zcx_fill *fill = container_of(from, struct zcx_fill, msg.msg_iter);
	struct bio_vec *piece = fill->batch->pieces +
				(from->bvec - fill->batch->pieces);
	size_t len = min(length, from->count), skip = from->iov_offset;
	size_t filled = 0, n;

	if (!fill_charge(fill->sk, skb, len)) {
		fill->refused = true;
		return -EFAULT;
	}
	for (; filled < len; filled += n) {
		n = fill_frag(skb_shinfo(skb), piece, skip, len - filled);
		if (!n)
			break;
		skip += n;
		if (skip == piece->bv_len) {
			piece++;
			skip = 0;
		}
	}
	from->nr_segs -= piece - from->bvec;
	from->bvec = piece;
	from->count -= filled;
	from->iov_offset = skip;
	skb_len_add(skb, filled);
	return filled == len ? 0 : -EMSGSIZE;
}

/*
 * To skb_zcopy_set(), which follows, a message without a release adds only its
 * SKBFL_SHARED_FRAG. A packet that references a ubuf_info remains what it is: the bytes
 * go to a new one.
 */
static int fill_link(struct sk_buff *skb, struct ubuf_info *ubuf)
{
	return skb_zcopy(skb) ? -EEXIST : 0;
}

/* Never called: no packet references the ubuf_info, which lives on the stack. */
static void fill_complete(struct sk_buff *skb, struct ubuf_info *ubuf, bool success)
{
	WARN_ON_ONCE(1);
}

static const struct ubuf_info_ops fill_ops = {
	.complete	= fill_complete,
	.link_skb	= fill_link,
};

/**
 * zcx_fill_init - prepare a message whose packets the pieces of a batch fill
 * @fill: the message, for sock_sendmsg() once its iterator is set; it must then exist
 *	until that returns
 * @sock: a TCP or UNIX stream socket
 * @batch: the batch; pages that the packets have taken over are NULL in it
 * @flags: flags of the message, with MSG_SPLICE_PAGES or MSG_ZEROCOPY
 * @ubuf: reports the release of the pages, or NULL
 *
 * A ULP (kTLS) that arrives before the message refuses it with -EOPNOTSUPP, as one that
 * is there already would.
 *
 * Return: true; or false if the socket does not let us fill its packets.
 */
bool zcx_fill_init(struct zcx_fill *fill, const struct socket *sock,
		   struct zcx_batch *batch, unsigned int flags,
		   struct ubuf_info *ubuf)
{
	/* With another sendmsg (sockmap), msg_ubuf does not reach TCP. */
	if (!READ_ONCE(zcx_fill_packets) || !zcx_sock_supports_ubuf(sock) ||
	    READ_ONCE(sock->sk->sk_prot)->sendmsg != tcp_sendmsg)
		return false;
	fill->ubuf = (struct ubuf_info) {
		.ops	= &fill_ops,
		.refcnt	= REFCOUNT_INIT(1),
		.flags	= SKBFL_SHARED_FRAG,
	};
	fill->msg = (struct msghdr) {
		.msg_flags = (flags & ~MSG_SPLICE_PAGES) | MSG_ZEROCOPY,
		.msg_ubuf = ubuf ?: &fill->ubuf,
		.sg_from_iter = fill_packet,
	};
	fill->sk = sock->sk;
	fill->batch = batch;
	fill->refused = false;
	return true;
}
