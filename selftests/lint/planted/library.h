/* SPDX-License-Identifier: GPL-2.0-only */
/* In C++ this function hides the structure. */
int zcxfer_submit(int dev);
