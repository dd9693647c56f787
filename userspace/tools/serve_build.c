// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds a reply: one array of descriptors for the head, the ranges of the file
 * and the text between them.
 *
 * All text of a reply is in one buffer, whose address may change while it grows.
 * A text descriptor therefore holds an offset into it until reply_finish().
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "serve.h"

/* The head, a part head and a range each, and the text after the last range. */
#define REPLY_DESCS	(1 + 2 * RANGES_MAX + 1)

/* The caller must call reply_free(), also after a failure. */
int reply_start(struct reply *reply)
{
	*reply = (struct reply){ .file = -1, .nr = 1 };
	/* Not cleared: most replies use a few of them. */
	reply->descs = malloc(REPLY_DESCS * sizeof(*reply->descs));
	reply->stream = open_memstream(&reply->text, &reply->text_len);
	return reply->descs && reply->stream ? 0 : -ENOMEM;
}

void reply_free(struct reply *reply)
{
	if (reply->stream)
		fclose(reply->stream);
	if (reply->file >= 0)
		close(reply->file);
	free(reply->text);
	free(reply->descs);
	*reply = (struct reply){ .file = -1 };
}

/* Returns the length of the text so far. */
size_t reply_mark(struct reply *reply)
{
	fflush(reply->stream);
	return reply->text_len;
}

/* Makes @desc describe the text written since @mark. */
static void reply_describe(struct reply *reply, struct zcxfer_desc *desc,
			   size_t mark)
{
	*desc = (struct zcxfer_desc){
		.type = ZCXFER_DESC_MEMORY,
		.addr = mark,
		.len = reply_mark(reply) - mark,
	};
}

/* Appends the text written since @mark to the reply. */
void reply_add_text(struct reply *reply, size_t mark)
{
	reply_describe(reply, &reply->descs[reply->nr++], mark);
}

/* Appends a range of the file to the reply. */
void reply_add_range(struct reply *reply, const struct range *range)
{
	reply->descs[reply->nr++] = zcxfer_file_range(reply->file, range->start,
						      range->len);
}

/* Starts the head, which is written last: it has the length of the rest. */
size_t reply_head(struct reply *reply, int status)
{
	size_t mark = reply_mark(reply);
	char date[HTTP_DATE_SIZE];
	__u64 length = 0;
	__u32 i;

	for (i = 1; i < reply->nr; i++)
		length += reply->descs[i].len;
	reply->status = status;
	http_format_date(time(NULL), date);
	fprintf(reply->stream, "HTTP/1.1 %d %s\r\n", status,
		http_reason(status));
	fprintf(reply->stream, "Server: zcxfer\r\nDate: %s\r\n", date);
	fprintf(reply->stream, "Connection: %s\r\n",
		reply->keep_alive ? "keep-alive" : "close");
	if (status != 304)
		fprintf(reply->stream, "Content-Length: %llu\r\n", length);
	return mark;
}

/* Ends the head and completes the reply. */
int reply_finish(struct reply *reply, size_t mark)
{
	bool failed;
	__u32 i;

	fputs("\r\n", reply->stream);
	reply_describe(reply, &reply->descs[0], mark);
	failed = ferror(reply->stream);
	failed |= fclose(reply->stream) != 0;
	reply->stream = NULL;
	if (failed)
		return -ENOMEM;

	for (i = 0; i < reply->nr; i++) {
		if (reply->descs[i].type == ZCXFER_DESC_MEMORY)
			reply->descs[i].addr += (uintptr_t)reply->text;
	}
	return 0;
}
