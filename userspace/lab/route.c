// SPDX-License-Identifier: GPL-2.0-only
/*
 * The route to the receiver: loopback, or from one network interface to another.
 *
 * Between two interfaces of one machine the kernel sends nothing over the wire: both
 * addresses are its own, so it uses loopback. So each interface is moved into a network
 * namespace of its own, and sender and receiver enter these.
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

static const char *failed(struct route *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *failed(struct route *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->problem, sizeof(r->problem), format, args);
	va_end(args);
	return r->problem;
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
	const char *problem = nic_open(nic);
	int err;

	if (problem)
		return failed(r, "%s: %s", nic->name, problem);
	err = nic_isolate(nic, r->home);
	if (err)
		return failed(r, "%s: no network namespace of its own: %s", nic->name,
			       strerror(-err));
	err = nic_bring_up(nic, addresses[which]);
	if (err)
		return failed(r, "%s cannot be set up: %s", nic->name, strerror(-err));
	return NULL;
}

static const char *set_gather(struct route *r)
{
	struct nic *nic = &r->nic[SENDER];
	bool on = r->kind == LAB_NIC;
	int err = nic_set_gather(nic, on);

	if (!err)
		return NULL;
	return failed(r, "%s: scatter-gather cannot be switched %s: %s (e1000e can)",
		       nic->name, on ? "on" : "off", strerror(-err));
}

/*
 * Check that packets arrive at the other interface. Nothing listens there: if a
 * connection is refused the receiver's end has answered.
 */
static const char *check_wire(struct route *r)
{
	struct sockaddr_in refused = {
		.sin_family = AF_INET,
		.sin_addr = r->address,
		.sin_port = htons(9),
	};
	int sock, err;

	if (!nic_has_carrier(&r->nic[SENDER]) || !nic_has_carrier(&r->nic[RECEIVER]))
		return failed(r, "%s or %s has no carrier: is there a cable?",
			       r->nic[SENDER].name, r->nic[RECEIVER].name);
	err = route_enter_sender(r);
	if (err)
		return failed(r, "cannot enter a network namespace: %s", strerror(-err));
	sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(sock, (struct sockaddr *)&refused, sizeof(refused)))
		err = errno;
	close(sock);
	setns(r->home, CLONE_NEWNET);
	if (err == ECONNREFUSED)
		return NULL;
	return failed(r, "%s does not reach %s: are they on one wire? (%s)",
		       r->nic[SENDER].name, r->nic[RECEIVER].name, strerror(err));
}

static const char *open_pair(struct route *r, const char *pair)
{
	const char *problem;

	if (!pair)
		return "needs two network interfaces on one wire: --pair A,B";
	if (!split(r, pair))
		return failed(r, "\"%s\" is no pair of network interfaces: A,B", pair);
	r->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (r->home < 0)
		return failed(r, "/proc/thread-self/ns/net: %s", strerror(errno));
	inet_pton(AF_INET, addresses[RECEIVER], &r->address);
	problem = set_up(r, SENDER);
	problem = problem ?: set_up(r, RECEIVER);
	problem = problem ?: set_gather(r);
	return problem ?: check_wire(r);
}

/**
 * route_open - open a route from a sender to a receiver
 * @r: set; must be closed also on error
 * @kind: the kind of route
 * @pair: "A,B": the interfaces of the sender and of the receiver, which must not be in
 *	use; NULL if there are none
 *
 * The calling process, which has one thread, stays in its own network namespace.
 *
 * Return: NULL, or the error as text that is valid as long as @r.
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
 * route_enter_sender - move the calling process to the sender's end
 * @r: an open route
 *
 * Sockets stay in the namespace that they were created in.
 *
 * Return: 0 or -errno.
 */
int route_enter_sender(struct route *r)
{
	return enter(r, SENDER);
}

/**
 * route_enter_receiver - move the calling process to the receiver's end
 * @r: an open route
 *
 * Return: 0 or -errno.
 */
int route_enter_receiver(struct route *r)
{
	return enter(r, RECEIVER);
}

/**
 * route_close - undo route_open()
 * @r: the route, also if route_open() failed
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
