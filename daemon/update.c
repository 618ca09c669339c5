// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A new machine is made of what the old one knew of untouched functions and of what the files say of the
 * others, both in address order as in a full reading; everything else is read or worked out as there. Nothing
 * can be left over from the old one, and its memory goes whole.
 */
#include "update.h"

#include <errno.h>
#include <stdlib.h>

#include "devicetree.h"
#include "dt.h"
#include "read_machine.h"
#include "read_pci.h"

struct updating {
	const struct machine *old;
	struct machine *m;
	struct pci_reader *reader;
	struct address *touched; /* ascending, without doubles, after collect() */
	size_t n;
};

static int compare_addresses(const void *a, const void *b)
{
	return address_compare(a, b);
}

static void sort_touched(struct updating *u)
{
	size_t kept = 0;

	if (u->n > 0)
		qsort(u->touched, u->n, sizeof(*u->touched), compare_addresses);
	for (size_t i = 0; i < u->n; i++)
		if (kept == 0 || address_compare(&u->touched[kept - 1], &u->touched[i]) != 0)
			u->touched[kept++] = u->touched[i];
	u->n = kept;
}

/* Bridges get their bus numbers after they have been announced, and lose them before they go. */
static void touch_bridge_above(struct updating *u, const struct update *what)
{
	for (size_t i = 0; i < what->n; i++) {
		const struct function *f = machine_find(u->old, what->addresses[i]);

		if (pci_reader_bridge_above(u->reader, what->addresses[i], &u->touched[u->n]))
			u->n++;
		else if (f && f->parent != NO_INDEX)
			u->touched[u->n++] = u->old->functions[f->parent].address;
	}
}

/* marked[i]: function i itself was named. One that was read while the bridge above it came or went has no
 * parent here, though its path tells of one, and may be heard of no more: it is read each time. */
static void touch_below(struct updating *u, const bool *marked)
{
	const struct function *all = u->old->functions;

	for (size_t i = 0; i < u->old->n_functions; i++) {
		const struct function *top = &all[i];

		while (top->parent != NO_INDEX && !marked[top->parent])
			top = &all[top->parent];
		if (top->parent != NO_INDEX || top->above == ABOVE_BRIDGE)
			u->touched[u->n++] = all[i].address;
	}
}

/* What was named, the bridges above that, and whatever was below. */
static int collect(struct updating *u, const struct update *what)
{
	bool *marked = calloc(u->old->n_functions + 1, sizeof(*marked));

	u->touched = calloc(what->n * 2 + u->old->n_functions + 1, sizeof(*u->touched));
	if (!marked || !u->touched) {
		free(marked);
		return -ENOMEM;
	}
	for (size_t i = 0; i < what->n; i++) {
		const struct function *f = machine_find(u->old, what->addresses[i]);

		u->touched[u->n++] = what->addresses[i];
		if (f)
			marked[f - u->old->functions] = true;
	}
	touch_bridge_above(u, what);
	touch_below(u, marked);
	free(marked);
	sort_touched(u);
	return 0;
}

/* Both lists are in address order; what is in both is read. */
static int merge(struct updating *u)
{
	const struct machine *old = u->old;
	size_t i = 0, t = 0;
	int e = 0;

	while (e == 0 && (i < old->n_functions || t < u->n)) {
		int c = i == old->n_functions ? 1
			: t == u->n	      ? -1
					      : address_compare(&old->functions[i].address, &u->touched[t]);

		if (c < 0)
			e = machine_carry_function(u->m, old, &old->functions[i]);
		else
			e = pci_reader_read(u->reader, u->touched[t++]);
		i += c <= 0;
	}
	return e;
}

static int carry_device_tree(struct machine *m, const struct machine *old)
{
	machine_carry_problems(m, old, PROBLEM_TREE);
	m->platform = machine_string(m, old->platform);
	m->dt = old->dt;
	return old->platform && !m->platform ? -ENOMEM : 0;
}

static int build(struct updating *u, const struct root *root, const struct update *what)
{
	int e = carry_device_tree(u->m, u->old);

	machine_carry_problems(u->m, u->old, PROBLEM_LISTING);
	if (e == 0)
		e = pci_reader_new(&u->reader, root, u->m);
	if (e == 0)
		e = collect(u, what);
	if (e == 0)
		e = machine_reserve(u->m, u->old->n_functions + u->n + u->old->n_slots + 1);
	if (e == 0)
		e = merge(u);
	pci_reader_free(u->reader);
	free(u->touched);
	return e < 0 ? e : complete_machine(u->m, root);
}

/* Where the old machine cannot tell what a full reading would: problems that were only counted, and which
 * link gave the node for unread ones its name. */
static bool knows_enough(const struct machine *m)
{
	return m->problems_unlisted == 0 && !(m->dt && m->dt->unread);
}

static int update(struct updating *u, const struct root *root, const struct update *what)
{
	int e;

	u->m = machine_new();
	if (!u->m)
		return -ENOMEM;
	e = build(u, root, what);
	if (e < 0) {
		u->m->dt = NULL; /* still the old one's */
		machine_free(u->m);
	}
	return e;
}

int update_machine(struct machine **m, const struct root *root, const struct update *what)
{
	struct updating u = {.old = *m};
	int e;

	if (!knows_enough(*m)) {
		e = read_machine(&u.m, root);
	} else {
		e = update(&u, root, what);
		if (e == 0)
			(*m)->dt = NULL; /* the new one's now */
	}
	if (e < 0)
		return e;
	machine_free(*m);
	*m = u.m;
	return 0;
}
