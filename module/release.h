/* SPDX-License-Identifier: GPL-2.0 */
/* What happens when the network stack has released a transfer's pages: release.c. */
#ifndef _ZCX_RELEASE_H
#define _ZCX_RELEASE_H

#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

struct zcx_release_hook;

/**
 * typedef zcx_release_func - called at the release, in a context that may sleep
 * @hook: the hook, which the function may free
 * @copied: the network stack has copied some of the pages
 */
typedef void zcx_release_func(struct zcx_release_hook *hook, bool copied);

/**
 * struct zcx_release_hook - something to do at the release
 * @link: in &zcx_release.hooks
 * @func: does it
 */
struct zcx_release_hook {
	struct list_head link;
	zcx_release_func *func;
};

/**
 * struct zcx_release - the release of a transfer's pages
 * @ubuf: what packets refer to; its count is that of the packets, and the transfer
 * @work: calls the hooks, where that may sleep
 * @copied: the network stack has copied some of the pages
 * @hooks: called in the order in which they were added
 */
struct zcx_release {
	struct ubuf_info ubuf;
	struct work_struct work;
	bool copied;
	struct list_head hooks;
};

struct zcx_release *zcx_release_alloc(void);
void zcx_release_add(struct zcx_release *release, struct zcx_release_hook *hook,
		     zcx_release_func *func);
void zcx_release_put(struct zcx_release *release);
int zcx_release_init(void);
void zcx_release_exit(void);

#endif /* _ZCX_RELEASE_H */
