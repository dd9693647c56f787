/* SPDX-License-Identifier: GPL-2.0-only */
/* An IDE disk whose driver can be loaded with DMA and without: see ide.c. */
#ifndef ZCXFER_LAB_EXPERIMENTS_IDE_H
#define ZCXFER_LAB_EXPERIMENTS_IDE_H

#include <stdbool.h>
#include <stddef.h>

const char *ide_find(char *device, size_t size);
const char *ide_load(const char *device, bool dma, char *disk, size_t size);
int ide_port_width(const char *disk);
bool ide_is_loaded(void);
const char *ide_unload(void);

#endif /* ZCXFER_LAB_EXPERIMENTS_IDE_H */
