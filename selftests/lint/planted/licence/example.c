// SPDX-License-Identifier: GPL-2.0-only
/* An example that a program under another licence could not copy from. */
