// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe_policy.h"

#include <string.h>

#include "cleanup.h"
#include "decide.h"
#include "describe.h"

static json_t *match_json(const struct rule *r)
{
	return json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*}", "address", r->address, "id", r->id, "class",
			 r->class, "driver", r->driver, "bridge", r->bridge);
}

static json_t *rule_json(const struct rule *r, size_t index)
{
	return json_pack("{s:I, s:o, s:s, s:s, s:s?}", "rule", (json_int_t)index + 1, "match", match_json(r),
			 "action", policy_mode_to_string(r->mode), "require", require_to_string(r->require),
			 "comment", r->comment);
}

static json_t *lines_json(char *const *lines)
{
	json_t *list = json_array();

	for (size_t i = 0; lines && lines[i]; i++)
		json_array_append_new(list, text_or_null(lines[i]));
	return list;
}

static json_t *decision_json(const struct decision *d, const char *status)
{
	char id[16], subsystem[16];

	snprintf(id, sizeof(id), "%04x:%04x", d->vendor, d->device);
	snprintf(subsystem, sizeof(subsystem), "%04x:%04x", d->subvendor, d->subdevice);
	return json_pack("{s:o, s:s, s:s, s:s, s:s, s:b, s:s}", "address", address_json(&d->address), "id",
			 id, "subsystem", subsystem, "mode", policy_mode_to_string(d->mode), "require",
			 require_to_string(d->require), "runtime", d->runtime, "status", status);
}

static const char *status_of(const struct policy *p, const struct machine *m, const struct decision *d)
{
	const struct function *f = machine_find(m, d->address);

	if (!f)
		return "absent";
	if (!decision_is_about(d, f))
		return "replaced";
	return policy_for(p, m, f).decision == d ? "applies" : "overruled";
}

static json_t *decisions_json(const struct policy *p, const struct machine *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n_decisions; i++)
		json_array_append_new(list,
				      decision_json(&p->decisions[i], status_of(p, m, &p->decisions[i])));
	return list;
}

/* For each file where its rules begin in one row of all rules. */
static size_t *row_of_rules(const struct policy *p, size_t *ret_n)
{
	size_t *first = calloc(p->n_files + 1, sizeof(*first)), n = 0;

	for (size_t i = 0; first && i < p->n_files; i++) {
		first[i] = n;
		n += p->files[i]->n_rules;
	}
	*ret_n = n;
	return first;
}

static size_t file_index(const struct policy *p, const struct rule_file *file)
{
	size_t i = 0;

	while (i < p->n_files && p->files[i] != file)
		i++;
	return i;
}

/* How many functions each rule decides. */
static void count_decided(const struct policy *p, const struct machine *m, const size_t *first,
			  size_t *decided)
{
	for (size_t i = 0; i < m->n_functions; i++) {
		const struct function *f = &m->functions[i];
		struct ruling r;
		size_t file;

		if (!has_intx(f))
			continue;
		r = policy_for(p, m, f);
		file = r.decision || !r.file ? p->n_files : file_index(p, r.file);
		if (file < p->n_files && !r.file->broken)
			decided[first[file] + r.rule]++;
	}
}

static json_t *file_json(const struct rule_file *file, const size_t *decided)
{
	json_t *rules = json_array(), *rule;

	for (size_t r = 0; r < file->n_rules; r++) {
		rule = rule_json(&file->rules[r], r);
		json_object_set_new(rule, "decides", json_integer((json_int_t)decided[r]));
		json_array_append_new(rules, rule);
	}
	return json_pack("{s:o, s:b, s:o}", "path", text_or_null(file->path), "broken", file->broken, "rules",
			 rules);
}

static json_t *files_json(const struct policy *p, const struct machine *m)
{
	size_t n;
	_cleanup_free_ size_t *first = row_of_rules(p, &n), *decided = calloc(n + 1, sizeof(*decided));
	json_t *list = first && decided ? json_array() : NULL;

	if (!list)
		return NULL;
	count_decided(p, m, first, decided);
	for (size_t i = 0; i < p->n_files; i++)
		json_array_append_new(list, file_json(p->files[i], decided + first[i]));
	return list;
}

json_t *describe_policy_list(const struct policy_listing *l)
{
	json_t *problems = lines_json(l->decision_problems), *more = lines_json(l->file_problems);

	json_array_extend(problems, more);
	json_decref(more);
	return json_pack("{s:i, s:o, s:o, s:o, s:o}", "version", INTXD_JSON_VERSION, "files",
			 files_json(l->policy, l->machine), "masked", lines_json(l->masked), "decisions",
			 decisions_json(l->policy, l->machine), "problems", problems);
}

