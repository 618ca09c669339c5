// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain.h"

#include <stdarg.h>
#include <string.h>

#include "decide.h"
#include "reasons.h"
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

static bool possible_on(const struct machine *m, const struct function *o, const struct line *line)
{
	const struct root_bus *root = &m->roots[o->root];

	if (!root->map_complete || !line || line->type != LINE_GIC)
		return true;
	for (size_t i = 0; i < root->n_map_inputs; i++)
		if (root->map_inputs[i].gic && root->map_inputs[i].hwirq == line->number)
			return true;
	return false;
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

static void add_change(json_t *list, const char *code, const char *who, const char *text)
{
	if (json_array_size(list) < MAX_CHANGES)
		json_array_append_new(list,
				      json_pack("{s:s, s:s?, s:s}", "code", code, "who", who, "text", text));
}

static void change_of_sharer(const struct machine *m, json_t *list, const struct function *o)
{
	char who[64], text[320];

	party_who(m, o, who);
	if (o->slot) {
		snprintf(text, sizeof(text),
			 "while the slot below %s can take a card, only `--require latent-ok` helps", who);
		add_change(list, "slot", who, text);
	} else if (o->driver && strcmp(o->driver, "pcieport") == 0) {
		snprintf(text, sizeof(text), "let port %s use MSI: boot without pci=nomsi and pcie_pme=nomsi",
			 who);
		add_change(list, "enable-msi", who, text);
	} else if (o->vfio) {
		snprintf(text, sizeof(text), "move %s to a slot on another line, or let its guest use MSI",
			 who);
		add_change(list, "other-slot", who, text);
	} else if (o->driver) {
		snprintf(
			text, sizeof(text),
			"make %.60s use MSI for %s, or take it off the bus: echo 1 > /sys/bus/pci/devices/%s/remove",
			o->driver, who, who);
		add_change(list, "enable-msi", who, text);
	} else {
		snprintf(
			text, sizeof(text),
			"bind %s to a driver that uses MSI, or take it off the bus: echo 1 > /sys/bus/pci/devices/%s/remove",
			who, who);
		add_change(list, "bind-or-remove", who, text);
	}
}

static void change_of_verdict(json_t *list, const struct function *f)
{
	if (f->verdict == VERDICT_LATENT)
		add_change(
			list, "require", NULL,
			"say that the platform is safe: `--require latent-ok` (the kernel yields when a sharer comes)");
	else if (f->verdict == VERDICT_UNPROVEN)
		add_change(list, "require", NULL, "say that the platform is safe: `--require unproven-ok`");
}

/* What would make the verdict better, the surest first. */
static json_t *changes_json(const struct machine *m, const struct function *f)
{
	const struct line *line = f->line == NO_INDEX ? NULL : &m->lines[f->line];
	json_t *list = json_array();
	char text[256];

	if (!has_intx(f))
		return list;
	for (enum kind k = KIND_ACTIVE; k <= KIND_LATENT; k++)
		for (int32_t i = line ? line->first : NO_INDEX; i != NO_INDEX;
		     i = m->functions[i].next_on_line)
			if (&m->functions[i] != f && m->functions[i].kind == k)
				change_of_sharer(m, list, &m->functions[i]);
	for (size_t i = 0; line && i < line->n_foreign; i++) {
		snprintf(text, sizeof(text),
			 "'%.60s' is no PCI function: only another slot gets away from it", line->foreign[i]);
		add_change(list, "other-slot", line->foreign[i], text);
	}
	if (!line || line->type == LINE_WIRE)
		add_change(
			list, "bind", NULL,
			f->vfio ? "its line shows once its guest has opened it"
				: "its line shows once a driver is bound to it (for vfio-pci: once it is opened)");
	change_of_verdict(list, f);
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
		  json_object_set_new(o, "changes", changes_json(d->machine, f)) |
		  json_object_set_new(o, "free_lines", free_lines_json(d->machine, f)))) {
		json_decref(o);
		return NULL;
	}
	return o;
}
