// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json_position.h"
#include "pattern.h"
#include "text.h"

/* rules[2].match.address */
#define MAX_STEPS 4

struct parsing {
	const char *text;
	size_t length;
	struct json_step steps[MAX_STEPS]; /* where we are */
	size_t n_steps;
	struct rule_error *error;
};

static void decref(json_t **json)
{
	json_decref(*json);
}

__attribute__((format(printf, 3, 0))) static int refuse(struct rule_error *error,
							const struct json_position *position,
							const char *format, va_list args)
{
	*error = (struct rule_error){.line = position->line, .column = position->column};
	snprintf(error->key, sizeof(error->key), "%s", position->path);
	vsnprintf(error->text, sizeof(error->text), format, args);
	/* jansson cuts characters when it shows what it stumbled over. */
	text_clean(error->text);
	text_clean(error->key);
	return -EINVAL;
}

/* About what the steps lead to. */
__attribute__((format(printf, 2, 3))) static int wrong(const struct parsing *p, const char *format, ...)
{
	struct json_position position = {};
	va_list args;

	json_position_of(p->text, p->length, p->steps, p->n_steps, &position);
	va_start(args, format);
	refuse(p->error, &position, format, args);
	va_end(args);
	return -EINVAL;
}

/* About something that the object we are in does not have. */
static int missing(const struct parsing *p, const char *key)
{
	size_t used;

	wrong(p, "is missing");
	used = strlen(p->error->key);
	snprintf(p->error->key + used, sizeof(p->error->key) - used, "%s%s", used ? "." : "", key);
	return -EINVAL;
}

/* About the text before it is JSON. */
__attribute__((format(printf, 3, 4))) static int unreadable(const struct parsing *p,
							    const struct json_position *position,
							    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse(p->error, position, format, args);
	va_end(args);
	return -EINVAL;
}

static void enter(struct parsing *p, const char *key, size_t index)
{
	p->steps[p->n_steps++] = (struct json_step){.key = key, .index = index};
}

static void leave(struct parsing *p)
{
	p->n_steps--;
}

static const char *kind_of(const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "a list";
	case JSON_STRING: return "a string";
	case JSON_INTEGER:
	case JSON_REAL: return "a number";
	case JSON_NULL: return "null";
	default: return "true or false";
	}
}

static int must_be(const struct parsing *p, const json_t *json, json_type type, const char *what)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): whoever calls has looked */
	return json_typeof(json) == type ? 0 : wrong(p, "is %s, not %s", kind_of(json), what);
}

