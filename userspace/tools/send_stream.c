// SPDX-License-Identifier: GPL-2.0-only
/*
 * zcxfer send: sources whose size is unknown before they are read. They are read into
 * memory, and sent from there.
 */
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "send.h"

/*
 * True for filesystems whose files have no size (st_size is 0, or a page), because
 * the kernel makes their content when it is read.
 */
static bool is_pseudo(const struct statfs *fs)
{
	static const unsigned int magic[] = {
		BPF_FS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
		DEBUGFS_MAGIC, EFIVARFS_MAGIC, PROC_SUPER_MAGIC,
		PSTOREFS_MAGIC, SECURITYFS_MAGIC, SELINUX_MAGIC, SMACK_MAGIC,
		SYSFS_MAGIC, TRACEFS_MAGIC,
		0x62656570,	/* configfs */
		0x42494e4d,	/* binfmt_misc */
	};
	size_t i;

	for (i = 0; i < sizeof(magic) / sizeof(*magic); i++)
		if ((unsigned int)fs->f_type == magic[i])
			return true;
	return false;
}

/**
 * send_check_source - find out how a file must be read
 * @fd: the open file
 * @st: its status
 * @stream: set to true if it must be read into memory
 *
 * Filesystems that are not known here may have files without a size as well: a file
 * of size 0 is a stream if it has a byte.
 *
 * Return: 0 or a negative errno.
 */
int send_check_source(int fd, const struct stat *st, bool *stream)
{
	struct statfs fs;
	char byte;

	*stream = true;
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (S_ISBLK(st->st_mode)) {
		*stream = false;
		return 0;
	}
	if (!S_ISREG(st->st_mode))
		return 0;
	if (fstatfs(fd, &fs))
		return -errno;
	if (!is_pseudo(&fs))
		*stream = !st->st_size && pread(fd, &byte, 1, 0) > 0;
	return 0;
}

/* Reads into the empty buffer. Returns the number of bytes, or a negative errno. */
static ssize_t fill(struct sender *sender, const struct zcxfer_desc *desc)
{
	size_t len = SEND_BUFFER_SIZE;
	ssize_t n;

	if (!sender->buffer)
		sender->buffer = malloc(SEND_BUFFER_SIZE);
	if (!sender->buffer)
		return -ENOMEM;
	if (len > desc->len)
		len = desc->len;
	n = len ? read(desc->fd, sender->buffer, len) : 0;
	if (n < 0)
		return -errno;
	sender->buffer_start = 0;
	sender->buffer_len = n;
	return n;
}

static void send_buffer(struct sender *sender, struct zcxfer_result *result)
{
	struct zcxfer_desc desc =
		zcxfer_memory(sender->buffer + sender->buffer_start,
			      sender->buffer_len);

	zcxfer_send(sender->dev, sender->sock, &desc, 1, sender->flags, result);
	sender->tally.ioctls++;
	sender->buffer_start += result->bytes;
	sender->buffer_len -= result->bytes;
}

/**
 * send_stream_slice - send what one read of the current source returns
 * @sender: the sender; its current source is a stream
 * @result: filled in: of a transfer of the current descriptor
 *
 * The end of a stream that has a LENGTH is %ZCXFER_STOP_EOF, as that of a file.
 *
 * Return: true if the stream has ended, and nothing is missing.
 */
bool send_stream_slice(struct sender *sender, struct zcxfer_result *result)
{
	const struct zcxfer_desc *desc = &sender->descs[sender->at];
	ssize_t n = sender->buffer_len;

	*result = (struct zcxfer_result){ .stop = ZCXFER_STOP_DONE };
	if (!n)
		n = fill(sender, desc);
	if (n > 0) {
		send_buffer(sender, result);
		result->desc = 0;
		result->desc_bytes = result->bytes;
		return false;
	}
	if (!n && (!desc->len || sender->sources[sender->at].endless))
		return true;
	result->stop = !n ? ZCXFER_STOP_EOF :
		       n == -EINTR ? ZCXFER_STOP_SIGNAL : ZCXFER_STOP_DESC;
	result->error = -n;
	return false;
}
