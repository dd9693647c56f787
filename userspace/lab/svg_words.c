// SPDX-License-Identifier: GPL-2.0
/* Numbers and rows in the words of the lab's pictures. */
#include <stdlib.h>

#include "svg.h"

/** svg_route_words() - a route, in words */
const char *svg_route_words(enum lab_route route)
{
	static const char *const words[LAB_NR_ROUTES] = {
		[LAB_LOOPBACK] = "loopback",
		[LAB_NIC] = "NIC, scatter-gather on",
		[LAB_NIC_NO_SG] = "NIC, scatter-gather off",
	};

	return words[route];
}

/**
 * svg_share() - a count in times the length of the file
 * @row: whose
 * @count: which
 *
 * Return: 0 or more; -1 if it is not known.
 */
double svg_share(const struct lab_row *row, enum lab_count count)
{
	if (row->count[count] == LAB_UNKNOWN)
		return -1;
	return row->len ? (double)row->count[count] / row->len : 0;
}

/** svg_bytes() - a number of bytes, with a unit that makes it short */
const char *svg_bytes(__u64 bytes, char text[24])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double n = bytes / 1024.0;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(text, 24, "%u B", (unsigned int)bytes);
		return text;
	}
	while (n >= 1024 && unit < sizeof(units) / sizeof(*units) - 1) {
		n /= 1024;
		unit++;
	}
	snprintf(text, 24, "%.1f %s", n, units[unit]);
	return text;
}

/**
 * svg_words() - a text that is written piece by piece
 * @write: writes it
 * @of: what it is about
 *
 * Return: the text, to be freed, or NULL if there is no memory for it.
 */
char *svg_words(void (*write)(FILE *file, const void *of), const void *of)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		return NULL;
	write(file, of);
	if (fclose(file)) {
		free(text);
		return NULL;
	}
	return text;
}