static int take_string(const struct parsing *p, const json_t *json, char **ret)
{
	int e = must_be(p, json, JSON_STRING, "a string");
	char *copy;

	if (e < 0)
		return e;
	copy = strdup(json_string_value(json));
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

static const struct {
	const char *key;
	size_t offset;
	enum pattern_kind kind;
} patterns[] = {
	{"address", offsetof(struct rule, address), PATTERN_ADDRESS},
	{"id", offsetof(struct rule, id), PATTERN_ID},
	{"class", offsetof(struct rule, class), PATTERN_CLASS},
	{"driver", offsetof(struct rule, driver), PATTERN_DRIVER},
	{"bridge", offsetof(struct rule, bridge), PATTERN_ADDRESS},
};

static int parse_pattern(const struct parsing *p, const char *key, const json_t *json, struct rule *rule)
{
	char shown[TEXT_QUOTE_SIZE];

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		if (strcmp(key, patterns[i].key) == 0) {
			char **pattern = (char **)((char *)rule + patterns[i].offset);
			int e = take_string(p, json, pattern);
			const char *fault = e < 0 ? NULL : pattern_prepare(*pattern, patterns[i].kind);

			return fault ? wrong(p, "%s %s", text_quote(json_string_value(json), shown), fault)
				     : e;
		}
	return wrong(p, "is no key of a match: address, id, class, driver, bridge");
}

static int parse_match(struct parsing *p, json_t *match, struct rule *rule)
{
	int e = must_be(p, match, JSON_OBJECT, "an object");
	const char *key;
	json_t *value;

	if (e < 0)
		return e;
	if (json_object_size(match) == 0)
		return wrong(p, "is empty; a rule for every function says \"address\": \"*\"");
	json_object_foreach(match, key, value)
	{
		enter(p, key, 0);
		e = parse_pattern(p, key, value, rule);
		if (e < 0)
			return e;
		leave(p);
	}
	return 0;
}

static int parse_action(const struct parsing *p, const json_t *json, struct rule *rule)
{
	char shown[TEXT_QUOTE_SIZE];
	int e = must_be(p, json, JSON_STRING, "a string");

	if (e < 0 || policy_mode_from_string(json_string_value(json), &rule->mode) == 0)
		return e;
	return wrong(p, "%s is neither allow nor deny", text_quote(json_string_value(json), shown));
}

static int parse_require(const struct parsing *p, const json_t *json, struct rule *rule)
{
	char shown[TEXT_QUOTE_SIZE];
	int e = must_be(p, json, JSON_STRING, "a string");

	if (e < 0 || require_from_string(json_string_value(json), &rule->require) == 0)
		return e;
	return wrong(p, "%s is none of exclusive, latent-ok, unproven-ok",
		     text_quote(json_string_value(json), shown));
}

static int parse_rule_key(struct parsing *p, const char *key, json_t *value, struct rule *rule)
{
	if (strcmp(key, "match") == 0)
		return parse_match(p, value, rule);
	if (strcmp(key, "action") == 0)
		return parse_action(p, value, rule);
	if (strcmp(key, "require") == 0)
		return parse_require(p, value, rule);
	if (strcmp(key, "comment") == 0)
		return take_string(p, value, &rule->comment);
	return wrong(p, "is no key of a rule: match, action, require, comment");
}

static int parse_rule(struct parsing *p, json_t *json, struct rule *rule)
{
	int e = must_be(p, json, JSON_OBJECT, "an object");
	const char *key;
	json_t *value;

	if (e < 0)
		return e;
	json_object_foreach(json, key, value)
	{
		enter(p, key, 0);
		e = parse_rule_key(p, key, value, rule);
		if (e < 0)
			return e;
		leave(p);
	}
	if (!json_object_get(json, "match"))
		return missing(p, "match");
	return json_object_get(json, "action") ? 0 : missing(p, "action");
}

static int parse_rules(struct parsing *p, const json_t *list, struct rule_file *file)
{
	int e = must_be(p, list, JSON_ARRAY, "a list");
	size_t n = json_array_size(list);

	if (e < 0)
		return e;
	if (n > RULES_MAX)
		return wrong(p, "has %zu rules; %d are the most a file may have", n, RULES_MAX);
	file->rules = calloc(n + 1, sizeof(*file->rules));
	if (!file->rules)
		return -ENOMEM;
	file->n_rules = n;
	for (size_t i = 0; i < n; i++) {
		enter(p, NULL, i);
		e = parse_rule(p, json_array_get(list, i), &file->rules[i]);
		if (e < 0)
			return e;
		leave(p);
	}
	return 0;
}

/* Before all else: in another version other keys may be right. */
static int check_version(struct parsing *p, const json_t *top)
{
	const json_t *version = json_object_get(top, "version");

	if (!version || (json_is_integer(version) && json_integer_value(version) == 1))
		return 0;
	enter(p, "version", 0);
	return wrong(p, "is not 1, the version this intxd knows");
}

static int parse_file(struct parsing *p, json_t *top, struct rule_file *file)
{
	int e = must_be(p, top, JSON_OBJECT, "an object");
	const char *key;
	json_t *value;

	if (e == 0)
		e = check_version(p, top);
	if (e < 0)
		return e;
	json_object_foreach(top, key, value)
	{
		enter(p, key, 0);
		if (strcmp(key, "rules") == 0)
			e = parse_rules(p, value, file);
		else if (strcmp(key, "version") != 0)
			e = wrong(p, "is no key of a rule file: version, rules");
		if (e < 0)
			return e;
		leave(p);
	}
	if (!json_object_get(top, "version"))
		return missing(p, "version");
	return json_object_get(top, "rules") ? 0 : missing(p, "rules");
}

/* jansson's words, at the start of what it stumbled over instead of behind it. */
static int syntax_error(const struct parsing *p, const json_error_t *e)
{
	enum json_error_code code = json_error_code(e);
	size_t at = e->position > 0 ? (size_t)e->position : 0;
	struct json_position position;

	if (code == json_error_out_of_memory)
		return -ENOMEM;
	if (code == json_error_invalid_utf8 || code == json_error_premature_end_of_input)
		json_position_of_byte(p->text, at < p->length ? at : p->length, &position);
	else
		json_position_at(p->text, p->length, at > 0 ? at - 1 : 0, &position);
	if (code != json_error_duplicate_key)
		position.path[0] = '\0';
	if (code == json_error_duplicate_key)
		return unreadable(p, &position, "is there twice");
	if (code == json_error_null_character || code == json_error_null_byte_in_key)
		return unreadable(p, &position, "a NUL character");
	return unreadable(p, &position, "%s", e->text);
}

static int load(const struct parsing *p, json_t **ret)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *nul = p->length ? memchr(p->text, '\0', p->length) : NULL;
	struct json_position position = {};
	json_error_t e;

	if (p->length > RULES_MAX_LENGTH)
		return unreadable(p, &position, "is larger than %d bytes", RULES_MAX_LENGTH);
	if (nul) {
		json_position_of_byte(p->text, (size_t)(nul - p->text), &position);
		return unreadable(p, &position, "a NUL byte");
	}
	if (p->length >= 3 && memcmp(p->text, mark, 3) == 0) {
		json_position_of_byte(p->text, 0, &position);
		return unreadable(p, &position, "begins with a byte order mark, which JSON does not have");
	}
	*ret = json_loadb(p->text, p->length, JSON_REJECT_DUPLICATES, &e);
	return *ret ? 0 : syntax_error(p, &e);
}

int rules_parse(struct rule_file **ret, const char *path, const char *text, size_t length,
		struct rule_error *error)
{
	struct parsing p = {.text = text, .length = length, .error = error};
	_cleanup_(decref) json_t *top = NULL;
	struct rule_file *file;
	int e = load(&p, &top);

	if (e < 0)
		return e;
	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->path = strdup(path);
	e = file->path ? parse_file(&p, top, file) : -ENOMEM;
	if (e < 0) {
		rule_file_free(file);
		return e;
	}
	*ret = file;
	return 0;
}

void rule_file_free(struct rule_file *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < file->n_rules; i++) {
		struct rule *r = &file->rules[i];

		free(r->address);
		free(r->id);
		free(r->class);
		free(r->driver);
		free(r->bridge);
		free(r->comment);
	}
	free(file->rules);
	free(file->path);
	free(file);
}

const char *rule_error_format(const struct rule_error *error, const char *path,
			      char buffer[static RULE_ERROR_SIZE])
{
	char place[32] = "";

	if (error->line > 0)
		snprintf(place, sizeof(place), ":%u:%u", error->line, error->column);
	snprintf(buffer, RULE_ERROR_SIZE, "%.*s%s: %s%s%s", RULE_ERROR_SIZE - 300, path, place, error->key,
		 *error->key ? ": " : "", error->text);
	text_clean(buffer);
	return buffer;
}
