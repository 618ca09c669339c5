// SPDX-License-Identifier: GPL-2.0-or-later
#include "decisions_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define VERSION 1

static void decref(json_t **json)
{
	json_decref(*json);
}

/* "8086:10d3" and nothing else. */
static int parse_pair(const char *text, uint16_t *ret_first, uint16_t *ret_second)
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(text) != 9 || text[4] != ':' || strspn(text, digits) != 4 || strspn(text + 5, digits) != 4)
		return -EINVAL;
	*ret_first = (uint16_t)strtoul(text, NULL, 16);
	*ret_second = (uint16_t)strtoul(text + 5, NULL, 16);
	return 0;
}

/* NULL, or the key that is wrong. */
static const char *parse_decision(const json_t *json, struct decision *d)
{
	const char *address = json_string_value(json_object_get(json, "address"));
	const char *id = json_string_value(json_object_get(json, "id"));
	const char *subsystem = json_string_value(json_object_get(json, "subsystem"));
	const char *mode = json_string_value(json_object_get(json, "mode"));
	const char *require = json_string_value(json_object_get(json, "require"));

	if (!address || address_parse(address, &d->address) < 0)
		return "address";
	if (!id || parse_pair(id, &d->vendor, &d->device) < 0)
		return "id";
	if (!subsystem || parse_pair(subsystem, &d->subvendor, &d->subdevice) < 0)
		return "subsystem";
	if (!mode || policy_mode_from_string(mode, &d->mode) < 0)
		return "mode";
	if (!require || require_from_string(require, &d->require) < 0)
		return "require";
	return NULL;
}

static int parse_list(const json_t *list, bool runtime, struct decision *all, char *error)
{
	char address[ADDRESS_SIZE];
	const char *key;
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n; i++) {
		all[i].runtime = runtime;
		key = parse_decision(json_array_get(list, i), &all[i]);
		if (key) {
			snprintf(error, DECISIONS_ERROR_SIZE, "decisions[%zu].%s is missing or wrong", i,
				 key);
			return -EINVAL;
		}
	}
	qsort(all, n, sizeof(*all), decision_compare);
	for (size_t i = 1; i < n; i++)
		if (decision_compare(&all[i - 1], &all[i]) == 0) {
			snprintf(error, DECISIONS_ERROR_SIZE, "there are two decisions for %s",
				 address_format(&all[i].address, address));
			return -EINVAL;
		}
	return 0;
}

static int check(const json_t *top, char *error)
{
	const json_t *version = json_object_get(top, "version"), *list = json_object_get(top, "decisions");

	if (!json_is_integer(version))
		snprintf(error, DECISIONS_ERROR_SIZE, "version is missing or wrong");
	else if (json_integer_value(version) != VERSION)
		snprintf(error, DECISIONS_ERROR_SIZE, "it has version %lld, and this intxd knows version %d",
			 (long long)json_integer_value(version), VERSION);
	else if (!json_is_array(list))
		snprintf(error, DECISIONS_ERROR_SIZE, "decisions is missing or wrong");
	else if (json_array_size(list) > DECISIONS_MAX)
		snprintf(error, DECISIONS_ERROR_SIZE, "it has more than %d decisions", DECISIONS_MAX);
	else
		return 0;
	return -EINVAL;
}

int decisions_parse(const char *text, size_t length, bool runtime, struct decision **ret, size_t *ret_n,
		    char error[static DECISIONS_ERROR_SIZE])
{
	_cleanup_free_ struct decision *all = NULL;
	_cleanup_(decref) json_t *top = NULL;
	const json_t *list;
	json_error_t e;
	int r;

	top = json_loadb(text, length, JSON_REJECT_DUPLICATES, &e);
	if (!top && json_error_code(&e) == json_error_out_of_memory)
		return -ENOMEM;
	if (!top) {
		snprintf(error, DECISIONS_ERROR_SIZE, "line %d, column %d: it is no JSON", e.line, e.column);
		return -EINVAL;
	}
	r = check(top, error);
	if (r < 0)
		return r;
	list = json_object_get(top, "decisions");
	all = calloc(json_array_size(list) + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	r = parse_list(list, runtime, all, error);
	if (r < 0)
		return r;
	*ret = all;
	*ret_n = json_array_size(list);
	all = NULL;
	return 0;
}

static void print(FILE *out, const struct decision *d)
{
	char address[ADDRESS_SIZE];

	fprintf(out,
		"\n{\"address\":\"%s\",\"id\":\"%04x:%04x\",\"subsystem\":\"%04x:%04x\",\"mode\":\"%s\",\"require\":\"%s\"}",
		address_format(&d->address, address), d->vendor, d->device, d->subvendor, d->subdevice,
		policy_mode_to_string(d->mode), require_to_string(d->require));
}

char *decisions_format(const struct decision *decisions, size_t n, bool runtime, size_t *ret_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);
	const char *comma = "";
	bool failed;

	if (!out)
		return NULL;
	fprintf(out, "{\"version\":%d,\"decisions\":[", VERSION);
	for (size_t i = 0; i < n; i++)
		if (decisions[i].runtime == runtime) {
			fputs(comma, out);
			print(out, &decisions[i]);
			comma = ",";
		}
	fputs("\n]}\n", out);
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
