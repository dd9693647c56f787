// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals: a blocked call ends with an exact count, or goes on as write(2)
 * would; and SIGKILL always ends the process soon.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	MIB(4)
#define BUFFERS		KIB(64)

static atomic_uint handled;

static void handler(int sig)
{
	handled++;
}

static int handle(int sig, int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	handled = 0;
	return sigaction(sig, &action, NULL);
}

FIXTURE(signal)
{
	const char *dir;
	int dev;
	int sv[2];
	struct source src;
	struct sender tx;
	struct receiver rx;
	struct run run;
	struct zcxfer_desc desc;
};

FIXTURE_VARIANT(signal)
{
	enum link link;
};

FIXTURE_VARIANT_ADD(signal, tcp) { LINK_TCP };
FIXTURE_VARIANT_ADD(signal, unix) { LINK_UNIX };
FIXTURE_VARIANT_ADD(signal, tls) { LINK_TLS };

FIXTURE_SETUP(signal)
{
	self->dir = mounted_dir("ext4");
	if (!self->dir)
		SKIP(return, "no ext4 mounted");
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, self->dir, FILE_SIZE));
	ASSERT_EQ(0, link_open(variant->link, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, BUFFERS));
	self->run = source_run(&self->src, 0, FILE_SIZE);
	self->desc = file_desc(self->src.fd, 0, FILE_SIZE);
}

FIXTURE_TEARDOWN(signal)
{
	EXPECT_EQ(0, source_check(&self->src));
	source_destroy(&self->src);
	close(self->dev);
	EXPECT_TRUE(stats_at_rest());
}

/*
 * Sends until nothing moves any more, even after TCP has had time to send the bytes
 * that it took. Advances the descriptor.
 */
static __u64 fill_socket(struct __test_metadata *_metadata,
			 struct _test_data_signal *self)
{
	struct zcxfer_transfer send = send_init(self->sv[0], &self->desc, 1,
					    ZCXFER_F_DONTWAIT);
	__u64 moved = 0;
	int idle = 0;

	while (idle < 3) {
		if (zc_send(self->dev, &send)) {
			EXPECT_EQ(EAGAIN, send.result.error);
			usleep(100000);
			idle++;
			continue;
		}
		moved += send.result.bytes;
		send_advance(&send);
		idle = 0;
	}
	return moved;
}

static void start_blocked(struct __test_metadata *_metadata,
			  struct _test_data_signal *self)
{
	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], &self->desc, 1, 0)));
	ASSERT_EQ(0, sender_wait_blocked(&self->tx, self->sv[1]));
}

/* As write(2), a call that has moved bytes returns at a signal, SA_RESTART or not. */
static void interrupt_partial(struct __test_metadata *_metadata,
			      struct _test_data_signal *self, int flags)
{
	ASSERT_EQ(0, handle(SIGUSR1, flags));
	start_blocked(_metadata, self);
	ASSERT_EQ(0, pthread_kill(self->tx.thread, SIGUSR1));
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(1, handled);
	EXPECT_EQ(ZCXFER_STOP_SIGNAL, self->tx.send.result.stop);
	EXPECT_LT(0, self->tx.send.result.bytes);
	EXPECT_EQ(0, receive_exactly(self->sv[1], &self->run, 1,
				     self->tx.send.result.bytes));
}

TEST_F_TIMEOUT(signal, interrupts_with_exact_count, TIMEOUT)
{
	interrupt_partial(_metadata, self, 0);
}

TEST_F_TIMEOUT(signal, interrupts_with_exact_count_despite_restart, TIMEOUT)
{
	interrupt_partial(_metadata, self, SA_RESTART);
}

TEST_F_TIMEOUT(signal, is_eintr_when_nothing_moved, TIMEOUT)
{
	__u64 filled = fill_socket(_metadata, self);

	ASSERT_EQ(0, handle(SIGUSR1, 0));
	start_blocked(_metadata, self);
	ASSERT_EQ(0, pthread_kill(self->tx.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, sender_finish(&self->tx));
	self->tx.send.result.socket_calls = 0;
	EXPECT_TRUE(result_refused(&self->tx.send, ZCXFER_STOP_SIGNAL, 0,
				   EINTR));
	EXPECT_EQ(0, receive_exactly(self->sv[1], &self->run, 1, filled));
}

TEST_F_TIMEOUT(signal, with_restart_continues_the_call_when_nothing_moved, TIMEOUT)
{
	int i;

	fill_socket(_metadata, self);
	ASSERT_EQ(0, handle(SIGUSR1, SA_RESTART));
	start_blocked(_metadata, self);
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(0, pthread_kill(self->tx.thread, SIGUSR1));
		while (handled < i)
			usleep(1000);
		ASSERT_EQ(0, sender_wait_blocked(&self->tx, self->sv[1]));
	}
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->tx.send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

TEST_F_TIMEOUT(signal, storm_loses_nothing, TIMEOUT)
{
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } }, never = {};
	struct zcxfer_transfer send = send_init(self->sv[0], &self->desc, 1, 0);
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	ASSERT_EQ(0, handle(SIGALRM, SA_RESTART));
	self->rx.pace_us = 1000;
	/* The receiver inherits the mask: only the sender is interrupted. */
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	EXPECT_EQ(0, zc_send_all(self->dev, &send));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &never, NULL));
	EXPECT_EQ(ZCXFER_STOP_DONE, send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
	EXPECT_LT(0, handled);
}

