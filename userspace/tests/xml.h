/* SPDX-License-Identifier: GPL-2.0 */
/* As much of XML as a test of files that have it must know. */
#ifndef ZCXFER_TESTS_XML_H
#define ZCXFER_TESTS_XML_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline int count_of(const char *text, const char *what)
{
	int nr = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		nr++;
	}
	return nr;
}

/* The end of a reference to a character that begins at @text, or NULL. */
static inline const char *entity(const char *text)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;" };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strncmp(text, known[i], strlen(known[i])))
			return text + strlen(known[i]);
	return NULL;
}

/* The end of a tag that begins at @text, or NULL if its quotes are not in order. */
static inline const char *tag_end(const char *text)
{
	bool quoted = false;

	for (text++; *text; text++) {
		if (*text == '"')
			quoted = !quoted;
		else if (*text == '<')
			return NULL;
		else if (*text == '>' && !quoted)
			return text;
	}
	return NULL;
}

/* Each tag is closed by its own, one is the outermost, and no "&" or "<" is left alone. */
static inline bool is_xml(const char *text)
{
	const char *open[64], *end;
	int depth = 0, roots = 0;

	for (; *text; text = end + 1) {
		end = text;
		if (*text == '&') {
			end = entity(text);
			if (!end)
				return false;
			end--;
		}
		if ((unsigned char)*text < ' ' && *text != '\n')
			return false;
		if (*text != '<')
			continue;
		end = tag_end(text);
		if (!end || depth == 64)
			return false;
		if (text[1] == '?' || end[-1] == '/')
			continue;
		if (text[1] != '/') {
			roots += !depth;
			open[depth++] = text + 1;
			continue;
		}
		if (!depth || strncmp(open[--depth], text + 2, end - text - 2) ||
		    isalnum((unsigned char)open[depth][end - text - 2]))
			return false;
	}
	return !depth && roots == 1;
}

#endif /* ZCXFER_TESTS_XML_H */
