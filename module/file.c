// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of files: whether ranges of a file may be sent or received, from which
 * source they are read, and whether their pages may be sent by reference.
 */
#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/splice.h>

#include "batch.h"
#include "compat.h"
#include "file.h"
#include "param.h"

/**
 * zcx_fput - drop a reference to a file
 * @file: the file
 *
 * A kernel thread that drops the last one closes the file here and now. For those that
 * call fput() the kernel has one work, and a file that cannot be closed, such as an
 * unlinked one on a frozen filesystem, would keep all others open.
 */
void zcx_fput(struct file *file)
{
	if (!(current->flags & PF_KTHREAD))
		fput(file);
	else if (!zcx_fput_unless_last(file))
		__fput_sync(file);
}

/* False for secretmem and guest_memfd, whose memory the kernel must not touch. */
static bool file_can(const struct file *file, enum zcx_direction dir)
{
	if (dir == ZCX_SEND)
		return (file->f_mode & FMODE_CAN_READ) &&
		       file->f_op->splice_read;
	return (file->f_mode & FMODE_CAN_WRITE) && file->f_op->write_iter;
}

/**
 * zcx_file_check - check that ranges of a file can be read or written
 * @file: the file
 * @dir: %ZCX_SEND to read them, %ZCX_RECV to write them
 *
 * Return: 0, -EBADF, -EISDIR, -ESPIPE or -EINVAL, as struct zcxfer_transfer
 * documents them.
 */
int zcx_file_check(const struct file *file, enum zcx_direction dir)
{
	umode_t mode = file_inode(file)->i_mode;
	bool send = dir == ZCX_SEND;

	if (!(file->f_mode & (send ? FMODE_READ : FMODE_WRITE)))
		return -EBADF;
	if (S_ISDIR(mode))
		return -EISDIR;
	if (!(file->f_mode & (send ? FMODE_PREAD : FMODE_PWRITE)))
		return -ESPIPE;
	if (!S_ISREG(mode) && !S_ISBLK(mode))
		return -EINVAL;
	if (!send && zcx_file_refuses_pieces(file))
		return -EINVAL;
	return file_can(file, dir) ? 0 : -EINVAL;
}

/*
 * True for filesystems that wrap filemap_splice_read() only in locks and checks which
 * a reader of cached, up-to-date pages does not need.
 */
