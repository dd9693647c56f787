// SPDX-License-Identifier: GPL-2.0
/*
 * One event of the kernel, looked at by one experiment: in an instance of tracefs of its
 * own, so that nobody else's tracing is disturbed.
 */
#include <stdio.h>
#include <unistd.h>

#include "../tracefs.h"
#include "common.h"

#define GROUP		"zcxfer_experiment"
#define INSTANCE	TRACEFS "instances/" GROUP

static char event_dir[200];

static void remove_all(void)
{
	rmdir(INSTANCE);
	tracefs_append(TRACEFS "kprobe_events", "-:" GROUP "/probe");
}

/**
 * exp_trace_begin - look at an event
 * @probe: a function of the kernel and what of it is wanted, as kprobe_events has it
 *	behind the event's name; NULL if the kernel has the event
 * @event: its group and name then, "block/block_rq_issue"
 *
 * Signals are held until exp_trace_end(): there is always something to take away.
 *
 * Return: 0 or -errno.
 */
int exp_trace_begin(const char *probe, const char *event)
{
	char text[300];
	int err = 0;

	exp_hold_signals(true);
	/* Of one that was killed. */
	remove_all();
	snprintf(event_dir, sizeof(event_dir), INSTANCE "/events/%s/",
		 probe ? GROUP "/probe" : event);
	if (probe) {
		snprintf(text, sizeof(text), "p:" GROUP "/probe %s", probe);
		err = tracefs_append(TRACEFS "kprobe_events", text);
	}
	err = err ? err : tracefs_instance(INSTANCE);
	if (err)
		exp_trace_end();
	return err;
}

/**
 * exp_trace_put - write to a file of the event
 * @name: "enable", "filter", "trigger"
 * @text: what
 *
 * Return: 0 or -errno.
 */
int exp_trace_put(const char *name, const char *text)
{
	char path[300];

	snprintf(path, sizeof(path), "%s%s", event_dir, name);
	return tracefs_append(path, text);
}

/** exp_trace_open - read what happened, a line for each. Return: NULL if it cannot be */
FILE *exp_trace_open(void)
{
	return fopen(INSTANCE "/trace", "re");
}

/**
 * exp_trace_sum - what a histogram of the event adds up to
 * @value: of its values
 * @sum: set to the sum over all keys
 *
 * Return: 0 or -errno.
 */
int exp_trace_sum(const char *value, unsigned long long *sum)
{
	const char *const names[HIST_MAX_VALUES] = { value };
	struct hist_line lines[64];
	char path[300];
	int i, nr;

	snprintf(path, sizeof(path), "%shist", event_dir);
	nr = tracefs_hist(path, names, lines, 64);
	*sum = 0;
	for (i = 0; i < nr; i++)
		*sum += lines[i].values[0];
	return nr < 0 ? nr : 0;
}

/** exp_trace_end - take it all away again */
void exp_trace_end(void)
{
	remove_all();
	exp_hold_signals(false);
}
