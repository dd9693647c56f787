/* SPDX-License-Identifier: GPL-2.0-only */
/* All methods, by the file that defines them. */
#ifndef ZCXFER_LAB_METHODS_H
#define ZCXFER_LAB_METHODS_H

#include "../lab.h"

/* read_write.c, nonblocking.c, readiness.c, asynchronous.c: the I/O models */
extern const struct lab_method lab_read_write;
extern const struct lab_method lab_nonblocking;
extern const struct lab_method lab_epoll;
extern const struct lab_method lab_asynchronous;

/* mmap_write.c, mmap_lease.c, copy_on_write.c */
extern const struct lab_method lab_mmap_write;
extern const struct lab_method lab_mmap_lease;
extern const struct lab_method lab_copy_on_write;

/* sendfile.c */
extern const struct lab_method lab_sendfile;

/* splice.c */
extern const struct lab_method lab_splice;
extern const struct lab_method lab_splice_move;
extern const struct lab_method lab_splice_nonblock;
extern const struct lab_method lab_splice_more;

/* vmsplice.c */
extern const struct lab_method lab_vmsplice;
extern const struct lab_method lab_vmsplice_gift;

/* tee.c */
extern const struct lab_method lab_tee;

/* direct.c, direct_uring.c, direct_aio.c */
extern const struct lab_method lab_direct;
extern const struct lab_method lab_direct_uring;
extern const struct lab_method lab_direct_aio;

/* msg_zerocopy.c, send_zc.c */
extern const struct lab_method lab_msg_zerocopy;
extern const struct lab_method lab_send_zc;

/* java_nio.c, which runs Nio.java */
extern const struct lab_method lab_java_transferto;
extern const struct lab_method lab_java_mapped;
extern const struct lab_method lab_java_heap;
extern const struct lab_method lab_java_direct;

/* zcxfer_send.c, zcxfer_job.c */
extern const struct lab_method lab_zcxfer;
extern const struct lab_method lab_zcxfer_direct;
extern const struct lab_method lab_zcxfer_job;

#endif /* ZCXFER_LAB_METHODS_H */
