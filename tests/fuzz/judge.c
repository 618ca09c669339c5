// SPDX-License-Identifier: GPL-2.0-or-later
#include "judge.h"

#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "cleanup.h"
#include "decide.h"
#include "describe.h"
#include "explain.h"
#include "fuzz.h"
#include "policy.h"

/* ---- the tree ---- */

static void walks_up_end(const struct machine *m, const struct function *f)
{
	size_t steps = 0;

	MUST(f->root >= 0 && (size_t)f->root < m->n_roots);
	for (int32_t i = f->parent; i != NO_INDEX; i = m->functions[i].parent) {
		MUST(i >= 0 && (size_t)i < m->n_functions);
		MUST(m->functions[i].root == f->root);
		MUST(++steps <= m->n_functions);
	}
}

static void members_know_their_line(const struct machine *m)
{
	size_t placed = 0, members = 0;

	for (size_t i = 0; i < m->n_functions + m->n_slots; i++) {
		const struct function *f = &m->functions[i];

		MUST(f->slot == (i >= m->n_functions));
		MUST(i == 0 || f->slot || address_compare(&f[-1].address, &f->address) < 0);
		walks_up_end(m, f);
		placed += f->line != NO_INDEX;
	}
	for (size_t l = 0; l < m->n_lines; l++)
		for (int32_t i = m->lines[l].first; i != NO_INDEX; i = m->functions[i].next_on_line) {
			MUST(m->functions[i].line == (int32_t)l);
			MUST(++members <= placed);
		}
	MUST(members == placed);
}

/* ---- who shares ---- */

static const struct line *line_of(const struct machine *m, const struct function *f)
{
	return f->line == NO_INDEX ? NULL : &m->lines[f->line];
}

/* Can no map of o's root bus lead to this line? */
static bool is_excluded(const struct machine *m, const struct function *o, const struct line *line)
{
	const struct root_bus *root = &m->roots[o->root];

	if (!line || line->type != LINE_GIC || !root->map_complete)
		return false;
	for (size_t i = 0; i < root->n_map_inputs; i++)
		if (root->map_inputs[i].gic && root->map_inputs[i].hwirq == line->number)
			return false;
	return true;
}

static bool is_somewhere(const struct machine *m, const struct function *o)
{
	const struct line *line = line_of(m, o);

	return has_intx(o) && o->kind != KIND_DORMANT &&
	       (!line || line->type == LINE_WIRE || o->disagreement);
}

static void count(const struct machine *m, const struct function *f, uint32_t counts[static _KIND_MAX])
{
	const struct line *line = line_of(m, f);

	counts[KIND_ACTIVE] = line ? (uint32_t)line->n_foreign : 0;
	for (size_t i = 0; i < m->n_functions + m->n_slots; i++) {
		const struct function *o = &m->functions[i];

		if (o == f || !has_intx(o))
			continue;
		if (line && o->line == f->line)
			counts[o->kind]++;
		else if (is_somewhere(m, o) && !is_excluded(m, o, line))
			counts[KIND_POSSIBLE]++;
	}
}

/* On a line of its own, with nobody else's action, and with nobody of whom it is not known where he is. */
static void exclusive_is_proved(const struct machine *m, const struct function *f)
{
	const struct line *line = line_of(m, f);

	MUST(line && line->type != LINE_WIRE && !f->disagreement && line->n_foreign == 0);
	for (size_t i = 0; i < m->n_functions + m->n_slots; i++) {
		const struct function *o = &m->functions[i];

		if (o == f || !has_intx(o) || (is_dormant(o) && !o->has_action))
			continue;
		MUST(o->line != f->line);
		MUST((o->line != NO_INDEX && m->lines[o->line].type != LINE_WIRE) || is_excluded(m, o, line));
		/* Two drivers that show one number are on one line, whatever else is said. */
		MUST(!f->driver || !o->driver || f->irq <= 0 || f->irq != o->irq || f->msi != MSI_OFF ||
		     o->msi != MSI_OFF || f->enable < 1 || o->enable < 1 || f->irq == 255 || o->disagreement);
	}
}

static void is_counted_right(const struct machine *m, const struct function *f)
{
	uint32_t counts[_KIND_MAX] = {};

	if (!has_intx(f)) {
		MUST(f->verdict == VERDICT_NO_INTX);
		return;
	}
	count(m, f, counts);
	/* A map that does not lead to where what is below it is, is not believed. */
	MUST(!is_excluded(m, f, line_of(m, f)));
	MUST(memcmp(counts, f->sharers, sizeof(counts)) == 0);
	MUST((f->verdict == VERDICT_SHARED) == (counts[KIND_ACTIVE] > 0));
	if (f->verdict == VERDICT_EXCLUSIVE)
		exclusive_is_proved(m, f);
}

