// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * metrics: the machine as OpenMetrics text, for node_exporter's textfile collector.
 *
 * A family is a block of its own (OpenMetrics 1.0, 4.2), so the functions are gone through once for each.
 */
#include <stdio.h>
#include <string.h>

#include "description.h"
#include "page.h"
#include "table.h"

/* Counters of the kernel, by their key in "counters". */
static const struct {
	const char *key, *family, *help;
} counters[] = {
	{"interrupts", "intxd_direct_interrupts", "Interrupts that the guest deactivated itself, since bind"},
	{"engaged", "intxd_direct_engaged", "Times direct EOI was engaged, since bind"},
	{"yielded", "intxd_direct_yielded", "Times direct EOI was given up, since bind"},
	{"refused", "intxd_direct_refused", "Times direct EOI was refused, since bind"},
};

static void family(const char *name, const char *type, const char *help)
{
	printf("# TYPE %s %s\n# HELP %s %s.\n", name, type, name, help);
}

/* A label's value: backslash, quote and newline are escaped (OpenMetrics 1.0, 4.1.2). */
static void label_value(const char *name, const char *value, const char *before)
{
	printf("%s%s=\"", before, name);
	for (const char *p = value ? value : ""; *p; p++)
		if (*p == '\n')
			fputs("\\n", stdout);
		else
			printf(*p == '\\' || *p == '"' ? "\\%c" : "%c", *p);
	putchar('"');
}

static void print_machine(const json_t *document)
{
	const json_t *machine = json_object_get(document, "machine");
	const char *feature = text_of(machine, "feature");

	family("intxd_info", "gauge", "The machine that intxd looks at");
	label_value("version", INTXD_VERSION, "intxd_info{");
	label_value("kernel", text_of(machine, "kernel"), ",");
	label_value("controller", text_of(machine, "controller"), ",");
	puts("} 1");
	family("intxd_feature_present", "gauge", "Whether the kernel can do direct EOI now");
	printf("intxd_feature_present %d\n", feature && strcmp(feature, "present") == 0);
	family("intxd_problems", "gauge", "Files that could not be used");
	printf("intxd_problems %zu\n", json_array_size(json_object_get(document, "problems")));
	family("intxd_lines", "gauge", "Interrupt lines that a function is known to be on");
	printf("intxd_lines %zu\n", json_array_size(json_object_get(document, "lines")));
}

static void print_verdicts(const json_t *devices)
{
	family("intxd_functions", "gauge", "PCI functions by verdict");
	for (enum verdict v = 0; v < _VERDICT_MAX; v++) {
		const json_t *d;
		size_t n = 0, i;

		json_array_foreach(devices, i, d) n +=
			strcmp(text_of(d, "verdict"), verdict_to_string(v)) == 0;
		printf("intxd_functions{verdict=\"%s\"} %zu\n", verdict_to_string(v), n);
	}
}

/* One for each function under VFIO or spoken of by policy: the others are in the sums. */
static bool is_of_interest(const json_t *d)
{
	const char *mode = text_of(json_object_get(d, "policy"), "mode");

	return json_is_true(json_object_get(d, "vfio")) || (mode && strcmp(mode, "unset") != 0);
}

static void print_functions(const json_t *devices)
{
	const json_t *d;
	size_t i;

	family("intxd_function_info", "gauge", "A function under VFIO, or one that policy speaks of");
	json_array_foreach(devices, i, d)
	{
		const json_t *policy = json_object_get(d, "policy");

		if (!is_of_interest(d))
			continue;
		label_value("address", text_of(d, "address"), "intxd_function_info{");
		label_value("driver", text_of(d, "driver"), ",");
		label_value("line", text_of(d, "line"), ",");
		label_value("verdict", text_of(d, "verdict"), ",");
		label_value("policy", text_of(policy, "mode"), ",");
		label_value("require", text_of(policy, "require"), ",");
		label_value("state", text_of(d, "state"), ",");
		label_value("reason", text_of(d, "state_reason"), ",");
		puts("} 1");
	}
}

static void print_counters(const json_t *devices)
{
	for (size_t k = 0; k < sizeof(counters) / sizeof(*counters); k++) {
		const json_t *d;
		size_t i;

		family(counters[k].family, "counter", counters[k].help);
		json_array_foreach(devices, i, d)
		{
			const json_t *value =
				json_object_get(json_object_get(d, "counters"), counters[k].key);

			if (!json_is_integer(value) || json_integer_value(value) < 0)
				continue;
			printf("%s_total", counters[k].family);
			label_value("address", text_of(d, "address"), "{");
			printf("} %lld\n", (long long)json_integer_value(value));
		}
	}
}

int verb_metrics(const struct options *o, int argc, char **argv)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_json_ json_t *document = NULL;
	const json_t *devices;
	int code = client_new(&c, o);

	(void)argc;
	(void)argv;
	if (code == EXIT_DONE)
		code = client_describe(c, &document);
	if (code != EXIT_DONE)
		return code;
	devices = json_object_get(document, "devices");
	print_machine(document);
	print_verdicts(devices);
	print_functions(devices);
	print_counters(devices);
	puts("# EOF");
	return page_flush();
}
