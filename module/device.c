// SPDX-License-Identifier: GPL-2.0-only
/* The open device: its system calls, and reads of completions. */
#include <linux/compat.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/io_uring/cmd.h>
#include <linux/sched.h>

#include "cancel.h"
#include "completion.h"
#include "device.h"
#include "ioctl.h"
#include "uring.h"

static int device_open(struct inode *inode, struct file *file)
{
	file->private_data = zcx_queue_alloc();
	return file->private_data ? stream_open(inode, file) : -ENOMEM;
}

static int device_release(struct inode *inode, struct file *file)
{
	zcx_queue_close(file->private_data);
	return 0;
}

/* Returns the descriptor plus one if it is one of the file, otherwise 0. */
static int fd_of_file(const void *arg, struct file *file, unsigned int fd)
{
	return file == arg ? fd + 1 : 0;
}

/*
 * True if the caller's table of file descriptors has one of this file. The search begins
 * at the last one that was found, because a program may close thousands in a row.
 */
static bool is_open_here(struct file *file)
{
	struct zcx_queue *queue = file->private_data;
	unsigned int hint = READ_ONCE(queue->fd_hint);
	int found = iterate_fd(current->files, hint, fd_of_file, file);

	if (!found && hint)
		found = iterate_fd(current->files, 0, fd_of_file, file);
	if (found)
		WRITE_ONCE(queue->fd_hint, found - 1);
	return found;
}

/*
 * A descriptor is closed, by close(2), exec or exit. If it was the last one of the
 * device in its table of descriptors, the jobs submitted through that table are
 * cancelled. A table that is being torn down is no longer current->files.
 */
static int device_flush(struct file *file, fl_owner_t owner)
{
	if (current->files != owner || !is_open_here(file))
		zcx_queue_cancel_owner(file->private_data, owner);
	return 0;
}

static ssize_t device_read(struct file *file, char __user *buf, size_t count,
			   loff_t *pos)
{
	struct zcx_queue *queue = file->private_data;
	ssize_t n;
	int err;

	if (count < sizeof(struct zcxfer_completion))
		return -EINVAL;
	for (;;) {
		n = zcx_completion_read(queue, buf, count);
		if (n)
			return n;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = zcx_completion_wait(queue);
		if (err)
			return err;
	}
}

static __poll_t device_poll(struct file *file, struct poll_table_struct *wait)
{
	return zcx_completion_poll(file->private_data, file, wait);
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct zcx_queue *queue = file->private_data;
	long ret = zcx_ioctl(queue, cmd, (void __user *)arg);

	/* Another thread may have closed the device before the job was queued. */
	if (cmd == ZCXFER_IOC_SUBMIT && !ret &&
	    zcx_queue_lost_owner(queue) && !is_open_here(file))
		zcx_queue_cancel_owner(queue, current->files);
	return ret;
}

static int device_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	return zcx_uring_cmd(cmd->file->private_data, cmd, issue_flags);
}

const struct file_operations zcx_fops = {
	.owner		= THIS_MODULE,
	.open		= device_open,
	.release	= device_release,
	.flush		= device_flush,
	.read		= device_read,
	.poll		= device_poll,
	.unlocked_ioctl	= device_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.uring_cmd	= device_uring_cmd,
};