/* A policy with the candidate in its place. */
struct trial {
	struct policy policy;
	const struct rule_file **files;
	const struct rule_file *replaced;
};

static const char *name_of(const struct rule_file *file)
{
	const char *slash = strrchr(file->path, '/');

	return slash ? slash + 1 : file->path;
}

/* A folder that could not be listed stays before every file. */
static int compare_names(const struct rule_file *a, const struct rule_file *candidate)
{
	const char *name = name_of(a);

	return a->broken && !strstr(name, ".json") ? -1 : strcmp(name, name_of(candidate));
}

static int try_out(struct trial *t, const struct policy *now, const struct rule_file *candidate)
{
	size_t n = 0;
	bool placed = false;

	*t = (struct trial){.policy = *now, .files = calloc(now->n_files + 1, sizeof(*t->files))};
	if (!t->files)
		return -1;
	for (size_t i = 0; i < now->n_files; i++) {
		int c = compare_names(now->files[i], candidate);

		if (c >= 0 && !placed) {
			t->files[n++] = candidate;
			placed = true;
		}
		if (c == 0)
			t->replaced = now->files[i];
		else
			t->files[n++] = now->files[i];
	}
	if (!placed)
		t->files[n++] = candidate;
	t->policy.files = (struct rule_file *const *)t->files;
	t->policy.n_files = n;
	return 0;
}

static json_t *outcome_json(const struct machine *m, const struct function *f, const struct ruling *r)
{
	char source[SOURCE_SIZE];

	return json_pack("{s:s, s:s, s:o, s:s}", "mode", policy_mode_to_string(r->mode), "require",
			 require_to_string(r->require), "source", text_or_null(ruling_source(r, source)),
			 "knob", knob_to_string(knob_for(m, f, r)));
}

static void add_change(json_t *changes, const struct machine *m, const struct function *f,
		       const struct ruling *before, const struct ruling *after)
{
	if (before->mode == after->mode && before->require == after->require)
		return; /* and so is the knob */
	json_array_append_new(changes,
			      json_pack("{s:o, s:o, s:o}", "address", address_json(&f->address), "before",
					outcome_json(m, f, before), "after", outcome_json(m, f, after)));
}

static json_t *tried_rules_json(const struct rule_file *candidate)
{
	json_t *rules = json_array(), *rule;

	for (size_t r = 0; r < candidate->n_rules; r++) {
		rule = rule_json(&candidate->rules[r], r);
		json_object_set_new(rule, "matches", json_integer(0));
		json_object_set_new(rule, "decides", json_array());
		json_array_append_new(rules, rule);
	}
	return rules;
}

static void try_on(const struct trial *t, const struct machine *m, const struct function *f,
		   const struct rule_file *candidate, size_t *matches, json_t *rules)
{
	struct ruling r = policy_for(&t->policy, m, f);

	rules_count_matches(candidate, m, f, matches);
	if (!r.decision && r.file == candidate)
		json_array_append_new(json_object_get(json_array_get(rules, r.rule), "decides"),
				      address_json(&f->address));
}

static json_t *result_json(const struct trial *t, const struct rule_file *candidate, const size_t *matches,
			   json_t *rules, json_t *changes)
{
	for (size_t i = 0; i < candidate->n_rules; i++)
		json_object_set_new(json_array_get(rules, i), "matches",
				    json_integer((json_int_t)matches[i]));
	return json_pack("{s:i, s:o, s:o, s:o, s:o}", "version", INTXD_JSON_VERSION, "path",
			 text_or_null(candidate->path), "replaces",
			 text_or_null(t->replaced ? t->replaced->path : NULL), "rules", rules, "changes",
			 changes);
}

json_t *describe_policy_test(const struct machine *m, const struct policy *now,
			     const struct rule_file *candidate)
{
	_cleanup_free_ size_t *matches = calloc(candidate->n_rules + 1, sizeof(*matches));
	_cleanup_free_ const struct rule_file **files = NULL;
	json_t *rules, *changes;
	struct trial t;

	if (!matches || try_out(&t, now, candidate) < 0)
		return NULL;
	files = t.files;
	rules = tried_rules_json(candidate);
	changes = json_array();
	for (size_t i = 0; i < m->n_functions; i++) {
		const struct function *f = &m->functions[i];
		struct ruling before, after;

		if (!has_intx(f))
			continue;
		before = policy_for(now, m, f);
		after = policy_for(&t.policy, m, f);
		add_change(changes, m, f, &before, &after);
		try_on(&t, m, f, candidate, matches, rules);
	}
	return result_json(&t, candidate, matches, rules, changes);
}
