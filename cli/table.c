// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "page.h"

#define MAX_COLUMNS 40
#define LEAST_FOLD  24 /* a folded column is not made narrower */
#define LEAST_CUT   10 /* a cut one is left out instead */

struct table {
	struct libscols_table *scols;
	const struct column *shown[MAX_COLUMNS];
	size_t n;
	bool colour, headings;
	bool asked; /* the user has chosen the columns */
};

const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

const char *number_of(const json_t *o, const char *key, char buffer[static CELL_SIZE])
{
	const json_t *j = json_object_get(o, key);

	if (!json_is_integer(j))
		return NULL;
	snprintf(buffer, CELL_SIZE, "%lld", (long long)json_integer_value(j));
	return buffer;
}

bool want_colour(void)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && terminal && strcmp(terminal, "dumb") != 0;
}

const char *verdict_colour(const char *word)
{
	static const char *const colours[][2] = {
		{"shared", "red"},    {"latent", "yellow"},  {"unproven", "yellow"}, {"exclusive", "green"},
		{"engaged", "green"}, {"yielded", "yellow"}, {"refused", "red"},
	};

	for (size_t i = 0; word && i < sizeof(colours) / sizeof(*colours); i++)
		if (strncmp(word, colours[i][0], strlen(colours[i][0])) == 0)
			return colours[i][1];
	return NULL;
}

static const struct column *find_column(const struct column *columns, size_t n, const char *name,
					size_t length)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(columns[i].name) == length && strncasecmp(columns[i].name, name, length) == 0)
			return &columns[i];
	return NULL;
}

static int add_listed(struct table *t, const char *list, const struct column *columns, size_t n)
{
	for (const char *p = list; *p;) {
		size_t length = strcspn(p, ",");
		const struct column *c = find_column(columns, n, p, length);

		if (!c || t->n == MAX_COLUMNS) {
			complain("-o: there is no column '%.*s'; --help lists them", (int)length, p);
			return EXIT_USAGE;
		}
		t->shown[t->n++] = c;
		p += length + (p[length] == ',');
	}
	if (t->n > 0)
		return EXIT_DONE;
	complain("-o: no columns; --help lists them");
	return EXIT_USAGE;
}

/* -o A,B replaces the preset columns, -o +A adds to them, -o all shows every one. */
static int choose(struct table *t, const char *preset, const char *list, const struct column *columns,
		  size_t n)
{
	bool add = list && *list == '+', everything = list && strcasecmp(list, "all") == 0;
	int code = EXIT_DONE;

	if (preset && (!list || add))
		code = add_listed(t, preset, columns, n);
	for (size_t i = 0; i < n; i++)
		if (everything || (!preset && (!list || add) && columns[i].preset))
			t->shown[t->n++] = &columns[i];
	if (code == EXIT_DONE && list && !everything)
		code = add_listed(t, list + add, columns, n);
	return code;
}

static int make_columns(struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct column *c = t->shown[i];
		int flags = (c->fit == FIT_CUT ? SCOLS_FL_TRUNC : 0) |
			    (c->fit == FIT_FOLD ? SCOLS_FL_WRAP : 0) |
			    (c->flags & COLUMN_NUMBER ? SCOLS_FL_RIGHT : 0);
		struct libscols_column *made =
			scols_table_new_column(t->scols, c->name, c->fit == FIT_CUT ? 0.1 : 0, flags);

		if (!made)
			return EXIT_FAILED;
		if (c->fit == FIT_FOLD && (scols_column_set_safechars(made, "\n") < 0 ||
					   scols_column_set_wrapfunc(made, scols_wrapnl_chunksize,
								     scols_wrapnl_nextchunk, NULL) < 0))
			return EXIT_FAILED;
	}
	return EXIT_DONE;
}

struct table *table_new(const struct options *o, const struct column *columns, size_t n, int *ret_code)
{
	return table_new_preset(o, NULL, columns, n, ret_code);
}

struct table *table_new_preset(const struct options *o, const char *preset, const struct column *columns,
			       size_t n, int *ret_code)
{
	struct table *t = calloc(1, sizeof(*t));

	*ret_code = t ? choose(t, preset, o->columns, columns, n) : EXIT_FAILED;
	if (*ret_code == EXIT_DONE) {
		t->scols = scols_new_table();
		*ret_code = t->scols ? make_columns(t) : EXIT_FAILED;
	}
	if (*ret_code == EXIT_FAILED)
		complain("out of memory");
	if (*ret_code != EXIT_DONE) {
		table_free(t);
		return NULL;
	}
	t->colour = want_colour();
	t->headings = !o->no_legend;
	t->asked = o->columns;
	scols_table_enable_colors(t->scols, t->colour);
	scols_table_enable_noheadings(t->scols, o->no_legend);
	return t;
}

int table_make_tree(struct table *t, const char *column)
{
	struct libscols_column *c;
	size_t at = 0;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->shown[i]->name, column) == 0)
			at = i;
	c = scols_table_get_column(t->scols, at);
	return scols_column_set_flags(c, scols_column_get_flags(c) | SCOLS_FL_TREE) < 0 ? EXIT_FAILED
											: EXIT_DONE;
}

static int set_cell(struct table *t, struct libscols_line *line, size_t i, const json_t *row)
{
	char buffer[CELL_SIZE];
	const char *text = t->shown[i]->cell(row, buffer), *colour = NULL;
	int r = scols_line_set_data(line, i, text && *text ? text : "-");

	if (t->colour && t->shown[i]->flags & COLUMN_VERDICT)
		colour = verdict_colour(text);
	if (r == 0 && colour)
		r = scols_cell_set_color(scols_line_get_cell(line, i), colour);
	return r;
}

