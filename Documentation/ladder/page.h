/* SPDX-License-Identifier: GPL-2.0-only */
/* One page of a file, found in the page cache: step 4 explains it. */
#ifndef _LADDER_PAGE_H
#define _LADDER_PAGE_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

/* Bytes of a cached page. The reference to the page keeps its memory, not its content. */
struct cached_page {
	struct page *page;
	unsigned int offset;
	unsigned int len;
};

/*
 * The kernel must not touch the memory of secretmem and guest_memfd: these files cannot
 * be read, although they are open for reading.
 */
static inline int check_file(struct file *file, loff_t pos, size_t len)
{
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (!S_ISREG(file_inode(file)->i_mode) || !(file->f_mode & FMODE_CAN_READ))
		return -EINVAL;
	return rw_verify_area(READ, file, &pos, len);
}

/* Returns the number of bytes that may be read, at most @len, or an error. */
static inline int check_page(struct page *page, struct inode *inode, loff_t pos, size_t len)
{
	loff_t size;

	if (!folio_test_uptodate(page_folio(page)))
		return -ENODATA;
	if (PageHWPoison(page))
		return -EIO;
	/* Now, as a truncation sets the size before it zeroes the bytes behind it. */
	size = i_size_read(inode);
	if (pos >= size)
		return 0;
	len = min(len, PAGE_SIZE - offset_in_page(pos));
	return min_t(loff_t, len, size - pos);
}

/*
 * Returns the number of bytes found, at most @len, with a reference for put_page(); 0 at
 * the end of the file; -ENODATA if the page is not cached; or another error.
 */
static inline int cached_page_get(struct file *file, loff_t pos, size_t len,
				  struct cached_page *found)
{
	struct address_space *mapping = file->f_mapping;
	struct folio *folio;
	int n;

	n = check_file(file, pos, len);
	if (n)
		return n;
	if (pos >= i_size_read(mapping->host))
		return 0;
	folio = filemap_get_folio(mapping, pos >> PAGE_SHIFT);
	if (IS_ERR(folio))
		return -ENODATA;
	found->page = folio_file_page(folio, pos >> PAGE_SHIFT);
	n = check_page(found->page, mapping->host, pos, len);
	if (n <= 0)
		folio_put(folio);
	found->offset = offset_in_page(pos);
	found->len = n;
	return n;
}

#endif /* _LADDER_PAGE_H */
