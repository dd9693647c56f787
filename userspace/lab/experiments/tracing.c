// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event of the kernel, traced by one experiment: in an instance of tracefs of its own,
 * so that other tracing is not disturbed.
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
 * exp_trace_begin - set an event up
 * @probe: a function of the kernel and the values to trace, in the format of
 *	kprobe_events, behind the event's name; NULL for an event of the kernel
 * @event: the group and name of the latter, such as "block/block_rq_issue"
 *
 * Signals are blocked until exp_trace_end(), so that the event is always removed.
 *
 * Return: 0 or -errno.
 */
int exp_trace_begin(const char *probe, const char *event)
{
	char text[300];
	int err = 0;

	exp_block_signals(true);
	/* An experiment that was killed may have left them. */
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
 * @text: the text
 *
 * Return: 0 or -errno.
 */
int exp_trace_put(const char *name, const char *text)
{
	char path[300];

	snprintf(path, sizeof(path), "%s%s", event_dir, name);
	return tracefs_append(path, text);
}

/** exp_trace_open - open the trace, a line for each event. Return: NULL on error */
FILE *exp_trace_open(void)
{
	return fopen(INSTANCE "/trace", "re");
}

/**
 * exp_trace_sum - the sum of a histogram of the event
 * @value: the name of a value
 * @sum: set to its sum over all keys
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

/** exp_trace_end - undo exp_trace_begin() */
void exp_trace_end(void)
{
	remove_all();
	exp_block_signals(false);
}
