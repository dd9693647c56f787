/* SPDX-License-Identifier: GPL-2.0-only */
/* One JSON object, written member by member. */
#ifndef ZCXFER_TOOLS_JSON_H
#define ZCXFER_TOOLS_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct json - an object that is being written
 * @stream: stream to write to
 * @separator: what comes before the next member or element
 */
struct json {
	FILE *stream;
	const char *separator;
};

void json_begin(struct json *json, FILE *stream);
void json_number(struct json *json, const char *name, uint64_t value);
void json_seconds(struct json *json, const char *name, double value);
void json_null(struct json *json, const char *name);
void json_string(struct json *json, const char *name, const char *text);
void json_errno(struct json *json, int error);
void json_begin_array(struct json *json, const char *name);
void json_element(struct json *json, const char *text);
void json_end_array(struct json *json);
void json_end(struct json *json);

#endif /* ZCXFER_TOOLS_JSON_H */
