// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer send: messages of transfers that ended early. */
#include <errno.h>
#include <string.h>

#include "send.h"

/* Words for an errno of a file, where strerror() would not explain it. */
static const char *file_error(const struct sender *sender, int error)
{
	switch (error) {
	case EINVAL:
		return "its filesystem does not support splice";
	case EOPNOTSUPP:
		return "its filesystem does not support the given options";
	case EBUSY:
		return "is open for writing, which --stable excludes";
	case EACCES:
		return sender->flags & ZCXFER_F_STABLE ?
		       "is not yours, which --stable requires" : strerror(error);
	case ENFILE:
		return sender->flags & ZCXFER_F_STABLE ?
		       "--stable: all leases are in use (module parameter max_user_leases)" :
		       strerror(error);
	case EOVERFLOW:
		return "the ranges exceed `bytes per call` of zcxfer info";
	default:
		return strerror(error);
	}
}

/**
 * send_explain - print the reason for an early end, and how much was sent
 * @sender: the sender
 * @result: result of the call
 * @desc: index of the descriptor of @sender in which the call stopped
 */
void send_explain(const struct sender *sender,
		  const struct zcxfer_result *result,
		  unsigned int desc)
{
	const struct zcxfer_desc *range = &sender->descs[desc];
	const struct source *source = &sender->sources[desc];
	const char *name = source->name;

	switch (result->stop) {
	case ZCXFER_STOP_EOF:
		tool_error("%s: ends at byte %llu, %llu bytes before the end of the range",
			   name, range->offset, range->len);
		break;
	case ZCXFER_STOP_DESC:
		tool_error("%s: %s", name, source->stream ?
			   strerror(result->error) :
			   file_error(sender, result->error));
		break;
	case ZCXFER_STOP_MISS:
		tool_error("%s: byte %llu is not in the page cache", name,
			   range->offset);
		break;
	case ZCXFER_STOP_LEASE:
		tool_error("--stable: another process wants to write to one of the files");
		break;
	case ZCXFER_STOP_CALL:
		tool_error("/dev/zcxfer: %s", strerror(result->error));
		break;
	default:
		tool_error("%s: %s", sender->address, result->error == EPIPE ?
			   "the peer has closed the connection" :
			   strerror(result->error));
	}
	if (sender->tally.expected == TALLY_UNKNOWN)
		tool_error("stopped after %llu bytes", sender->tally.total.bytes);
	else
		tool_error("stopped after %llu of %llu bytes",
			   sender->tally.total.bytes,
			   (unsigned long long)sender->tally.expected);
}
