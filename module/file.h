/* SPDX-License-Identifier: GPL-2.0-only */
/* Which files may be sent from and received into, and how: see file.c. */
#ifndef _ZCX_FILE_H
#define _ZCX_FILE_H

#include <linux/fs.h>
#include <linux/types.h>

#include "base.h"
#include "range.h"

/**
 * zcx_file_refuses_pieces - look whether received pieces cannot be written to a file
 * @file: the file
 *
 * With O_APPEND it ignores offsets; with O_DIRECT it refuses pieces of a packet's size.
 *
 * Return: true if so.
 */
static inline bool zcx_file_refuses_pieces(const struct file *file)
{
	return file->f_flags & (O_APPEND | O_DIRECT);
}

void zcx_fput(struct file *file);
int zcx_file_check(const struct file *file, enum zcx_direction dir);
enum zcx_source zcx_file_source(const struct file *file);
bool zcx_file_may_reference(struct file *file, enum zcx_source source);
bool zcx_file_is_cache(const struct file *file);
u32 zcx_file_dio_align(const struct file *file);
bool zcx_file_can_lease(const struct file *file);
bool zcx_file_ctime(const struct file *file, struct timespec64 *ctime);
unsigned int zcx_file_changes(const struct file *file, bool dated,
			      const struct timespec64 *ctime);

#endif /* _ZCX_FILE_H */
