// SPDX-License-Identifier: GPL-2.0
/*
 * The way to the receiver: loopback, or out of one network interface and into
 * another.
 *
 * Two interfaces of one machine do not talk over the wire by themselves: the kernel
 * knows both addresses as its own, and takes the short way, by loopback. So each goes
 * into a network namespace of its own, and sender and receiver with them.
 *
 * A namespace lives as long as somebody is in it or has it open. When the last of our
 * processes is gone, however it ended, the kernel takes the namespaces down and gives
 * the interfaces back to where it began.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "route.h"

static const char *const addresses[ROUTE_NR_ENDS] = { "10.91.7.1", "10.91.7.2" };

static const char *__attribute__((format(printf, 2, 3)))
because(struct route *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->why, sizeof(r->why), format, args);
	va_end(args);
	return r->why;
}

static void set_address(struct sockaddr_in *address, const char *text)
{
	*address = (struct sockaddr_in){ .sin_family = AF_INET };
	inet_pton(AF_INET, text, &address->sin_addr);
}

/* An ioctl on an interface. */
static int ask(const struct route_end *end, unsigned long request, struct ifreq *req)
{
	strcpy(req->ifr_name, end->name);
	return ioctl(end->control, request, req) ? -errno : 0;
}

static int ethtool(const struct route_end *end, __u32 command, __u32 *value)
{
	struct ethtool_value request = { .cmd = command, .data = *value };
	struct ifreq req = { .ifr_data = (char *)&request };
	int err = ask(end, SIOCETHTOOL, &req);

	*value = request.data;
	return err;
}

static bool has_address(const char *name)
{
	struct ifaddrs *all, *one;
	bool has = false;

	if (getifaddrs(&all))
		return false;
	for (one = all; one; one = one->ifa_next)
		if (!strcmp(one->ifa_name, name) && one->ifa_addr &&
		    (one->ifa_addr->sa_family == AF_INET ||
		     one->ifa_addr->sa_family == AF_INET6))
			has = true;
	freeifaddrs(all);
	return has;
}

/*
 * Nobody is to lose their network by this. And what is not hardware does not come back
 * from a namespace that is taken down: it goes with it.
 */
static const char *check_unused(struct route *r, struct route_end *end)
{
	struct ifreq req = {};
	char path[64];

	end->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ask(end, SIOCGIFFLAGS, &req))
		return because(r, "there is no network interface %s", end->name);
	if (req.ifr_flags & IFF_UP || has_address(end->name))
		return because(r, "%s is in use; if nobody needs it: "
			       "ip addr flush dev %s; ip link set %s down",
			       end->name, end->name, end->name);
	snprintf(path, sizeof(path), "/sys/class/net/%s/device", end->name);
	if (access(path, F_OK))
		return because(r, "%s is not hardware: nothing fetches from memory there",
			       end->name);
	close(end->control);
	end->control = -1;
	return NULL;
}

/* What "ip link set NAME netns ..." does, from the namespace that we are in. */
static int move_here_to(const char *name, int ns)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
		struct rtattr attr;
		__u32 ns;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.info.ifi_index = if_nametoindex(name),
		.attr = { .rta_len = RTA_LENGTH(sizeof(__u32)), .rta_type = IFLA_NET_NS_FD },
		.ns = ns,
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[256];
	} answer = {};
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int err = 0;

	if (send(sock, &request, sizeof(request), 0) != sizeof(request) ||
	    recv(sock, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(answer.error)))
		err = -errno;
	close(sock);
	return err ? err : answer.error.error;
}

/* A new namespace; it stays because it is open. Only the calling thread is in it. */
static int new_namespace(const struct route *r, struct route_end *end)
{
	int err = 0;

	if (unshare(CLONE_NEWNET))
		return -errno;
	end->ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	end->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (end->ns < 0 || end->control < 0)
		err = -errno;
	if (setns(r->home, CLONE_NEWNET))
		err = -errno;
	return err;
}

static int bring_up(struct route_end *end, const char *address)
{
	struct ifreq req = {};
	struct route_end lo = *end;
	int err;

	set_address((struct sockaddr_in *)&req.ifr_addr, address);
	err = ask(end, SIOCSIFADDR, &req);
	set_address((struct sockaddr_in *)&req.ifr_netmask, "255.255.255.0");
	err = err ?: ask(end, SIOCSIFNETMASK, &req);
	req.ifr_flags = IFF_UP | IFF_BROADCAST | IFF_MULTICAST;
	err = err ?: ask(end, SIOCSIFFLAGS, &req);
	strcpy(lo.name, "lo");
	req.ifr_flags = IFF_UP | IFF_LOOPBACK;
	return err ?: ask(&lo, SIOCSIFFLAGS, &req);
}