static bool sb_is_walkable(const struct super_block *sb)
{
	switch (sb->s_magic) {
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

/*
 * True if the data is on a disk of this kernel. Filesystems that get it from somewhere
 * else may use filemap_splice_read() as well (CIFS, vboxsf, hostfs).
 */
static bool file_is_on_disk(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISBLK(inode->i_mode) ||
	       (inode->i_sb->s_type->fs_flags & FS_REQUIRES_DEV);
}

/**
 * zcx_file_source - source for the bytes of a file
 * @file: a file that passed zcx_file_check()
 *
 * The page cache is walked only if the file's own splice_read does nothing else, and if
 * nobody else changes the data. tmpfs swaps, overlayfs has no pages of its own, network
 * filesystems revalidate, O_DIRECT and DAX have no cache: these files are read by their
 * own splice_read.
 *
 * Return: %ZCX_SOURCE_CACHE or %ZCX_SOURCE_SPLICE.
 */
enum zcx_source zcx_file_source(const struct file *file)
{
	struct address_space *mapping = file->f_mapping;

	if ((file->f_flags & O_DIRECT) || IS_DAX(mapping->host) ||
	    shmem_mapping(mapping) || !mapping->a_ops->read_folio)
		return ZCX_SOURCE_SPLICE;
	if (sb_is_walkable(file_inode(file)->i_sb) ||
	    (file->f_op->splice_read == filemap_splice_read &&
	     file_is_on_disk(file)))
		return ZCX_SOURCE_CACHE;
	return ZCX_SOURCE_SPLICE;
}

/**
 * zcx_file_is_cache - check that the page cache shows what can be read without I/O
 * @file: a file that passed zcx_file_check()
 *
 * Return: true if cached bytes of the file can be read without a disk.
 */
bool zcx_file_is_cache(const struct file *file)
{
	return zcx_file_source(file) == ZCX_SOURCE_CACHE ||
	       (shmem_mapping(file->f_mapping) && !(file->f_flags & O_DIRECT));
}

/**
 * zcx_file_dio_align - alignment of direct I/O on a file
 * @file: a file that passed zcx_file_check()
 *
 * Return: the number of which positions and lengths must be multiples, a power of two
 * not larger than a batch; 0 if the file does not support direct I/O.
 */
u32 zcx_file_dio_align(const struct file *file)
{
	struct kstat stat;
	u32 align;

	if (!(file->f_mode & FMODE_CAN_ODIRECT) || !file->f_op->read_iter ||
	    IS_DAX(file->f_mapping->host))
		return 0;
	if (S_ISBLK(file_inode(file)->i_mode))
		return bdev_logical_block_size(I_BDEV(file->f_mapping->host));
	if (vfs_getattr_nosec(&file->f_path, &stat, STATX_DIOALIGN, 0) ||
	    !(stat.result_mask & STATX_DIOALIGN))
		return 0;
	align = stat.dio_offset_align;
	return is_power_of_2(align) && align <= ZCX_BATCH_BYTES &&
	       stat.dio_mem_align <= PAGE_SIZE ? align : 0;
}

/* True if every change of the data is made by this kernel, through this inode. */
static bool inode_is_local(const struct inode *inode)
{
	return S_ISREG(inode->i_mode) && (sb_is_walkable(inode->i_sb) ||
					  shmem_mapping(inode->i_mapping));
}

/**
 * zcx_file_can_lease - check that a lease on a file keeps all writers out
 * @file: a file that passed zcx_file_check()
 *
 * A lease does not keep them out if the file is only one of the names of its data
 * (overlayfs), if others change the data without breaking leases (network filesystems,
 * FUSE), or if the file was created without a name (memfd): its creator can write to
 * it, but is not counted as a writer.
 *
 * Return: true if a lease keeps all writers out.
 */
bool zcx_file_can_lease(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return inode_is_local(inode) && !(inode->i_sb->s_flags & SB_KERNMOUNT);
}

/**
 * zcx_file_ctime - time of the last change of a file
 * @file: a file that passed zcx_file_check()
 * @ctime: out: the time; on overlayfs, that of the underlying file
 *
 * Timestamps have the granularity of a tick: two changes in the current tick have the
 * same time. Stores to shared mappings need not change the time at all, and on tmpfs
 * they do not if the page was read through the mapping before (no page_mkwrite()).
 *
 * Return: true if every later change of the file will change its time.
 */
bool zcx_file_ctime(const struct file *file, struct timespec64 *ctime)
{
	struct inode *inode = d_real_inode(file->f_path.dentry);
	struct timespec64 now = current_time(inode);

	*ctime = inode_get_ctime(inode);
	return S_ISREG(inode->i_mode) && sb_is_walkable(inode->i_sb) &&
	       !mapping_writably_mapped(inode->i_mapping) &&
	       timespec64_compare(ctime, &now) < 0;
}

/**
 * zcx_file_changes - find out whether a file has changed since zcx_file_ctime()
 * @file: a file that passed zcx_file_check()
 * @dated: the value that zcx_file_ctime() returned
 * @ctime: the time that zcx_file_ctime() stored
 *
 * Return: bits of &enum zcxfer_change.
 */
unsigned int zcx_file_changes(const struct file *file, bool dated,
			      const struct timespec64 *ctime)
{
	struct inode *inode = d_real_inode(file->f_path.dentry);
	struct timespec64 now = inode_get_ctime(inode);

	if (dated && !timespec64_equal(&now, ctime))
		return ZCXFER_CHANGED;
	return dated && !mapping_writably_mapped(inode->i_mapping) ?
	       0 : ZCXFER_CHANGE_UNKNOWN;
}

static bool file_is_sealed(const struct file *file)
{
	return shmem_mapping(file->f_mapping) &&
	       (SHMEM_I(file_inode(file))->seals &
		(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE));
}

static bool file_is_readonly_device(const struct file *file)
{
	return S_ISBLK(file_inode(file)->i_mode) &&
	       bdev_read_only(I_BDEV(file->f_mapping->host));
}

/*
 * True if the pages of the file belong to the inode whose permissions are checked.
 * They need not where one filesystem stands for another (overlayfs, FUSE, network
 * filesystems): overlayfs lets a caller with permission write to a copy, but reads
 * return pages of the original.
 */
static bool file_owns_pages(const struct file *file, enum zcx_source source)
{
	return source == ZCX_SOURCE_CACHE || shmem_mapping(file->f_mapping);
}

/* True if the caller could overwrite the data of the file. */
static bool file_may_write(struct file *file, enum zcx_source source)
{
	const struct inode *inode = file_inode(file);

	if (IS_IMMUTABLE(inode) || IS_APPEND(inode) || IS_VERITY(inode) ||
	    IS_SWAPFILE(inode) || file_is_sealed(file))
		return false;
	if (__mnt_is_readonly(file->f_path.mnt) || file_is_readonly_device(file))
		return false;
	if (file->f_mode & FMODE_WRITE)
		return true;
	/* MAY_ACCESS marks a query: a denial of it need not be audited. */
	return file_owns_pages(file, source) &&
	       !file_permission(file, MAY_WRITE | MAY_ACCESS);
}

/**
 * zcx_file_may_reference - check that pages of a file may enter a socket
 * @file: a file that passed zcx_file_check()
 * @source: the source of its bytes, from zcx_file_source()
 *
 * A page in a socket buffer is one bug away from being written in place, by
 * code further down the stack that takes the buffer for its own. Therefore, unless the
 * administrator decides otherwise, the caller can send by reference only those pages
 * that it could overwrite anyway.
 *
 * Return: true if pages may be sent by reference, false if the bytes must be copied.
 */
bool zcx_file_may_reference(struct file *file, enum zcx_source source)
{
	switch (READ_ONCE(zcx_policy)) {
	case ZCXFER_POLICY_ALL:
		return true;
	case ZCXFER_POLICY_WRITABLE:
		return file_may_write(file, source);
	default:
		return false;
	}
}
