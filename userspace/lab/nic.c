// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network interface in a network namespace of its own, by the requests of "ip link set
 * NAME netns", "ip addr add" and "ethtool -K NAME sg off".
 *
 * A namespace exists as long as a process is in it or has it open. When the last of our
 * processes has exited, also if it was killed, the kernel removes the namespace and moves
 * the interface back. Only the ethtool setting is not restored if we are killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core.h"

/* An ioctl on an interface. Its socket stays in the namespace it was created in. */
static int ask(const struct nic *nic, unsigned long request, struct ifreq *req)
{
	snprintf(req->ifr_name, sizeof(req->ifr_name), "%s", nic->name);
	return ioctl(nic->control, request, req) ? -errno : 0;
}

static int ethtool(const struct nic *nic, __u32 command, __u32 *value)
{
	struct ethtool_value request = { .cmd = command, .data = *value };
	struct ifreq req = { .ifr_data = (char *)&request };
	int err = ask(nic, SIOCETHTOOL, &req);

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

/**
 * nic_open - take an interface that is not in use
 * @nic: its name is set; must be closed also on error
 *
 * One that is in use is refused, so that the lab cuts no machine off its network. One
 * that is not hardware is refused because it would be destroyed with its namespace.
 *
 * Return: NULL, or the error, as text that follows the interface's name.
 */
const char *nic_open(struct nic *nic)
{
	struct ifreq req = {};
	char path[64];

	nic->ns = -1;
	nic->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ask(nic, SIOCGIFFLAGS, &req))
		return "there is no such network interface";
	if (req.ifr_flags & IFF_UP || has_address(nic->name))
		return "is in use; if it is not needed: ip addr flush dev, ip link set down";
	snprintf(path, sizeof(path), "/sys/class/net/%s/device", nic->name);
	if (access(path, F_OK))
		return "is not hardware: it fetches nothing from memory";
	return NULL;
}

/* "ip link set NAME ATTRIBUTE VALUE", from the current namespace. */
static int set_link(const char *name, unsigned short attribute, __u32 value)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
		struct rtattr attr;
		__u32 value;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.info.ifi_index = if_nametoindex(name),
		.attr = { .rta_len = RTA_LENGTH(sizeof(__u32)), .rta_type = attribute },
		.value = value,
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[256];
	} answer = {};
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int err;

	if (send(sock, &request, sizeof(request), 0) < 0 ||
	    recv(sock, &answer, sizeof(answer), 0) < 0)
		err = -errno;
	else
		err = answer.error.error;
	close(sock);
	return err;
}

/**
 * nic_set_packet_limit - how long a packet may be before it is segmented
 * @name: the interface, in the caller's network namespace
 * @bytes: above %NIC_PACKET_LIMIT: BIG TCP
 *
 * Of IPv4 alone. It holds for connections that are made afterwards.
 *
 * Return: 0 or -errno.
 */
int nic_set_packet_limit(const char *name, unsigned int bytes)
{
	/* Since Linux 6.3: not in all headers. */
	enum { GSO_IPV4_MAX_SIZE = 63, GRO_IPV4_MAX_SIZE };

	return set_link(name, GRO_IPV4_MAX_SIZE, bytes) ?:
	       set_link(name, GSO_IPV4_MAX_SIZE, bytes);
}

/**
 * nic_isolate - move an interface into a new network namespace
 * @nic: the interface, open
 * @home: the namespace of the caller, an open file; the caller stays there
 *
 * Return: 0 or -errno.
 */
int nic_isolate(struct nic *nic, int home)
{
	int err = 0;

	if (unshare(CLONE_NEWNET))
		return -errno;
	close(nic->control);
	nic->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	nic->ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (nic->control < 0 || nic->ns < 0)
		err = -errno;
	if (setns(home, CLONE_NEWNET))
		err = -errno;
	return err ?: set_link(nic->name, IFLA_NET_NS_FD, nic->ns);
}

static void set_address(struct sockaddr *address, const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	inet_pton(AF_INET, text, &in.sin_addr);
	memcpy(address, &in, sizeof(in));
}

/**
 * nic_bring_up - set the address of an interface, and bring it up
 * @nic: the interface, in its own namespace
 * @address: the address, in a /24 network
 *
 * Return: 0 or -errno.
 */
int nic_bring_up(struct nic *nic, const char *address)
{
	struct nic lo = { .name = "lo", .control = nic->control };
	struct ifreq req = {};
	int err;

	set_address(&req.ifr_addr, address);
	err = ask(nic, SIOCSIFADDR, &req);
	set_address(&req.ifr_netmask, "255.255.255.0");
	err = err ?: ask(nic, SIOCSIFNETMASK, &req);
	req.ifr_flags = IFF_UP | IFF_BROADCAST | IFF_MULTICAST;
	err = err ?: ask(nic, SIOCSIFFLAGS, &req);
	req.ifr_flags = IFF_UP | IFF_LOOPBACK;
	return err ?: ask(&lo, SIOCSIFFLAGS, &req);
}

/**
 * nic_has_carrier - wait for the carrier
 * @nic: the interface, up
 *
 * Return: true if it has a carrier within 20 seconds.
 */
bool nic_has_carrier(const struct nic *nic)
{
	struct timespec moment = { .tv_nsec = 50 * 1000 * 1000 };
	struct ifreq req = {};
	int tries;

	for (tries = 0; tries < 400; tries++) {
		if (!ask(nic, SIOCGIFFLAGS, &req) && req.ifr_flags & IFF_RUNNING)
			return true;
		if (nanosleep(&moment, NULL))
			break;
	}
	return false;
}

/**
 * nic_set_gather - "ethtool -K NAME sg on", or off
 * @nic: the interface, open
 * @on: true for on
 *
 * The kernel switches segmentation by the card (TSO) off with it, which depends on it.
 *
 * Return: 0, or -errno: EOPNOTSUPP if the driver does not allow the change.
 */
int nic_set_gather(struct nic *nic, bool on)
{
	__u32 value = 0;
	int err = ethtool(nic, ETHTOOL_GSG, &value);

	if (err)
		return err;
	nic->had_gather = value;
	nic->set_gather = true;
	value = on;
	err = ethtool(nic, ETHTOOL_SSG, &value);
	/* The ioctl succeeds even if the driver has fixed the setting. */
	err = err ?: ethtool(nic, ETHTOOL_GSG, &value);
	return err ?: value == on ? 0 : -EOPNOTSUPP;
}

/**
 * nic_close - move an interface back, and restore its setting
 * @nic: the interface, also if nic_open() failed
 * @home: the namespace that it came from
 *
 * The kernel would move it as well, but later, and the caller may need it at once. Moving
 * takes it down and removes its address.
 */
void nic_close(struct nic *nic, int home)
{
	__u32 had = nic->had_gather;

	if (nic->set_gather)
		ethtool(nic, ETHTOOL_SSG, &had);
	if (nic->ns >= 0 && !setns(nic->ns, CLONE_NEWNET)) {
		if (set_link(nic->name, IFLA_NET_NS_FD, home))
			lab_error("%s: not moved back; the kernel will move it to init's namespace",
				  nic->name);
		setns(home, CLONE_NEWNET);
		close(nic->ns);
	}
	if (nic->control >= 0)
		close(nic->control);
	nic->ns = -1;
	nic->control = -1;
	nic->set_gather = false;
}
