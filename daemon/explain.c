// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain.h"

#include <stdarg.h>
#include <string.h>

#include "decide.h"
#include "reasons.h"
#include "remedies.h"
#include "wiring.h"

/* What a person has to read at once; the sharers beyond are in the list. */
#define MAX_CHANGES 8

__attribute__((format(printf, 3, 4))) static json_t *sentence(json_t *o, const char *key, const char *format,
							      ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_object_set_new(o, key, json_string(text));
	return o;
}

static json_t *hop(const char *at, uint8_t pin)
{
	char letter[2] = {(char)('@' + pin), '\0'};
	json_t *o = json_object();

	json_object_set_new(o, "at", json_string(at));
	json_object_set_new(o, "pin", pin ? json_string(letter) : json_null());
	return o;
}

/* The wire's other member whose own evidence told the line. */
static const struct function *teacher(const struct machine *m, const struct function *f)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a wire has a line */
	for (int32_t i = m->lines[f->line].first; i != NO_INDEX; i = m->functions[i].next_on_line)
		if (m->functions[i].evidence > EVIDENCE_WIRING)
			return &m->functions[i];
	return NULL;
}

static void add_last_hop(const struct machine *m, const struct function *f, json_t *path)
{
	const char *id = f->line == NO_INDEX ? NULL : m->lines[f->line].id;
	json_t *last = hop(id ? id : "?", 0);
	const struct function *other;
	char text[ADDRESS_SIZE];

	address_format(&f->address, text);
	switch (f->evidence) {
	case EVIDENCE_KERNEL:
		if (strcmp(f->kernel.controller, "gsi") == 0)
			sentence(last, "text",
				 "the kernel routes it to GSI %u (sys/bus/pci/devices/%s/intx_line)",
				 f->kernel.hwirq, text);
		else
			sentence(last, "text",
				 "the kernel routes it to input %u of %s (sys/bus/pci/devices/%s/intx_line)",
				 f->kernel.hwirq, f->kernel.controller, text);
		break;
	case EVIDENCE_FIRMWARE:
		sentence(last, "text", "the device tree's interrupt-map leads to input %u of %s",
			 f->firmware.hwirq, f->firmware.controller);
		break;
	case EVIDENCE_OBSERVED:
		sentence(last, "text", "its driver was given IRQ %lld (sys/bus/pci/devices/%s/irq)",
			 (long long)f->irq, text);
		break;
	case EVIDENCE_WIRING:
		other = teacher(m, f);
		if (other)
			sentence(last, "text", "it is on one wire with %s, whose line is known",
				 address_format(&other->address, text));
		else
			sentence(last, "text", "where this wire ends is not known");
		break;
	default: sentence(last, "text", "nothing tells which line this reaches");
	}
	json_object_set_new(last, "evidence", json_string(evidence_to_string(f->evidence)));
	json_array_append_new(path, last);
}

/* The pin's way: itself, every bridge above with the pin it arrives at, the root bus, the line. */
static json_t *path_json(const struct machine *m, const struct function *f)
{
	const struct root_bus *root = &m->roots[f->root];
	json_t *path = json_array(), *o;
	char text[ADDRESS_SIZE + 16];
	uint8_t pin = f->pin;
	const struct function *at = f;

	if (pin == 0)
		return path;
	json_array_append_new(path, sentence(hop(address_format(&f->address, text), pin), "text",
					     "asserts pin %c as device %u of its bus", '@' + pin,
					     swizzle_device(f)));
	for (; at->parent != NO_INDEX; at = &m->functions[at->parent]) {
		uint8_t swizzled = swizzle(pin, swizzle_device(at));

		o = hop(address_format(&m->functions[at->parent].address, text), swizzled);
		sentence(o, "text", "pin %c of device %u arrives at this bridge as pin %c", '@' + pin,
			 swizzle_device(at), '@' + swizzled);
		json_array_append_new(path, o);
		pin = swizzled;
	}
	snprintf(text, sizeof(text), "pci%04x:%02x", root->domain, root->bus);
	json_array_append_new(
		path, sentence(hop(text, pin), "text", "the root bus, device %u", at->address.device));
	add_last_hop(m, f, path);
	return path;
}

static void add_sharer(const struct machine *m, json_t *list, const struct function *o, enum kind kind)
{
	char who[64];

	json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?, s:b}", "who", party_who(m, o, who),
					      "kind", kind_to_string(kind), "why", party_why(m, o), "driver",
					      o->driver, "slot", o->slot));
}

