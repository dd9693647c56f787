/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks for who counts instructions from outside (../instructions): instructions that
 * do nothing, with a number of ours in an operand that nothing looks at.
 */
#ifndef ZCXFER_MARK_H
#define ZCXFER_MARK_H

#include <sys/cdefs.h>

/* Of nopl OPERAND(%rax,%rax,1): four bytes of code, and the operand. */
enum mark {
	MARK_SECTION = 0x5ac35a01,	/* what follows goes by another name */
	MARK_ON,
	MARK_OFF,
};

/* Set a mark; which is known when this is compiled. */
static __always_inline void mark(const enum mark mark)
{
#ifdef __x86_64__
	asm volatile("nopl %c0(%%rax,%%rax,1)" : : "i" (mark) : "memory");
#endif
}

#endif
