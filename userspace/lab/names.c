// SPDX-License-Identifier: GPL-2.0-only
/* The names in files that programs read. */
#include "internal.h"

const char *const route_names[LAB_NR_ROUTES] = {
	[LAB_LOOPBACK] = "loopback",
	[LAB_NIC] = "nic",
	[LAB_NIC_NO_SG] = "nic-no-sg",
};

const char *const cache_names[LAB_NR_CACHES] = {
	[LAB_WARM] = "warm",
	[LAB_COLD] = "cold",
};

const char *const count_names[LAB_NR_COUNTS] = {
	[LAB_SYSCALLS] = "syscalls",
	[LAB_FAULTS] = "page_faults",
	[LAB_KERNEL_FAULTS] = "page_faults_in_syscalls",
	[LAB_SWITCHES] = "context_switches",
	[LAB_READ_COPY] = "read_copy_bytes",
	[LAB_SEND_COPY] = "send_copy_bytes",
	[LAB_SKB_COPY] = "skb_copy_bytes",
	[LAB_COW_COPY] = "cow_copy_bytes",
	[LAB_REFERENCED] = "referenced_bytes",
	[LAB_PINNED] = "pinned_bytes",
	[LAB_DISK_DMA] = "disk_dma_bytes",
	[LAB_NIC_DMA] = "nic_dma_bytes",
	[LAB_NIC_GATHERED] = "nic_gathered_bytes",
	[LAB_SEND_CALLS] = "send_calls",
};
