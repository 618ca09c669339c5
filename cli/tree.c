// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree: every function below its bridge, with its pin, line and verdict, and the empty hotplug slots.
 *
 * A function without INTx is shown, dimmed, only where something below it is; --all shows them all.
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "description.h"
#include "device.h"

#define PRESET "ADDRESS,DRIVER,PIN,LINE,VERDICT,NAME"

struct tree {
	struct table *table;
	struct hsearch_data by_address; /* of struct libscols_line */
	struct libscols_line **rows;	/* a device each */
	size_t n_hidden;
};

static struct libscols_line *find_row(struct tree *t, const char *address)
{
	ENTRY *found = NULL;

	if (!address || !hsearch_r((ENTRY){.key = (char *)address}, FIND, &found, &t->by_address))
		return NULL;
	return found->data;
}

/* A bridge always stands before what is below it. */
static int add_devices(struct tree *t, const json_t *devices)
{
	const json_t *device;
	ENTRY *entry;
	size_t i;

	json_array_foreach(devices, i, device)
	{
		const char *address = text_of(device, "address");
		struct libscols_line *above = find_row(t, text_of(device, "parent"));

		t->rows[i] = table_add_below(t->table, above, device);
		if (!t->rows[i])
			return EXIT_FAILED;
		if (device_without_intx(device))
			table_dim(t->table, t->rows[i]);
		if (address)
			hsearch_r((ENTRY){.key = (char *)address, .data = t->rows[i]}, ENTER, &entry,
				  &t->by_address);
	}
	return EXIT_DONE;
}

/* A slot is named by the bridge above it, or else by its label. */
static int add_slots(struct tree *t, const json_t *lines)
{
	const json_t *line, *slot;
	size_t i, j;

	json_array_foreach(lines, i, line) json_array_foreach(json_object_get(line, "slots"), j, slot)
	{
		struct libscols_line *above = find_row(t, json_string_value(slot));
		_cleanup_json_ json_t *row = json_pack("{s:s, s:s, s:s?}", "address",
						       above ? "empty slot" : json_string_value(slot), "name",
						       "empty slot", "line", text_of(line, "id"));

		if (!row || !table_add_below(t->table, above, row))
			return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static void hide_devices(struct tree *t, const json_t *devices)
{
	for (size_t i = json_array_size(devices); i-- > 0;)
		if (device_without_intx(json_array_get(devices, i)) && !scols_line_has_children(t->rows[i])) {
			table_remove(t->table, t->rows[i]);
			t->n_hidden++;
		}
}

static int fill(struct tree *t, const struct options *o, const json_t *document)
{
	const json_t *devices = json_object_get(document, "devices");
	int code;

	t->rows = calloc(json_array_size(devices) + 1, sizeof(*t->rows));
	if (!t->rows || !hcreate_r(json_array_size(devices) * 2 + 1, &t->by_address)) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	code = add_devices(t, devices);
	if (code == EXIT_DONE)
		code = add_slots(t, json_object_get(document, "lines"));
	if (code == EXIT_DONE && !o->all)
		hide_devices(t, devices);
	return code;
}

static int print_tree(const struct options *o, const json_t *document)
{
	struct tree t = {};
	int code;

	t.table = table_new_preset(o, PRESET, device_columns, n_device_columns, &code);
	if (t.table)
		code = table_make_tree(t.table, "ADDRESS");
	if (code == EXIT_DONE)
		code = fill(&t, o, document);
	if (code == EXIT_DONE)
		code = table_print(t.table);
	if (code == EXIT_DONE && !o->no_legend && !o->quiet)
		print_hidden(t.n_hidden);
	table_free(t.table);
	hdestroy_r(&t.by_address);
	free(t.rows);
	return code;
}

int verb_tree(const struct options *o, int argc, char **argv)
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
		return print_json(document);
	show_problems(o, document);
	return print_tree(o, document);
}
