/* SPDX-License-Identifier: GPL-2.0 */
/* The way to the receiver: see route.c. */
#ifndef ZCXFER_LAB_ROUTE_H
#define ZCXFER_LAB_ROUTE_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

enum lab_route;

/* Which end of the way. */
enum { ROUTE_SENDER, ROUTE_RECEIVER, ROUTE_NR_ENDS };

/**
 * struct route_end - one network interface in a network namespace of its own
 * @name: the interface
 * @ns: the namespace, an open file
 * @control: a socket in it, for ioctls; a socket stays where it was made
 * @index: the interface's there
 */
struct route_end {
	char name[IF_NAMESIZE];
	int ns;
	int control;
	int index;
};

/**
 * struct route - a way from a sender to a receiver
 * @kind: which
 * @address: where the receiver listens and the sender connects to; the port is 0
 * @home: where the interfaces come from, an open file
 * @end: the interfaces; not for %LAB_LOOPBACK
 * @had_sg: what the sender's interface is set back to in the end
 * @why: what route_open() has to say
 */
struct route {
	enum lab_route kind;
	struct sockaddr_in address;
	int home;
	struct route_end end[ROUTE_NR_ENDS];
	bool had_sg;
	char why[200];
};

const char *route_open(struct route *r, enum lab_route kind, const char *pair);
int route_enter_sender(struct route *r);
int route_enter_receiver(struct route *r);
void route_close(struct route *r);

#endif /* ZCXFER_LAB_ROUTE_H */
