// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kinds and verdicts. Counting is done once a line and once a root bus, so that each function's numbers are a
 * subtraction: nothing is done once a pair.
 */
#include <errno.h>
#include <stdlib.h>

#include "decide.h"

bool has_intx(const struct function *f)
{
	return !f->virtual_function && (f->pin != 0 || f->unreadable);
}

bool is_dormant(const struct function *f)
{
	return f->driver && !f->vfio && (f->msi == MSI_MSI || f->msi == MSI_MSIX);
}

static enum kind kind_of(const struct machine *m, const struct function *f)
{
	if (f->has_action)
		return KIND_ACTIVE;
	if (is_dormant(f))
		return KIND_DORMANT;
	if (may_hold_action(f) && !machine_knows_actions(m, f->line == NO_INDEX ? NULL : &m->lines[f->line]))
		return KIND_ACTIVE;
	return KIND_LATENT;
}

static void add_unplaced(struct unplaced *u, int32_t index)
{
	if (u->n < 2)
		u->named[u->n] = index;
	u->n++;
}

static void count_member(struct line *line, const struct function *f, int32_t index)
{
	if (line->count[f->kind] < 2)
		line->named[f->kind][line->count[f->kind]] = index;
	line->count[f->kind]++;
	line->n_unplaced += f->unplaced;
}

static void add_possible(struct line *line, const struct unplaced *u)
{
	uint32_t *n = &line->count[KIND_POSSIBLE];

	for (uint32_t i = 0; i < u->n && i < 2 && *n + i < 2; i++)
		line->named[KIND_POSSIBLE][*n + i] = u->named[i];
	*n += u->n;
}

static int compare_gic_lines(const void *a, const void *b)
{
	const struct line *x = *(struct line *const *)a, *y = *(struct line *const *)b;

	return (x->number > y->number) - (x->number < y->number);
}

/* A root bus with a complete map delivers to that map's inputs only: what is unplaced below it is possible on
 * these. */
static int add_possible_of_maps(struct machine *m)
{
	struct line **gic = calloc(m->n_lines + 1, sizeof(struct line *));
	size_t n = 0;

	if (!gic)
		return -ENOMEM;
	for (size_t l = 0; l < m->n_lines; l++)
		if (m->lines[l].type == LINE_GIC)
			gic[n++] = &m->lines[l];
	qsort(gic, n, sizeof(*gic), compare_gic_lines);
	for (size_t r = 0; r < m->n_roots; r++) {
		const struct root_bus *root = &m->roots[r];

		for (size_t i = 0; i < root->n_map_inputs && root->map_complete && root->unplaced.n > 0;
		     i++) {
			struct line key = {.number = root->map_inputs[i].hwirq}, *p = &key, **found;

			found = bsearch(&p, gic, n, sizeof(*gic), compare_gic_lines);
			if (found && root->map_inputs[i].gic)
				add_possible(*found, &root->unplaced);
		}
	}
	free(gic);
	return 0;
}

bool is_placeless(const struct machine *m, const struct function *f)
{
	return f->line == NO_INDEX || m->lines[f->line].type == LINE_WIRE || f->disagreement;
}

static void place(struct machine *m, int32_t index, struct unplaced *anywhere)
{
	struct function *f = &m->functions[index];

	f->unplaced = f->kind != KIND_DORMANT && is_placeless(m, f);
	if (f->line != NO_INDEX)
		count_member(&m->lines[f->line], f, index);
	if (!f->unplaced)
		return;
	add_unplaced(&m->unplaced, index);
	add_unplaced(&m->roots[f->root].unplaced, index);
	if (!m->roots[f->root].map_complete)
		add_unplaced(anywhere, index);
}

bool possible_on(const struct machine *m, const struct function *o, const struct line *line)
{
	const struct root_bus *root = &m->roots[o->root];

	if (!root->map_complete || !line || line->type != LINE_GIC)
		return true;
	for (size_t i = 0; i < root->n_map_inputs; i++)
		if (root->map_inputs[i].gic && root->map_inputs[i].hwirq == line->number)
			return true;
	return false;
}

/* If the maps above f do not lead to where it is, they are wrong, and what else is below them may be
 * anywhere. */
static bool fits_its_map(const struct machine *m, const struct function *f)
{
	return f->line == NO_INDEX || f->evidence == EVIDENCE_FIRMWARE ||
	       possible_on(m, f, &m->lines[f->line]);
}

int decide_kinds(struct machine *m)
{
	struct unplaced anywhere = {};
	size_t n = m->n_functions + m->n_slots;

	for (size_t i = 0; i < n; i++) {
		struct function *f = &m->functions[i];

		f->kind = kind_of(m, f);
		if (f->disagreement || !fits_its_map(m, f)) /* a map that is wrong once excludes nothing */
			m->roots[f->root].map_complete = false;
	}
	for (size_t i = 0; i < n; i++)
		if (has_intx(&m->functions[i]))
			place(m, (int32_t)i, &anywhere);
	for (size_t l = 0; l < m->n_lines; l++) {
		m->lines[l].count[KIND_ACTIVE] += (uint32_t)m->lines[l].n_foreign;
		add_possible(&m->lines[l], m->lines[l].type == LINE_GIC ? &anywhere : &m->unplaced);
	}
	return add_possible_of_maps(m);
}

static void count_sharers(const struct machine *m, struct function *f)
{
	const struct line *line = &m->lines[f->line];

	for (int k = 0; k < _KIND_MAX; k++)
		f->sharers[k] = line->count[k];
	f->sharers[f->kind]--;
	f->sharers[KIND_POSSIBLE] -= line->n_unplaced;
}

static enum verdict verdict_of(const struct machine *m, const struct function *f)
{
	if (!has_intx(f))
		return VERDICT_NO_INTX;
	if (f->sharers[KIND_ACTIVE] > 0)
		return VERDICT_SHARED;
	if (f->sharers[KIND_LATENT] > 0)
		return VERDICT_LATENT;
	if (is_placeless(m, f) || f->sharers[KIND_POSSIBLE] > 0)
		return VERDICT_UNPROVEN;
	return VERDICT_EXCLUSIVE;
}

void decide_verdicts(struct machine *m)
{
	for (size_t i = 0; i < m->n_functions + m->n_slots; i++) {
		struct function *f = &m->functions[i];

		if (f->line != NO_INDEX)
			count_sharers(m, f);
		else if (has_intx(f))
			f->sharers[KIND_POSSIBLE] = m->unplaced.n - f->unplaced;
		f->verdict = verdict_of(m, f);
	}
}

int decide(struct machine *m)
{
	int r = decide_lines(m);

	if (r == 0)
		r = decide_actions(m);
	if (r == 0)
		r = decide_kinds(m);
	if (r == 0)
		decide_verdicts(m);
	return r;
}
