/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables from JSON objects through libsmartcols: one array of columns describes a table, its help and its -o
 * names.
 *
 * Colour is for terminals and not for NO_COLOR or TERM=dumb. A cell that has nothing to say shows "-". On a
 * terminal columns give way until the table fits; anywhere else every cell is whole and every row one line.
 */
#pragma once

#include <jansson.h>
#include <libsmartcols/libsmartcols.h>

#include "ctl.h"

#define CELL_SIZE 1024

/* What becomes of a column when the terminal is too narrow. */
enum fit {
	FIT_WHOLE,
	FIT_CUT,  /* its cells are cut; with hardly any room, and not asked for by -o, it is left out */
	FIT_FOLD, /* its cells go on below themselves, broken behind commas and blanks */
};

enum column_flags {
	COLUMN_VERDICT = 1 << 0, /* coloured as a verdict or state */
	COLUMN_NUMBER = 1 << 1,	 /* stands to the right */
};

struct column {
	const char *name; /* -o NAME, and its heading */
	const char *help;
	bool preset; /* shown without -o */
	enum fit fit;
	/* The cell's text: in buffer, or one that lives as long as the row; NULL: nothing to say. */
	const char *(*cell)(const json_t *row, char buffer[static CELL_SIZE]);
	unsigned flags;
};

/* Defines a cell that is the string of a key. */
#define KEY_CELL(function, key)                                                       \
	static const char *function(const json_t *row, char buffer[static CELL_SIZE]) \
	{                                                                             \
		(void)buffer;                                                         \
		return text_of(row, key);                                             \
	}

struct table;

/* NULL, with a complaint, when -o names an unknown column (EXIT_USAGE) or memory is short (EXIT_FAILED). */
struct table *table_new(const struct options *o, const struct column *columns, size_t n, int *ret_code);
/* The same, with a list of columns in place of those marked as preset. */
struct table *table_new_preset(const struct options *o, const char *preset, const struct column *columns,
			       size_t n, int *ret_code);
int table_add(struct table *t, const json_t *row);
int table_print(struct table *t);
void table_free(struct table *t);

/* Makes it a tree, drawn in the column of this name or else in the first. */
int table_make_tree(struct table *t, const char *column);
/* As table_add(), below another row (NULL: at the top); NULL, with a complaint, when out of memory. */
struct libscols_line *table_add_below(struct table *t, struct libscols_line *above, const json_t *row);
void table_remove(struct table *t, struct libscols_line *line);
/* Shows a whole row dimmed. */
void table_dim(struct table *t, struct libscols_line *line);

/* The columns' names and help, for --help. */
void columns_help(const struct column *columns, size_t n);

/* The string of a key, or NULL. */
const char *text_of(const json_t *o, const char *key);
/* The number of a key as text, or NULL. */
const char *number_of(const json_t *o, const char *key, char buffer[static CELL_SIZE]);

/* Are escape sequences for colour wanted on standard output? */
bool want_colour(void);
const char *verdict_colour(const char *verdict);
