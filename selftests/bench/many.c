// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many sockets, for a counter of instructions: a range of the file for each of them, by
 * a system call for each, or by one for all.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../userspace/lab/mark.h"
#include "bench.h"

#define NR_SOCKETS	16
#define LEN		(4 * KIB)
#define WARM_UP		10
#define BATCHES		3
/* Rounds between two acknowledgments: 1 MiB, as for the shapes. */
#define BATCH		(MIB / (NR_SOCKETS * LEN))

struct sender {
	int dev;
	int file;
	int socks[NR_SOCKETS];
	struct zcxfer_desc descs[NR_SOCKETS];
	struct zcxfer_transfer transfers[NR_SOCKETS];
};

/* The peer: takes a batch from all connections, then sends a byte. */
static int take_batches(int listener, void *arg)
{
	static char bytes[BATCH * LEN];
	int socks[NR_SOCKETS], i;

	(void)arg;
	for (i = 0; i < NR_SOCKETS; i++)
		socks[i] = accept(listener, NULL, NULL);
	do {
		for (i = 0; i < NR_SOCKETS; i++)
			if (recv(socks[i], bytes, sizeof(bytes), MSG_WAITALL) !=
			    sizeof(bytes))
				return 0;
	} while (send(socks[0], "", 1, 0) == 1);
	return 1;
}

static int by_sendfile(struct sender *s)
{
	int i;

	for (i = 0; i < NR_SOCKETS; i++) {
		off_t offset = i * LEN;

		if (sendfile(s->socks[i], s->file, &offset, LEN) != LEN)
			return -1;
	}
	return 0;
}

static void fill_in(struct sender *s)
{
	int i;

	for (i = 0; i < NR_SOCKETS; i++) {
		s->descs[i] = zcxfer_file_range(s->file, i * LEN, LEN);
		s->transfers[i].sock_fd = s->socks[i];
		s->transfers[i].nr_descs = 1;
		s->transfers[i].descs = (uintptr_t)&s->descs[i];
	}
}

static int all_sent(const struct sender *s)
{
	int i;

	for (i = 0; i < NR_SOCKETS; i++)
		if (s->transfers[i].result.stop != ZCXFER_STOP_DONE)
			return -1;
	return 0;
}

static int by_calls(struct sender *s)
{
	int i;

	fill_in(s);
	for (i = 0; i < NR_SOCKETS; i++)
		zcxfer_call(s->dev, ZCXFER_IOC_SEND, &s->transfers[i]);
	return all_sent(s);
}

static int by_one_call(struct sender *s)
{
	fill_in(s);
	if (zcxfer_send_many(s->dev, s->transfers, NR_SOCKETS) != NR_SOCKETS)
		return -1;
	return all_sent(s);
}

static const struct {
	const char *shape;
	const char *method;
	int (*send)(struct sender *s);
} ways[] = {
	{ MANY_CALLS, "sendfile", by_sendfile },
	{ MANY_CALLS, "zcxfer", by_calls },
	{ MANY_ONE_CALL, "sendfile", by_sendfile },
	{ MANY_ONE_CALL, "zcxfer", by_one_call },
};

static int send_batches(struct sender *s, int (*send)(struct sender *s), int nr)
{
	unsigned int i;
	char byte;
	int err = 0;

	while (nr-- && !err) {
		for (i = 0; i < BATCH && !err; i++) {
			mark(MARK_ON);
			err = send(s);
			mark(MARK_OFF);
		}
		err = err || recv(s->socks[0], &byte, 1, 0) != 1 ? -1 : 0;
	}
	return err;
}

static int send_ways(struct sender *s, const char *only, FILE *names)
{
	unsigned int i;

	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (only && strcmp(only, ways[i].shape))
			continue;
		mark(MARK_GROUP);
		if (send_batches(s, ways[i].send, WARM_UP))
			return -1;
		fprintf(names, "loopback\t%s\t%s\n", ways[i].shape, ways[i].method);
		mark(MARK_AGAIN);
		mark(MARK_SECTION);
		if (send_batches(s, ways[i].send, BATCHES))
			return -1;
	}
	return 0;
}

static int connect_all(struct sender *s, const struct peer *peer)
{
	int i;

	for (i = 0; i < NR_SOCKETS; i++) {
		s->socks[i] = peer_connect(peer);
		if (s->socks[i] < 0)
			return -1;
	}
	return 0;
}

/**
 * many_run - send to many sockets, marked
 * @b: the bench
 * @only: name of the only shape to send, or NULL
 * @names: receives the names of the sections
 *
 * Return: 0 or -1 after a message.
 */
int many_run(const struct bench *b, const char *only, FILE *names)
{
	struct sender s = { .dev = zcxfer_open() };
	struct peer peer = { .buffers = 0 };
	int i, err;

	s.file = open(b->source.path, O_RDONLY | O_CLOEXEC);
	err = s.dev < 0 || s.file < 0 || peer_start(&peer, take_batches, NULL);
	if (!err) {
		err = connect_all(&s, &peer) || send_ways(&s, only, names);
		for (i = 0; i < NR_SOCKETS; i++)
			close(s.socks[i]);
		err = peer_end(&peer) || err;
	}
	close(s.file);
	close(s.dev);
	if (err)
		lab_error("%d sockets: failed", NR_SOCKETS);
	return err ? -1 : 0;
}

/**
 * many_wanted - check whether a name is one of these shapes
 * @only: the name, or NULL
 *
 * Return: true if it is, or if there is none.
 */
bool many_wanted(const char *only)
{
	return !only || !strcmp(only, MANY_CALLS) || !strcmp(only, MANY_ONE_CALL);
}
