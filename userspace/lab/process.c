// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that work for the lab. Each has a channel to the lab, by which it reports
 * steps and waits for the lab's permission to go on. So the lab notices a process that
 * dies or hangs, and kills it with all that it has started.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core.h"

/* A group of its own, to kill what it starts with it; and it exits with the lab. */
static void become_worker(pid_t lab)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != lab)
		_exit(1);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

/**
 * process_start - start a process
 * @p: set
 * @run: its main function; returns the exit code
 * @arg: passed to @run
 *
 * Return: 0 or -errno.
 */
int process_start(struct process *p, process_main *run, const void *arg)
{
	pid_t lab = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	fflush(NULL);
	p->channel = ends[0];
	p->pid = fork();
	if (!p->pid) {
		close(ends[0]);
		become_worker(lab);
		_exit(run(ends[1], arg));
	}
	close(ends[1]);
	if (p->pid < 0) {
		close(p->channel);
		return -EAGAIN;
	}
	setpgid(p->pid, p->pid);
	return 0;
}

/**
 * process_wait - wait until a process reports a step
 * @p: the process
 * @report: filled in on success
 * @seconds: the timeout
 *
 * Return: 0, -ETIMEDOUT, -EPIPE if it has exited, -EINTR after a signal to the lab.
 */
int process_wait(struct process *p, struct report *report, int seconds)
{
	struct pollfd pollfd = { .fd = p->channel, .events = POLLIN };
	double end = lab_seconds() + seconds;

	while (!lab_interrupted) {
		double left = end - lab_seconds();

		if (left <= 0)
			return -ETIMEDOUT;
		/* Short, because a signal may have arrived after the loop's check. */
		if (poll(&pollfd, 1, left < 0.5 ? left * 1000 + 1 : 500) <= 0)
			continue;
		return read(p->channel, report, sizeof(*report)) == sizeof(*report) ? 0 :
			-EPIPE;
	}
	return -EINTR;
}

/**
 * process_stat - the state of a thread
 * @tid: its id
 *
 * Return: all zero if it has exited.
 */
struct process_stat process_stat(pid_t tid)
{
	struct process_stat stat = { .state = 0 };
	char path[64], line[512];
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	file = fopen(path, "re");
	if (!file)
		return stat;
	/* The name before it may contain any character. */
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	if (end)
		sscanf(end, ") %c %d", &stat.state, &stat.parent);
	fclose(file);
	return stat;
}

/**
 * process_settle - wait until a process sleeps
 * @p: a process that has reported a step
 *
 * After the report it makes one more system call, in which it waits. Its counters must
 * not be read before it sleeps there: else the call would count in one run or the next.
 */
void process_settle(const struct process *p)
{
	double end = lab_seconds() + 1;

	while (process_stat(p->pid).state != 'S' && lab_seconds() < end)
		usleep(1000);
}

/**
 * process_go - have a process that waits in await_go() go on
 * @p: the process
 * @responses: how many to send; 0: none, end
 */
void process_go(struct process *p, unsigned int responses)
{
	send(p->channel, &responses, sizeof(responses), MSG_NOSIGNAL);
}

/**
 * process_end - wait for a process to exit, and kill it if it does not
 * @p: the process
 * @seconds: the timeout; 0 kills it at once
 *
 * Return: its exit code, or -1 if it was killed.
 */
int process_end(struct process *p, int seconds)
{
	double end = lab_seconds() + seconds;
	int status = -1;
	pid_t pid = 0;

	while (!lab_interrupted && lab_seconds() < end) {
		pid = waitpid(p->pid, &status, WNOHANG);
		if (pid)
			break;
		usleep(2000);
	}
	/* The group, with all that it has started. */
	kill(-p->pid, SIGKILL);
	while (!pid || (pid < 0 && errno == EINTR))
		pid = waitpid(p->pid, &status, 0);
	close(p->channel);
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/**
 * report_step - report a step to the lab
 * @channel: of the process
 * @step: its name
 * @report: all but the name
 */
void report_step(int channel, const char *step, struct report report)
{
	snprintf(report.step, sizeof(report.step), "%s", step);
	if (write(channel, &report, sizeof(report)) != sizeof(report))
		_exit(1);
}

/**
 * await_go - wait for process_go()
 * @channel: of the process
 *
 * Return: its number of responses. If the lab has exited the process exits.
 */
unsigned int await_go(int channel)
{
	unsigned int responses;

	if (read(channel, &responses, sizeof(responses)) != sizeof(responses))
		_exit(1);
	return responses;
}

/**
 * use_last_cpu - restrict this process, and those it starts, to some CPUs
 * @last: to the last one; else to all others
 *
 * The receiver has the last CPU to itself, unless the machine has only one.
 */
void use_last_cpu(bool last)
{
	long cpu, nr = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	CPU_ZERO(&set);
	for (cpu = 0; cpu < nr; cpu++)
		if ((cpu == nr - 1) == last)
			CPU_SET(cpu, &set);
	if (nr > 1)
		sched_setaffinity(0, sizeof(set), &set);
}
