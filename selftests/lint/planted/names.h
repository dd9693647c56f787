/* SPDX-License-Identifier: GPL-2.0-only */
/* Planted: the book does not document this. */
#define ZCXFER_NOT_IN_ANY_CHAPTER	1
