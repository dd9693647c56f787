// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parses request heads (RFC 9110, RFC 9112). Ambiguous heads are refused: a proxy
 * that understands one differently than this server could be made to forward a
 * request that it did not check (request smuggling).
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "http.h"

/* State that is needed only while the head is parsed. */
struct head_state {
	struct http_str length;
	bool http_1_0;
	bool chunked;
	int hosts;
	bool close;
	bool keep_alive;
};

bool http_str_is(struct http_str str, const char *want)
{
	return str.len == strlen(want) && !strncasecmp(str.ptr, want, str.len);
}

/* True if @str is not empty and consists of letters, digits and @more. */
static bool consists_of(struct http_str str, const char *more)
{
	size_t i;

	for (i = 0; i < str.len; i++) {
		unsigned char c = str.ptr[i];

		if (!isalnum(c) && (!c || !strchr(more, c)))
			return false;
	}
	return str.len > 0;
}

/* True if @str may be a method or the name of a header. */
static bool is_token(struct http_str str)
{
	return consists_of(str, "!#$%&'*+-.^_`|~");
}

/* Removes blanks at both ends. */
struct http_str http_trim(struct http_str str)
{
	while (str.len && (*str.ptr == ' ' || *str.ptr == '\t')) {
		str.ptr++;
		str.len--;
	}
	while (str.len && (str.ptr[str.len - 1] == ' ' ||
			   str.ptr[str.len - 1] == '\t'))
		str.len--;
	return str;
}

/* Cuts @str at the first @c; returns false if it has none. */
bool http_cut(struct http_str *str, char c, struct http_str *head)
{
	const char *end = str->len ? memchr(str->ptr, c, str->len) : NULL;

	if (!end)
		return false;
	*head = (struct http_str){ str->ptr, end - str->ptr };
	str->len -= head->len + 1;
	str->ptr = end + 1;
	return true;
}

