/* SPDX-License-Identifier: GPL-2.0-only */
/* Planted: a layout with a hole in it. */
struct planted {
	char a;
	long long b;
};
