// SPDX-License-Identifier: GPL-2.0
/* The way to the receiver. */
#include <arpa/inet.h>

#include "lab.h"

/**
 * route_open - make a way
 * @r: set
 * @kind: which
 * @pair: the two network interfaces that are joined, "A,B"; NULL if there are none
 *
 * Return: NULL, or in words why it cannot be had.
 */
const char *route_open(struct route *r, enum lab_route kind, const char *pair)
{
	(void)pair;
	*r = (struct route) {
		.kind = kind,
		.address.s_addr = htonl(INADDR_LOOPBACK),
		.interface = "lo",
		.sender_ns = -1,
		.receiver_ns = -1,
	};
	return kind == LAB_LOOPBACK ? NULL : "no two network interfaces: see --pair";
}

/**
 * route_enter_sender - put this process at the sender's end
 * @r: the way
 *
 * Return: 0 or -errno.
 */
int route_enter_sender(struct route *r)
{
	(void)r;
	return 0;
}

/**
 * route_enter_receiver - put this process at the receiver's end
 * @r: the way
 *
 * Return: 0 or -errno.
 */
int route_enter_receiver(struct route *r)
{
	(void)r;
	return 0;
}

/**
 * route_close - undo route_open()
 * @r: the way
 */
void route_close(struct route *r)
{
	(void)r;
}
