// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accept-Encoding (RFC 9110, 12.5.3): "br;q=0.9, gzip, *;q=0".
 */
#include <ctype.h>
#include <string.h>

#include "http.h"

/*
 * Reads a weight, "0.5", as thousandths; -1 if it is none. At most three digits may
 * follow the point.
 */
static int parse_weight(struct http_str value)
{
	int weight, unit = 100;
	size_t i;

	if (!value.len || (*value.ptr != '0' && *value.ptr != '1'))
		return -1;
	weight = 1000 * (*value.ptr - '0');
	if (value.len > 5 || (value.len > 1 && value.ptr[1] != '.'))
		return -1;
	for (i = 2; i < value.len; i++, unit /= 10) {
		if (!isdigit((unsigned char)value.ptr[i]))
			return -1;
		weight += unit * (value.ptr[i] - '0');
	}
	return weight > 1000 ? -1 : weight;
}

/* Splits "gzip; q=0.5" into coding and weight. Returns false if it is malformed. */
static bool parse_element(struct http_str element, struct http_str *coding,
			  int *weight)
{
	struct http_str name;

	*weight = 1000;
	if (!http_cut(&element, ';', coding)) {
		*coding = http_trim(element);
		return coding->len > 0;
	}
	*coding = http_trim(*coding);
	if (!http_cut(&element, '=', &name) ||
	    !http_str_is(http_trim(name), "q"))
		return false;
	*weight = parse_weight(http_trim(element));
	return coding->len && *weight >= 0;
}

/**
 * http_coding_weight() - how much the client wants a content coding
 * @fields: header lines of the request
 * @coding: "br", "gzip" or "identity"
 *
 * "*" stands for all codings that are not listed. Unlisted, "identity" is acceptable,
 * but less than any coding that the client has asked for.
 *
 * Return: the weight in thousandths, 0 if the client does not accept the coding.
 */
int http_coding_weight(struct http_str fields, const char *coding)
{
	struct http_str list, element, name;
	int weight, other = -1;
	bool more;

	while (http_next_field(&fields, "Accept-Encoding", &list)) {
		do {
			more = http_cut(&list, ',', &element);
			if (!parse_element(more ? element : list, &name,
					   &weight))
				continue;
			/* "x-gzip" is an old name of gzip. */
			if (http_str_is(name, coding) ||
			    (http_str_is(name, "x-gzip") &&
			     !strcmp(coding, "gzip")))
				return weight;
			if (http_str_is(name, "*"))
				other = weight;
		} while (more);
	}
	if (other >= 0)
		return other;
	return strcmp(coding, "identity") ? 0 : 1;
}
