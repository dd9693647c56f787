// SPDX-License-Identifier: GPL-2.0
/*
 * The way to the receiver: loopback, or out of one network interface and into
 * another.
 *
 * Two interfaces of one machine do not talk over the wire by themselves: the kernel
 * knows both addresses as its own, and takes the short way, by loopback. So each goes
 * into a network namespace of its own, and sender and receiver with them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"

enum { SENDER, RECEIVER };

static const char *const addresses[] = { "10.91.7.1", "10.91.7.2" };

static const char *because(struct route *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *because(struct route *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->why, sizeof(r->why), format, args);
	va_end(args);
	return r->why;
}

static bool split(struct route *r, const char *pair)
{
	const char *comma = strchr(pair, ',');
	size_t len = comma ? comma - pair : 0;

	if (!len || len >= IF_NAMESIZE || !comma[1] || strlen(comma + 1) >= IF_NAMESIZE)
		return false;
	memcpy(r->nic[SENDER].name, pair, len);
	memcpy(r->nic[RECEIVER].name, comma + 1, strlen(comma + 1));
	memcpy(r->interface, r->nic[SENDER].name, IF_NAMESIZE);
	return strcmp(r->nic[SENDER].name, r->nic[RECEIVER].name);
}

static const char *set_up(struct route *r, int which)
{
	struct nic *nic = &r->nic[which];
	const char *wrong = nic_open(nic);
	int err;

	if (wrong)
		return because(r, "%s: %s", nic->name, wrong);
	err = nic_isolate(nic, r->home);
	if (err)
		return because(r, "%s: no network namespace of its own: %s", nic->name,
			       strerror(-err));
	err = nic_bring_up(nic, addresses[which]);
	if (err)
		return because(r, "%s cannot be set up: %s", nic->name, strerror(-err));
	return NULL;
}

static const char *set_gather(struct route *r)
{
	struct nic *nic = &r->nic[SENDER];
	bool on = r->kind == LAB_NIC;
	int err = nic_set_gather(nic, on);

	if (!err)
		return NULL;
	return because(r, "%s: scatter-gather cannot be switched %s: %s (e1000e can)",
		       nic->name, on ? "on" : "off", strerror(-err));
}

/*
 * Do the two hear each other? Nobody listens there: that a connection is refused is an
 * answer.
 */
static const char *check_wire(struct route *r)
{
	struct sockaddr_in nobody = {
		.sin_family = AF_INET,
		.sin_addr = r->address,
		.sin_port = htons(9),
	};
	int sock, err;

	if (!nic_has_carrier(&r->nic[SENDER]) || !nic_has_carrier(&r->nic[RECEIVER]))
		return because(r, "%s or %s has no carrier: is there a cable?",
			       r->nic[SENDER].name, r->nic[RECEIVER].name);
	err = route_enter_sender(r);
	if (err)
		return because(r, "cannot enter a network namespace: %s", strerror(-err));
	sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(sock, (struct sockaddr *)&nobody, sizeof(nobody)))
		err = errno;
	close(sock);
	setns(r->home, CLONE_NEWNET);
	if (err == ECONNREFUSED)
		return NULL;
	return because(r, "%s does not reach %s: are they on one wire? (%s)",
		       r->nic[SENDER].name, r->nic[RECEIVER].name, strerror(err));
}

static const char *open_pair(struct route *r, const char *pair)
{
	const char *why;

	if (!pair)
		return "needs two network interfaces on one wire: --pair A,B";
	if (!split(r, pair))
		return because(r, "\"%s\" is no pair of network interfaces: A,B", pair);
	r->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (r->home < 0)
		return because(r, "/proc/thread-self/ns/net: %s", strerror(errno));
	inet_pton(AF_INET, addresses[RECEIVER], &r->address);
	why = set_up(r, SENDER);
	why = why ?: set_up(r, RECEIVER);
	why = why ?: set_gather(r);
	return why ?: check_wire(r);
}

/**
 * route_open - make a way from a sender to a receiver
 * @r: set; to be closed in either case
 * @kind: which
 * @pair: "A,B": the interfaces of the sender and of the receiver, which nobody uses;
 *	NULL if there are none
 *
 * The calling process, which has one thread, stays in its own network namespace.
 *
 * Return: NULL, or why it cannot be had, in words that live as long as @r.
 */
const char *route_open(struct route *r, enum lab_route kind, const char *pair)
{
	const struct nic none = { .ns = -1, .control = -1 };

	*r = (struct route) {
		.kind = kind,
		.address.s_addr = htonl(INADDR_LOOPBACK),
		.interface = "lo",
		.nic = { none, none },
		.home = -1,
	};
	return kind == LAB_LOOPBACK ? NULL : open_pair(r, pair);
}

static int enter(const struct route *r, int which)
{
	if (r->kind == LAB_LOOPBACK)
		return 0;
	return setns(r->nic[which].ns, CLONE_NEWNET) ? -errno : 0;
}

/**
 * route_enter_sender - from now on the calling process is at the sender's end
 * @r: open
 *
 * Sockets that it has stay where they were made.
 *
 * Return: 0 or -errno.
 */
int route_enter_sender(struct route *r)
{
	return enter(r, SENDER);
}

/**
 * route_enter_receiver - from now on the calling process is at the receiver's end
 * @r: open
 *
 * Return: 0 or -errno.
 */
int route_enter_receiver(struct route *r)
{
	return enter(r, RECEIVER);
}

/**
 * route_close - give back what route_open() took
 * @r: what it was given, whatever it returned
 */
void route_close(struct route *r)
{
	if (r->home < 0)
		return;
	nic_close(&r->nic[SENDER], r->home);
	nic_close(&r->nic[RECEIVER], r->home);
	close(r->home);
	r->home = -1;
}
