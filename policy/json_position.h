/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where something stands in a JSON text, for error messages: jansson tells the place of syntax errors only,
 * and of those the end.
 *
 * The text may be wrong behind the place that is asked for; one pass over it, whatever it holds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define JSON_PATH_SIZE 64

struct json_position {
	unsigned line, column;	   /* from 1; columns in characters */
	char path[JSON_PATH_SIZE]; /* "rules[2].match.adress", as it is written there; empty: the whole text
				    */
};

/* A step down: to an object's member, or with key NULL to an array's element. */
struct json_step {
	const char *key;
	size_t index;
};

/* Of a member its key, of an element its first character; with n 0 that of the whole text. False: there is no
 * such thing. */
bool json_position_of(const char *text, size_t length, const struct json_step *steps, size_t n,
		      struct json_position *ret);

/* The start of the token that the byte at offset belongs to, or the byte itself where there is none. */
void json_position_at(const char *text, size_t length, size_t offset, struct json_position *ret);

/* Line and column of the very byte; no path. */
void json_position_of_byte(const char *text, size_t offset, struct json_position *ret);
