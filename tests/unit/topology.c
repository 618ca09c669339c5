// SPDX-License-Identifier: GPL-2.0-or-later
#include "topology.h"

#include <stdio.h>
#include <stdlib.h>

struct machine *machine_of(const char *arch)
{
	struct machine *m = machine_new();

	assert_non_null(m);
	m->arch = machine_string(m, arch);
	m->irqs_known = true;
	m->controller = machine_string(m, strcmp(arch, "aarch64") == 0 ? "GICv3" : "IO-APIC");
	return m;
}

void add_card(struct machine *m, const char *address, char pin, const struct card *c)
{
	struct address a;
	struct function *f;

	assert_int_equal(address_parse(address, &a), 0);
	f = machine_add_function(m, a);
	assert_non_null(f);
	f->pin = pin ? (uint8_t)(pin - 'A' + 1) : 0;
	f->driver = machine_string(m, c->driver);
	f->msi = c->msi_unknown ? MSI_UNKNOWN : c->msi ? c->msi : MSI_OFF;
	f->vfio = c->vfio || (c->driver && strcmp(c->driver, "vfio-pci") == 0);
	f->virtual_function = c->virtual_function;
	f->unreadable = c->unreadable;
	f->hotplug = c->hotplug;
	f->ari_forwarding = c->ari_forwarding;
	f->bridge = c->secondary != 0;
	f->secondary = c->secondary;
	f->port = c->conventional ? PORT_NONE : c->port;
	f->irq = c->irq ? c->irq : -1;
	f->enable = c->driver && !c->disabled;
	f->vendor = c->vendor;
	f->device = c->device;
	if (c->firmware)
		f->firmware = (struct input){
			.controller = machine_string(m, "/intc"), .hwirq = c->firmware, .gic = true};
	if (c->kernel)
		f->kernel = (struct input){
			.controller = machine_string(m, "/intc"), .hwirq = c->kernel, .gic = true};
	if (c->gsi)
		f->kernel = (struct input){.controller = machine_string(m, "gsi"), .hwirq = c->gsi};
}

void irq(struct machine *m, uint32_t virq, const char *chip, int64_t hwirq, const char *actions)
{
	struct irq *i = machine_add_irq(m, virq);
	char *copy = actions ? strdup(actions) : NULL, *save = NULL;

	assert_non_null(i);
	i->chip = machine_string(m, chip);
	i->hwirq = hwirq;
	i->trigger = TRIGGER_LEVEL;
	i->actions_known = actions != NULL;
	for (char *a = copy ? strtok_r(copy, ",", &save) : NULL; a; a = strtok_r(NULL, ",", &save))
		assert_int_equal(machine_add_action(m, i, a + strspn(a, " ")), 0);
	free(copy);
}

void map_leads_to(struct machine *m, uint32_t first, uint32_t last)
{
	int index = machine_root(m, 0, 0);
	struct root_bus *root;

	assert_true(index >= 0);
	root = &m->roots[index]; /* an array that machine_root() may have moved */
	root->map_inputs = calloc(last - first + 1, sizeof(*root->map_inputs));
	assert_non_null(root->map_inputs);
	for (uint32_t i = first; i <= last; i++)
		root->map_inputs[root->n_map_inputs++] =
			(struct input){.controller = machine_string(m, "/intc"), .hwirq = i, .gic = true};
	root->map_complete = true;
}

void settle(struct machine *m)
{
	machine_sort_irqs(m);
	assert_int_equal(machine_link(m), 0);
	assert_int_equal(decide(m), 0);
}

const struct function *at(const struct machine *m, const char *address)
{
	const struct function *f;
	struct address a;

	assert_int_equal(address_parse(address, &a), 0);
	f = machine_find(m, a);
	assert_non_null(f);
	return f;
}

void expect_verdict(const struct machine *m, const char *address, enum verdict verdict)
{
	enum verdict is = at(m, address)->verdict;

	if (is != verdict)
		fail_msg("%s is %s, not %s", address, verdict_to_string(is), verdict_to_string(verdict));
}

void expect_line(const struct machine *m, const char *address, const char *line)
{
	int32_t is = at(m, address)->line;
	const char *id = is == NO_INDEX ? "unknown" : m->lines[is].id;

	if (strcmp(id, line ? line : "unknown") != 0)
		fail_msg("%s is on %s, not %s", address, id, line ? line : "unknown");
}

void expect_sharers(const struct machine *m, const char *address, unsigned active, unsigned latent,
		    unsigned dormant, unsigned possible)
{
	const uint32_t *is = at(m, address)->sharers;

	if (is[KIND_ACTIVE] != active || is[KIND_LATENT] != latent || is[KIND_DORMANT] != dormant ||
	    is[KIND_POSSIBLE] != possible)
		fail_msg("%s has %u active, %u latent, %u dormant, %u possible", address, is[KIND_ACTIVE],
			 is[KIND_LATENT], is[KIND_DORMANT], is[KIND_POSSIBLE]);
}

void expect_reason(const struct machine *m, const char *address, const char *code, const char *who)
{
	struct reason reasons[MAX_REASONS];
	size_t n = verdict_reasons(m, at(m, address), false, reasons);

	assert_true(n > 0);
	assert_string_equal(reasons[0].code, code);
	assert_string_equal(reasons[0].who, who ? who : "");
	assert_true(strlen(reasons[0].text) > 10);
}

void expect_direct(const struct machine *m, const char *address, int possible, const char *code)
{
	struct reason reasons[MAX_REASONS];
	size_t n;
	bool found = code == NULL;

	assert_int_equal(direct_possible(m, at(m, address), reasons, &n), possible);
	for (size_t i = 0; i < n; i++)
		found |= code && strcmp(reasons[i].code, code) == 0;
	if (!found)
		fail_msg("%s: no reason %s", address, code);
}
