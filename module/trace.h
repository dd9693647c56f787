/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of zcxfer, for debugging and for tests. Their fields follow the code,
 * so they are no stable interface. Lengths are in bytes.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM zcxfer

#if !defined(_ZCX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _ZCX_TRACE_H

#include <linux/tracepoint.h>

#include "transfer.h"

TRACE_EVENT(zcxfer_start,
	TP_PROTO(const struct zcx_xfer *xfer),
	TP_ARGS(xfer),
	TP_STRUCT__entry(
		__field(const void *, xfer)
		__field(unsigned int, ranges)
		__field(u64, total)
		__field(unsigned int, msg_flags)
	),
	TP_fast_assign(
		__entry->xfer = xfer;
		__entry->ranges = xfer->ranges.nr;
		__entry->total = xfer->ranges.total;
		__entry->msg_flags = xfer->msg_flags;
	),
	TP_printk("xfer=%p ranges=%u total=%llu msg_flags=0x%x",
		  __entry->xfer, __entry->ranges, __entry->total,
		  __entry->msg_flags)
);

/* One batch: its size, how much of it was moved, and the position afterwards. */
DECLARE_EVENT_CLASS(zcxfer_batch,
	TP_PROTO(const struct zcx_xfer *xfer, size_t moved),
	TP_ARGS(xfer, moved),
	TP_STRUCT__entry(
		__field(const void *, xfer)
		__field(unsigned int, pieces)
		__field(size_t, bytes)
		__field(size_t, moved)
		__field(unsigned int, range)
		__field(u64, done)
	),
	TP_fast_assign(
		__entry->xfer = xfer;
		__entry->pieces = xfer->batch->nr;
		__entry->bytes = xfer->batch->bytes;
		__entry->moved = moved;
		__entry->range = xfer->at.range;
		__entry->done = xfer->at.done;
	),
	TP_printk("xfer=%p pieces=%u bytes=%zu moved=%zu now_at=%u+%llu",
		  __entry->xfer, __entry->pieces, __entry->bytes,
		  __entry->moved, __entry->range, __entry->done)
);

/* A batch that was gathered from the ranges and sent into the socket. */
DEFINE_EVENT(zcxfer_batch, zcxfer_gather,
	TP_PROTO(const struct zcx_xfer *xfer, size_t moved),
	TP_ARGS(xfer, moved)
);

/* A batch that was peeked at in the socket and written into files. */
DEFINE_EVENT(zcxfer_batch, zcxfer_scatter,
	TP_PROTO(const struct zcx_xfer *xfer, size_t moved),
	TP_ARGS(xfer, moved)
);

TRACE_EVENT(zcxfer_done,
	TP_PROTO(const struct zcx_xfer *xfer),
	TP_ARGS(xfer),
	TP_STRUCT__entry(
		__field(const void *, xfer)
		__field(u64, referenced)
		__field(u64, copied)
		__field(u64, socket_calls)
		__field(unsigned int, desc)
		__field(unsigned int, verdict)
		__field(int, error)
		__field(unsigned int, reasons)
	),
	TP_fast_assign(
		__entry->xfer = xfer;
		__entry->referenced = xfer->counts.referenced;
		__entry->copied = xfer->counts.copied;
		__entry->socket_calls = xfer->counts.socket_calls;
		__entry->desc = xfer->at.range;
		__entry->verdict = xfer->verdict;
		__entry->error = xfer->error;
		__entry->reasons = xfer->counts.reasons;
	),
	TP_printk("xfer=%p referenced=%llu copied=%llu reasons=0x%x socket_calls=%llu desc=%u verdict=%u error=%d",
		  __entry->xfer, __entry->referenced, __entry->copied,
		  __entry->reasons, __entry->socket_calls, __entry->desc,
		  __entry->verdict, __entry->error)
);

#endif /* _ZCX_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
