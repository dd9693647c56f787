// SPDX-License-Identifier: GPL-2.0-only
/* A progress bar on the terminal. */
#include <stdio.h>
#include <unistd.h>

#include "tool.h"

#define INTERVAL	0.2	/* seconds between drawings */
#define WIDTH		30

/**
 * progress_start - start the bar of a transfer
 * @bar: filled in
 * @total: bytes expected, 0 if unknown
 */
void progress_start(struct progress *bar, uint64_t total)
{
	bar->total = total;
	bar->start = tool_now();
	bar->drawn = bar->start;
	bar->shown = isatty(STDERR_FILENO);
}

static void draw(const struct progress *bar, uint64_t bytes, double seconds)
{
	double rate = seconds > 0 ? bytes / seconds : 0;
	int i, filled;

	fputs("\r", stderr);
	if (bar->total) {
		filled = (double)bytes / bar->total * WIDTH;
		fputc('[', stderr);
		for (i = 0; i < WIDTH; i++)
			fputc(i < filled ? '=' : ' ', stderr);
		fprintf(stderr, "] %3d%% ", (int)(100.0 * bytes / bar->total));
	}
	fprintf(stderr, "%.1f MB, %.1f MB/s", bytes / 1e6, rate / 1e6);
	if (bar->total && rate > 0)
		fprintf(stderr, ", %.0f s left", (bar->total - bytes) / rate);
	fputs("\033[K", stderr);
}

/**
 * progress_update - draw the bar, unless it was drawn a moment ago
 * @bar: the bar
 * @bytes: bytes moved so far
 */
void progress_update(struct progress *bar, uint64_t bytes)
{
	double now = tool_now();

	if (!bar->shown || now - bar->drawn < INTERVAL)
		return;
	draw(bar, bytes, now - bar->start);
	bar->drawn = now;
}

/**
 * progress_end - erase the bar
 * @bar: the bar
 */
void progress_end(struct progress *bar)
{
	if (bar->shown && bar->drawn > bar->start)
		fputs("\r\033[K", stderr);
}
