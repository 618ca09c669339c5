// SPDX-License-Identifier: GPL-2.0-or-later
/* Rule files, and what their patterns then match. */
#include "rules.h"

#include <errno.h>
#include <fnmatch.h>
#include <jansson.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "judge.h"
#include "pattern.h"
#include "policy.h"

static void error_names_a_place(const struct rule_error *error, const uint8_t *data, size_t size)
{
	char text[RULE_ERROR_SIZE];
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	MUST(error->text[0]);
	MUST(memchr(error->key, 0, sizeof(error->key)) && memchr(error->text, 0, sizeof(error->text)));
	MUST(error->line <= lines && error->column <= size + 1);
	MUST(strlen(rule_error_format(error, "file", text)) < RULE_ERROR_SIZE);
}

/* A shortcut before fnmatch() does not change what it says. */
static void as_fnmatch(const char *pattern, const char *text)
{
	if (pattern)
		MUST(pattern_matches(pattern, text) == (fnmatch(pattern, text, 0) == 0));
}

static void patterns_mean_what_they_should(const struct rule *r)
{
	as_fnmatch(r->address, "0000:01:00.0");
	as_fnmatch(r->address, "01:00.0");
	as_fnmatch(r->id, "8086:10d3");
	as_fnmatch(r->class, "0x020000");
	as_fnmatch(r->driver, "vfio-pci");
	as_fnmatch(r->bridge, "0000:00:1c.0");
}

static void decide_by(const struct rule_file *file, const struct machine *m)
{
	_cleanup_free_ size_t *counts = NULL;
	struct rule_file *files[] = {(struct rule_file *)file};
	const struct policy policy = {.files = files, .n_files = 1};

	for (size_t i = 0; i < m->n_functions; i++) {
		const struct function *f = &m->functions[i];
		size_t first = 0;
		struct ruling ruling = policy_for(&policy, m, f);

		free(counts);
		counts = calloc(file->n_rules + 1, sizeof(*counts));
		MUST(counts);
		rules_count_matches(file, m, f, counts);
		for (size_t r = file->n_rules; r-- > 0;) {
			MUST(counts[r] == rule_matches(&file->rules[r], m, f));
			first = counts[r] ? r + 1 : first;
		}
		MUST(first == 0 ? !ruling.file : ruling.file == file && ruling.rule + 1 == first);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine *m;
	struct rule_file *file = NULL;
	struct rule_error error = {};
	json_t *json;
	int e;

	if (!m)
		m = sample_machine();
	e = rules_parse(&file, "file", (const char *)data, size, &error);
	MUST(e == 0 || (e == -EINVAL && !file));
	if (e < 0) {
		error_names_a_place(&error, data, size);
		return 0;
	}
	json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	MUST(json);
	json_decref(json);
	MUST(!file->broken && file->n_rules <= RULES_MAX);
	for (size_t i = 0; i < file->n_rules; i++)
		patterns_mean_what_they_should(&file->rules[i]);
	decide_by(file, m);
	rule_file_free(file);
	return 0;
}
