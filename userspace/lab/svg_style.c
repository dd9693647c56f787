// SPDX-License-Identifier: GPL-2.0
/* The style sheet of the lab's pictures: shapes, and colours for light and dark. */
#include <stdbool.h>

#include "svg.h"

/*
 * Colours, for a light and a dark background. CPU and DMA are orange and blue, which
 * colour-blind eyes tell apart; all text has a contrast of at least 4.5.
 */
static const struct colour {
	const char *selector;
	const char *property;
	const char *light;
	const char *dark;
} colours[] = {
	{ ".page", "fill", "#ffffff", "#15191f" },
	{ "text", "fill", "#1b1f24", "#e6e9ee" },
	{ "text.muted", "fill", "#57606a", "#9aa4b0" },
	{ "text.warn", "fill", "#b42318", "#ff8f85" },
	{ ".line", "stroke", "#8c959f", "#6e7885" },
	{ ".grid", "stroke", "#d8dee4", "#2e3640" },
	{ ".box rect", "fill", "#f3f5f8", "#222a34" },
	{ ".box rect", "stroke", "#57606a", "#9aa4b0" },
	{ ".idle rect", "fill", "none", "none" },
	{ ".idle rect", "stroke", "#b6bec8", "#4d5764" },
	{ ".idle text", "fill", "#6e7781", "#8b95a1" },
	{ ".cpu .stroke", "stroke", "#c2410c", "#ff9d4d" },
	{ ".cpu text.kind, .cpu .solid, .solid.cpu", "fill", "#c2410c", "#ff9d4d" },
	{ ".dma .stroke", "stroke", "#0b61a4", "#62b6f5" },
	{ ".dma text.kind, .dma .solid, .solid.dma", "fill", "#0b61a4", "#62b6f5" },
	{ ".ref .stroke", "stroke", "#6b7280", "#9ca3af" },
	{ ".ref text.kind, .ref .solid, .solid.ref", "fill", "#5f6773", "#9ca3af" },
	{ ".hollow", "stroke", "#ffffff", "#15191f" },
	{ ".halo", "stroke", "#ffffff", "#15191f" },
	{ "text.number", "fill", "#ffffff", "#15191f" },
	{ "rect.time", "fill", "#57606a", "#9aa4b0" },
	{ "rect.read-copy", "fill", "#f5b26b", "#f5b26b" },
	{ "rect.send-copy", "fill", "#dd7423", "#dd7423" },
	{ "rect.skb-copy", "fill", "#9c430b", "#b04d10" },
	{ "rect.cow-copy", "fill", "#fbe3bd", "#fbe3bd" },
	{ "rect.cow-copy", "stroke", "#dd7423", "#dd7423" },
	{ "text.dark", "fill", "#1b1f24", "#1b1f24" },
	{ "text.bright", "fill", "#ffffff", "#ffffff" },
	{ "rect.disk-dma, rect.nic-dma", "fill", "#e3f0fb", "#12324d" },
	{ "rect.disk-dma, rect.nic-dma", "stroke", "#0b61a4", "#62b6f5" },
	{ "text.dma", "fill", "#0b4f87", "#9fd2fb" },
};

/* What is the same on both. */
static const char shapes[] =
	"text{font-family:'Segoe UI','Noto Sans','Liberation Sans',Helvetica,Arial,sans-serif}\n"
	".bold{font-weight:600}\n"
	".stroke,.hollow,.line,.grid{fill:none}\n"
	".stroke,.hollow{stroke-linejoin:round}\n"
	".ref .stroke{stroke-dasharray:7 5}\n"
	".box rect{stroke-width:1.5}\n"
	".idle rect{stroke-dasharray:3 4}\n"
	".line{stroke-width:1.2;stroke-dasharray:2 3}\n"
	".halo{stroke-width:4;stroke-linejoin:round;paint-order:stroke}\n";

static void put_colours(FILE *file, bool dark)
{
	const struct colour *c;

	for (c = colours; c < colours + sizeof(colours) / sizeof(*colours); c++)
		fprintf(file, "%s{%s:%s}\n", c->selector, c->property,
			dark ? c->dark : c->light);
}

/** svg_style() - write the style sheet */
void svg_style(FILE *file)
{
	fputs("<style>\n", file);
	fputs(shapes, file);
	put_colours(file, false);
	fputs("@media (prefers-color-scheme: dark){\n", file);
	put_colours(file, true);
	fputs("}\n</style>\n", file);
}
