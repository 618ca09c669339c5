// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

size_t text_character(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = p[0] < 0x80	 ? 1
		   : p[0] < 0xc2 ? 0
		   : p[0] < 0xe0 ? 2
		   : p[0] < 0xf0 ? 3
		   : p[0] < 0xf5 ? 4
				 : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than it need be, half of a UTF-16 pair, beyond U+10FFFF. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

void text_clean(char *text)
{
	for (char *p = text; *p;) {
		size_t n = text_character(p);

		if (n == 0 || (unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
		p += n ? n : 1;
	}
}

const char *text_quote(const char *text, char buffer[static TEXT_QUOTE_SIZE])
{
	int length = (int)strnlen(text, TEXT_QUOTE_SIZE - 6);
	bool whole = text[length] == '\0';

	while (!whole && length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	snprintf(buffer, TEXT_QUOTE_SIZE, "\"%.*s%s\"", length, text, whole ? "" : "...");
	text_clean(buffer);
	return buffer;
}
