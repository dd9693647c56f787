/* SPDX-License-Identifier: GPL-2.0 */
/* The picture of a data path: which arrows there are, apart from where they are drawn. */
#ifndef ZCXFER_LAB_PATH_H
#define ZCXFER_LAB_PATH_H

#include "svg.h"

/* Where bytes can be. */
enum place {
	DISK,
	CACHE,
	USER,
	SOCKET,
	NIC,
	NR_PLACES,
	/* Which of these it is, path_place() tells of a row. */
	READ_TO = NR_PLACES,
	COPIED_FROM,
	REFERENCED_FROM,
};

/**
 * struct path_arrow - a move of bytes from one place to another
 * @count: how many were moved
 * @id: of the arrow, in the picture
 * @kind: what moved them
 * @label: the same, in words
 * @words: what was counted
 * @from: where they were
 * @to: where they are then
 */
struct path_arrow {
	enum lab_count count;
	const char *id;
	enum svg_kind kind;
	const char *label;
	const char *words;
	enum place from;
	enum place to;
};

#define PATH_NR_ARROWS	7

/* path_arrows.c: in the order of the way */
extern const struct path_arrow path_arrows[PATH_NR_ARROWS];

bool path_is_drawn(const struct lab_row *row, const struct path_arrow *arrow);
enum place path_place(const struct lab_row *row, enum place place);
const char *path_place_name(const struct lab_row *row, enum place place);

/* path_machine.c */
void path_machine(struct svg *svg, const struct lab_row *row);

#endif /* ZCXFER_LAB_PATH_H */
