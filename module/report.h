/* SPDX-License-Identifier: GPL-2.0-only */
/* The result of a transfer: see report.c. */
#ifndef _ZCX_REPORT_H
#define _ZCX_REPORT_H

#include "transfer.h"

int zcx_report(const struct zcx_xfer *xfer, struct zcxfer_result *result);

#endif /* _ZCX_REPORT_H */