static json_t *sharers_json(const struct machine *m, const struct function *f)
{
	const struct line *line = f->line == NO_INDEX ? NULL : &m->lines[f->line];
	json_t *list = json_array();

	for (int32_t i = line ? line->first : NO_INDEX; i != NO_INDEX; i = m->functions[i].next_on_line)
		if (&m->functions[i] != f)
			add_sharer(m, list, &m->functions[i], m->functions[i].kind);
	for (size_t i = 0; line && i < line->n_foreign; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:n, s:b}", "who", line->foreign[i],
						      "kind", kind_to_string(KIND_ACTIVE), "why",
						      "holds the line and is no PCI function", "driver",
						      "slot", 0));
	for (size_t i = 0; has_intx(f) && i < m->n_functions + m->n_slots; i++) {
		const struct function *o = &m->functions[i];

		if (o != f && o->unplaced && (o->line == NO_INDEX || o->line != f->line) &&
		    possible_on(m, o, line))
			add_sharer(m, list, o, KIND_POSSIBLE);
	}
	return list;
}

static void add_change(json_t *list, const struct remedy *r)
{
	if (json_array_size(list) < MAX_CHANGES)
		json_array_append_new(list, json_pack("{s:s, s:s?, s:s}", "code", r->code, "who",
						      *r->who ? r->who : NULL, "text", r->text));
}

/* What would make the verdict better, the surest first. */
static json_t *changes_json(const struct describer *d, const struct function *f)
{
	const struct machine *m = d->machine;
	struct ruling ruling = policy_for(d->policy, m, f);
	const struct line *line = f->line == NO_INDEX ? NULL : &m->lines[f->line];
	json_t *list = json_array();
	struct remedy r;

	if (!has_intx(f))
		return list;
	for (enum kind k = KIND_ACTIVE; k <= KIND_LATENT; k++)
		for (int32_t i = line ? line->first : NO_INDEX; i != NO_INDEX;
		     i = m->functions[i].next_on_line)
			if (&m->functions[i] != f && m->functions[i].kind == k) {
				r = remedy_for(m, &m->functions[i], NEED_FREE_FOR_GOOD);
				add_change(list, &r);
			}
	for (size_t i = 0; line && i < line->n_foreign; i++) {
		r = remedy_for_foreign(line->foreign[i]);
		add_change(list, &r);
	}
	if (!line || line->type == LINE_WIRE) {
		r = remedy_plain("bind", "its line shows once %s",
				 f->vfio ? "its guest has opened it"
					 : "a driver is bound to it (for vfio-pci: once it is opened)");
		add_change(list, &r);
	}
	if (!f->unreadable && (f->verdict == VERDICT_LATENT || f->verdict == VERDICT_UNPROVEN) &&
	    !(ruling.mode == POLICY_ALLOW && function_meets(m, f, ruling.require))) {
		r = remedy_plain(
			"require",
			"say that the platform is safe: `--require %s` (the kernel yields when a sharer comes)",
			require_to_string(function_meets(m, f, REQUIRE_LATENT_OK) ? REQUIRE_LATENT_OK
										  : REQUIRE_UNPROVEN_OK));
		add_change(list, &r);
	}
	return list;
}

/* Inputs of this root bus's map that no function is on: where another slot might lead. */
static json_t *free_lines_json(const struct machine *m, const struct function *f)
{
	const struct root_bus *root = &m->roots[f->root];
	json_t *list = json_array();
	char id[24];

	for (size_t i = 0; i < root->n_map_inputs; i++) {
		bool used = false;

		if (!root->map_inputs[i].gic)
			continue;
		for (size_t l = 0; l < m->n_lines && !used; l++)
			used = m->lines[l].type == LINE_GIC &&
			       m->lines[l].number == root->map_inputs[i].hwirq;
		snprintf(id, sizeof(id), "gic:%u", root->map_inputs[i].hwirq);
		if (!used)
			json_array_append_new(list, json_string(id));
	}
	return list;
}

json_t *explain(const struct describer *d, const struct function *f)
{
	json_t *o = describe_one(d, f);

	if (o && (json_object_set_new(o, "path", path_json(d->machine, f)) |
		  json_object_set_new(o, "sharers", sharers_json(d->machine, f)) |
		  json_object_set_new(o, "changes", changes_json(d, f)) |
		  json_object_set_new(o, "free_lines", free_lines_json(d->machine, f)))) {
		json_decref(o);
		return NULL;
	}
	return o;
}
