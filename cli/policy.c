// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * policy: the rules in force and the decisions (list), what another file would do (test), and reading the
 * files anew (reload).
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "cleanup.h"
#include "client.h"
#include "page.h"
#include "table.h"

#define MAX_FILE     (1024 * 1024) /* as much as intxd takes */
#define MAX_EXAMPLES 4

/* "id=8086:10d3 bridge=0000:00:01.0" */
static void print_match(struct page *p, const json_t *match)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)match, key, value)
	{
		page_printf(p, NULL, "%s=", key);
		page_words(p, NULL, json_string_value(value));
		page_words(p, NULL, " ");
	}
}

static void print_action(struct page *p, const json_t *rule)
{
	const char *action = text_of(rule, "action"), *require = text_of(rule, "require"),
		   *comment = text_of(rule, "comment");

	page_words(p, "bold", action);
	if (action && strcmp(action, "allow") == 0 && require)
		page_printf(p, NULL, ":%s", require);
	page_words(p, NULL, " ");
	print_match(p, json_object_get(rule, "match"));
	if (comment) {
		page_words(p, "dim", "(");
		page_words(p, "dim", comment);
		page_words(p, "dim", ") ");
	}
}

static void print_file(struct page *p, const json_t *file)
{
	const json_t *rule;
	size_t i;

	page_words(p, NULL, text_of(file, "path"));
	if (json_is_true(json_object_get(file, "broken")))
		page_words(p, "red", " is broken: what stands behind it does not apply");
	page_end(p);
	json_array_foreach(json_object_get(file, "rules"), i, rule)
	{
		page_to(p, 2);
		page_printf(p, NULL, "%zu", i + 1);
		page_to(p, 5);
		print_action(p, rule);
		page_printf(p, NULL, "- decides %lld",
			    (long long)json_integer_value(json_object_get(rule, "decides")));
		page_end(p);
	}
}

static void print_decision(struct page *p, const json_t *d)
{
	const char *mode = text_of(d, "mode"), *status = text_of(d, "status");

	page_to(p, 2);
	page_words(p, NULL, text_of(d, "address"));
	page_printf(p, NULL, " [%s] ", text_of(d, "id"));
	page_words(p, "bold", mode);
	if (mode && strcmp(mode, "allow") == 0)
		page_printf(p, NULL, ":%s", text_of(d, "require"));
	if (json_is_true(json_object_get(d, "runtime")))
		page_words(p, NULL, ", until the next boot");
	if (status && strcmp(status, "applies") != 0)
		page_printf(p, "yellow", " (%s)",
			    strcmp(status, "replaced") == 0
				    ? "does not apply: another device is at this address"
			    : strcmp(status, "absent") == 0 ? "no device is there"
							    : "a decision until the next boot comes first");
	page_end(p);
}

static int print_list(const struct options *o, const json_t *document)
{
	const json_t *decisions = json_object_get(document, "decisions"), *item;
	const json_t *files = json_object_get(document, "files");
	struct page p = page_new();
	size_t i;

	json_array_foreach(json_object_get(document, "problems"), i, item) if (!o->quiet)
		complain("%s", json_string_value(item));
	page_words(&p, NULL, json_array_size(decisions) ? "Decisions (before all rules)" : "No decisions.");
	page_end(&p);
	json_array_foreach(decisions, i, item) print_decision(&p, item);
	if (json_array_size(files) == 0) {
		page_words(&p, NULL, "No rules.");
		page_end(&p);
	}
	json_array_foreach(files, i, item) print_file(&p, item);
	json_array_foreach(json_object_get(document, "masked"), i, item)
	{
		page_words(&p, "dim", json_string_value(item));
		page_end(&p);
	}
	return page_flush();
}

static int list(const struct options *o)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_json_ json_t *document = NULL;
	int code = client_new(&c, o);

	if (code == EXIT_DONE)
		code = client_call(c, &document, "ListPolicy", "");
	if (code != EXIT_DONE)
		return code;
	return o->json ? print_json(document) : print_list(o, document);
}