static void is_armed_only_if_proved(const struct machine *m, const struct function *f)
{
	for (enum require r = 0; r < _REQUIRE_MAX; r++) {
		const struct ruling ruling = {.mode = POLICY_ALLOW, .require = r};

		if (knob_for(m, f, &ruling) == KNOB_OFF)
			continue;
		MUST(has_intx(f) && !f->unreadable);
		MUST(r != REQUIRE_EXCLUSIVE || f->verdict == VERDICT_EXCLUSIVE);
		MUST(r != REQUIRE_LATENT_OK || (f->line != NO_INDEX && f->sharers[KIND_POSSIBLE] == 0));
	}
}

/* ---- what is said ---- */

/* Of a machine without a pci.ids. */
static struct names *no_names(void)
{
	static struct names *names;
	static struct root root;

	if (!names) {
		MUST(root_open(&root, "/proc") == 0);
		names = names_new(&root);
		MUST(names);
	}
	return names;
}

static struct describer describer_of(const struct machine *m, struct names *names)
{
	static const struct policy nothing_said;
	static const struct knobs no_knobs;

	return (struct describer){.machine = m,
				  .names = names ? names : no_names(),
				  .policy = &nothing_said,
				  .knobs = &no_knobs};
}

static void is_json(const char *text)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	MUST(json);
	json_decref(json);
}

char *document_of(const struct machine *m, struct names *names)
{
	const struct describer d = describer_of(m, names);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	MUST(out);
	MUST(describe(&d, out) == 0);
	MUST(fclose(out) == 0);
	return text;
}

static void can_be_explained(const struct machine *m, struct names *names, const struct function *f)
{
	const struct describer d = describer_of(m, names);
	json_t *json = explain(&d, f);
	_cleanup_free_ char *text = NULL;

	MUST(json);
	text = json_dumps(json, 0);
	MUST(text);
	json_decref(json);
}

static void can_be_checked(const struct machine *m)
{
	int32_t all[8] = {};
	struct check check;
	size_t n = 0;

	while (n < m->n_functions && n < sizeof(all) / sizeof(*all)) {
		all[n] = (int32_t)n;
		n++;
	}
	MUST(check_together(m, all, n, &check) == 0);
	for (size_t i = 0; i < check.n_findings; i++)
		MUST(check.findings[i].text[0] && check.findings[i].conflict == (i < check.n_conflicts));
	check_free(&check);
}

void judge(const struct machine *m, struct names *names)
{
	_cleanup_free_ char *text = document_of(m, names);

	is_json(text);
	members_know_their_line(m);
	can_be_checked(m);
	for (size_t i = 0; i < m->n_functions; i++) {
		is_counted_right(m, &m->functions[i]);
		is_armed_only_if_proved(m, &m->functions[i]);
	}
	if (m->n_functions > 0) /* one: any of them, and always the same of the same machine */
		can_be_explained(m, names, &m->functions[strlen(text) % m->n_functions]);
}

/* ---- a machine ---- */

static void add(struct machine *m, const char *address, const struct function *facts)
{
	struct address a;
	struct function *f;

	MUST(address_parse(address, &a) == 0);
	f = machine_add_function(m, a);
	MUST(f);
	f->vendor = 0x8086;
	f->device = 0x10d3;
	f->class = 0x020000;
	f->pin = 1;
	f->msi = MSI_OFF;
	f->driver = machine_string(m, facts->driver);
	f->vfio = facts->vfio;
	f->irq = facts->irq;
	f->enable = 1;
	f->bridge = facts->bridge;
	f->secondary = facts->secondary;
	f->port = facts->bridge ? PORT_ROOT : PORT_ENDPOINT;
	f->hotplug = facts->hotplug;
}
#define ADD(m, address, ...) add(m, address, &(const struct function){__VA_ARGS__})

static void add_row(struct machine *m, uint32_t virq, const char *first, const char *second)
{
	struct irq *irq = machine_add_irq(m, virq);

	MUST(irq);
	irq->chip = machine_string(m, "GICv3");
	irq->hwirq = virq + 16;
	irq->trigger = TRIGGER_LEVEL;
	irq->actions_known = true;
	MUST(machine_add_action(m, irq, first) == 0 && (!second || machine_add_action(m, irq, second) == 0));
}

struct machine *sample_machine(void)
{
	struct machine *m = machine_new();

	MUST(m);
	m->arch = machine_string(m, "aarch64");
	m->controller = machine_string(m, "GICv3");
	m->irqs_known = true;
	ADD(m, "0000:00:1c.0", .bridge = true, .secondary = 1, .driver = "pcieport", .irq = 20);
	ADD(m, "0000:00:1d.0", .bridge = true, .secondary = 2, .hotplug = true);
	ADD(m, "0000:01:00.0", .driver = "vfio-pci", .vfio = true, .irq = 21);
	ADD(m, "0000:01:00.1", .driver = "e1000", .irq = 22);
	ADD(m, "0000:00:1f.3", .driver = "i801_smbus", .irq = 16);
	ADD(m, "0000:00:02.0", .driver = "i915", .irq = 16);
	add_row(m, 16, "i801_smbus", "i915");
	add_row(m, 21, "vfio-intx(0000:01:00.0)", NULL);
	add_row(m, 22, "eth0", "serial");
	machine_sort_irqs(m);
	MUST(machine_link(m) == 0 && decide(m) == 0);
	return m;
}
