/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others wrote, where we repeat it: UTF-8 in whole characters, as D-Bus and JSON carry nothing else, and
 * nothing in it that acts on a terminal. A buffer that was too small has cut its last character, too.
 */
#pragma once

#include <stddef.h>

/* The bytes of the UTF-8 sequence at p (RFC 3629), 0: it is none. A NUL ends p, and is one byte. */
size_t text_character(const char *p);

/* Every byte that is no part of a character, and every control character, becomes '?'. */
void text_clean(char *text);

/* In quotation marks, as far as it is worth showing, cleaned; "..." says that there was more. */
#define TEXT_QUOTE_SIZE 80
const char *text_quote(const char *text, char buffer[static TEXT_QUOTE_SIZE]);
