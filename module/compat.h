/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: Kernels
 *
 * This file holds all differences between the kernels 6.12 to 7.3; the other files use
 * the newest spelling. Each difference is detected by a feature of the headers and not
 * by a version, because distributions backport. Kbuild searches the header for features
 * that the preprocessor cannot see (ZCX_HAS_*).
 */
#ifndef _ZCX_COMPAT_H
#define _ZCX_COMPAT_H

#include <linux/file.h>
#include <linux/filelock.h>
#include <linux/fs.h>
#include <linux/io_uring/cmd.h>

/**
 * zcx_fput_unless_last - drop a reference to an open file, but not the last one
 * @file: the file
 *
 * From 6.13 on (file_ref_t) a file with one reference has a count of zero.
 *
 * Return: true if the reference was dropped, false if it is the last one, which the
 * caller still holds.
 */
static inline bool zcx_fput_unless_last(struct file *file)
{
#ifdef FILE_REF_ONEREF
	return atomic_long_add_unless(&file->f_ref.refcnt, -1, FILE_REF_ONEREF);
#else
	return atomic_long_add_unless(&file->f_count, -1, 1);
#endif
}

/*
 * A flag for dentry_open() that suppresses fsnotify events. Later kernels have no such
 * flag, and do not export dentry_open_nonotify(): watchers see the open, and may deny
 * it.
 */
#ifdef __FMODE_NONOTIFY
#define ZCX_O_NONOTIFY	__FMODE_NONOTIFY
#else
#define ZCX_O_NONOTIFY	0
#endif

/*
 * 7.x calls the lease manager to check for conflicting opens, without a check for NULL
 * (fs/locks.c: generic_add_lease()). Earlier kernels check for conflicts themselves.
 */
#ifdef ZCX_HAS_LM_OPEN_CONFLICT
static inline int zcx_lease_open_conflict(struct file *file, int type)
{
	return inode_is_open_for_write(file_inode(file)) ? -EAGAIN : 0;
}

#define ZCX_LM_OPEN_CONFLICT	.lm_open_conflict = zcx_lease_open_conflict,
#else
/* Fails if Kbuild read the wrong header: the member exists, and would be NULL. */
static_assert(sizeof(struct lease_manager_operations) <= 4 * sizeof(void *));
#define ZCX_LM_OPEN_CONFLICT
#endif

/* From 6.18 on, a completion with a second result has a function of its own. */
#ifndef IORING_SETUP_CQE_MIXED
#define io_uring_cmd_done32	io_uring_cmd_done
#endif

/**
 * ZCX_DEFINE_URING_TASK_WORK - define a callback of io_uring_cmd_do_in_task_lazy()
 * @name: the callback's name
 * @func: the function that it calls with the command, its issue flags, and a bool that
 *	is true if the command's task is dead
 *
 * From 6.19 on, the callback takes a request instead of a command.
 */
#ifdef IO_URING_CMD_TASK_WORK_ISSUE_FLAGS
#define ZCX_DEFINE_URING_TASK_WORK(name, func)				\
static void name(struct io_tw_req req, io_tw_token_t tw)		\
{									\
	func(io_uring_cmd_from_tw(req),					\
	     IO_URING_CMD_TASK_WORK_ISSUE_FLAGS, tw.cancel);		\
}
#else
/* As io_uring/io_uring.h:io_should_terminate_tw(): early 6.12 has no flag for it. */
static inline bool zcx_uring_task_is_dead(struct io_uring_cmd *cmd)
{
	return (current->flags & (PF_EXITING | PF_KTHREAD)) ||
	       percpu_ref_is_dying(&cmd_to_io_kiocb(cmd)->ctx->refs);
}

#define ZCX_DEFINE_URING_TASK_WORK(name, func)				\
static void name(struct io_uring_cmd *cmd, unsigned int issue_flags)	\
{									\
	func(cmd, issue_flags, zcx_uring_task_is_dead(cmd));		\
}
#endif

#endif /* _ZCX_COMPAT_H */
