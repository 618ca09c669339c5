// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a heap of functions to a tree: order, parents, slots.
 *
 * sysfs shows the tree as the kernel built it, so its word is taken where there is one; bus numbers are the
 * fallback of trees that lack the links. Bus numbers come from config space, where a broken or hostile bridge
 * may claim any bus, even one above itself: whatever they say, no walk up runs in a circle.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

/* Bridges by the bus below them. */
struct below {
	uint32_t domain;
	uint8_t secondary;
	int32_t bridge;
};

struct linking {
	struct machine *m;
	struct below *below;
	size_t n_below;
	int32_t last; /* bridge that was found: neighbours are mostly below one */
};

static int compare_parties(const void *a, const void *b)
{
	const struct function *x = a, *y = b;
	int order = x->slot != y->slot ? (x->slot ? 1 : -1) : address_compare(&x->address, &y->address);

	/* Slots come in no order, and two may be said to be in one place */
	return order == 0 && x->label && y->label ? strcmp(x->label, y->label) : order;
}

static int compare_irqs(const void *a, const void *b)
{
	const struct irq *x = a, *y = b;

	return (x->virq > y->virq) - (x->virq < y->virq);
}

void machine_sort_irqs(struct machine *m)
{
	size_t i = 1;

	while (i < m->n_irqs && compare_irqs(&m->irqs[i - 1], &m->irqs[i]) <= 0)
		i++;
	if (i < m->n_irqs) /* /proc/interrupts is in order already */
		qsort(m->irqs, m->n_irqs, sizeof(*m->irqs), compare_irqs);
}

static int compare_below(const void *a, const void *b)
{
	const struct below *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return x->secondary - y->secondary;
}

/* Readers add most or all of them in order already. */
static void sort_parties(struct machine *m)
{
	size_t n = m->n_functions + m->n_slots, i = 1;

	while (i < n && compare_parties(&m->functions[i - 1], &m->functions[i]) <= 0)
		i++;
	if (i < n)
		qsort(m->functions, n, sizeof(*m->functions), compare_parties);
}

/* The same address twice ("0000:" and "00000:") would be two functions that share everything. */
static void drop_duplicates(struct machine *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n_functions + m->n_slots; i++) {
		const struct function *f = &m->functions[i];
		char text[ADDRESS_SIZE];

		if (kept > 0 && compare_parties(&m->functions[kept - 1], f) == 0) {
			if (!f->slot)
				machine_problem(m, address_format(&f->address, text),
						"listed twice; the second is left out");
			continue;
		}
		if (kept != i)
			m->functions[kept] = *f;
		kept++;
	}
	for (m->n_functions = 0; m->n_functions < kept && !m->functions[m->n_functions].slot;
	     m->n_functions++)
		;
	m->n_slots = kept - m->n_functions;
}

static int index_buses(struct linking *l)
{
	const struct machine *m = l->m;

	l->below = calloc(m->n_functions + 1, sizeof(*l->below));
	if (!l->below)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_functions; i++)
		if (m->functions[i].bridge && m->functions[i].secondary != 0)
			l->below[l->n_below++] = (struct below){
				.domain = m->functions[i].address.domain,
				.secondary = m->functions[i].secondary,
				.bridge = (int32_t)i,
			};
	qsort(l->below, l->n_below, sizeof(*l->below), compare_below);
	return 0;
}

static int32_t bridge_above_bus(const struct linking *l, uint32_t domain, uint8_t bus)
{
	struct below key = {.domain = domain, .secondary = bus};
	const struct below *b = bsearch(&key, l->below, l->n_below, sizeof(key), compare_below);

	return b ? b->bridge : NO_INDEX;
}

static int put_on_root(struct machine *m, struct function *f, uint8_t bus)
{
	f->parent = NO_INDEX;
	f->root = machine_root(m, f->address.domain, bus);
	return f->root < 0 ? -ENOMEM : 0;
}

static int32_t find_bridge(struct linking *l, struct address address)
{
	const struct function *all = l->m->functions, *f;

	if (l->last == NO_INDEX || address_compare(&all[l->last].address, &address) != 0) {
		f = machine_find(l->m, address);
		l->last = f ? (int32_t)(f - all) : NO_INDEX;
	}
	return l->last;
}

static int find_parent(struct linking *l, int32_t index)
{
	struct machine *m = l->m;
	struct function *f = &m->functions[index];
	int32_t bridge;

	if (f->above == ABOVE_ROOT)
		return put_on_root(m, f, f->above_address.bus);
	if (f->above == ABOVE_BRIDGE) {
		bridge = find_bridge(l, f->above_address);
		if (bridge != NO_INDEX && bridge != index) {
			f->parent = bridge;
			return 0;
		}
	}
	f->parent = bridge_above_bus(l, f->address.domain, f->address.bus);
	if (f->parent == NO_INDEX)
		return put_on_root(m, f, f->address.bus);
	return 0;
}

