/* SPDX-License-Identifier: GPL-2.0 */
/* A check that a text is well-formed XML, of the subset that the lab writes. */
#ifndef ZCXFER_TESTS_XML_H
#define ZCXFER_TESTS_XML_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline int count_of(const char *text, const char *part)
{
	int nr = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		nr++;
	}
	return nr;
}

/* Returns the end of the character reference at @text, or NULL if it is none. */
static inline const char *entity(const char *text)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;" };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strncmp(text, known[i], strlen(known[i])))
			return text + strlen(known[i]);
	return NULL;
}

/* Returns the end of the tag at @text, or NULL if it is malformed. */
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

/*
 * True if the tags are nested and closed in one outermost tag, and if each "&" and
 * "<" begins a reference or a tag.
 */
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
