// SPDX-License-Identifier: GPL-2.0
/*
 * The rules for a descriptor that can be told from its bytes alone. Pure
 * functions: no file is looked up, no memory touched.
 */
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "internal.h"

static_assert(sizeof(struct zcxfer_desc) == 32);
static_assert(offsetof(struct zcxfer_desc, offset) == 8);
static_assert(offsetof(struct zcxfer_desc, addr) == 8);
static_assert(offsetof(struct zcxfer_desc, len) == 16);
static_assert(offsetof(struct zcxfer_desc, reserved) == 24);

/**
 * zcx_desc_check - is this descriptor well formed?
 * @desc: the descriptor, already the kernel's own copy
 *
 * Return: 0, -EINVAL for an unknown type, a pad that is not zero or an offset
 * beyond what loff_t holds, -EOVERFLOW if offset + len is beyond that.
 */
int zcx_desc_check(const struct zcxfer_desc *desc)
{
	u64 end;

	if (desc->reserved)
		return -EINVAL;

	switch (desc->type) {
	case ZCXFER_DESC_MEMORY:
		return desc->fd ? -EINVAL : 0;
	case ZCXFER_DESC_FILE:
		if (desc->offset > LLONG_MAX)
			return -EINVAL;
		if (check_add_overflow(desc->offset, desc->len, &end) ||
		    end > LLONG_MAX)
			return -EOVERFLOW;
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * zcx_desc_add_len - add a descriptor's length to the sum of a call
 * @desc: the descriptor
 * @total: the sum so far, in bytes; updated
 *
 * Return: 0, or -EOVERFLOW if the sum is more than a result can count.
 */
int zcx_desc_add_len(const struct zcxfer_desc *desc, u64 *total)
{
	if (check_add_overflow(*total, desc->len, total) || *total > LLONG_MAX)
		return -EOVERFLOW;
	return 0;
}

/**
 * zcx_desc_pages - how many pages can a descriptor touch at the most?
 * @desc: a descriptor that zcx_desc_check() found good
 */
unsigned long zcx_desc_pages(const struct zcxfer_desc *desc)
{
	if (!desc->len)
		return 0;
	return (offset_in_page(desc->offset) + desc->len - 1) / PAGE_SIZE + 1;
}
