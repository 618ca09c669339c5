/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text for people: rows of cells, the last of which flows and is folded to the terminal's width under its own
 * start.
 *
 * Off a terminal nothing is folded, so a row is a line. What cannot be printed (control characters in a
 * captured file, bytes outside the locale) is shown as \xNN; an escape sequence in a driver's name does not
 * reach the terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct page {
	size_t width;  /* of the terminal; SIZE_MAX: do not fold */
	size_t height; /* SIZE_MAX: no end */
	size_t column; /* where the next character goes */
	size_t indent; /* where a folded row goes on */
	bool colour;
	bool blank; /* a blank is due before the next word */
};

struct page page_new(void);

/* Goes to this column, or a blank further if something stands there; what follows is folded under it. */
void page_to(struct page *p, size_t column);

/* Words that flow. Text that does not start with a blank sticks to what stands before it. Style: "red",
 * "yellow", "green", "bold", "dim", or NULL. A NULL text is shown as "-". */
void page_words(struct page *p, const char *style, const char *text);
void page_printf(struct page *p, const char *style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void page_end(struct page *p);

/* At the end: an exit code. */
int page_flush(void);

/* The screen columns that the text takes. */
size_t text_width(const char *text);

/* The terminal's width; SIZE_MAX when standard output is none. */
size_t terminal_width(void);
