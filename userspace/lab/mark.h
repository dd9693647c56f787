/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks for a counter of instructions outside of the machine (selftests/instructions):
 * instructions without effect, with a magic number in an operand that the processor
 * ignores.
 */
#ifndef ZCXFER_LAB_MARK_H
#define ZCXFER_LAB_MARK_H

/* Of nopl OPERAND(%rax,%rax,1): four bytes of code, and the operand. */
enum mark {
	MARK_GROUP = 0x5ac35a01,	/* a group of sections follows; count nothing */
	MARK_AGAIN,			/* the first section of the group is the next one */
	MARK_SECTION,			/* the next section begins */
	MARK_ON,
	MARK_OFF,
};

/* @mark must be a constant. */
static inline __attribute__((always_inline)) void mark(const enum mark mark)
{
#ifdef __x86_64__
	asm volatile("nopl %c0(%%rax,%%rax,1)" : : "i" (mark) : "memory");
#endif
}

#endif /* ZCXFER_LAB_MARK_H */
