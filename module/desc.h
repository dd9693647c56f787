/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules for a descriptor that can be told from its bytes alone. A pure
 * function: no file is looked up, no memory touched.
 */
#ifndef _ZCX_DESC_H
#define _ZCX_DESC_H

#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include <uapi/linux/zcxfer.h>

static_assert(sizeof(struct zcxfer_desc) == 32);
static_assert(offsetof(struct zcxfer_desc, offset) == 8);
static_assert(offsetof(struct zcxfer_desc, addr) == 8);
static_assert(offsetof(struct zcxfer_desc, len) == 16);
static_assert(offsetof(struct zcxfer_desc, reserved) == 24);

/**
 * zcx_desc_check - is this descriptor well formed?
 * @desc: the descriptor, already the kernel's own copy
 * @total: sum of the lengths before it, in bytes; its own is added
 *
 * Return: 0; -EINVAL for an unknown type, a pad that is not zero or an offset
 * beyond what loff_t holds; -EOVERFLOW if offset + len, or the sum, is beyond
 * that.
 */
static inline int zcx_desc_check(const struct zcxfer_desc *desc, u64 *total)
{
	u64 end;

	if (desc->reserved)
		return -EINVAL;

	if (desc->type == ZCXFER_DESC_FILE) {
		if (desc->offset > LLONG_MAX)
			return -EINVAL;
		if (check_add_overflow(desc->offset, desc->len, &end) ||
		    end > LLONG_MAX)
			return -EOVERFLOW;
	} else if (desc->type != ZCXFER_DESC_MEMORY || desc->fd) {
		return -EINVAL;
	}

	if (check_add_overflow(*total, desc->len, total) || *total > LLONG_MAX)
		return -EOVERFLOW;
	return 0;
}

/**
 * zcx_desc_pages - how many pages can a descriptor touch at the most?
 * @desc: a descriptor that zcx_desc_check() found good
 *
 * Return: an upper bound.
 */
static inline unsigned long zcx_desc_pages(const struct zcxfer_desc *desc)
{
	return (offset_in_page(desc->offset) + desc->len + PAGE_SIZE - 1) >>
	       PAGE_SHIFT;
}

#endif /* _ZCX_DESC_H */
