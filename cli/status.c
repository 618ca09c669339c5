// SPDX-License-Identifier: GPL-2.0-or-later
/* status: what this machine can do, and a row a function with INTx. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "description.h"
#include "device.h"
#include "page.h"

static const char *split_eoi_text(const json_t *machine)
{
	const json_t *split = json_object_get(machine, "split_eoi");

	return json_is_true(split) ? ", split EOI" : json_is_false(split) ? ", no split EOI" : "";
}

static const char *direct_text(const char *controller, const char *feature)
{
	if (controller && strncmp(controller, "GIC", 3) != 0)
		return "not on this machine (only an Arm GIC can)";
	if (!feature)
		return "not known whether this kernel has it";
	if (strcmp(feature, "present") == 0)
		return "the kernel has it";
	if (strcmp(feature, "killed") == 0)
		return "switched off (vfio_pci_core.intx_deoi=N)";
	return "this kernel does not have it";
}

static void print_machine(const json_t *machine)
{
	const char *controller = text_of(machine, "controller"), *feature = text_of(machine, "feature");
	const char *kernel = text_of(machine, "kernel"), *arch = text_of(machine, "arch");
	struct page p = page_new();

	page_words(&p, NULL, "Machine: ");
	if (arch)
		page_printf(&p, NULL, "%s, ", arch);
	if (kernel)
		page_printf(&p, NULL, "Linux %s, ", kernel);
	page_words(&p, NULL, controller ? controller : "interrupt controller not known");
	page_words(&p, NULL, split_eoi_text(machine));
	page_end(&p);
	page_printf(&p, NULL, "Direct EOI: %s", direct_text(controller, feature));
	page_end(&p);
	page_end(&p);
}

struct rows {
	const struct options *options;
	struct table *table;
	size_t n, n_hidden;
	json_t *remarks; /* sentences below the table */
};

/* What the administrator has to know of a function beyond its row: a policy that does not hold, or the sharer
 * to which the kernel yielded. */
static void add_remark(struct rows *rows, const json_t *device)
{
	const char *problem = text_of(json_object_get(device, "policy"), "problem"),
		   *state = text_of(device, "state");
	const char *address = text_of(device, "address"), *reason = text_of(device, "state_reason");
	bool shared =
		reason && strcmp(reason, "shared") == 0; /* then the verdict's reason is this one's too */
	const char *why =
		shared ? text_of(json_array_get(json_object_get(device, "reasons"), 0), "text") : NULL;

	if (problem)
		json_array_append_new(rows->remarks, json_sprintf("%s: %s", address, problem));
	if (state && (strcmp(state, "yielded") == 0 || strcmp(state, "refused") == 0))
		json_array_append_new(rows->remarks,
				      json_sprintf("%s: %s: %s%s%s", address, state, reason ? reason : "?",
						   why ? ": " : "", why ? why : ""));
}

static void print_remarks(const struct rows *rows)
{
	const json_t *remark;
	size_t i;
	struct page p = page_new();

	json_array_foreach(rows->remarks, i, remark)
	{
		if (i == 0)
			page_end(&p);
		page_words(&p, NULL, json_string_value(remark));
		page_end(&p);
	}
}

static int add_row(void *userdata, const json_t *device)
{
	struct rows *rows = userdata;

	add_remark(rows, device);
	if (!rows->options->all && device_without_intx(device)) {
		rows->n_hidden++;
		return EXIT_DONE;
	}
	rows->n++;
	return table_add(rows->table, device);
}

static int print_status(const struct rows *rows, const json_t *rest)
{
	const struct options *o = rows->options;
	bool legend = !o->no_legend && !o->quiet;
	int code;

	show_problems(o, rest);
	if (legend)
		print_machine(json_object_get(rest, "machine"));
	code = table_print(rows->table);
	if (code == EXIT_DONE && legend && rows->n == 0)
		puts("No function here has INTx.");
	if (code == EXIT_DONE && legend)
		print_remarks(rows);
	if (code == EXIT_DONE && legend)
		print_hidden(rows->n_hidden);
	return code;
}

int verb_status(const struct options *o, int argc, char **argv)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_json_ json_t *rest = NULL;
	struct rows rows = {.options = o};
	_cleanup_json_ json_t *remarks = rows.remarks = json_array();
	int code = client_new(&c, o);

	(void)argc;
	(void)argv;
	(void)remarks;
	if (code != EXIT_DONE)
		return code;
	if (o->json)
		return client_describe_to(c, STDOUT_FILENO);
	rows.table = table_new(o, device_columns, n_device_columns, &code);
	if (!rows.table)
		return code;
	code = client_describe_each(c, &rest, add_row, &rows);
	if (code == EXIT_DONE)
		code = print_status(&rows, rest);
	table_free(rows.table);
	return code;
}

void status_help(void)
{
	columns_help(device_columns, n_device_columns);
}