/* Lines end with CR LF; a lone LF is accepted as well (RFC 9112, 2.2). */
static bool next_line(struct http_str *rest, struct http_str *line)
{
	if (!http_cut(rest, '\n', line))
		return false;
	if (line->len && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}

/**
 * http_next_field() - find the next header line with a name
 * @fields: &http_request.fields at first; moved behind the line that was found
 * @name: the name
 * @value: filled in
 *
 * A header whose value is a list may have several lines.
 *
 * Return: false if there is no other.
 */
bool http_next_field(struct http_str *fields, const char *name,
		     struct http_str *value)
{
	struct http_str line, found;

	while (next_line(fields, &line)) {
		if (http_cut(&line, ':', &found) && http_str_is(found, name)) {
			*value = http_trim(line);
			return true;
		}
	}
	return false;
}

/* Length of the head, including the empty line at its end; 0 if incomplete. */
static size_t head_length(const char *buf, size_t len)
{
	struct http_str rest = { buf, len }, line;

	while (next_line(&rest, &line)) {
		if (!line.len)
			return rest.ptr - buf;
	}
	return 0;
}

static int parse_request_line(struct http_str line, struct http_request *req,
			      struct head_state *state)
{
	size_t i;

	if (!http_cut(&line, ' ', &req->method) ||
	    !http_cut(&line, ' ', &req->target))
		return -400;
	if (!is_token(req->method) || !req->target.len)
		return -400;
	for (i = 0; i < req->target.len; i++) {
		if (!isgraph((unsigned char)req->target.ptr[i]))
			return -400;
	}
	if (line.len != 8 || strncmp(line.ptr, "HTTP/", 5) ||
	    !isdigit((unsigned char)line.ptr[5]) || line.ptr[6] != '.' ||
	    !isdigit((unsigned char)line.ptr[7]))
		return -400;
	if (line.ptr[5] != '1')
		return -505;
	state->http_1_0 = line.ptr[7] == '0';
	return 0;
}

static void parse_connection(struct http_str value, struct head_state *state)
{
	struct http_str option;
	bool more;

	do {
		more = http_cut(&value, ',', &option);
		option = http_trim(more ? option : value);
		if (http_str_is(option, "close"))
			state->close = true;
		else if (http_str_is(option, "keep-alive"))
			state->keep_alive = true;
	} while (more);
}

/* Stores the value of a header that must not be repeated. */
static int store_once(struct http_str *field, struct http_str value)
{
	if (field->ptr)
		return -400;
	*field = value;
	return 0;
}

static int parse_header(struct http_str line, struct http_request *req,
			struct head_state *state)
{
	struct http_str name, value;

	/* This also refuses folded lines, whose names start with a blank. */
	if (!http_cut(&line, ':', &name) || !is_token(name))
		return -400;
	value = http_trim(line);
	if (memchr(value.ptr, '\0', value.len) ||
	    memchr(value.ptr, '\r', value.len))
		return -400;

	if (http_str_is(name, "Host")) {
		if (value.len && !consists_of(value, "-._~!$&'()*+,;=:%[]"))
			return -400;
		state->hosts++;
	} else if (http_str_is(name, "Connection")) {
		parse_connection(value, state);
	} else if (http_str_is(name, "Range")) {
		return store_once(&req->range, value);
	} else if (http_str_is(name, "If-Range")) {
		return store_once(&req->if_range, value);
	} else if (http_str_is(name, "If-Modified-Since")) {
		return store_once(&req->if_modified_since, value);
	} else if (http_str_is(name, "If-Unmodified-Since")) {
		return store_once(&req->if_unmodified_since, value);
	} else if (http_str_is(name, "Content-Length")) {
		return store_once(&state->length, value);
	} else if (http_str_is(name, "Transfer-Encoding")) {
		state->chunked = true;
	}
	return 0;
}

/*
 * Decides whether the connection can go on after the request. A body is not read,
 * so the connection must end with the reply; a body whose end proxies may see in
 * different places is refused.
 */
static int finish_head(struct http_request *req, const struct head_state *state)
{
	bool body = state->chunked;
	size_t i;

	if (state->hosts > 1 || (!state->hosts && !state->http_1_0))
		return -400;
	if (state->length.ptr && (state->chunked || !state->length.len))
		return -400;
	for (i = 0; i < state->length.len; i++) {
		if (!isdigit((unsigned char)state->length.ptr[i]))
			return -400;
		body |= state->length.ptr[i] != '0';
	}
	req->keep_alive = !body && !state->close &&
			  (!state->http_1_0 || state->keep_alive);
	return 0;
}

/**
 * http_parse_request() - parse the first request head in @buf
 * @buf: bytes received
 * @len: number of bytes
 * @req: filled in; points into @buf
 *
 * Return: the length of the head, 0 if it is incomplete, or the negative HTTP
 * status of the error.
 */
int http_parse_request(const char *buf, size_t len, struct http_request *req)
{
	struct head_state state = { };
	struct http_str rest, line;
	size_t skip = 0, head;
	int err;

	*req = (struct http_request){ };
	/* Clients may send empty lines before a request (RFC 9112, 2.2). */
	while (skip < len && (buf[skip] == '\r' || buf[skip] == '\n'))
		skip++;
	head = head_length(buf + skip, len - skip);
	if (!head && len < HTTP_HEAD_MAX)
		return 0;
	if (!head || skip + head > HTTP_HEAD_MAX)
		return memchr(buf + skip, '\n', len - skip) ? -431 : -414;

	rest = (struct http_str){ buf + skip, head };
	next_line(&rest, &line);
	err = parse_request_line(line, req, &state);
	req->fields = rest;
	while (!err && next_line(&rest, &line) && line.len)
		err = parse_header(line, req, &state);
	if (!err)
		err = finish_head(req, &state);
	return err ? err : (int)(skip + head);
}
