// SPDX-License-Identifier: GPL-2.0
/*
 * One method on one route, once. The sender waits at its channel before and after
 * it sends; in between lies all that is counted or timed, and nothing else.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "cpu.h"
#include "internal.h"

/* Seconds that a step may take. A Java machine under emulation takes its time. */
#define LONG	180
/* For what has been sent and is still on its way. */
#define SHORT	60

/* One run. */
struct run {
	struct task task;
	enum lab_cache cache;
	bool traced;
	struct process sender;
	struct process receiver;
	pid_t helper;
	struct lab_row *row;	/* what is measured goes there */
};

static int wrong(struct run *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The first thing that is wrong is told. Returns -1. */
static int wrong(struct run *r, const char *format, ...)
{
	va_list args;

	if (r->row->wrong[0])
		return -1;
	va_start(args, format);
	vsnprintf(r->row->wrong, sizeof(r->row->wrong), format, args);
	va_end(args);
	return -1;
}

/* Wait for a step of one of both. */
static int step(struct run *r, struct process *p, int seconds, struct report *report)
{
	const char *who = p == &r->sender ? "sender" : "receiver";
	int err = process_wait(p, report, seconds);

	if (err == -ETIMEDOUT && p == &r->receiver && r->sender.pid)
		return wrong(r, "sent, but not all has arrived %d seconds later", seconds);
	if (err == -ETIMEDOUT)
		return wrong(r, "the %s did nothing for %d seconds", who, seconds);
	if (err == -EINTR)
		return wrong(r, "interrupted");
	if (err)
		return wrong(r, "the %s died", who);
	if (report->err)
		return wrong(r, "%s: %s: %s", who, report->step, strerror(-report->err));
	return 0;
}

static int uncounted(struct run *r, int err)
{
	return wrong(r, "the kernel's counters cannot be read: %s", err == -EOVERFLOW ?
		     "there are more threads than they have room for" : strerror(-err));
}

static int start_measuring(struct run *r, struct cpu *cpu, struct timespec *start)
{
	clockid_t clocks[2];
	unsigned int nr = 0;
	int err = 0;

	if (!clock_getcpuclockid(r->sender.pid, &clocks[nr]))
		nr++;
	if (r->helper && !clock_getcpuclockid(r->helper, &clocks[nr]))
		nr++;
	process_settle(&r->sender);
	if (r->traced)
		err = trace_start();
	cpu_start(cpu, clocks, nr);
	clock_gettime(CLOCK_MONOTONIC, start);
	return err ? uncounted(r, err) : 0;
}

static int stop_measuring(struct run *r, const struct cpu *cpu,
			  const struct timespec *start)
{
	const struct traced who = {
		.pids = { r->sender.pid, r->helper },
		.nr = r->helper ? 2 : 1,
		.interface = r->task.route->interface,
		.disk = r->task.source->disk,
	};
	struct timespec end;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	r->row->wall_ns = (end.tv_sec - start->tv_sec) * 1e9 +
			  (end.tv_nsec - start->tv_nsec);
	r->row->cpu_ns = cpu_stop(cpu);
	process_settle(&r->sender);
	if (r->traced)
		err = trace_stop(&who, r->row);
	return err ? uncounted(r, err) : 0;
}

/* It sends, and the receiver has all. */
static int transfer(struct run *r)
{
	static struct cpu cpu;
	struct timespec start;
	struct report report;

	if (start_measuring(r, &cpu, &start))
		return -1;
	process_go(&r->sender);
	if (step(r, &r->sender, LONG, &report))
		return -1;
	memcpy(r->row->note, report.note, sizeof(r->row->note));
	if (step(r, &r->receiver, SHORT, &report))
		return -1;
	if (stop_measuring(r, &cpu, &start))
		return -1;
	if (report.value != NO_DIFFERENCE)
		return wrong(r, "what arrives differs from the file at byte %llu",
			     report.value);
	return 0;
}

/* The sender is there, up to what it is to send. */
static int with_sender(struct run *r)
{
	const char *why = NULL;
	struct report report;

	if (step(r, &r->sender, LONG, &report))
		return -1;
	r->helper = report.value;
	if (r->task.len)
		why = source_prepare(r->task.source, r->cache);
	if (why)
		return wrong(r, "%s", why);
	if (transfer(r))
		return -1;
	process_go(&r->sender);
	return 0;
}

static int with_receiver(struct run *r)
{
	struct report report;
	int err, code;

	if (step(r, &r->receiver, LONG, &report))
		return -1;
	r->task.port = report.value;
	err = process_start(&r->sender, sender_main, &r->task);
	if (err)
		return wrong(r, "cannot start a sender: %s", strerror(-err));
	err = with_sender(r);
	code = process_end(&r->sender, err ? 0 : SHORT);
	if (!err && code)
		return wrong(r, "the sender did not end as it should");
	return err;
}

/* Return: 0, or -1 with words in the row. */
static int run(struct run *r)
{
	int code, err = process_start(&r->receiver, receiver_main, &r->task);

	if (err)
		return wrong(r, "cannot start a receiver: %s", strerror(-err));
	err = with_receiver(r);
	code = process_end(&r->receiver, err ? 0 : SHORT);
	if (!err && code == 2)
		return wrong(r, "more arrives than the file has");
	if (!err && code)
		return wrong(r, "the receiver did not end as it should");
	return err;
}

/**
 * run_checked - check what arrives, and count what it takes
 * @route: the way, open
 * @source: the file
 * @row: what to run; what was counted is filled in
 * @traced: events_open() was called, so it can be counted
 *
 * Return: 0, or -1 with words in &lab_row.wrong.
 */
int run_checked(struct route *route, const struct source *source, struct lab_row *row,
		bool traced)
{
	const struct lab_range whole = { .len = source->len };
	struct run r = {
		.task = {
			.method = row->method,
			.route = route,
			.source = source,
			.ranges = &whole,
			.nr = 1,
			.len = source->len,
			.check = true,
		},
		.cache = row->cache,
		.traced = traced,
		.row = row,
	};
	int err = run(&r);

	row->cpu_ns = 0;
	row->wall_ns = 0;
	if (err || source_is_unchanged(source))
		return err;
	source_restore(source);
	return wrong(&r, "the file is not what it was");
}

/**
 * run_calibrate - count what looking takes: a method that does nothing
 * @route: the way, open
 * @source: the file
 *
 * Return: 0, or -1 after a message.
 */
int run_calibrate(struct route *route, const struct source *source)
{
	static const struct lab_method nothing = { .name = "nothing" };
	struct lab_row row = { .method = &nothing };
	struct run r = {
		.task = { .method = &nothing, .route = route, .source = source },
		.traced = true,
		.row = &row,
	};

	if (!run(&r))
		return 0;
	lab_error("cannot even send nothing: %s", row.wrong);
	return -1;
}

/**
 * run_timed - time a method
 * @route: the way, open
 * @source: the file
 * @row: what to run; its times become less, if this run took less
 *
 * Return: 0, or -1 with words in &lab_row.wrong.
 */
int run_timed(struct route *route, const struct source *source, struct lab_row *row)
{
	struct lab_row one = { .method = row->method };
	const struct lab_range whole = { .len = source->len };
	struct run r = {
		.task = {
			.method = row->method,
			.route = route,
			.source = source,
			.ranges = &whole,
			.nr = 1,
			.len = source->len,
		},
		.cache = row->cache,
		.row = &one,
	};

	if (run(&r)) {
		memcpy(row->wrong, one.wrong, sizeof(row->wrong));
		return -1;
	}
	if (!row->cpu_ns || one.cpu_ns < row->cpu_ns) {
		row->cpu_ns = one.cpu_ns;
		row->wall_ns = one.wall_ns;
	}
	return 0;
}
