// SPDX-License-Identifier: GPL-2.0
/*
 * Takes request heads apart (RFC 9110, RFC 9112). Whatever could be read in two
 * ways is refused rather than guessed: two readers that guess differently, say
 * a proxy and this server, could be played off against each other.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "http.h"

/* What the head says that only matters until it is parsed. */
struct head_state {
	bool http_1_0;
	int hosts;
	bool close;
	bool keep_alive;
};

bool http_str_is(struct http_str str, const char *want)
{
	return str.len == strlen(want) && !strncasecmp(str.ptr, want, str.len);
}

/* The characters of a method or a header name. */
static bool is_token(struct http_str str)
{
	size_t i;

	for (i = 0; i < str.len; i++) {
		unsigned char c = str.ptr[i];

		if (!isalnum(c) && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return str.len > 0;
}

static struct http_str trim(struct http_str str)
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

/* Cuts @str at the first @c; false: there is none. */
static bool cut(struct http_str *str, char c, struct http_str *head)
{
	const char *end = str->len ? memchr(str->ptr, c, str->len) : NULL;

	if (!end)
		return false;
	*head = (struct http_str){ str->ptr, end - str->ptr };
	str->len -= head->len + 1;
	str->ptr = end + 1;
	return true;
}

/* Lines end with CR LF; a lone LF is taken as well, as everybody does. */
static bool next_line(struct http_str *rest, struct http_str *line)
{
	if (!cut(rest, '\n', line))
		return false;
	if (line->len && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* Bytes up to and with the empty line that ends the head; 0: not all there. */
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

	if (!cut(&line, ' ', &req->method) || !cut(&line, ' ', &req->target))
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
		more = cut(&value, ',', &option);
		option = trim(more ? option : value);
		if (http_str_is(option, "close"))
			state->close = true;
		else if (http_str_is(option, "keep-alive"))
			state->keep_alive = true;
	} while (more);
}

/* A header that may be there once. */
static int take_once(struct http_str *where, struct http_str value)
{
	if (where->ptr)
		return -400;
	*where = value;
	return 0;
}

static int parse_header(struct http_str line, struct http_request *req,
			struct head_state *state)
{
	struct http_str name, value;

	/* That also refuses folded lines: their names start with a blank. */
	if (!cut(&line, ':', &name) || !is_token(name))
		return -400;
	value = trim(line);
	if (memchr(value.ptr, '\0', value.len) ||
	    memchr(value.ptr, '\r', value.len))
		return -400;

	if (http_str_is(name, "Host"))
		state->hosts++;
	else if (http_str_is(name, "Connection"))
		parse_connection(value, state);
	else if (http_str_is(name, "Range"))
		return take_once(&req->range, value);
	else if (http_str_is(name, "If-Range"))
		return take_once(&req->if_range, value);
	else if (http_str_is(name, "If-Modified-Since"))
		return take_once(&req->if_modified_since, value);
	/* No request that is served has a body, and none is read. */
	else if (http_str_is(name, "Transfer-Encoding") ||
		 (http_str_is(name, "Content-Length") &&
		  !http_str_is(value, "0")))
		return -400;
	return 0;
}

/**
 * http_parse_request() - take the first request in @buf apart
 * @buf: what has arrived
 * @len: how much that is
 * @req: filled in; points into @buf
 *
 * Return: the length of the head, 0 if it has not all arrived, or minus the
 * HTTP status that it deserves.
 */
int http_parse_request(const char *buf, size_t len, struct http_request *req)
{
	struct head_state state = { };
	struct http_str rest, line;
	size_t skip = 0, head;
	int err;

	*req = (struct http_request){ };
	/* Empty lines before a request are left-overs of the one before. */
	while (skip < len && (buf[skip] == '\r' || buf[skip] == '\n'))
		skip++;
	head = head_length(buf + skip, len - skip);
	if (!head)
		return len >= HTTP_HEAD_MAX ? -431 : 0;
	if (skip + head > HTTP_HEAD_MAX)
		return -431;

	rest = (struct http_str){ buf + skip, head };
	next_line(&rest, &line);
	err = parse_request_line(line, req, &state);
	while (!err && next_line(&rest, &line) && line.len)
		err = parse_header(line, req, &state);
	if (err)
		return err;
	if (state.hosts > 1 || (!state.hosts && !state.http_1_0))
		return -400;
	req->keep_alive = !state.close &&
			  (!state.http_1_0 || state.keep_alive);
	return skip + head;
}
