/* SPDX-License-Identifier: GPL-2.0-only */
/* The release of a transfer's pages by the network stack: see release.c. */
#ifndef _ZCX_RELEASE_H
#define _ZCX_RELEASE_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

struct zcx_release_hook;
struct zcx_user;

/**
 * typedef zcx_release_func - function of a hook, called in a context that may sleep
 * @hook: the hook, which the function may free
 * @copied: true if the network stack has copied some of the pages
 */
typedef void zcx_release_func(struct zcx_release_hook *hook, bool copied);

/**
 * struct zcx_release_hook - a function to call at the release
 * @link: link in &zcx_release.hooks
 * @func: the function
 */
struct zcx_release_hook {
	struct list_head link;
	zcx_release_func *func;
};

/**
 * struct zcx_release - the release of a transfer's pages
 * @ubuf: referenced by each packet, and by the transfer until it ends
 * @work: work item that calls the hooks, since packets are freed in any context
 * @user: NULL, or the user whose work calls them instead; a hook has a reference to it
 * @node: link in &zcx_user.releases
 * @copied: true if the network stack has copied some of the pages
 * @hooks: hooks, called in the order in which they were added
 */
struct zcx_release {
	struct ubuf_info ubuf;
	struct work_struct work;
	struct zcx_user *user;
	struct llist_node node;
	bool copied;
	struct list_head hooks;
};

struct zcx_release *zcx_release_alloc(void);
void zcx_release_add(struct zcx_release *release, struct zcx_release_hook *hook,
		     zcx_release_func *func);
void zcx_release_put(struct zcx_release *release);
void zcx_release_work_of_user(struct work_struct *work);
int zcx_release_init(void);
void zcx_release_exit(void);

#endif /* _ZCX_RELEASE_H */
