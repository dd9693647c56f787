// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sender: a process in which a method runs. The lab measures from outside what it
 * does between two steps; or it measures itself, in batches: then the CPU time of the
 * sending of a batch alone counts. What a wake-up costs when a socket is full depends
 * on how the two processes happen to meet, not on the method: so a batch fits into the
 * socket's buffers, and between batches the sender waits, unmeasured, until the receiver
 * has drained the socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core.h"
#include "mark.h"

/**
 * lab_send - send ranges of the file by a method
 * @method: the method
 * @t: the transfer, prepared
 * @ranges: the ranges
 * @nr: how many, at most %LAB_MAX_RANGES
 *
 * Return: 0 or -errno.
 */
int lab_send(const struct lab_method *method, struct lab_transfer *t,
	     const struct lab_range *ranges, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	if (method->sendv)
		return method->sendv(t, ranges, nr);
	for (i = 0; i < nr && !err; i++) {
		t->more = i + 1 < nr;
		err = method->send(t, ranges[i]);
	}
	return err;
}

static int send_responses(const struct task *task, struct lab_transfer *t,
			  unsigned int nr)
{
	int err = 0;

	while (nr-- && !err) {
		mark(MARK_ON);
		err = lab_send(task->method, t, task->ranges, task->nr);
		mark(MARK_OFF);
	}
	return err;
}

static int await_ack(const struct task *task)
{
	char byte;

	return read(task->acks[0], &byte, 1) == 1 ? 0 : -EPIPE;
}

/* About @responses: whole batches. The report's times are set, for one response. */
static int send_batches(const struct task *task, struct lab_transfer *t,
			unsigned int responses, struct report *report)
{
	double wall = lab_ns(CLOCK_MONOTONIC), cpu = 0;
	unsigned int sent;
	int err = 0;

	for (sent = 0; sent < responses && !err; sent += task->batch) {
		cpu -= lab_ns(CLOCK_PROCESS_CPUTIME_ID);
		err = send_responses(task, t, task->batch);
		cpu += lab_ns(CLOCK_PROCESS_CPUTIME_ID);
		err = err ?: await_ack(task);
	}
	report->cpu_ns = cpu / sent;
	report->wall_ns = (lab_ns(CLOCK_MONOTONIC) - wall) / sent;
	return err;
}

/* Return: 0 or -errno; @step is set to the step that was reached. */
static int prepare(const struct task *task, struct lab_transfer *t, const char **step)
{
	int err;

	*step = "enter the route";
	err = route_enter_sender(task->route);
	if (err)
		return err;
	*step = "connect";
	t->sock = receiver_connect(task->route->address, task->port, task->buffers);
	if (t->sock < 0)
		return t->sock;
	*step = "open";
	t->file = open(t->path, O_RDONLY | O_CLOEXEC);
	if (t->file < 0)
		return -errno;
	*step = "prepare";
	return task->method->prepare ? task->method->prepare(t) : 0;
}

/* sender_main - what the process does */
int sender_main(int channel, const void *arg)
{
	const struct task *task = arg;
	struct lab_transfer t = {
		.path = task->source->path,
		.len = task->source->len,
		.chunk = task->chunk,
	};
	unsigned int responses;
	const char *step;
	int err;

	/* Or the end of the receiver would not be noticed. */
	if (task->batch)
		close(task->acks[1]);
	use_last_cpu(false);
	err = prepare(task, &t, &step);
	report_step(channel, step, (struct report){ .err = err, .value = t.helper });
	if (err)
		return 1;
	while ((responses = await_go(channel))) {
		struct report report = { .err = 0 };

		report.err = task->batch ? send_batches(task, &t, responses, &report) :
			send_responses(task, &t, responses);
		memcpy(report.note, t.note, sizeof(report.note));
		report_step(channel, "send", report);
	}
	if (task->method->finish)
		task->method->finish(&t);
	return 0;
}
