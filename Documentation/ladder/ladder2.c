// SPDX-License-Identifier: GPL-2.0-only
/* Step 2: a device with a note of up to one page. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

static char note[PAGE_SIZE];
static size_t note_len;
static DEFINE_MUTEX(note_lock);	/* protects both */

static ssize_t ladder_read(struct file *file, char __user *buf, size_t count,
			   loff_t *pos)
{
	guard(mutex)(&note_lock);

	if (*pos >= note_len)
		return 0;
	count = min_t(size_t, count, note_len - *pos);
	if (copy_to_user(buf, note + *pos, count))
		return -EFAULT;
	*pos += count;
	return count;
}

/* The note ends where the last write ended. */
static ssize_t ladder_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *pos)
{
	guard(mutex)(&note_lock);

	if (*pos > note_len)
		return -EINVAL;
	if (*pos == sizeof(note))
		return -ENOSPC;
	count = min_t(size_t, count, sizeof(note) - *pos);
	if (copy_from_user(note + *pos, buf, count))
		return -EFAULT;
	*pos += count;
	note_len = *pos;
	return count;
}

static const struct file_operations ladder_fops = {
	.owner	= THIS_MODULE,
	.read	= ladder_read,
	.write	= ladder_write,
	.llseek	= default_llseek,
};

static struct miscdevice ladder_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "ladder2",
	.fops	= &ladder_fops,
	.mode	= 0600,
};

module_misc_device(ladder_device);

MODULE_DESCRIPTION("the ladder, step 2: a device that is read and written");
MODULE_AUTHOR("the zcxfer developers");
MODULE_LICENSE("GPL");
