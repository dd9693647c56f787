// SPDX-License-Identifier: GPL-2.0-only
/* Step 3: an ioctl whose struct can grow. */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include "ladder.h"

static_assert(offsetofend(struct ladder_cached, cached) == LADDER_CACHED_SIZE_VER0);
static_assert(sizeof(struct ladder_cached) == LADDER_CACHED_SIZE_VER1);

static int check(const struct ladder_cached *args)
{
	loff_t end;

	if (args->flags || args->len > LADDER_CACHED_MAX)
		return -EINVAL;
	if (check_add_overflow(args->pos, args->len, &end))
		return -EINVAL;
	return 0;
}

/* Counts the cached pages between two bytes, both included. */
static u64 count_cached(struct address_space *mapping, loff_t first, loff_t last)
{
	pgoff_t index;
	u64 cached = 0;

	for (index = first >> PAGE_SHIFT; index <= last >> PAGE_SHIFT; index++) {
		loff_t pos = (loff_t)index << PAGE_SHIFT;

		cached += filemap_range_has_page(mapping, pos, pos);
	}
	return cached;
}

/* @size is that of the caller's struct, which may be older or newer than ours. */
static long ioctl_cached(void __user *argp, size_t size)
{
	struct ladder_cached args;
	int err;

	if (size < LADDER_CACHED_SIZE_VER0)
		return -EINVAL;
	err = copy_struct_from_user(&args, sizeof(args), argp, size);
	if (err)
		return err;
	err = check(&args);
	if (err)
		return err;

	CLASS(fd, f)(args.fd);
	if (fd_empty(f) || !(fd_file(f)->f_mode & FMODE_READ))
		return -EBADF;
	if (!S_ISREG(file_inode(fd_file(f))->i_mode))
		return -EINVAL;
	args.cached = count_cached(fd_file(f)->f_mapping, args.pos,
				   args.pos + (args.len ?: 1) - 1);
	return copy_to_user(argp, &args, min(size, sizeof(args))) ? -EFAULT : 0;
}

/* The size of the struct is a part of the command. */
static long ladder_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (_IOC_TYPE(cmd) != LADDER_IOC_TYPE || _IOC_DIR(cmd) != _IOC_DIR(LADDER_CACHED))
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(LADDER_CACHED):
		return ioctl_cached((void __user *)arg, _IOC_SIZE(cmd));
	default:
		return -ENOTTY;
	}
}

static const struct file_operations ladder_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= ladder_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice ladder_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "ladder3",
	.fops	= &ladder_fops,
	.mode	= 0600,
};

module_misc_device(ladder_device);

MODULE_DESCRIPTION("the ladder, step 3: an ioctl with a versioned struct");
MODULE_AUTHOR("the zcxfer developers");
MODULE_LICENSE("GPL");
