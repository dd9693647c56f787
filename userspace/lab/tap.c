// SPDX-License-Identifier: GPL-2.0-only
/* Rows as test results. */
#include "internal.h"

/**
 * tap_print - print a test result for each row
 * @out: the stream
 * @rows: rows
 * @nr: their number
 */
void tap_print(FILE *out, const struct lab_row *rows, size_t nr)
{
	size_t i;

	fprintf(out, "1..%zu\n", nr);
	for (i = 0; i < nr; i++) {
		const struct lab_row *row = &rows[i];
		bool bad = !row->skipped && row->wrong[0];

		fprintf(out, "%s %zu lab.%s.%s.%s", bad ? "not ok" : "ok", i + 1,
			route_names[row->route], cache_names[row->cache],
			row->method->name);
		if (row->skipped)
			fprintf(out, " # SKIP %s", row->skipped);
		fprintf(out, "\n");
		if (bad)
			fprintf(out, "# %s\n", row->wrong);
	}
}