/* A card and its other end take a moment to agree. */
static bool has_carrier(const struct route_end *end)
{
	struct timespec moment = { .tv_nsec = 50 * 1000 * 1000 };
	struct ifreq req = {};
	int tries;

	for (tries = 0; tries < 400; tries++) {
		if (!ask(end, SIOCGIFFLAGS, &req) && req.ifr_flags & IFF_RUNNING)
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

static const char *set_up(struct route *r, int which)
{
	struct route_end *end = &r->end[which];
	const char *why = check_unused(r, end);
	int err;

	if (why)
		return why;
	err = new_namespace(r, end);
	if (err)
		return because(r, "no network namespace: %s (it takes root)", strerror(-err));
	err = move_here_to(end->name, end->ns);
	if (err)
		return because(r, "%s cannot be moved into a network namespace: %s",
			       end->name, strerror(-err));
	end->index = 1;
	err = bring_up(end, addresses[which]);
	if (err)
		return because(r, "%s cannot be set up: %s", end->name, strerror(-err));
	return NULL;
}

/*
 * What "ethtool -K NAME sg on" does, or off. With it segmentation by the card (TSO)
 * goes, for that needs it; and it may be refused, or be something the card cannot.
 */
static const char *set_gather(struct route *r, bool on)
{
	struct route_end *end = &r->end[ROUTE_SENDER];
	__u32 had = 0, want = on, got = 0;
	int err = ethtool(end, ETHTOOL_GSG, &had);

	if (!err)
		err = ethtool(end, ETHTOOL_SSG, &want);
	if (!err)
		err = ethtool(end, ETHTOOL_GSG, &got);
	if (err)
		return because(r, "%s: scatter-gather cannot be switched %s: %s", end->name,
			       on ? "on" : "off", strerror(-err));
	r->had_sg = had;
	if (got != on)
		return because(r, "%s: scatter-gather stays %s: its driver has it fixed "
			       "(a virtio NIC on a hub is such a one)", end->name,
			       got ? "on" : "off");
	return NULL;
}

/*
 * Do the two hear each other? Nobody listens there: that the connection is refused is
 * an answer.
 */
static const char *check_wire(struct route *r)
{
	struct sockaddr_in nobody = r->address;
	int sock, err = 0;

	nobody.sin_port = htons(9);
	if (route_enter_sender(r))
		return because(r, "cannot enter the sender's network namespace");
	sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(sock, (struct sockaddr *)&nobody, sizeof(nobody)))
		err = errno;
	close(sock);
	setns(r->home, CLONE_NEWNET);
	if (err == ECONNREFUSED)
		return NULL;
	return because(r, "%s does not reach %s: are they on one wire? (%s)",
		       r->end[ROUTE_SENDER].name, r->end[ROUTE_RECEIVER].name, strerror(err));
}

static bool split(struct route *r, const char *pair)
{
	const char *comma = strchr(pair, ',');
	size_t len = comma ? comma - pair : 0;

	if (!len || len >= IF_NAMESIZE || !comma[1] || strlen(comma + 1) >= IF_NAMESIZE)
		return false;
	memcpy(r->end[ROUTE_SENDER].name, pair, len);
	strcpy(r->end[ROUTE_RECEIVER].name, comma + 1);
	return strcmp(r->end[ROUTE_SENDER].name, r->end[ROUTE_RECEIVER].name);
}

static const char *open_pair(struct route *r, const char *pair)
{
	const char *why;

	if (!pair)
		return because(r, "needs two network interfaces on one wire (--nics A,B); "
			       "a guest of \"selftests/vm/guest --lab\" has them");
	if (!split(r, pair))
		return because(r, "\"%s\" is not a pair of interfaces: A,B", pair);
	r->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	why = set_up(r, ROUTE_SENDER);
	why = why ?: set_up(r, ROUTE_RECEIVER);
	why = why ?: set_gather(r, r->kind == LAB_NIC);
	if (!why && !(has_carrier(&r->end[0]) && has_carrier(&r->end[1])))
		why = because(r, "%s: no carrier: is a cable missing?", pair);
	return why ?: check_wire(r);
}

/**
 * route_open - make a way from a sender to a receiver
 * @r: set
 * @kind: which
 * @pair: "A,B": the interfaces of the sender and of the receiver; may be NULL
 *
 * To be closed in either case: the calling process is where it was, and its network as
 * it was, until then but for the two interfaces. Only for processes of one thread.
 *
 * Return: NULL, or why it cannot be had, in words that live as long as @r.
 */
const char *route_open(struct route *r, enum lab_route kind, const char *pair)
{
	*r = (struct route){ .kind = kind, .home = -1 };
	r->end[ROUTE_SENDER].ns = r->end[ROUTE_SENDER].control = -1;
	r->end[ROUTE_RECEIVER].ns = r->end[ROUTE_RECEIVER].control = -1;
	set_address(&r->address, kind == LAB_LOOPBACK ? "127.0.0.1" :
						       addresses[ROUTE_RECEIVER]);
	return kind == LAB_LOOPBACK ? NULL : open_pair(r, pair);
}

static int enter(const struct route *r, int which)
{
	if (r->kind == LAB_LOOPBACK)
		return 0;
	return setns(r->end[which].ns, CLONE_NEWNET) ? -errno : 0;
}

/**
 * route_enter_sender - the calling process is on the sender's side from now on
 * @r: open
 *
 * Sockets that it has are where they were.
 *
 * Return: 0 or -errno.
 */
int route_enter_sender(struct route *r)
{
	return enter(r, ROUTE_SENDER);
}

/**
 * route_enter_receiver - the calling process is on the receiver's side from now on
 * @r: open
 *
 * Return: 0 or -errno.
 */
int route_enter_receiver(struct route *r)
{
	return enter(r, ROUTE_RECEIVER);
}

/*
 * The kernel would bring the interface back by itself, but later; and the next way may
 * want it at once. Moved, it is down and without its address.
 */
static void give_back(struct route *r, int which)
{
	struct route_end *end = &r->end[which];
	__u32 on = r->had_sg;

	if (which == ROUTE_SENDER && end->index)
		ethtool(end, ETHTOOL_SSG, &on);
	if (end->index && !setns(end->ns, CLONE_NEWNET)) {
		move_here_to(end->name, r->home);
		setns(r->home, CLONE_NEWNET);
	}
	if (end->control >= 0)
		close(end->control);
	if (end->ns >= 0)
		close(end->ns);
}

/**
 * route_close - give back what route_open() took
 * @r: what it was given, whatever it returned
 */
void route_close(struct route *r)
{
	if (r->kind == LAB_LOOPBACK)
		return;
	give_back(r, ROUTE_SENDER);
	give_back(r, ROUTE_RECEIVER);
	if (r->home >= 0)
		close(r->home);
}
