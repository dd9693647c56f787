// SPDX-License-Identifier: GPL-2.0-only
/*
 * FIFOs: jobs of one open device that send into one socket, or receive from it, run
 * one after another in the order of their submission, so that their bytes do not mix.
 * Only the head of a FIFO may run.
 *
 * The head holds the list of its followers, and passes it to the next head. A FIFO
 * therefore needs no memory of its own.
 */
#include <linux/lockdep.h>

#include "entry.h"
#include "fifo.h"

/**
 * zcx_fifos_init - initialize the FIFOs of a queue
 * @fifos: the FIFOs
 * @lock: the queue's lock
 */
void zcx_fifos_init(struct zcx_fifos *fifos, spinlock_t *lock)
{
	fifos->lock = lock;
	hash_init(fifos->heads);
}

static struct zcx_entry *fifo_head(struct zcx_fifos *fifos, unsigned long key)
{
	struct zcx_entry *entry;

	hash_for_each_possible(fifos->heads, entry, bucket, key)
		if (entry->fifo == key)
			return entry;
	return NULL;
}

static void fifo_set_head(struct zcx_fifos *fifos, struct zcx_entry *entry)
{
	WRITE_ONCE(entry->at_head, true);
	hash_add(fifos->heads, &entry->bucket, entry->fifo);
}

/**
 * zcx_fifo_join - append an entry to its FIFO
 * @fifos: the FIFOs of its queue
 * @entry: the entry, with the key of its FIFO
 */
void zcx_fifo_join(struct zcx_fifos *fifos, struct zcx_entry *entry)
{
	struct zcx_entry *head;

	lockdep_assert_held(fifos->lock);
	INIT_LIST_HEAD(&entry->followers);
	head = fifo_head(fifos, entry->fifo);
	if (head)
		list_add_tail(&entry->follow, &head->followers);
	else
		fifo_set_head(fifos, entry);
}

/* A stopped job ends when it heads the FIFO, so that completions keep their order. */
static void fifo_stop_followers(struct zcx_fifos *fifos, struct zcx_entry *entry)
{
	struct zcx_entry *head = fifo_head(fifos, entry->fifo), *next;
	struct list_head *at = entry == head ? &entry->followers : &entry->follow;

	while ((at = at->next) != &head->followers) {
		next = list_entry(at, struct zcx_entry, follow);
		next->ops->stop(next);
	}
}

/**
 * zcx_fifo_leave - remove an entry whose job is over
 * @fifos: the FIFOs of its queue
 * @entry: the entry; its job still holds the socket, which is the key
 * @gap: true if the job ended early and bytes are missing from the stream; the jobs
 *	behind it are stopped, because their bytes would move up into the gap
 *
 * Dispatches the next job of the FIFO.
 */
void zcx_fifo_leave(struct zcx_fifos *fifos, struct zcx_entry *entry, bool gap)
{
	struct zcx_entry *next;

	lockdep_assert_held(fifos->lock);
	if (gap)
		fifo_stop_followers(fifos, entry);
	if (!entry->at_head) {
		list_del(&entry->follow);
		return;
	}
	hash_del(&entry->bucket);
	next = list_first_entry_or_null(&entry->followers, struct zcx_entry,
					follow);
	if (next) {
		list_del(&next->follow);
		list_splice_init(&entry->followers, &next->followers);
		fifo_set_head(fifos, next);
		next->ops->kick(next);
	}
}
