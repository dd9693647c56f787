/* SPDX-License-Identifier: GPL-2.0-only */
/* Network interfaces, each in a network namespace of its own. */
#ifndef ZCXFER_LAB_NIC_H
#define ZCXFER_LAB_NIC_H

#include <net/if.h>
#include <stdbool.h>

/* The default of nic_set_packet_limit(): GSO_LEGACY_MAX_SIZE of the kernel. */
#define NIC_PACKET_LIMIT	65536
/* The greatest: GSO_MAX_SIZE. */
#define NIC_BIG_TCP		(8 * 65535)

/**
 * struct nic - a network interface
 * @name: its name
 * @control: a socket for ioctls, in its namespace, or -1
 * @ns: its namespace, an open file; -1 if it was not moved
 * @had_gather: it had scatter-gather before nic_set_gather()
 * @set_gather: nic_set_gather() was called
 */
struct nic {
	char name[IF_NAMESIZE];
	int control;
	int ns;
	bool had_gather;
	bool set_gather;
};

const char *nic_open(struct nic *nic);
int nic_isolate(struct nic *nic, int home);
int nic_bring_up(struct nic *nic, const char *address);
bool nic_has_carrier(const struct nic *nic);
int nic_set_packet_limit(const char *name, unsigned int bytes);
int nic_set_gather(struct nic *nic, bool on);
void nic_close(struct nic *nic, int home);

#endif /* ZCXFER_LAB_NIC_H */
