// SPDX-License-Identifier: GPL-2.0-or-later
#include "function_page.h"

#include <stdint.h>
#include <string.h>

#include "table.h"

#define MAX_FREE 12

void label(struct page *p, const char *text)
{
	page_words(p, NULL, text);
	page_to(p, LABEL);
}

void print_list(struct page *p, const json_t *list, size_t most)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (i == most) {
			page_printf(p, NULL, " and %zu more", json_array_size(list) - most);
			return;
		}
		page_words(p, NULL, i ? ", " : " ");
		page_words(p, NULL, json_string_value(item));
	}
}

void print_headline(struct page *p, const json_t *d)
{
	const char *name = text_of(d, "name");

	page_words(p, "bold", text_of(d, "address"));
	page_to(p, p->column + 2);
	if (name) {
		page_words(p, "bold", name);
		page_words(p, NULL, " ");
	}
	page_printf(p, NULL, "[%s]", text_of(d, "id"));
	page_end(p);
}

/* "the sentence (where it was read)" */
static void print_reason(struct page *p, const json_t *reason)
{
	const char *file = text_of(reason, "file");

	page_words(p, NULL, text_of(reason, "text"));
	if (file)
		page_printf(p, "dim", " (%s)", file);
}

/* The deciding one, and those that name nobody: the others' parties are listed as sharers. */
static void print_reasons(struct page *p, const json_t *reasons)
{
	const json_t *reason;
	size_t i;

	json_array_foreach(reasons, i, reason)
	{
		if (i == 0)
			page_words(p, NULL, ": ");
		else if (text_of(reason, "who"))
			continue;
		else
			page_to(p, LABEL);
		print_reason(p, reason);
		page_end(p);
	}
	if (i == 0)
		page_end(p);
}

void print_verdict(struct page *p, const json_t *d)
{
	const char *verdict = text_of(d, "verdict");

	label(p, "Verdict");
	page_words(p, verdict_colour(verdict), verdict);
	print_reasons(p, json_object_get(d, "reasons"));
}

void print_direct(struct page *p, const json_t *direct)
{
	const json_t *possible = json_object_get(direct, "possible");

	label(p, "Direct EOI");
	if (json_is_true(possible))
		page_words(p, "green", "possible");
	else
		page_words(p, NULL, json_is_false(possible) ? "not possible" : "not known to be possible");
	print_reasons(p, json_object_get(direct, "reasons"));
}

void print_policy(struct page *p, const json_t *d)
{
	const json_t *policy = json_object_get(d, "policy");
	const char *mode = text_of(policy, "mode"), *source = text_of(policy, "source");
	const char *state = text_of(d, "state"), *reason = text_of(d, "state_reason");

	label(p, "Policy");
	page_words(p, NULL, mode);
	if (mode && strcmp(mode, "allow") == 0)
		page_printf(p, NULL, ", requires %s", text_of(policy, "require"));
	if (source)
		page_printf(p, NULL, " (%s)", source);
	page_words(p, NULL, "; state ");
	page_words(p, verdict_colour(state), state);
	if (reason && strcmp(reason, "none") != 0)
		page_printf(p, NULL, ": %s", reason);
	page_end(p);
}

void print_changes(struct page *p, const json_t *document)
{
	const json_t *changes = json_object_get(document, "changes"), *change;
	const json_t *free_lines = json_object_get(document, "free_lines");
	size_t most = p->height < 30 ? 2 : SIZE_MAX, i;

	json_array_foreach(changes, i, change)
	{
		label(p, i == 0 ? "What helps" : "");
		if (i == most) {
			page_printf(p, NULL, "and %zu more; --json lists all", json_array_size(changes) - i);
			page_end(p);
			break;
		}
		page_words(p, NULL, "-");
		page_to(p, LABEL + 2);
		page_words(p, NULL, text_of(change, "text"));
		page_end(p);
	}
	if (json_array_size(free_lines) > 0) {
		label(p, "Free lines");
		page_words(p, NULL, "no function is known to be on");
		print_list(p, free_lines, MAX_FREE);
		page_words(p, NULL, "; another slot may lead there");
		page_end(p);
	}
}

/* Why an allowed function's knob stays off. */
static void print_refusal(struct page *p, const json_t *d)
{
	const json_t *direct = json_object_get(d, "direct");
	const char *require = text_of(json_object_get(d, "policy"), "require");

	page_words(p, "yellow", "will not engage: ");
	if (json_is_false(json_object_get(direct, "possible"))) {
		page_words(p, NULL, "direct EOI is not possible");
		print_reasons(p, json_object_get(direct, "reasons"));
		return;
	}
	if (json_is_null(json_object_get(d, "pin")))
		page_words(p, NULL,
			   "its config space cannot be read: it may be another device than was meant");
	else if (strcmp(text_of(d, "verdict"), "unproven") != 0 && strcmp(require, "latent-ok") == 0)
		page_words(
			p, NULL,
			"others are on its line or may be, unknown, which latent-ok does not cover; unproven-ok does");
	else
		page_printf(p, NULL, "it is %s, and %s is required", text_of(d, "verdict"), require);
	page_end(p);
}

void print_outcome(struct page *p, const json_t *d, bool foreseen)
{
	const json_t *policy = json_object_get(d, "policy");
	const char *mode = text_of(policy, "mode"), *knob = text_of(policy, "knob"),
		   *problem = text_of(policy, "problem"), *kernel = text_of(policy, "kernel");
	const char *state = text_of(d, "state"), *reason = text_of(d, "state_reason");

	if (problem) {
		label(p, "Problem");
		page_words(p, "red", problem);
		page_end(p);
		return;
	}
	if (!mode || strcmp(mode, "allow") != 0)
		return;
	label(p, "Outcome");
	if (!knob || strcmp(knob, "auto") != 0) {
		print_refusal(p, d);
		return;
	}
	if (kernel && strcmp(kernel, "auto") != 0 && !foreseen)
		page_words(
			p, "yellow",
			"allowed, but the kernel's knob is off: intxd, which sets it, does not run or has just begun");
	else if (state && strcmp(state, "engaged") == 0)
		page_words(p, "green", "engaged: the guest deactivates the interrupt itself");
	else if (!json_is_true(json_object_get(d, "vfio")))
		page_words(p, NULL, "armed: engages once it is under vfio-pci and a guest uses its INTx");
	else if (state && (strcmp(state, "idle") == 0 || strcmp(state, "off") == 0))
		page_words(p, NULL, "armed: engages once a guest uses its INTx");
	else
		page_printf(p, NULL, "armed, and now %s: %s", state ? state : "?", reason ? reason : "?");
	page_end(p);
}
