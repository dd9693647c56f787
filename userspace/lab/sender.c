// SPDX-License-Identifier: GPL-2.0
/*
 * The sender: a process in which a method runs. What is measured is between two
 * looks of the lab, which this process waits for.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

static int connect_to(const struct task *task)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr = task->route->address,
		.sin_port = task->port,
	};
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sock < 0 || connect(sock, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return sock;
}

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

/* Return: 0 or -errno; @step says where it was. */
static int prepare(const struct task *task, struct lab_transfer *t, const char **step)
{
	int err;

	*step = "enter the route";
	err = route_enter_sender(task->route);
	if (err)
		return err;
	*step = "connect";
	t->sock = connect_to(task);
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
int sender_main(int channel, const struct task *task)
{
	struct lab_transfer t = {
		.path = task->source->path,
		.len = task->source->len,
		.chunk = LAB_CHUNK,
	};
	const char *step;
	int err;

	use_last_cpu(false);
	err = prepare(task, &t, &step);
	report_step(channel, step, err, t.helper, "");
	if (err)
		return 1;
	await_go(channel);
	err = lab_send(task->method, &t, task->ranges, task->nr);
	report_step(channel, "send", err, 0, t.note);
	await_go(channel);
	if (task->method->finish)
		task->method->finish(&t);
	return 0;
}
