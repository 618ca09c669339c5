// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check: before virtual machines start, whether these functions can be used together.
 *
 * Exits with EXIT_CONFLICT when one of them would be refused its line.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "page.h"
#include "table.h"

KEY_CELL(address_cell, "address")
KEY_CELL(driver_cell, "driver")
KEY_CELL(line_cell, "line")
KEY_CELL(verdict_cell, "verdict")
KEY_CELL(masking_cell, "masking")
KEY_CELL(mode_cell, "mode")

static const struct column columns[] = {
	{"ADDRESS", "PCI address", true, FIT_WHOLE, address_cell, 0},
	{"DRIVER", "the driver bound to it", true, FIT_WHOLE, driver_cell, 0},
	{"LINE", "the line its pin arrives at", true, FIT_WHOLE, line_cell, 0},
	{"VERDICT", "who shares the line now", true, FIT_WHOLE, verdict_cell, COLUMN_VERDICT},
	{"MASKING", "its INTx can be masked by itself: works, broken, hidden, unknown", true, FIT_WHOLE,
	 masking_cell, 0},
	{"MODE", "how its INTx would be served: direct, classic, none", true, FIT_WHOLE, mode_cell, 0},
};

#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

static void print_finding(struct page *p, const char *style, const char *word, const json_t *finding)
{
	const json_t *remedy = json_object_get(finding, "remedy");

	page_words(p, style, word);
	page_to(p, 10);
	page_words(p, NULL, text_of(finding, "address"));
	page_words(p, NULL, ": ");
	page_words(p, NULL, text_of(finding, "text"));
	page_end(p);
	if (!json_is_object(remedy))
		return;
	page_to(p, 10);
	page_words(p, NULL, "->");
	page_to(p, 13);
	page_words(p, NULL, text_of(remedy, "text"));
	page_end(p);
}

static int print_findings(const struct options *o, const json_t *document)
{
	const json_t *conflicts = json_object_get(document, "conflicts"), *finding;
	struct page p = page_new();
	size_t i;

	if (!o->no_legend)
		page_end(&p);
	json_array_foreach(conflicts, i, finding) print_finding(&p, "red", "conflict", finding);
	json_array_foreach(json_object_get(document, "notes"), i, finding) if (!o->quiet)
		print_finding(&p, "dim", "note", finding);
	if (json_array_size(conflicts) == 0 && !o->quiet)
		puts("No conflict is known: their INTx can be used together.");
	return page_flush();
}

static int print_check(const struct options *o, const json_t *document)
{
	const json_t *f;
	size_t i;
	int code;
	struct table *t = table_new(o, columns, N_COLUMNS, &code);

	json_array_foreach(json_object_get(document, "functions"), i, f) if (code == EXIT_DONE) code =
		table_add(t, f);
	if (code == EXIT_DONE)
		code = table_print(t);
	table_free(t);
	return code == EXIT_DONE ? print_findings(o, document) : code;
}

int verb_check(const struct options *o, int argc, char **argv)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_json_ json_t *document = NULL;
	int code = client_new(&c, o);

	(void)argc;
	if (code == EXIT_DONE)
		code = client_call_list(c, &document, "Check", argv + 1);
	if (code != EXIT_DONE)
		return code;
	if (o->json) {
		code = print_json(document);
	} else {
		show_problems(o, document);
		code = print_check(o, document);
	}
	if (code == EXIT_DONE && json_array_size(json_object_get(document, "conflicts")) > 0)
		return EXIT_CONFLICT;
	return code;
}

void check_help(void)
{
	columns_help(columns, N_COLUMNS);
}
