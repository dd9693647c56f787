// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages sent by reference are read when the packet leaves, not when the call returns: the
 * socket holds pages, and not their bytes. A file that is changed in between arrives
 * changed.
 *
 * Four solutions: copy (read + write); check whether it happened
 * (&zcxfer_result.changes); exclude writers (ZCXFER_F_STABLE); wait for the release
 * (ZCXFER_F_RELEASE), and write then.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zcxfer.h"

#include "common.h"
#include "experiments.h"

#define LEN	(64 << 10)
/* More than the buffers of two sockets hold. */
#define LARGE	(64 << 20)

enum { OLD = 'o', NEW = 'n' };

/* Receive as the peer. Returns the number of new bytes, or -1. */
static int receive(int sock)
{
	static char got[LEN];
	int i, nr = 0;

	if (recv(sock, got, LEN, MSG_WAITALL) != LEN)
		return -1;
	for (i = 0; i < LEN; i++)
		nr += got[i] == NEW;
	return nr;
}

static bool change(int file)
{
	char page[EXP_PAGE];

	memset(page, NEW, sizeof(page));
	return pwrite(file, page, sizeof(page), 0) == sizeof(page);
}

/* Two methods to send all of the file. */
static bool by_sendfile(int file, int sock)
{
	off_t offset = 0;

	return sendfile(sock, file, &offset, LEN) == LEN;
}

static bool by_copy(int file, int sock)
{
	static char buffer[LEN];

	return pread(file, buffer, LEN, 0) == LEN && write(sock, buffer, LEN) == LEN;
}

/* Sent, then changed, and only then read by the peer. */
static void change_after(const char *dir, const char *name,
			 bool (*send_all)(int file, int sock), int expected)
{
	int file = exp_file(dir, LEN, OLD), ends[2], fresh = -1;

	if (!exp_connection(ends) && send_all(file, ends[0]) && change(file))
		fresh = receive(ends[1]);
	exp_seen(fresh == expected,
		 "%s, then the first page is changed: %d of %d bytes arrive changed",
		 name, fresh, LEN);
	close(ends[0]);
	close(ends[1]);
	close(file);
}

static struct zcxfer_transfer transfer_of(struct zcxfer_desc *desc, int sock,
					  unsigned int flags)
{
	return (struct zcxfer_transfer) {
		.flags = flags,
		.sock_fd = sock,
		.nr_descs = 1,
		.descs = (uintptr_t)desc,
	};
}

/* Wait for the job's completion, at most 30 seconds. */
static bool completion(int dev, struct zcxfer_completion *done)
{
	struct pollfd poll_dev = { .fd = dev, .events = POLLIN };

	return poll(&poll_dev, 1, 30000) == 1 && zcxfer_completions(dev, done, 1) == 1;
}

/* The file is changed while the job is in flight: the peer reads later. */
static void change_during(int dev, const char *dir)
{
	int file = exp_file(dir, LARGE, OLD), ends[2] = { -1, -1 };
	struct zcxfer_desc desc = zcxfer_file_range(file, 0, LARGE);
	struct zcxfer_completion done = {};
	struct zcxfer_transfer transfer;
	bool ok;

	/* Changes within one tick of the clock have the same time stamp. */
	usleep(100000);
	ok = !exp_connection(ends);
	transfer = transfer_of(&desc, ends[0], 0);
	ok = ok && !zcxfer_submit_job(dev, ZCXFER_OP_SEND, 1, &transfer);
	usleep(300000);
	ok = ok && change(file);
	/* The peer closes, which ends the job. */
	close(ends[1]);
	ok = ok && completion(dev, &done);
	exp_seen(ok && done.result.changes & ZCXFER_CHANGED,
		 "zcxfer, and the page is changed before it completes: its result says %schanged",
		 done.result.changes & ZCXFER_CHANGED ? "" : "un");
	close(ends[0]);
	close(file);
}

/* A lease excludes writers as long as the network stack holds pages. */
static void keep_stable(int dev, const char *dir)
{
	int writer = exp_file(dir, LARGE, OLD), ends[2] = { -1, -1 }, second;
	int file = exp_reopen(writer, O_RDONLY);
	struct zcxfer_desc desc = zcxfer_file_range(file, 0, LARGE);
	struct zcxfer_completion done = {};
	struct zcxfer_transfer transfer;
	bool ok;

	close(writer);
	ok = !exp_connection(ends);
	transfer = transfer_of(&desc, ends[0], ZCXFER_F_STABLE);
	ok = ok && !zcxfer_submit_job(dev, ZCXFER_OP_SEND, 2, &transfer);
	usleep(300000);
	second = exp_reopen(file, O_WRONLY | O_NONBLOCK);
	exp_seen(second == -EWOULDBLOCK, "ZCXFER_F_STABLE: a writer gets: %s",
		 second < 0 ? strerror(-second) : "no error");
	ok = ok && completion(dev, &done);
	exp_seen(ok && done.result.stop == ZCXFER_STOP_LEASE && receive(ends[1]) == 0,
		 "the transfer stops (%s) after %llu bytes; what arrives is unchanged",
		 zcxfer_stop_name(done.result.stop), (unsigned long long)done.result.bytes);
	close(ends[0]);
	close(ends[1]);
	close(file);
}

/* Write after the release. */
static void wait_for_release(int dev, const char *dir)
{
	int file = exp_file(dir, LEN, OLD), ends[2] = { -1, -1 }, fresh = -1;
	struct zcxfer_desc desc = zcxfer_file_range(file, 0, LEN);
	struct zcxfer_completion done = {};
	struct zcxfer_transfer transfer;
	bool ok = !exp_connection(ends);

	transfer = transfer_of(&desc, ends[0], ZCXFER_F_RELEASE);
	ok = ok && !zcxfer_submit_job(dev, ZCXFER_OP_SEND, 3, &transfer) &&
	     completion(dev, &done);
	if (ok && done.flags & ZCXFER_COMPLETION_RELEASED && change(file))
		fresh = receive(ends[1]);
	exp_seen(fresh == 0,
		 "ZCXFER_F_RELEASE, changed after the completion: %d of %d bytes arrive changed",
		 fresh, LEN);
	if (done.flags & ZCXFER_COMPLETION_COPIED)
		exp_show("(over loopback the kernel copied the pages, to release them)");
	close(ends[0]);
	close(ends[1]);
	close(file);
}

/** lab_held_pages - the experiment */
int lab_held_pages(int argc, char **argv)
{
	const char *dir = exp_dir(argc, argv);
	int file = exp_file(dir, EXP_PAGE, OLD);
	int dev = zcxfer_open();

	if (file < 0)
		return exp_skip("no file can be made in %s: name another folder", dir);
	if (dev < 0)
		return exp_skip("/dev/zcxfer: %s: is the module loaded?", strerror(-dev));
	close(file);
	exp_begin("Sends a file, changes it before the peer reads, and compares what\n"
		  "arrives.\n",
		  "New bytes by sendfile and old ones by a copy; zcxfer can report the change,\n"
		  "exclude the writer, or notify when it is safe to write.\n");
	change_after(dir, "sendfile", by_sendfile, EXP_PAGE);
	change_after(dir, "read + write", by_copy, 0);
	change_during(dev, dir);
	keep_stable(dev, dir);
	wait_for_release(dev, dir);
	close(dev);
	return exp_end("Remove ZCXFER_F_RELEASE: new bytes arrive. With the module's parameter\n"
		       "zc_policy=never as well it copies, and old bytes arrive.\n");
}