struct libscols_line *table_add_below(struct table *t, struct libscols_line *above, const json_t *row)
{
	struct libscols_line *line = scols_table_new_line(t->scols, above);
	int r = line ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < t->n; i++)
		r = set_cell(t, line, i, row);
	if (r == 0)
		return line;
	complain("out of memory");
	return NULL;
}

int table_add(struct table *t, const json_t *row)
{
	return table_add_below(t, NULL, row) ? EXIT_DONE : EXIT_FAILED;
}

void table_remove(struct table *t, struct libscols_line *line)
{
	struct libscols_line *above = scols_line_get_parent(line);

	if (above)
		scols_line_remove_child(above, line);
	scols_table_remove_line(t->scols, line);
}

void table_dim(struct table *t, struct libscols_line *line)
{
	if (t->colour)
		scols_line_set_color(line, "halfbright");
}

/* What a row's art takes in the column that draws the tree. */
static size_t art_width(const struct libscols_line *line)
{
	size_t width = 0;

	while ((line = scols_line_get_parent(line)))
		width += 2;
	return width;
}

/* The widest cell of a column, its heading included. */
static size_t natural_width(struct table *t, size_t i)
{
	bool tree = scols_column_is_tree(scols_table_get_column(t->scols, i));
	struct libscols_iter *at = scols_new_iter(SCOLS_ITER_FORWARD);
	size_t width = t->headings ? strlen(t->shown[i]->name) : 0;
	struct libscols_line *line;

	while (at && scols_table_next_line(t->scols, at, &line) == 0) {
		size_t w = text_width(scols_cell_get_data(scols_line_get_cell(line, i)));

		if (tree)
			w += art_width(line);
		width = w > width ? w : width;
	}
	scols_free_iter(at);
	return width;
}

/* Puts line breaks where the text goes beyond the width. */
static void fold(char *text, size_t width)
{
	char *start = text, *fits = NULL;

	for (char *p = text; *p; p++) {
		if ((size_t)(p - start) >= width && fits) {
			*fits = '\n';
			start = fits + 1;
			fits = NULL;
		}
		if (*p == ' ')
			fits = p;
	}
}

static int fold_column(struct table *t, size_t i, size_t width)
{
	struct libscols_iter *at = scols_new_iter(SCOLS_ITER_FORWARD);
	int r = at ? 0 : -ENOMEM;
	struct libscols_line *line;

	while (r == 0 && scols_table_next_line(t->scols, at, &line) == 0) {
		const char *text = scols_cell_get_data(scols_line_get_cell(line, i));
		char *copy = text_width(text) > width ? strdup(text) : NULL;

		if (copy) {
			fold(copy, width);
			r = scols_line_refer_data(line, i, copy);
		}
	}
	scols_free_iter(at);
	return r;
}

static void hide_columns(struct table *t, const size_t width[], size_t left)
{
	struct libscols_column *c;

	for (size_t i = 0; i < t->n; i++)
		if (t->shown[i]->fit == FIT_CUT && width[i] > left && left < LEAST_CUT) {
			c = scols_table_get_column(t->scols, i);
			scols_column_set_flags(c, scols_column_get_flags(c) | SCOLS_FL_HIDDEN);
		}
}

/* libsmartcols breaks anywhere or at given places: this gives it the places. The room is shared out to the
 * folding columns, the smallest first. */
static int fold_columns(struct table *t, size_t width[], size_t n_fold, size_t left)
{
	int r = 0;

	for (; n_fold > 0 && r == 0; n_fold--) {
		size_t least = t->n, share = left / n_fold > LEAST_FOLD ? left / n_fold : LEAST_FOLD;

		for (size_t i = 0; i < t->n; i++)
			if (t->shown[i]->fit == FIT_FOLD && width[i] != SIZE_MAX &&
			    (least == t->n || width[i] < width[least]))
				least = i;
		share = width[least] < share ? width[least] : share;
		r = fold_column(t, least, share);
		left -= share < left ? share : left;
		width[least] = SIZE_MAX;
	}
	return r;
}

/* Makes the table fit the terminal, as far as its columns give way. */
static int fit_columns(struct table *t)
{
	size_t left = terminal_width(), width[MAX_COLUMNS], n_fold = 0, n_cut = 0;

	for (size_t i = 0; i < t->n; i++) {
		n_fold += t->shown[i]->fit == FIT_FOLD;
		n_cut += t->shown[i]->fit == FIT_CUT;
	}
	if (n_fold + n_cut == 0 || left == SIZE_MAX)
		return 0;
	for (size_t i = 0; i < t->n; i++) {
		size_t taken = i > 0;

		width[i] = natural_width(t, i);
		if (t->shown[i]->fit == FIT_WHOLE)
			taken += width[i];
		left -= taken < left ? taken : left;
	}
	if (!t->asked)
		hide_columns(t, width, left);
	return fold_columns(t, width, n_fold, left);
}

int table_print(struct table *t)
{
	int r = fit_columns(t);

	if (r == 0)
		r = scols_print_table(t->scols);
	if (r == 0 && fflush(stdout) != 0)
		r = -errno;
	if (r == 0)
		return EXIT_DONE;
	complain("standard output: %s", strerror(-r));
	return EXIT_FAILED;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	scols_unref_table(t->scols);
	free(t);
}

void columns_help(const struct column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf(" %c %-10s %s\n", columns[i].preset ? '*' : ' ', columns[i].name, columns[i].help);
}
