/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TAP output of the unit tests: one line for each check, and the plan at the end.
 */
#ifndef ZCXFER_TESTS_TAP_H
#define ZCXFER_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_checks, tap_failures;

static inline void tap_ok(bool ok, const char *fmt, ...)
{
	va_list args;

	printf("%sok %d - ", ok ? "" : "not ", ++tap_checks);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	tap_failures += !ok;
}

/* Prints the plan; returns the exit code of the test. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_checks);
	return tap_failures > 0;
}

#endif /* ZCXFER_TESTS_TAP_H */