static void print_tested_rule(struct page *p, const json_t *rule, size_t number)
{
	const json_t *decides = json_object_get(rule, "decides"), *address;
	size_t n = json_array_size(decides), i;

	page_printf(p, NULL, "rule %zu", number);
	page_to(p, 8);
	print_action(p, rule);
	page_printf(p, NULL, "- matches %lld, decides %zu",
		    (long long)json_integer_value(json_object_get(rule, "matches")), n);
	json_array_foreach(decides, i, address)
	{
		if (i == MAX_EXAMPLES) {
			page_printf(p, NULL, " and %zu more", n - i);
			break;
		}
		page_words(p, NULL, i ? ", " : ": ");
		page_words(p, NULL, json_string_value(address));
	}
	page_end(p);
}

/* "allow:exclusive, knob auto" */
static void print_ruling(struct page *p, const json_t *r)
{
	const char *mode = text_of(r, "mode");

	page_words(p, NULL, mode);
	if (mode && strcmp(mode, "allow") == 0)
		page_printf(p, NULL, ":%s", text_of(r, "require"));
	page_printf(p, NULL, ", knob %s", text_of(r, "knob"));
}

static int print_test(const json_t *document)
{
	const json_t *changes = json_object_get(document, "changes"), *item;
	const char *replaces = text_of(document, "replaces");
	struct page p = page_new();
	size_t i;

	if (replaces) {
		page_printf(&p, NULL, "In place of %s:", replaces);
		page_end(&p);
	}
	json_array_foreach(json_object_get(document, "rules"), i, item) print_tested_rule(&p, item, i + 1);
	page_words(&p, NULL, json_array_size(changes) ? "Would change:" : "Nothing would change.");
	page_end(&p);
	json_array_foreach(changes, i, item)
	{
		page_to(&p, 2);
		page_words(&p, NULL, text_of(item, "address"));
		page_words(&p, NULL, "  ");
		print_ruling(&p, json_object_get(item, "before"));
		page_words(&p, NULL, " -> ");
		print_ruling(&p, json_object_get(item, "after"));
		page_end(&p);
	}
	return page_flush();
}

/* The file's text, to be freed, or NULL with a complaint. */
static char *read_rules(const char *name)
{
	_cleanup_file_ FILE *file =
		strcmp(name, "-") == 0 ? fdopen(dup(STDIN_FILENO), "re") : fopen(name, "re");
	char *text = file ? calloc(1, MAX_FILE + 2) : NULL;
	size_t n = text ? fread(text, 1, MAX_FILE + 1, file) : 0;
	int e = file && !ferror(file) && text ? 0 : errno;

	if (text && e == 0 && n <= MAX_FILE && memchr(text, 0, n) == NULL)
		return text;
	complain("%s: %s", name,
		 e != 0		? strerror(e)
		 : n > MAX_FILE ? "more than a rule file may have"
				: "a NUL byte");
	free(text);
	return NULL;
}

static int test(const struct options *o, char *name)
{
	_cleanup_free_ char *text = read_rules(name);
	_cleanup_client_ struct client *c = NULL;
	_cleanup_json_ json_t *document = NULL;
	int code = text ? client_new(&c, o) : EXIT_FAILED;

	if (code == EXIT_DONE)
		code = client_call(c, &document, "TestPolicyAs", "ss", basename(name), text);
	if (code != EXIT_DONE)
		return code;
	return o->json ? print_json(document) : print_test(document);
}

static int reload(const struct options *o)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_agent_ struct agent agent = {};
	sd_bus_message *m = NULL;
	int code = client_new(&c, o);

	if (code == EXIT_DONE && !o->host && !o->root)
		agent_start(&agent);
	if (code == EXIT_DONE)
		code = client_message(c, &m, "Reload");
	if (code == EXIT_DONE) {
		sd_bus_message_set_allow_interactive_authorization(m, true);
		code = client_send(c, m, NULL);
	}
	sd_bus_message_unref(m);
	return code;
}

int verb_policy(const struct options *o, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list(o);
	if (argc == 3 && strcmp(argv[1], "test") == 0)
		return test(o, argv[2]);
	if (argc == 2 && strcmp(argv[1], "reload") == 0)
		return reload(o);
	complain("usage: intxctl policy list|test FILE|reload");
	return EXIT_USAGE;
}
