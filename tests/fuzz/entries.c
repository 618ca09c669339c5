// SPDX-License-Identifier: GPL-2.0-or-later
#include "entries.h"

#include <stdbool.h>
#include <string.h>

#define MARK "--- "
#define NEXT "\n" MARK

static void copy_text(char *to, size_t size, const uint8_t *from, size_t length)
{
	length = length < size - 1 ? length : size - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

/* "NAME" or "NAME -> TARGET"; at most as much as fits. */
static void read_name(const uint8_t *line, size_t length, struct entry *ret)
{
	const uint8_t *arrow = memmem(line, length, " -> ", 4);
	size_t name = arrow ? (size_t)(arrow - line) : length;

	copy_text(ret->name, sizeof(ret->name), line, name);
	copy_text(ret->target, sizeof(ret->target), line + length, 0);
	if (arrow)
		copy_text(ret->target, sizeof(ret->target), arrow + 4, length - name - 4);
}

bool next_entry(const uint8_t **at, size_t *rest, struct entry *ret)
{
	const uint8_t *p = *at, *end = p + *rest, *line_end, *next;

	if (*rest < strlen(MARK) || memcmp(p, MARK, strlen(MARK)) != 0) {
		p = *rest ? memmem(p, *rest, NEXT, strlen(NEXT)) : NULL;
		if (!p)
			return false;
		p++;
	}
	p += strlen(MARK);
	line_end = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
	if (!line_end)
		line_end = end;
	read_name(p, (size_t)(line_end - p), ret);
	/* An empty content has no newline of its own. */
	next = line_end < end ? memmem(line_end, (size_t)(end - line_end), NEXT, strlen(NEXT)) : NULL;
	ret->content = line_end < end ? line_end + 1 : end;
	if (!next)
		next = end;
	ret->length = next > ret->content ? (size_t)(next - ret->content) : 0;
	*at = next < end ? next + 1 : end;
	*rest = (size_t)(end - *at);
	return true;
}
