// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * allow, deny, reset: the administrator's decision about one function, and what became of it.
 *
 * That a function is allowed and yet will not engage is no failure; it is said plainly.
 */
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "client.h"
#include "function_page.h"
#include "page.h"
#include "table.h"

static int append_options(sd_bus_message *m, const struct options *o)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0 && o->require)
		r = sd_bus_message_append(m, "{sv}", "require", "s", o->require);
	if (r >= 0 && o->runtime)
		r = sd_bus_message_append(m, "{sv}", "runtime", "b", 1);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* ret: as for client_send(). */
static int decide(struct client *c, const struct options *o, const char *method, const char *name,
		  json_t **ret)
{
	bool options = strcmp(method, "Reset") != 0;
	sd_bus_message *m = NULL;
	int code = client_message(c, &m, method), r;

	if (code != EXIT_DONE)
		return code;
	r = sd_bus_message_append(m, "s", name);
	if (r >= 0 && options)
		r = append_options(m, o);
	if (r >= 0)
		r = sd_bus_message_set_allow_interactive_authorization(m, true);
	if (r < 0) {
		complain("%s: %s", method, strerror(-r));
		code = EXIT_FAILED;
	} else {
		code = client_send(c, m, ret);
	}
	sd_bus_message_unref(m);
	return code;
}

static int print_page(const struct options *o, const json_t *document)
{
	const json_t *d = json_array_get(json_object_get(document, "devices"), 0);
	const char *mode = text_of(json_object_get(d, "policy"), "mode");
	struct page p = page_new();

	print_headline(&p, d);
	print_verdict(&p, d);
	print_policy(&p, d);
	print_outcome(&p, d, o->dry_run);
	if (mode && strcmp(mode, "allow") == 0 &&
	    strcmp(text_of(json_object_get(d, "policy"), "knob"), "auto") != 0)
		print_changes(&p, document);
	if (o->dry_run && !o->quiet)
		puts("\nNothing was changed (--dry-run).");
	return page_flush();
}

static int show(const struct options *o, json_t *document)
{
	if (o->json)
		return print_json(document);
	show_problems(o, document);
	return print_page(o, document);
}

static bool is_gone(struct client *c, const char *name)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	bool gone;

	if (client_message(c, &m, "Explain") != EXIT_DONE || sd_bus_message_append(m, "s", name) < 0)
		return false;
	gone = sd_bus_call(client_bus(c), m, 0, &error, NULL) < 0 &&
	       sd_bus_error_has_name(&error, INTXD_ERROR_NO_DEVICE);
	sd_bus_message_unref(m);
	sd_bus_error_free(&error);
	return gone;
}

static int verb_decide(const struct options *o, const char *method, const char *name)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_json_ json_t *document = NULL;
	_cleanup_agent_ struct agent agent = {};
	int code = client_new(&c, o);

	if (code == EXIT_DONE && o->dry_run) {
		code = decide(c, o, "Foresee", name, &document);
		return code == EXIT_DONE ? show(o, document) : code;
	}
	if (code == EXIT_DONE && !o->host && !o->root)
		agent_start(&agent);
	if (code == EXIT_DONE)
		code = decide(c, o, method, name, NULL);
	if (code != EXIT_DONE)
		return code;
	if (strcmp(method, "Reset") == 0 && is_gone(c, name)) {
		if (!o->json && !o->quiet)
			printf("%s: what was decided is forgotten; no function is there now.\n", name);
		return EXIT_DONE;
	}
	code = client_call(c, &document, "Explain", "s", name);
	return code == EXIT_DONE ? show(o, document) : code;
}

int verb_allow(const struct options *o, int argc, char **argv)
{
	(void)argc;
	return verb_decide(o, "Allow", argv[1]);
}

int verb_deny(const struct options *o, int argc, char **argv)
{
	(void)argc;
	return verb_decide(o, "Deny", argv[1]);
}

int verb_reset(const struct options *o, int argc, char **argv)
{
	(void)argc;
	return verb_decide(o, "Reset", argv[1]);
}
