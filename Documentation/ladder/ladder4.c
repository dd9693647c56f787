// SPDX-License-Identifier: GPL-2.0-only
/* Step 4: one page of a file, found in the page cache and copied to the caller. */
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/swap.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "ladder.h"
#include "page.h"

/* Returns the number of bytes copied. */
static long ioctl_copy(void __user *argp)
{
	struct cached_page found;
	struct ladder_copy args;
	struct iov_iter to;
	size_t copied;
	int n;

	if (copy_from_user(&args, argp, sizeof(args)))
		return -EFAULT;
	if (args.flags || args.pad)
		return -EINVAL;
	n = import_ubuf(ITER_DEST, u64_to_user_ptr(args.buf), args.len, &to);
	if (n)
		return n;

	CLASS(fd, f)(args.fd);
	if (fd_empty(f))
		return -EBADF;
	n = cached_page_get(fd_file(f), args.pos, args.len, &found);
	if (n <= 0)
		return n;
	folio_mark_accessed(page_folio(found.page));
	copied = copy_page_to_iter(found.page, found.offset, n, &to);
	put_page(found.page);
	return copied ?: -EFAULT;
}

/* Returns the number of references to the page. */
static long ioctl_refs(void __user *argp)
{
	struct cached_page found;
	struct ladder_refs args;
	int n;

	if (copy_from_user(&args, argp, sizeof(args)))
		return -EFAULT;
	if (args.flags)
		return -EINVAL;

	CLASS(fd, f)(args.fd);
	if (fd_empty(f))
		return -EBADF;
	n = cached_page_get(fd_file(f), args.pos, 1, &found);
	if (n <= 0)
		return n;
	n = page_count(found.page) - 1;	/* without our own */
	put_page(found.page);
	return n;
}

static long ladder_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case LADDER_COPY:
		return ioctl_copy((void __user *)arg);
	case LADDER_REFS:
		return ioctl_refs((void __user *)arg);
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
	.name	= "ladder4",
	.fops	= &ladder_fops,
	.mode	= 0600,
};

module_misc_device(ladder_device);

MODULE_DESCRIPTION("the ladder, step 4: a cached page is copied");
MODULE_AUTHOR("the zcxfer developers");
MODULE_LICENSE("GPL");
