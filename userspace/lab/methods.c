// SPDX-License-Identifier: GPL-2.0-only
/* All methods, in the order of the table and of the book. */
#include "methods/methods.h"

const struct lab_method *const lab_methods[] = {
	&lab_read_write,
	&lab_mmap_write,
	&lab_mmap_lease,
	&lab_sendfile,
	&lab_splice,
	&lab_splice_move,
	&lab_splice_nonblock,
	&lab_splice_more,
	&lab_vmsplice,
	&lab_vmsplice_gift,
	&lab_tee,
	&lab_copy_on_write,
	&lab_direct,
	&lab_direct_uring,
	&lab_direct_aio,
	&lab_msg_zerocopy,
	&lab_send_zc,
	&lab_java_transferto,
	&lab_java_mapped,
	&lab_java_heap,
	&lab_java_direct,
	&lab_zcxfer,
	&lab_zcxfer_job,
	&lab_zcxfer_direct,
	&lab_nonblocking,
	&lab_epoll,
	&lab_asynchronous,
	NULL,
};
