/* SPDX-License-Identifier: GPL-2.0-only */
/* The administrator's settings: see param.c. */
#ifndef _ZCX_PARAM_H
#define _ZCX_PARAM_H

#include "account.h"

extern unsigned int zcx_policy;
extern unsigned int zcx_copybreak;
extern bool zcx_fill_packets;

#endif /* _ZCX_PARAM_H */
