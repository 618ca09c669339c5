// SPDX-License-Identifier: GPL-2.0-or-later
#include "page.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "table.h"

#define LEAST_WIDTH 40 /* narrower than this, the terminal may fold */

/* A character as it will be shown. */
struct glyph {
	char bytes[MB_LEN_MAX + 4];
	size_t width;
};

/* What the terminal says, else what the environment says, else the preset. */
static size_t terminal_size(unsigned short size, const char *variable, long preset)
{
	const char *text = getenv(variable);
	long n = size;

	if (n <= 0 && text)
		n = strtol(text, NULL, 10);
	return (size_t)(n > 0 ? n : preset);
}

size_t terminal_width(void)
{
	struct winsize size = {};
	size_t width;

	if (!isatty(STDOUT_FILENO))
		return SIZE_MAX;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	width = terminal_size(size.ws_col, "COLUMNS", 80);
	return width < LEAST_WIDTH ? LEAST_WIDTH : width;
}

struct page page_new(void)
{
	struct winsize size = {};
	struct page p = {.width = terminal_width(), .height = SIZE_MAX, .colour = want_colour()};

	if (p.width != SIZE_MAX) {
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
		p.height = terminal_size(size.ws_row, "LINES", 24);
	}
	return p;
}

/* The number of bytes that make up the glyph; 0 at the end. */
static size_t next_glyph(const char *text, struct glyph *ret)
{
	mbstate_t state = {};
	wchar_t c = (unsigned char)*text;
	size_t n = 1;

	if (*text == '\0')
		return 0;
	if (c < ' ' || c > '~')
		n = mbrtowc(&c, text, MB_LEN_MAX, &state);
	if (n > MB_LEN_MAX || !iswprint((wint_t)c)) {
		ret->width =
			(size_t)snprintf(ret->bytes, sizeof(ret->bytes), "\\x%02x", (unsigned char)*text);
		return 1;
	}
	memcpy(ret->bytes, text, n);
	ret->bytes[n] = '\0';
	ret->width = wcwidth(c) > 0 ? (size_t)wcwidth(c) : 0;
	return n;
}

static size_t width_of(const char *text, size_t length)
{
	struct glyph g;
	size_t width = 0, n;

	for (const char *p = text; p < text + length && (n = next_glyph(p, &g)) > 0; p += n)
		width += g.width;
	return width;
}

size_t text_width(const char *text)
{
	return text ? width_of(text, strlen(text)) : 1;
}

static const char *sequence(const char *style)
{
	static const char *const styles[][2] = {
		{"red", "\033[31m"}, {"yellow", "\033[33m"}, {"green", "\033[32m"},
		{"bold", "\033[1m"}, {"dim", "\033[2m"},
	};

	for (size_t i = 0; style && i < sizeof(styles) / sizeof(*styles); i++)
		if (strcmp(style, styles[i][0]) == 0)
			return styles[i][1];
	return NULL;
}

static void pad(struct page *p, size_t column)
{
	for (; p->column < column; p->column++)
		putchar(' ');
}

void page_to(struct page *p, size_t column)
{
	if (p->column > 0 && p->column + 1 > column)
		column = p->column + 1;
	pad(p, column);
	p->indent = column;
	p->blank = false;
}

static void put_word(struct page *p, const char *style, const char *word, size_t length)
{
	const char *on = p->colour ? sequence(style) : NULL;
	size_t width = width_of(word, length), n;
	struct glyph g;

	if (p->blank && p->width != SIZE_MAX && p->column + 1 + width > p->width && p->column > p->indent) {
		putchar('\n');
		p->column = 0;
		pad(p, p->indent);
	} else if (p->blank && p->column > p->indent) {
		pad(p, p->column + 1);
	}
	if (on)
		fputs(on, stdout);
	for (const char *q = word; q < word + length && (n = next_glyph(q, &g)) > 0; q += n)
		fputs(g.bytes, stdout);
	if (on)
		fputs("\033[0m", stdout);
	p->column += width;
	p->blank = false;
}

void page_words(struct page *p, const char *style, const char *text)
{
	for (const char *at = text ? text : "-"; *at;) {
		size_t length = strcspn(at, " ");

		if (length > 0)
			put_word(p, style, at, length);
		at += length;
		if (*at == ' ') {
			p->blank = true;
			at++;
		}
	}
}

void page_printf(struct page *p, const char *style, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	page_words(p, style, text);
}

void page_end(struct page *p)
{
	putchar('\n');
	p->column = p->indent = 0;
	p->blank = false;
}

int page_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	complain("standard output: %s", strerror(errno));
	return EXIT_FAILED;
}
