// SPDX-License-Identifier: GPL-2.0-or-later
/* why: one screen on one function, from its pin to what would make its verdict better. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "function_page.h"
#include "page.h"
#include "table.h"

#define MAX_HOLDERS 4

KEY_CELL(who_cell, "who")
KEY_CELL(kind_cell, "kind")
KEY_CELL(driver_cell, "driver")
KEY_CELL(why_cell, "why")

static const struct column columns[] = {
	{"KIND", "active, latent, possible or dormant", true, FIT_WHOLE, kind_cell, 0},
	{"WHO", "the sharer: an address, a slot or another holder", true, FIT_WHOLE, who_cell, 0},
	{"DRIVER", "the driver bound to it", true, FIT_WHOLE, driver_cell, 0},
	{"WHY", "why it is a sharer of this kind", true, FIT_FOLD, why_cell, 0},
};

#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

static void print_driver(struct page *p, const json_t *d)
{
	static const char *const words[][2] = {
		{"off", ", MSI off"},
		{"msi", ", using MSI"},
		{"msix", ", using MSI-X"},
	};
	const char *driver = text_of(d, "driver"), *msi = text_of(d, "msi");
	const json_t *group = json_object_get(d, "iommu_group");

	label(p, "Driver");
	page_words(p, NULL, driver ? driver : "none");
	for (size_t i = 0; msi && i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(msi, words[i][0]) == 0)
			page_words(p, NULL, words[i][1]);
	if (json_is_integer(group))
		page_printf(p, NULL, ", IOMMU group %lld", (long long)json_integer_value(group));
	page_end(p);
}

static void print_line(struct page *p, const json_t *d, const json_t *line)
{
	const json_t *irq = json_object_get(d, "irq"), *holders = json_object_get(line, "holders");
	size_t n = json_array_size(json_object_get(line, "members"));

	label(p, "Line");
	page_words(p, "bold", line ? text_of(line, "id") : "not known");
	if (json_is_integer(irq))
		page_printf(p, NULL, " (IRQ %lld)", (long long)json_integer_value(irq));
	if (line) {
		page_printf(p, NULL, ", %zu function%s; ", n, n == 1 ? "" : "s");
		if (json_is_null(holders))
			page_words(p, NULL, "its holders are not known");
		else
			page_words(p, NULL, json_array_size(holders) ? "held by" : "no driver holds it");
		print_list(p, holders, MAX_HOLDERS);
	}
	page_end(p);
}

static size_t widest(const json_t *list, const char *key, size_t most)
{
	size_t width = 0, i;
	const json_t *item;

	json_array_foreach(list, i, item)
	{
		size_t w = i < most ? text_width(text_of(item, key)) : 0;

		width = w > width ? w : width;
	}
	return width;
}

static void print_path(struct page *p, const json_t *path)
{
	size_t width = widest(path, "at", SIZE_MAX), i;
	const json_t *hop;

	json_array_foreach(path, i, hop)
	{
		const char *pin = text_of(hop, "pin"), *evidence = text_of(hop, "evidence");

		label(p, i == 0 ? "Path" : "");
		page_words(p, NULL, text_of(hop, "at"));
		page_to(p, LABEL + width + 2);
		page_words(p, "bold", pin ? pin : " ");
		page_to(p, LABEL + width + 5);
		page_words(p, NULL, text_of(hop, "text"));
		if (evidence && strcmp(evidence, "none") != 0)
			page_printf(p, "dim", " [%s]", evidence);
		page_end(p);
	}
}

static int kind_rank(const json_t *sharer)
{
	static const enum kind order[] = {KIND_ACTIVE, KIND_LATENT, KIND_POSSIBLE, KIND_DORMANT};
	const char *kind = text_of(sharer, "kind");
	int rank = 0;

	while (rank < _KIND_MAX && (!kind || strcmp(kind, kind_to_string(order[rank])) != 0))
		rank++;
	return rank;
}

static const char *kind_style(const json_t *sharer)
{
	static const char *const styles[_KIND_MAX + 1] = {"red", "yellow", "yellow", "dim", NULL};

	return styles[kind_rank(sharer)];
}

/* Those that count first; within a kind the order is kept. */
static json_t *sort_sharers(const json_t *sharers)
{
	json_t *sorted = json_array();
	json_t *sharer;
	size_t i;

	for (int rank = 0; rank <= _KIND_MAX; rank++)
		json_array_foreach(sharers, i, sharer) if (kind_rank(sharer) == rank)
			json_array_append(sorted, sharer);
	return sorted;
}

/* As many as leave room for the rest of the screen. */
static size_t most_sharers(const struct page *p)
{
	return p->height < 24 ? 4 : p->height > 60 ? 40 : p->height - 20;
}

static void print_sharers(struct page *p, const json_t *sharers)
{
	size_t most = most_sharers(p), width = widest(sharers, "who", most), n = json_array_size(sharers), i;
	const json_t *s;

	json_array_foreach(sharers, i, s)
	{
		const char *kind = text_of(s, "kind"), *driver = text_of(s, "driver");

		label(p, i == 0 ? "Sharers" : "");
		if (i == most) {
			page_printf(p, NULL, "and %zu more; --json lists all", n - i);
			page_end(p);
			return;
		}
		page_words(p, kind_style(s), kind);
		page_to(p, LABEL + 10);
		page_words(p, NULL, text_of(s, "who"));
		page_to(p, LABEL + 10 + width + 2);
		if (driver) {
			page_words(p, NULL, driver);
			page_words(p, NULL, ": ");
		}
		page_words(p, NULL, text_of(s, "why"));
		page_end(p);
	}
}

static int print_page(const json_t *document, const json_t *sharers)
{
	const json_t *d = json_array_get(json_object_get(document, "devices"), 0);
	struct page p = page_new();

	print_headline(&p, d);
	print_driver(&p, d);
	print_verdict(&p, d);
	if (strcmp(text_of(d, "verdict"), "no-intx") != 0) {
		print_path(&p, json_object_get(document, "path"));
		print_line(&p, d, json_array_get(json_object_get(document, "lines"), 0));
		print_sharers(&p, sharers);
		print_direct(&p, json_object_get(d, "direct"));
		print_policy(&p, d);
		print_outcome(&p, d, false);
		print_changes(&p, document);
	}
	return page_flush();
}

/* Rows for scripts: the sharers, all of them. */
static int print_rows(const struct options *o, const json_t *sharers)
{
	int code;
	struct table *t = table_new(o, columns, N_COLUMNS, &code);
	const json_t *sharer;
	size_t i;

	json_array_foreach(sharers, i, sharer) if (code == EXIT_DONE) code = table_add(t, sharer);
	if (code == EXIT_DONE)
		code = table_print(t);
	table_free(t);
	return code;
}

int verb_why(const struct options *o, int argc, char **argv)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_json_ json_t *document = NULL, *sharers = NULL;
	int code = client_new(&c, o);

	(void)argc;
	if (code == EXIT_DONE)
		code = client_call(c, &document, "Explain", "s", argv[1]);
	if (code != EXIT_DONE)
		return code;
	if (o->json)
		return print_json(document);
	show_problems(o, document);
	sharers = sort_sharers(json_object_get(document, "sharers"));
	return o->no_legend || o->columns ? print_rows(o, sharers) : print_page(document, sharers);
}

void why_help(void)
{
	columns_help(columns, N_COLUMNS);
}
