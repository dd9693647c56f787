// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preconditions (RFC 9110, 13): a client names the state of a file that it has, by
 * entity tag or date, and asks for the file only if it has, or has not, changed.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http.h"

/**
 * http_set_validators() - fill in the validators of a file
 * @val: filled in
 * @st: attributes of the file
 * @now: the current time
 *
 * The tag is strong: a file that gets other bytes gets another time of modification
 * (in nanoseconds), size or inode. The date must not be in the future, which it is
 * if the clock of the machine that wrote the file was ahead.
 */
void http_set_validators(struct http_validators *val, const struct stat *st,
			 time_t now)
{
	*val = (struct http_validators){
		.modified = st->st_mtime < now ? st->st_mtime : now,
		.now = now,
		.has_date = true,
	};
	snprintf(val->etag, sizeof(val->etag), "\"%llx-%llx-%llx\"",
		 (unsigned long long)st->st_mtime * 1000000000 +
			st->st_mtim.tv_nsec,
		 (unsigned long long)st->st_size,
		 (unsigned long long)st->st_ino);
}

/*
 * Reads the next entity tag of a list; @weak is set if it starts with "W/". Returns
 * false at the end, or if the rest is not a list of tags. A tag may contain commas.
 */
static bool next_tag(struct http_str *list, struct http_str *tag, bool *weak)
{
	const char *quote;

	while (list->len && strchr(" \t,", *list->ptr)) {
		list->ptr++;
		list->len--;
	}
	*weak = list->len >= 2 && !memcmp(list->ptr, "W/", 2);
	if (*weak) {
		list->ptr += 2;
		list->len -= 2;
	}
	if (list->len < 2 || *list->ptr != '"')
		return false;
	quote = memchr(list->ptr + 1, '"', list->len - 1);
	if (!quote)
		return false;
	*tag = (struct http_str){ list->ptr, quote + 1 - list->ptr };
	list->ptr += tag->len;
	list->len -= tag->len;
	return true;
}

/* Entity tags are case-sensitive. */
static bool tag_is(struct http_str tag, const char *want)
{
	return tag.len == strlen(want) && !memcmp(tag.ptr, want, tag.len);
}

/**
 * enum outcome - of the header If-Match or If-None-Match
 * @ABSENT: the request does not have it
 * @NO_MATCH: none of its tags is the file's
 * @MATCH: one of them is, or the value is "*"
 */
enum outcome {
	ABSENT,
	NO_MATCH,
	MATCH,
};

/* Compares the tags of a header, in one or several lines, with that of the file. */
static enum outcome match(const struct http_request *req, const char *name,
			  const char *etag, bool weak_matches)
{
	struct http_str fields = req->fields, list, tag;
	enum outcome outcome = ABSENT;
	bool weak;

	while (http_next_field(&fields, name, &list)) {
		if (outcome == ABSENT)
			outcome = NO_MATCH;
		if (http_str_is(list, "*"))
			return MATCH;
		while (next_tag(&list, &tag, &weak)) {
			if (tag_is(tag, etag) && (!weak || weak_matches))
				return MATCH;
		}
	}
	return outcome;
}

/* True if the file has changed after the date @value; @invalid if it is no date. */
static bool changed_since(struct http_str value,
			  const struct http_validators *val, bool invalid)
{
	time_t since;

	if (!val->has_date || !http_parse_date(value, &since))
		return invalid;
	return val->modified > since;
}

/**
 * http_check_conditions() - evaluate all preconditions but If-Range
 * @req: a request with the method GET or HEAD
 * @val: validators of what would be sent
 *
 * The order is that of RFC 9110, 13.2.2: a date is ignored if the request has the
 * corresponding tags, and what protects from a change comes first.
 *
 * Return: 0 to send the file, 304 if the client has it already, or 412 if it is not
 * what the client expects.
 */
int http_check_conditions(const struct http_request *req,
			  const struct http_validators *val)
{
	enum outcome outcome = match(req, "If-Match", val->etag, false);

	if (outcome == NO_MATCH)
		return 412;
	if (outcome == ABSENT &&
	    changed_since(req->if_unmodified_since, val, false))
		return 412;

	outcome = match(req, "If-None-Match", val->etag, true);
	if (outcome == MATCH)
		return 304;
	if (outcome == ABSENT &&
	    !changed_since(req->if_modified_since, val, true))
		return 304;
	return 0;
}

/**
 * http_range_applies() - evaluate If-Range
 * @req: the request
 * @val: validators of what would be sent
 *
 * A date matches only if it is the file's and has passed by more than a second.
 * Within one second the file may have been written twice, and the client would join
 * parts of two versions.
 *
 * Return: false if Range must be ignored.
 */
bool http_range_applies(const struct http_request *req,
			const struct http_validators *val)
{
	time_t date;

	if (!req->if_range.ptr)
		return true;
	if (req->if_range.len && req->if_range.ptr[req->if_range.len - 1] == '"')
		return *val->etag && tag_is(req->if_range, val->etag);
	return val->has_date && http_parse_date(req->if_range, &date) &&
	       date == val->modified && date + 1 < val->now;
}
