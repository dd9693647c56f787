// SPDX-License-Identifier: GPL-2.0
/* The receiver: a process on a CPU of its own, which takes all that comes. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

static int listen_at(const struct task *task, in_port_t *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr = task->route->address,
	};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&addr, len) ||
	    listen(listener, 1) || getsockname(listener, (struct sockaddr *)&addr, &len))
		return -errno;
	*port = addr.sin_port;
	return listener;
}

/*
 * Returns 0 or -errno; @differs is the first byte that is not the file's. All of it
 * is taken, even so: whether the sender sends as much as it should is another question.
 */
static int take(const struct task *task, int sock, __u64 *differs)
{
	static char data[LAB_CHUNK];
	/* Nothing is copied that nobody looks at. */
	int flags = task->check ? MSG_WAITALL : MSG_TRUNC;
	size_t done = 0;

	while (done < task->len) {
		ssize_t n = recv(sock, data, sizeof(data), flags);
		size_t same;

		if (n <= 0)
			return n ? -errno : -ENODATA;
		if (task->check && *differs == NO_DIFFERENCE) {
			same = pattern_differs(data, n & ~7, done);
			if (same != (size_t)(n & ~7))
				*differs = done + same;
		}
		done += n;
	}
	return done == task->len ? 0 : -EMSGSIZE;
}

/* receiver_main - what the process does: its exit code is 2 if too much came */
int receiver_main(int channel, const struct task *task)
{
	__u64 differs = NO_DIFFERENCE;
	int listener, sock, err;
	in_port_t port = 0;
	char byte;

	use_last_cpu(true);
	err = route_enter_receiver(task->route);
	listener = err ? err : listen_at(task, &port);
	report_step(channel, "listen", listener < 0 ? listener : 0, port, "");
	if (listener < 0)
		return 1;
	sock = accept(listener, NULL, NULL);
	err = sock < 0 ? -errno : take(task, sock, &differs);
	report_step(channel, "receive", err, differs, "");
	if (err)
		return 1;
	return recv(sock, &byte, 1, 0) > 0 ? 2 : 0;
}
