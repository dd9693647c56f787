// SPDX-License-Identifier: GPL-2.0
/*
 * The little of SVG that the lab's pictures need: text that is escaped and fits its
 * place, and a file that is whole or not there.
 *
 * How wide a text becomes is the viewer's font's to say, so it is guessed here, and
 * guessed wide.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "svg.h"

/* How wide a letter is, of the font's size. */
#define LETTER		0.6
#define BOLD_LETTER	0.66
/* Smaller than this, a text is cut rather than shrunk. */
#define SMALLEST	10.0

/**
 * svg_open() - begin a picture
 * @svg: the picture
 * @dir: where its file will be
 * @fmt: what the file will be called
 *
 * Return: 0, after which svg_close() must follow, or -errno.
 */
int svg_open(struct svg *svg, const char *dir, const char *fmt, ...)
{
	char *name;
	va_list args;
	int n;

	memset(svg, 0, sizeof(*svg));
	va_start(args, fmt);
	n = vasprintf(&name, fmt, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	n = asprintf(&svg->path, "%s/%s", dir, name);
	free(name);
	if (n < 0)
		return -ENOMEM;
	svg->body = open_memstream(&svg->text, &svg->len);
	if (!svg->body) {
		free(svg->path);
		return -ENOMEM;
	}
	return 0;
}

/** svg_put() - add markup as it is; to no picture, nothing */
void svg_put(struct svg *svg, const char *fmt, ...)
{
	va_list args;

	if (!svg)
		return;
	va_start(args, fmt);
	vfprintf(svg->body, fmt, args);
	va_end(args);
}

/* What XML has other uses for, and what it does not allow at all. */
static void put_escaped(FILE *file, const char *text, size_t len)
{
	for (; len; text++, len--) {
		if (*text == '&')
			fputs("&amp;", file);
		else if (*text == '<')
			fputs("&lt;", file);
		else if (*text == '>')
			fputs("&gt;", file);
		else if (*text == '"')
			fputs("&quot;", file);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			fputc(' ', file);
		else
			fputc(*text, file);
	}
}

/** svg_element() - add an element that is nothing but text, such as a title */
void svg_element(struct svg *svg, const char *name, const char *text)
{
	svg_put(svg, "<%s>", name);
	put_escaped(svg->body, text, strlen(text));
	svg_put(svg, "</%s>\n", name);
}

/* How wide the first @len bytes of @text are: UTF-8's long ones may be Chinese. */
static double width_of(const struct svg_text *at, const char *text, size_t len)
{
	double letter = strstr(at->style, "bold") ? BOLD_LETTER : LETTER;
	double width = 0;

	for (; len; text++, len--) {
		unsigned char c = *text;

		if (c >= 0xe0)
			width += 1;
		else if (c < 0x80 || c >= 0xc0)
			width += letter;
	}
	return width * at->size;
}

/* Write @len bytes of @text: smaller if they are too wide, and cut if that is not enough. */
static void put_text(struct svg *svg, const struct svg_text *at, const char *text, size_t len)
{
	struct svg_text fit = *at;
	size_t whole = len;

	while (width_of(&fit, text, len) > fit.width && fit.size > SMALLEST)
		fit.size -= 0.5;
	while (len && width_of(&fit, text, len) + (len < whole) * fit.size > fit.width) {
		do
			len--;
		while (len && (text[len] & 0xc0) == 0x80);
	}

	svg_put(svg, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\"", fit.x, fit.y, fit.size);
	svg_put(svg, " class=\"%s\" text-anchor=\"%s\">", fit.style,
		fit.anchor ? fit.anchor : "start");
	put_escaped(svg->body, text, len);
	svg_put(svg, "%s</text>\n", len < whole ? "…" : "");
}

/** svg_write() - add a line of text; to no picture, nothing */
void svg_write(struct svg *svg, const struct svg_text *at, const char *fmt, ...)
{
	char *text;
	va_list args;
	int n;

	if (!svg)
		return;
	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		svg->err = -ENOMEM;
		return;
	}
	put_text(svg, at, text, n);
	free(text);
}

/* How many bytes of @text fit on a line: whole words, at least one. */
static size_t line_of(const struct svg_text *at, const char *text)
{
	size_t fits = strcspn(text, " ");

	while (text[fits]) {
		size_t next = fits + 1 + strcspn(text + fits + 1, " ");

		if (width_of(at, text, next) > at->width)
			break;
		fits = next;
	}
	return fits;
}

/**
 * svg_wrap() - add a text on as many lines as it needs
 * @svg: the picture, or NULL if only the lines are to be counted
 * @at: where the first line is; the next are each 1.3 times the font's size below
 * @text: the text
 *
 * Return: how many lines it needs.
 */
int svg_wrap(struct svg *svg, const struct svg_text *at, const char *text)
{
	struct svg_text line = *at;
	int nr = 0;

	while (*text) {
		size_t len = line_of(at, text);

		if (svg)
			put_text(svg, &line, text, len);
		line.y += SVG_LINE * at->size;
		text += len;
		text += strspn(text, " ");
		nr++;
	}
	return nr;
}

static void put_picture(FILE *file, const struct svg *svg, double height, const char *title,
			const char *desc)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", file);
	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"", file);
	fputs(" aria-labelledby=\"title desc\"", file);
	fprintf(file, " width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\">\n", SVG_WIDTH, height,
		SVG_WIDTH, height);
	fputs("<title id=\"title\">", file);
	put_escaped(file, title, strlen(title));
	fputs("</title>\n<desc id=\"desc\">", file);
	put_escaped(file, desc, strlen(desc));
	fputs("</desc>\n", file);
	svg_style(file);
	fprintf(file, "<rect class=\"page\" width=\"%d\" height=\"%.0f\"/>\n", SVG_WIDTH, height);
	fwrite(svg->text, 1, svg->len, file);
	fputs("</svg>\n", file);
}

/* Written beside its place and then put there: a reader never sees half of it. */
static int put_file(const struct svg *svg, double height, const char *title, const char *desc)
{
	char *part;
	FILE *file;
	int err = 0;

	if (asprintf(&part, "%s.part", svg->path) < 0)
		return -ENOMEM;
	file = fopen(part, "we");
	if (!file) {
		err = -errno;
		goto out;
	}
	errno = 0;
	put_picture(file, svg, height, title, desc);
	if (ferror(file))
		err = errno ? -errno : -EIO;
	if (fclose(file) && !err)
		err = -errno;
	if (!err && rename(part, svg->path))
		err = -errno;
	if (err)
		unlink(part);
out:
	free(part);
	return err;
}

/**
 * svg_close() - end a picture, and write its file
 * @svg: the picture, opened by svg_open()
 * @height: how high it became
 * @title: what it is, for those who do not see it
 * @desc: what is on it, for the same
 *
 * Return: 0 or -errno: then there is no new file.
 */
int svg_close(struct svg *svg, double height, const char *title, const char *desc)
{
	int err = ferror(svg->body) ? -ENOMEM : svg->err;

	if (fclose(svg->body))
		err = -ENOMEM;
	if (!err)
		err = put_file(svg, height, title, desc);
	free(svg->text);
	free(svg->path);
	return err;
}
