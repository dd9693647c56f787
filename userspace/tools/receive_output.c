// SPDX-License-Identifier: GPL-2.0-only
/* zcxfer receive: the output, and the device if that is a regular file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "receive.h"

/* Prints the errno of the output. Returns an exit code. */
static int output_failed(struct receiver *receiver)
{
	int error = errno;

	tool_error("%s: %s", receiver->path, strerror(error));
	return tally_fail(&receiver->tally, ZCXFER_STOP_DESC, error);
}

/* Opens the device if the output is a regular file, or will be one. */
static int open_module(struct receiver *receiver)
{
	struct stat st;
	int err = strcmp(receiver->path, "-") ? stat(receiver->path, &st) :
		  fstat(STDOUT_FILENO, &st);

	receiver->dev = -1;
	if (err && errno != ENOENT)
		return output_failed(receiver);
	if (!strcmp(receiver->path, "-") || (!err && !S_ISREG(st.st_mode))) {
		if (!receiver->flags)
			return TOOL_OK;
		tool_error("%s: --direct requires a regular file", receiver->path);
		return tally_fail(&receiver->tally, ZCXFER_STOP_DESC, EINVAL);
	}
	receiver->dev = tool_open_device();
	if (receiver->dev >= 0)
		return TOOL_OK;
	return tally_fail(&receiver->tally, ZCXFER_STOP_CALL, receiver->dev);
}

/**
 * receive_open_output - open the output, and the device if that writes it
 * @receiver: the receiver
 *
 * Without the device no file is made.
 *
 * Return: an exit code, after a message unless it is %TOOL_OK.
 */
int receive_open_output(struct receiver *receiver)
{
	int ret = open_module(receiver);

	if (ret || !strcmp(receiver->path, "-")) {
		receiver->fd = STDOUT_FILENO;
		return ret;
	}
	receiver->fd = open(receiver->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    0666);
	receiver->created = receiver->fd >= 0;
	if (receiver->fd < 0 && errno == EEXIST)
		receiver->fd = open(receiver->path, O_WRONLY | O_CREAT | O_CLOEXEC,
				    0666);
	return receiver->fd < 0 ? output_failed(receiver) : TOOL_OK;
}

/**
 * receive_empty_output - empty the output, if it is a regular file
 * @receiver: the receiver
 *
 * For use when there is a connection: a mistyped address must not destroy the file.
 *
 * Return: an exit code, after a message unless it is %TOOL_OK.
 */
int receive_empty_output(struct receiver *receiver)
{
	if (receiver->dev < 0 || !ftruncate(receiver->fd, 0))
		return TOOL_OK;
	return output_failed(receiver);
}

/**
 * receive_is_left_behind - check whether the output stays after a failure
 * @receiver: the receiver
 *
 * Return: false if the output did not exist before, and has no byte.
 */
bool receive_is_left_behind(const struct receiver *receiver)
{
	return !receiver->created || receiver->tally.total.bytes;
}

/**
 * receive_close_output - close the output, and remove it unless it is left behind
 * @receiver: the receiver
 * @ret: the exit code of the transfer
 *
 * Return: @ret, or %TOOL_FAILED if that is %TOOL_OK and closing failed.
 */
int receive_close_output(struct receiver *receiver, int ret)
{
	struct stat ours, named;

	if (ret && !receive_is_left_behind(receiver) && !fstat(receiver->fd, &ours) &&
	    !lstat(receiver->path, &named) && ours.st_dev == named.st_dev &&
	    ours.st_ino == named.st_ino)
		unlink(receiver->path);
	if (close(receiver->fd) && !ret)
		ret = output_failed(receiver);
	return ret;
}
