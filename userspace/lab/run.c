// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run: one method on one route. The sender waits at its channel before and after it
 * sends, so that nothing else is counted or timed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cpu.h"
#include "core.h"

/* Seconds that a step may take: a Java machine is slow under emulation. */
#define LONG	180
/* The same, for the arrival of what has been sent. */
#define SHORT	60

static int wrong(struct run *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Record the first error. Returns -1. */
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

/* Wait for a step of the sender or of the receiver. */
static int step(struct run *r, struct process *p, int seconds, struct report *report)
{
	const char *name = p == &r->sender ? "sender" : "receiver";
	int err = process_wait(p, report, seconds);

	if (err == -ETIMEDOUT && p == &r->receiver && r->sender.pid)
		return wrong(r, "sent, but not all has arrived %d seconds later", seconds);
	if (err == -ETIMEDOUT)
		return wrong(r, "the %s did nothing for %d seconds", name, seconds);
	if (err == -EINTR)
		return wrong(r, "interrupted");
	if (err)
		return wrong(r, "the %s died", name);
	if (report->err)
		return wrong(r, "%s: %s: %s", name, report->step, strerror(-report->err));
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
	const struct traced traced = {
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
		err = trace_stop(&traced, r->row);
	return err ? uncounted(r, err) : 0;
}

/* Until the receiver has all. */
static int transfer(struct run *r)
{
	static struct cpu cpu;
	struct timespec start;
	struct report report;

	if (start_measuring(r, &cpu, &start))
		return -1;
	process_go(&r->sender, r->task.responses);
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

static int start_both(struct run *r)
{
	struct report report;
	int err = process_start(&r->receiver, receiver_main, &r->task);

	if (err)
		return wrong(r, "cannot start a receiver: %s", strerror(-err));
	if (step(r, &r->receiver, LONG, &report))
		return -1;
	r->task.port = report.value;
	err = process_start(&r->sender, sender_main, &r->task);
	if (err)
		return wrong(r, "cannot start a sender: %s", strerror(-err));
	if (step(r, &r->sender, LONG, &report))
		return -1;
	r->helper = report.value;
	return 0;
}

/**
 * run_open - start the sender and the receiver, connected
 * @r: the run, its task is set but for what this sets
 *
 * Return: 0, or -1 with the error in &lab_row.wrong; then nothing is left to close.
 */
int run_open(struct run *r)
{
	bool acks = r->task.batch;
	int err;

	if (acks && pipe2(r->task.acks, O_CLOEXEC))
		return wrong(r, "cannot make a pipe: %s", strerror(errno));
	err = start_both(r);
	if (acks) {
		close(r->task.acks[0]);
		close(r->task.acks[1]);
	}
	return err ? run_close(r, err) : 0;
}

/**
 * run_sample - send responses, which the sender measures
 * @r: an open run whose task has batches
 * @responses: about how many: whole batches are sent
 * @report: the times of one response
 *
 * Return: 0, or -1 with the error in &lab_row.wrong.
 */
int run_sample(struct run *r, unsigned int responses, struct report *report)
{
	process_go(&r->sender, responses);
	return step(r, &r->sender, LONG, report);
}

/**
 * run_close - end the sender and the receiver
 * @r: the run
 * @err: the run has failed, so they are killed
 *
 * Return: 0, or -1 with the error in &lab_row.wrong.
 */
int run_close(struct run *r, int err)
{
	int seconds = err ? 0 : SHORT, sent = 0, received = 0;

	if (r->sender.pid > 0) {
		if (!err)
			process_go(&r->sender, 0);
		sent = process_end(&r->sender, seconds);
	}
	if (r->receiver.pid > 0)
		received = process_end(&r->receiver, seconds);
	r->sender.pid = 0;
	r->receiver.pid = 0;
	if (err)
		return -1;
	if (sent)
		return wrong(r, "the sender did not end as it should");
	if (received == 2)
		return wrong(r, "more arrives than the file has");
	if (received)
		return wrong(r, "the receiver did not end as it should");
	return 0;
}

/**
 * run_once - send all responses, measured by the lab, and wait until they have arrived
 * @r: the run, its task is set but for what run_open() sets
 *
 * Return: 0, or -1 with the error in &lab_row.wrong.
 */
int run_once(struct run *r)
{
	const char *problem = NULL;
	int err = run_open(r);

	if (err)
		return err;
	if (!r->as_is)
		problem = source_prepare(r->task.source, r->cache);
	err = problem ? wrong(r, "%s", problem) : transfer(r);
	return run_close(r, err);
}

static struct task whole_file(const struct lab_method *method, struct route *route,
			      const struct source *source, const struct lab_range *whole)
{
	return (struct task) {
		.method = method,
		.route = route,
		.source = source,
		.ranges = whole,
		.nr = 1,
		.len = whole->len,
		.chunk = LAB_CHUNK,
		.responses = 1,
	};
}

/**
 * run_checked - run a method, compare what arrives, and count
 * @route: the route, open
 * @source: the file
 * @row: what to run; its counters are set
 * @traced: events_open() was called, so the run can be counted
 *
 * Return: 0, or -1 with the error in &lab_row.wrong.
 */
int run_checked(struct route *route, const struct source *source, struct lab_row *row,
		bool traced)
{
	const struct lab_range whole = { .len = source->len };
	struct run r = {
		.task = whole_file(row->method, route, source, &whole),
		.cache = row->cache,
		.traced = traced,
		.row = row,
	};
	int err;

	r.task.take = TAKE_COMPARE;
	err = run_once(&r);
	row->cpu_ns = 0;
	row->wall_ns = 0;
	if (err || source_is_unchanged(source))
		return err;
	source_restore(source);
	return wrong(&r, "the file has changed");
}

/**
 * run_calibrate - count what reading the counters costs, by a run that sends nothing
 * @route: the route, open
 * @source: the file
 *
 * Return: 0, or -1 after a message.
 */
int run_calibrate(struct route *route, const struct source *source)
{
	static const struct lab_method nothing = { .name = "nothing" };
	struct lab_row row = { .method = &nothing };
	struct run r = {
		.task = {
			.method = &nothing,
			.route = route,
			.source = source,
			.responses = 1,
		},
		.as_is = true,
		.traced = true,
		.row = &row,
	};

	if (!run_once(&r))
		return 0;
	lab_error("cannot send nothing: %s", row.wrong);
	return -1;
}

/**
 * run_timed - time a method
 * @route: the route, open
 * @source: the file
 * @row: what to run; its times are set if this run took less
 *
 * Return: 0, or -1 with the error in &lab_row.wrong.
 */
int run_timed(struct route *route, const struct source *source, struct lab_row *row)
{
	struct lab_row one = { .method = row->method };
	const struct lab_range whole = { .len = source->len };
	struct run r = {
		.task = whole_file(row->method, route, source, &whole),
		.cache = row->cache,
		.row = &one,
	};

	if (run_once(&r)) {
		memcpy(row->wrong, one.wrong, sizeof(row->wrong));
		return -1;
	}
	if (!row->cpu_ns || one.cpu_ns < row->cpu_ns) {
		row->cpu_ns = one.cpu_ns;
		row->wall_ns = one.wall_ns;
	}
	return 0;
}
