// SPDX-License-Identifier: GPL-2.0-or-later
/* lines: a row an interrupt line, those with the worst verdict first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "description.h"
#include "page.h"
#include "table.h"

/* Longer lists are cut: a row should not fill a screen, and --json has them all. */
#define MAX_HOLDERS 8
#define MAX_MEMBERS 32

KEY_CELL(line_cell, "id")
KEY_CELL(verdict_cell, "verdict")
KEY_CELL(holders_cell, "holders")
KEY_CELL(members_cell, "members")

static const char *n_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	return number_of(row, "n", buffer);
}

static const char *irq_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	return number_of(row, "irq", buffer);
}

static const char *slots_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	return number_of(row, "n_slots", buffer);
}

static const struct column columns[] = {
	{"LINE", "the interrupt line", true, FIT_WHOLE, line_cell, 0},
	{"N", "how many functions are on it", true, FIT_WHOLE, n_cell, COLUMN_NUMBER},
	{"VERDICT", "the worst verdict of its functions", true, FIT_WHOLE, verdict_cell, COLUMN_VERDICT},
	{"HOLDERS", "who has asked for it", true, FIT_FOLD, holders_cell, 0},
	{"MEMBERS", "the functions on it", true, FIT_FOLD, members_cell, 0},
	{"IRQ", "its Linux interrupt number", false, FIT_WHOLE, irq_cell, COLUMN_NUMBER},
	{"SLOTS", "how many empty slots lead to it", false, FIT_WHOLE, slots_cell, COLUMN_NUMBER},
};

#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

static int verdict_rank(const json_t *row)
{
	const char *verdict = text_of(row, "verdict");
	int rank = VERDICT_SHARED;

	while (rank < _VERDICT_MAX && (!verdict || strcmp(verdict, verdict_to_string(rank)) != 0))
		rank++;
	return rank;
}

static json_t *joined(const json_t *list, size_t most)
{
	const char *between = terminal_width() == SIZE_MAX ? "," : ", ";
	_cleanup_free_ char *text = NULL;
	size_t size, i, n = json_array_size(list);
	FILE *out = open_memstream(&text, &size);
	const json_t *item;

	if (!out)
		return NULL;
	json_array_foreach(list, i, item)
	{
		if (i == most)
			break;
		fprintf(out, "%s%s", i ? between : "", json_string_value(item));
	}
	if (n > most)
		fprintf(out, " and %zu more", n - most);
	fclose(out);
	return json_string(text);
}

static json_t *row_of(const json_t *line)
{
	const json_t *holders = json_object_get(line, "holders"), *members = json_object_get(line, "members");
	size_t most = terminal_width() == SIZE_MAX ? SIZE_MAX : MAX_MEMBERS;

	return json_pack("{s:s, s:I, s:I, s:o, s:o}", "id", text_of(line, "id"), "n",
			 (json_int_t)json_array_size(members), "n_slots",
			 (json_int_t)json_array_size(json_object_get(line, "slots")), "holders",
			 json_is_null(holders) ? json_string("not known") : joined(holders, MAX_HOLDERS),
			 "members", joined(members, most));
}

/* Adds to the rows what only the functions tell; the number of functions that are on no row. */
static size_t add_verdicts(json_t *rows, const json_t *devices)
{
	const json_t *device;
	size_t i, elsewhere = 0;

	json_array_foreach(devices, i, device)
	{
		const char *line = text_of(device, "line");
		json_t *row = line ? json_object_get(rows, line) : NULL;

		if (!row) {
			elsewhere += !json_is_null(json_object_get(device, "pin"));
			continue;
		}
		json_object_set(row, "irq", json_object_get(device, "irq"));
		if (verdict_rank(device) < verdict_rank(row))
			json_object_set(row, "verdict", json_object_get(device, "verdict"));
	}
	return elsewhere;
}

static int compare_rows(const void *a, const void *b)
{
	const json_t *x = *(const json_t *const *)a, *y = *(const json_t *const *)b;
	int d = verdict_rank(x) - verdict_rank(y);

	return d ? d : strverscmp(text_of(x, "id"), text_of(y, "id"));
}

static int add_sorted(struct table *t, json_t *rows)
{
	_cleanup_free_ const json_t **sorted = calloc(json_object_size(rows) + 1, sizeof(*sorted));
	int code = sorted ? EXIT_DONE : EXIT_FAILED;
	size_t n = 0;
	const char *id;
	json_t *row;

	json_object_foreach(rows, id, row) if (sorted) sorted[n++] = row;
	if (n > 0)
		qsort(sorted, n, sizeof(*sorted), compare_rows);
	for (size_t i = 0; i < n && code == EXIT_DONE; i++)
		code = table_add(t, sorted[i]);
	return code;
}

static void print_remarks(size_t n_lines, size_t elsewhere)
{
	if (n_lines == 0)
		puts("No interrupt line is known.");
	if (elsewhere > 0)
		printf("\n%zu function%s INTx on a line that is not known.\n", elsewhere,
		       elsewhere == 1 ? " has its" : "s have their");
}

static int print_lines(const struct options *o, const json_t *document)
{
	_cleanup_json_ json_t *rows = json_object();
	size_t i, elsewhere;
	int code;
	struct table *t = table_new(o, columns, N_COLUMNS, &code);
	const json_t *line;

	json_array_foreach(json_object_get(document, "lines"), i, line)
		json_object_set_new(rows, text_of(line, "id"), row_of(line));
	elsewhere = add_verdicts(rows, json_object_get(document, "devices"));
	if (code == EXIT_DONE)
		code = add_sorted(t, rows);
	if (code == EXIT_DONE)
		code = table_print(t);
	if (code == EXIT_DONE && !o->no_legend && !o->quiet)
		print_remarks(json_object_size(rows), elsewhere);
	table_free(t);
	return code;
}

/* The status document without its functions. */
static int print_document(json_t *document)
{
	json_object_del(document, "devices");
	return print_json(document);
}

int verb_lines(const struct options *o, int argc, char **argv)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_json_ json_t *document = NULL;
	int code = client_new(&c, o);

	(void)argc;
	(void)argv;
	if (code == EXIT_DONE)
		code = client_describe(c, &document);
	if (code != EXIT_DONE)
		return code;
	if (o->json)
		return print_document(document);
	show_problems(o, document);
	return print_lines(o, document);
}

void lines_help(void)
{
	columns_help(columns, N_COLUMNS);
}