/* kTLS accepts a record before TCP has room for all of it. */
TEST_F_TIMEOUT(signal, done_means_that_the_socket_may_be_shut_down, TIMEOUT)
{
	__u64 sent = 0;

	if (variant->link == LINK_TLS)
		ASSERT_EQ(0, link_open_narrow_tls(self->sv));
	ASSERT_EQ(0, handle(SIGUSR1, 0));
	self->desc.len = TLS_RECORD;
	do {
		self->desc.offset = sent;
		ASSERT_EQ(0, sender_start(&self->tx, self->dev,
					  send_init(self->sv[0], &self->desc, 1,
						    0)));
		while (!self->tx.done)
			if (sender_wait_blocked(&self->tx, self->sv[1]) == 0)
				pthread_kill(self->tx.thread, SIGUSR1);
		sender_finish(&self->tx);
		sent += self->tx.send.result.bytes;
	} while (self->tx.send.result.stop == ZCXFER_STOP_DONE);
	EXPECT_EQ(ZCXFER_STOP_SIGNAL, self->tx.send.result.stop);
	if (variant->link == LINK_TLS)
		EXPECT_EQ(TLS_RECORD, self->tx.send.result.bytes);

	/* A call without descriptors waits for the rest. */
	ASSERT_EQ(0, sender_start(&self->tx, self->dev,
				  send_init(self->sv[0], NULL, 0, 0)));
	if (variant->link == LINK_TLS)
		EXPECT_EQ(0, sender_wait_blocked(&self->tx, self->sv[1]));
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	EXPECT_EQ(0, sender_finish(&self->tx));
	EXPECT_EQ(ZCXFER_STOP_DONE, self->tx.send.result.stop);
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], sent));
}

TEST_F_TIMEOUT(signal, stop_and_continue_loses_nothing, TIMEOUT)
{
	struct zcxfer_transfer send;
	int status, i;
	pid_t child;

	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		send = send_init(self->sv[0], &self->desc, 1, 0);
		if (zc_send_all(self->dev, &send) ||
		    send.result.bytes != FILE_SIZE)
			_exit(1);
		_exit(0);
	}
	self->tx.done = false;
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, sender_wait_blocked(&self->tx, self->sv[1]));
		ASSERT_EQ(0, kill(child, SIGSTOP));
		ASSERT_EQ(child, waitpid(child, &status, WUNTRACED));
		EXPECT_TRUE(WIFSTOPPED(status));
		ASSERT_EQ(0, kill(child, SIGCONT));
	}
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &self->run, 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

static void *read_and_forget(void *arg)
{
	static char buf[KIB(256)];

	while (read(*(int *)arg, buf, sizeof(buf)) > 0)
		;
	return NULL;
}

/* Kills a process that sends more than there is room for; as kill_and_wait(). */
static __u64 kill_sender(struct __test_metadata *_metadata,
			 struct _test_data_signal *self,
			 struct zcxfer_desc desc)
{
	struct zcxfer_transfer send;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		send = send_init(self->sv[0], &desc, 1, 0);
		_exit(zc_send(self->dev, &send) ? 1 : 0);
	}
	usleep(500000);
	return kill_and_wait(child);
}

TEST_F_TIMEOUT(signal, sigkill_ends_the_call_while_the_peer_does_not_read, TIMEOUT)
{
	ASSERT_EQ(0, truncate(self->src.path, GIB(4)));
	EXPECT_GT(KILL_MS, kill_sender(_metadata, self,
				       file_desc(self->src.fd, 0, GIB(4))));
	ASSERT_EQ(0, truncate(self->src.path, FILE_SIZE));
}

TEST_F_TIMEOUT(signal, sigkill_ends_the_call_while_the_file_is_read, TIMEOUT)
{
	pthread_t reader;

	ASSERT_EQ(0, truncate(self->src.path, GIB(4)));
	ASSERT_EQ(0, pthread_create(&reader, NULL, read_and_forget,
				    &self->sv[1]));
	EXPECT_GT(KILL_MS, kill_sender(_metadata, self,
				       file_desc(self->src.fd, 0, GIB(4))));
	ASSERT_EQ(0, truncate(self->src.path, FILE_SIZE));
}

TEST_F_TIMEOUT(signal, sigkill_ends_the_call_while_memory_is_sent, TIMEOUT)
{
	void *memory = mmap(NULL, MIB(256), PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_TRUE(memory != MAP_FAILED);
	EXPECT_GT(KILL_MS, kill_sender(_metadata, self,
				       memory_desc(memory, MIB(256))));
}

TEST_HARNESS_MAIN
