// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls the ladder's modules, one operation after the other:
 *
 *	try FILE OPERATION...
 *
 * A first send opens a TCP connection of the program with itself over loopback.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ladder.h"

static const char usage[] =
	"usage: try FILE OPERATION...\n"
	"  at=POS len=N   the bytes for what follows (at first 0 and 4096)\n"
	"  cached         step 3: how many of their pages are cached\n"
	"  copy           step 4: copy bytes of one page\n"
	"  refs           step 4: count the references to the page\n"
	"  fill           write to the connection until the peer's window is full\n"
	"  send5 send6 send7   steps 5 to 7: send bytes of one page\n"
	"  change         write to the file\n"
	"  receive        receive all that was sent\n"
	"  wait           step 6: wait for the notification\n"
	"  released       step 6: show whether there is one\n";

static int file, sender = -1, receiver, released;
static uint64_t pos;
static uint32_t len = 4096;
static uint64_t filled, sent;	/* bytes on the way: zeros, and then pages */

static int check(const char *name, int n)
{
	if (n < 0) {
		fprintf(stderr, "try: %s: %s\n", name, strerror(errno));
		exit(1);
	}
	return n;
}

static int device(int step)
{
	char name[] = "/dev/ladderN";

	name[strlen(name) - 1] = '0' + step;
	return check(name, open(name, O_RDWR | O_CLOEXEC));
}

static void connect_to_self(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t size = sizeof(to);
	int listener = check("socket", socket(AF_INET, SOCK_STREAM, 0));
	int small = 16384;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check("SO_RCVBUF", setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small,
				      sizeof(small)));
	check("listen", listen(listener, 1));
	check("getsockname", getsockname(listener, (struct sockaddr *)&to, &size));
	sender = check("socket", socket(AF_INET, SOCK_STREAM, 0));
	check("connect", connect(sender, (struct sockaddr *)&to, sizeof(to)));
	receiver = check("accept", accept(listener, NULL, NULL));
	released = check("eventfd", eventfd(0, EFD_NONBLOCK));
	close(listener);
}

/* The window is full if data waits to be sent although all that was sent is acknowledged. */
static void fill_window(void)
{
	static const char zeros[4096];
	struct tcp_info info;
	socklen_t size = sizeof(info);

	do {
		ssize_t n = send(sender, zeros, sizeof(zeros), MSG_DONTWAIT);

		filled += n > 0 ? n : 0;
		check("TCP_INFO", getsockopt(sender, IPPROTO_TCP, TCP_INFO, &info, &size));
	} while (info.tcpi_unacked || !info.tcpi_notsent_bytes);
	printf("fill: the peer's window is full\n");
}

static void send_page(int step)
{
	struct ladder_send args = {
		.file = file, .sock = sender, .pos = pos, .len = len,
		.released = step == 6 ? released : -1,
	};
	int dev = device(step), n = check("LADDER_SEND", ioctl(dev, LADDER_SEND, &args));

	sent += n;
	printf("send%d: %d bytes\n", step, n);
	close(dev);
}

/* Prints the bytes up to the first that cannot be printed. */
static void show(const char *name, const char *bytes, size_t n)
{
	size_t shown = 0;

	while (shown < n && shown < 24 && bytes[shown] >= ' ' && bytes[shown] <= '~')
		shown++;
	printf("%s: %zu bytes, \"%.*s\"\n", name, n, (int)shown, bytes);
}

static void receive_all(void)
{
	char *bytes = malloc(filled + sent);
	uint64_t n = 0;

	while (n < filled + sent)
		n += check("recv", recv(receiver, bytes + n, filled + sent - n, 0));
	show("receive", bytes + filled, sent);
	filled = 0;
	sent = 0;
	free(bytes);
}

static void copy_page(void)
{
	char *bytes = malloc(len);
	struct ladder_copy args = {
		.fd = file, .pos = pos, .len = len, .buf = (uintptr_t)bytes,
	};
	int dev = device(4);

	show("copy", bytes, check("LADDER_COPY", ioctl(dev, LADDER_COPY, &args)));
	close(dev);
	free(bytes);
}

static void count_refs(void)
{
	struct ladder_refs args = { .fd = file, .pos = pos };
	int dev = device(4);

	printf("refs: %d\n", check("LADDER_REFS", ioctl(dev, LADDER_REFS, &args)));
	close(dev);
}

static void count_cached(void)
{
	struct ladder_cached args = { .fd = file, .pos = pos, .len = len };
	int dev = device(3);

	check("LADDER_CACHED", ioctl(dev, LADDER_CACHED, &args));
	printf("cached: %llu\n", (unsigned long long)args.cached);
	close(dev);
}

static void change_file(void)
{
	static const char bytes[] = "changed by write";

	check("pwrite", pwrite(file, bytes, strlen(bytes), pos));
	printf("change: \"%s\"\n", bytes);
}

static void notification(int wait)
{
	uint64_t count = 0;
	ssize_t n;

	check("fcntl", fcntl(released, F_SETFL, wait ? 0 : O_NONBLOCK));
	n = read(released, &count, sizeof(count));
	printf("released: %s\n", n < 0 ? "not yet" : "yes");
}

static int run(const char *op)
{
	if (sender < 0 && (!strncmp(op, "send", 4) || !strcmp(op, "fill")))
		connect_to_self();
	if (!strncmp(op, "at=", 3))
		pos = strtoull(op + 3, NULL, 0);
	else if (!strncmp(op, "len=", 4))
		len = strtoul(op + 4, NULL, 0);
	else if (!strcmp(op, "cached"))
		count_cached();
	else if (!strcmp(op, "copy"))
		copy_page();
	else if (!strcmp(op, "refs"))
		count_refs();
	else if (!strcmp(op, "fill"))
		fill_window();
	else if (!strcmp(op, "send5") || !strcmp(op, "send6") || !strcmp(op, "send7"))
		send_page(op[4] - '0');
	else if (!strcmp(op, "change"))
		change_file();
	else if (!strcmp(op, "receive") && sender >= 0)
		receive_all();
	else if ((!strcmp(op, "wait") || !strcmp(op, "released")) && sender >= 0)
		notification(!strcmp(op, "wait"));
	else
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 3) {
		fputs(usage, stderr);
		return 2;
	}
	file = open(argv[1], O_RDWR | O_CLOEXEC);
	if (file < 0)
		file = check(argv[1], open(argv[1], O_RDONLY | O_CLOEXEC));
	for (i = 2; i < argc; i++) {
		if (run(argv[i])) {
			fprintf(stderr, "try: %s: not an operation, or too early\n%s",
				argv[i], usage);
			return 2;
		}
		fflush(stdout);
	}
	return 0;
}
