/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of a descriptor that need only its own bytes: no file is looked up, and
 * no user memory is accessed.
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
 * zcx_desc_check - check that a descriptor is well formed
 * @desc: the kernel's own copy of the descriptor
 * @total: in and out: sum of the lengths of all descriptors so far, in bytes
 *
 * Return: 0; -EINVAL for an unknown type, a pad that is not zero, or an offset that
 * does not fit into loff_t; -EOVERFLOW if offset + len, or the sum of the lengths, does
 * not fit.
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
 * zcx_desc_pages - upper bound for the number of pages that a descriptor touches
 * @desc: a descriptor that passed zcx_desc_check()
 *
 * Return: the number of pages.
 */
static inline unsigned long zcx_desc_pages(const struct zcxfer_desc *desc)
{
	return (offset_in_page(desc->offset) + desc->len + PAGE_SIZE - 1) >>
	       PAGE_SHIFT;
}

#endif /* _ZCX_DESC_H */
