/* SPDX-License-Identifier: GPL-2.0 */
/* All methods, each named as its file is. */
#ifndef ZCXFER_LAB_METHODS_H
#define ZCXFER_LAB_METHODS_H

#include "../lab.h"

extern const struct lab_method lab_read_write;
extern const struct lab_method lab_sendfile;

#endif /* ZCXFER_LAB_METHODS_H */
