// SPDX-License-Identifier: GPL-2.0
/*
 * Which files bytes may be read from and written to, by which way, and whether
 * their pages may leave by reference.
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
#include <linux/shmem_fs.h>
#include <linux/splice.h>

#include "internal.h"

/* secretmem, guest_memfd: memory the kernel itself must not touch. */
static bool file_can(const struct file *file, enum zcx_direction dir)
{
	if (dir == ZCX_SEND)
		return (file->f_mode & FMODE_CAN_READ) &&
		       file->f_op->splice_read;
	return (file->f_mode & FMODE_CAN_WRITE) && file->f_op->write_iter;
}

/**
 * zcx_file_check - can ranges of this file be read, or written?
 * @file: the file
 * @dir: to send them, or to receive into them
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
 * Filesystems that wrap filemap_splice_read() only in locks and checks which a
 * reader of pages that are there and up to date does not need.
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

/**
 * zcx_file_source - by which way are this file's bytes to be read?
 * @file: a file that zcx_file_check() found good
 *
 * The page cache may be walked if it is all that the file's own splice_read
 * does. tmpfs swaps, overlayfs has no pages of its own, network filesystems
 * revalidate, O_DIRECT and DAX have no cache: those read themselves.
 *
 * Return: %ZCX_SOURCE_CACHE or %ZCX_SOURCE_SPLICE.
 */
enum zcx_source zcx_file_source(const struct file *file)
{
	struct address_space *mapping = file->f_mapping;

	if ((file->f_flags & O_DIRECT) || IS_DAX(mapping->host) ||
	    shmem_mapping(mapping) || !mapping->a_ops->read_folio)
		return ZCX_SOURCE_SPLICE;
	if (file->f_op->splice_read == filemap_splice_read ||
	    sb_is_walkable(file_inode(file)->i_sb))
		return ZCX_SOURCE_CACHE;
	return ZCX_SOURCE_SPLICE;
}

/**
 * zcx_file_is_cache - is what the page cache has of this file all there is to
 *	know before it is read?
 * @file: a file that zcx_file_check() found good
 *
 * Return: true if it can be read without a disk as far as it is cached.
 */
bool zcx_file_is_cache(const struct file *file)
{
	return zcx_file_source(file) == ZCX_SOURCE_CACHE ||
	       (shmem_mapping(file->f_mapping) && !(file->f_flags & O_DIRECT));
}

/**
 * zcx_file_dio_align - can this file be read (written) directly?
 * @file: a file that zcx_file_check() found good
 *
 * Return: what positions and lengths have to be multiples of, a power of two not
 * larger than a batch; 0 if it cannot.
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

/* Filesystems all of whose changes the kernel makes, by this inode. */
static bool inode_is_local(const struct inode *inode)
{
	return S_ISREG(inode->i_mode) && (sb_is_walkable(inode->i_sb) ||
					  shmem_mapping(inode->i_mapping));
}

/**
 * zcx_file_can_lease - does a lease on this file keep writers out?
 * @file: a file that zcx_file_check() found good
 *
 * Not if it is only one of the names of its data (overlayfs), if others change
 * it without asking (networks, FUSE), or if it began without a name (memfd): who
 * has that open to write is not counted.
 *
 * Return: true if so.
 */
bool zcx_file_can_lease(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return inode_is_local(inode) && !(inode->i_sb->s_flags & SB_KERNMOUNT);
}

/**
 * zcx_file_ctime - when was this file changed?
 * @file: a file that zcx_file_check() found good
 * @ctime: out: when; of the file behind it, if it is of an overlayfs
 *
 * Times have the grain of a tick: one of the present tick does not tell a
 * change from the next. Stores to shared mappings need not show at all.
 *
 * Return: true if a later change will show by a later time.
 */
bool zcx_file_ctime(const struct file *file, struct timespec64 *ctime)
{
	struct inode *inode = d_real_inode(file->f_path.dentry);
	struct timespec64 now = current_time(inode);

	*ctime = inode_get_ctime(inode);
	return inode_is_local(inode) &&
	       !mapping_writably_mapped(inode->i_mapping) &&
	       timespec64_compare(ctime, &now) < 0;
}

/**
 * zcx_file_changes - has this file changed?
 * @file: a file that zcx_file_check() found good
 * @dated: what zcx_file_ctime() returned then,
 * @ctime: and told
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
 * Do the pages of this file belong to the inode whose permissions the caller is
 * held against? Where one filesystem stands for another (overlayfs, FUSE,
 * networks) they need not: overlayfs lets write who may, to a copy, and hands
 * out pages of the original.
 */
static bool file_owns_pages(const struct file *file, enum zcx_source source)
{
	return source == ZCX_SOURCE_CACHE || shmem_mapping(file->f_mapping);
}

/* Could the caller overwrite what is in this file? */
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
	/* MAY_ACCESS: a question, nothing that is refused and written down. */
	return file_owns_pages(file, source) &&
	       !file_permission(file, MAY_WRITE | MAY_ACCESS);
}

/**
 * zcx_file_may_reference - may pages of this file enter a socket?
 * @file: a file that zcx_file_check() found good
 * @source: its zcx_file_source()
 *
 * A page in a socket buffer is one bug away from being written in place, by
 * code further down the stack that takes the buffer for its own. So, unless the
 * administrator decides otherwise, the caller gets only those pages in there
 * that it could overwrite anyway.
 *
 * Return: true if they may, false if the bytes are to be copied.
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