/*
 * Gives everyone the root bus of its topmost bridge. mark: 0 not seen, 1 on the walk under way, 2 done.
 * Meeting a 1 closes a circle, which is opened there.
 */
static int settle_roots(struct machine *m, uint8_t *mark, int32_t *walk)
{
	for (size_t start = 0; start < m->n_functions + m->n_slots; start++) {
		int32_t i = (int32_t)start, root;
		size_t n = 0;

		while (mark[i] == 0) {
			mark[i] = 1;
			walk[n++] = i;
			if (m->functions[i].parent == NO_INDEX)
				break;
			i = m->functions[i].parent;
		}
		if (mark[i] == 1 && m->functions[i].parent != NO_INDEX) {
			struct function *f = &m->functions[i];
			char text[ADDRESS_SIZE];

			machine_problem(
				m, address_format(&f->address, text),
				"a bridge below it has it below itself; taken as standing on a root bus");
			if (put_on_root(m, f, f->address.bus) < 0)
				return -ENOMEM;
		}
		root = m->functions[i].root;
		while (n > 0) {
			m->functions[walk[--n]].root = root;
			mark[walk[n]] = 2;
		}
	}
	return 0;
}

static void drop_filled_slots(struct machine *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n_slots; i++) {
		const struct function *slot = &m->functions[m->n_functions + i];
		bool filled = false;

		for (uint8_t function = 0; function < 8 && !filled; function++) {
			struct address a = slot->address;

			a.function = function;
			filled = machine_find(m, a);
		}
		if (!filled)
			m->functions[m->n_functions + kept++] = *slot;
	}
	m->n_slots = kept;
}

/* Every hotplug port with an empty bus is a slot, whether or not a hotplug driver made a folder for it. */
static int add_port_slots(struct machine *m, const int32_t *children)
{
	size_t n_listed = m->n_slots;

	for (size_t i = 0; i < m->n_functions; i++) {
		const struct function *port = &m->functions[i];
		struct function card = {
			.address = {.domain = port->address.domain, .bus = port->secondary},
			.slot = true,
		};

		if (!port->hotplug || port->secondary == 0 || children[i] > 0 ||
		    bsearch(&card, m->functions + m->n_functions, n_listed, sizeof(card), compare_parties))
			continue;
		if (!machine_add_slot(m, card.address, NULL))
			return -ENOMEM;
	}
	return 0;
}

static int link_functions(struct linking *l)
{
	struct machine *m = l->m;
	int32_t *children = calloc(m->n_functions + 1, sizeof(*children));
	int r = children ? 0 : -ENOMEM;

	for (size_t i = 0; i < m->n_functions && r == 0; i++) {
		r = find_parent(l, (int32_t)i);
		if (r == 0 && m->functions[i].parent != NO_INDEX)
			children[m->functions[i].parent]++;
	}
	if (r == 0)
		r = add_port_slots(m, children);
	free(children);
	for (size_t i = 0; i < m->n_functions;
	     i++) /* PCIe 6.0, 6.13: all 8 bits below such a port are the function */
		m->functions[i].ari = m->functions[i].parent != NO_INDEX &&
				      m->functions[m->functions[i].parent].ari_forwarding;
	for (size_t i = m->n_functions; i < m->n_functions + m->n_slots && r == 0; i++)
		r = find_parent(l, (int32_t)i);
	return r;
}

/* The bridge above was asked, since there is nobody here. */
static void ask_kernel_about_slot(const struct machine *m, struct function *slot)
{
	if (slot->parent != NO_INDEX && slot->address.device == 0)
		slot->kernel = m->functions[slot->parent].kernel_below;
}

int machine_link(struct machine *m)
{
	struct linking l = {.m = m, .last = NO_INDEX};
	size_t total;
	uint8_t *mark = NULL;
	int32_t *walk = NULL;
	int r;

	sort_parties(m);
	drop_duplicates(m);
	drop_filled_slots(m);
	r = index_buses(&l);
	if (r == 0)
		r = link_functions(&l);
	total = m->n_functions + m->n_slots;
	if (r == 0) {
		mark = calloc(total + 1, sizeof(*mark));
		walk = calloc(total + 1, sizeof(*walk));
		r = mark && walk ? settle_roots(m, mark, walk) : -ENOMEM;
	}
	for (size_t i = m->n_functions; i < total && r == 0; i++)
		ask_kernel_about_slot(m, &m->functions[i]);
	free(mark);
	free(walk);
	free(l.below);
	return r;
}
