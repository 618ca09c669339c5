// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From evidence to lines: each function's own evidence names a line, best evidence first; a wire then lends
 * its line to those on it that have no evidence of their own.
 *
 * A key is a line's identity while it is being worked out; functions with one key are a group. Lines are
 * never merged on a guess: functions whose evidence says different things keep what their own says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "text.h"
#include "wiring.h"

#define IRQ_NOT_CONNECTED 0x80000000 /* include/linux/interrupt.h IRQ_NOTCONNECTED */

enum key_type {
	KEY_NONE,
	KEY_GIC,   /* a = INTID */
	KEY_IRQ,   /* a = virq */
	KEY_INPUT, /* controller, a = hwirq: an input no GIC owns and no virq is known for */
	KEY_WIRE,  /* a = bridge's index, b = pin */
	KEY_PIN,   /* a = root or parent and bus, b = device and pin: the device's own wire */
};

struct key {
	enum key_type type;
	uint32_t a, b;
	const char *controller; /* interned */
};

/* A non-GIC input that a running driver shows to be a virq. */
struct alias {
	struct key input, irq;
};

/* Who has the same key: groups stand in the order of their first members, members in party order. */
struct groups {
	int32_t *first; /* of each group */
	size_t n;
	int32_t *next, *last; /* by party; last: of a group's first member */
	int32_t *slots;	      /* a hash table of first members, NO_INDEX where empty */
	size_t n_slots;	      /* a power of two */
};

struct deciding {
	struct machine *m;
	struct key *own;  /* a party's, by its own evidence */
	struct key *wire; /* that of the wire its pin is on; before, of an interrupt that ends nobody knows
			     where */
	struct groups groups;
	struct alias *aliases;
	size_t n_parties, n_aliases;
};

static int compare_keys(const struct key *x, const struct key *y)
{
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->controller != y->controller)
		return (uintptr_t)x->controller < (uintptr_t)y->controller ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static size_t hash_key(const struct key *k)
{
	const uint64_t parts[] = {k->type, (uintptr_t)k->controller, (uint64_t)k->a << 32 | k->b};
	uint64_t h = 0;

	for (size_t i = 0; i < 3; i++) {
		h = (h ^ parts[i]) * 0x9e3779b97f4a7c15u; /* Knuth's: 2^64 by the golden ratio */
		h ^= h >> 32;
	}
	return h;
}

static void group(struct deciding *d, const struct key *keys)
{
	struct groups *g = &d->groups;

	g->n = 0;
	for (size_t i = 0; i < g->n_slots; i++)
		g->slots[i] = NO_INDEX;
	for (int32_t i = 0; i < (int32_t)d->n_parties; i++) {
		int32_t *first;
		size_t slot;

		if (keys[i].type == KEY_NONE)
			continue;
		for (slot = hash_key(&keys[i]);; slot++) {
			first = &g->slots[slot & (g->n_slots - 1)];
			if (*first == NO_INDEX || compare_keys(&keys[*first], &keys[i]) == 0)
				break;
		}
		if (*first == NO_INDEX)
			g->first[g->n++] = *first = i;
		else
			g->next[g->last[*first]] = i;
		g->last[*first] = i;
		g->next[i] = NO_INDEX;
	}
}

static int compare_inputs(const void *a, const void *b)
{
	return compare_keys(&((const struct alias *)a)->input, &((const struct alias *)b)->input);
}

static int compare_aliases(const void *a, const void *b)
{
	int c = compare_inputs(a, b);

	return c ? c : compare_keys(&((const struct alias *)a)->irq, &((const struct alias *)b)->irq);
}

static struct key input_key(const struct machine *m, const struct input *in)
{
	if (!in->controller)
		return (struct key){.type = KEY_NONE};
	/* A GSI on arm64 is its INTID. */
	if (in->gic ||
	    (strcmp(in->controller, "gsi") == 0 && m->controller && strncmp(m->controller, "GIC", 3) == 0))
		return (struct key){.type = KEY_GIC, .a = in->hwirq};
	return (struct key){.type = KEY_INPUT, .a = in->hwirq, .controller = in->controller};
}

/* On x86 the line is routed only in pci_enable_device(); before, `irq` is whatever firmware left in the
 * register. */
static bool routed_at_probe(const struct machine *m)
{
	return m->dt || (m->arch && (strcmp(m->arch, "aarch64") == 0 || strncmp(m->arch, "arm", 3) == 0));
}

static struct key observed_key(const struct machine *m, const struct function *f)
{
	const struct irq *irq;

	if (!f->driver || f->msi == MSI_UNKNOWN || f->msi == MSI_MSI)
		return (struct key){.type = KEY_NONE};
	if (f->irq <= 0 || f->irq == 255 || f->irq >= IRQ_NOT_CONNECTED)
		return (struct key){.type = KEY_NONE};
	if (!routed_at_probe(m) && f->enable < 1)
		return (struct key){.type = KEY_NONE};
	irq = machine_irq(m, f->irq);
	if (irq && is_gic_input(irq))
		return (struct key){.type = KEY_GIC, .a = (uint32_t)irq->hwirq};
	return (struct key){.type = KEY_IRQ, .a = (uint32_t)f->irq};
}

/* Is `observed`, what a driver was given, another interrupt than this input of the GIC? */
static bool contradicts(const struct machine *m, const struct key *observed, const struct key *input)
{
	const struct irq *irq = observed->type == KEY_IRQ ? machine_irq(m, observed->a) : NULL;

	if (observed->type == KEY_GIC)
		return observed->a != input->a;
	return irq && irq->chip && strncmp(irq->chip, "GIC", 3) != 0; /* at another controller */
}

/* Best evidence first. What names a GIC input is left for what is observed where the two differ: the running
 * kernel asserts what it was given, and a map that is wrong once proves nothing else. */
static void take_own_evidence(struct deciding *d, int32_t i)
{
	struct function *f = &d->m->functions[i];
	struct key kernel = input_key(d->m, &f->kernel), firmware = input_key(d->m, &f->firmware);
	struct key observed = observed_key(d->m, f), *best = &kernel;

	f->evidence = EVIDENCE_KERNEL;
	if (best->type == KEY_NONE) {
		best = &firmware;
		f->evidence = EVIDENCE_FIRMWARE;
	}
	if (best->type == KEY_GIC && contradicts(d->m, &observed, best)) {
		f->disagreement = true;
		best = &observed;
		f->evidence = EVIDENCE_OBSERVED;
	}
	if (best->type == KEY_INPUT && observed.type == KEY_IRQ)
		d->aliases[d->n_aliases++] = (struct alias){.input = *best, .irq = observed};
	if (best->type == KEY_NONE) {
		best = &observed;
		f->evidence = observed.type == KEY_NONE ? EVIDENCE_NONE : EVIDENCE_OBSERVED;
	}
	d->own[i] = *best;
	if (observed.type == KEY_IRQ)
		d->wire[i] = observed;
}

/* Where drivers on one input show several virqs, all of it is taken for the lowest. */
static void rename_inputs(struct deciding *d)
{
	size_t n = 0;

	qsort(d->aliases, d->n_aliases, sizeof(*d->aliases), compare_aliases);
	for (size_t i = 0; i < d->n_aliases; i++)
		if (n == 0 || compare_inputs(&d->aliases[n - 1], &d->aliases[i]) != 0)
			d->aliases[n++] = d->aliases[i];
	d->n_aliases = n;
	for (size_t i = 0; i < d->n_parties; i++) {
		struct alias key = {.input = d->own[i]}, *found;

		if (key.input.type != KEY_INPUT)
			continue;
		found = bsearch(&key, d->aliases, d->n_aliases, sizeof(key), compare_inputs);
		if (found)
			d->own[i] = found->irq;
	}
}

/* Functions that were given one interrupt, of which nobody tells where it ends, and that are not known by one
 * line: whatever named another line is not to be trusted. */
static void doubt_torn_irqs(struct deciding *d)
{
	const struct groups *g = &d->groups;

	group(d, d->wire);
	for (size_t n = 0; n < g->n; n++) {
		bool torn = false;

		for (int32_t i = g->first[n]; i != NO_INDEX; i = g->next[i])
			torn |= compare_keys(&d->own[i], &d->own[g->first[n]]) != 0;
		for (int32_t i = g->first[n]; i != NO_INDEX; i = g->next[i])
			d->m->functions[i].disagreement |= torn;
	}
	memset(d->wire, 0, d->n_parties * sizeof(*d->wire));
}

static struct key wire_key(const struct machine *m, const struct function *f)
{
	struct wire wire = wire_of(m, f);

	if (wire.bridge != NO_INDEX)
		return (struct key){.type = KEY_WIRE, .a = (uint32_t)wire.bridge, .b = wire.pin};
	return (struct key){
		.type = KEY_PIN,
		.a = f->parent != NO_INDEX ? (uint32_t)f->parent : 0x80000000 | (uint32_t)f->root,
		.b = (uint32_t)(f->address.bus << 16 | swizzle_device(f) << 8 | wire.pin),
	};
}

/* The members of one wire: lend the one line that some know of to the others. */
static void share_wire(struct deciding *d, int32_t first)
{
	const int32_t *next = d->groups.next;
	const struct key *known = NULL;

	for (int32_t i = first; i != NO_INDEX; i = next[i]) {
		if (d->own[i].type == KEY_NONE)
			continue;
		if (known && compare_keys(known, &d->own[i]) != 0) {
			char text[ADDRESS_SIZE];

			machine_problem(
				d->m, address_format(&d->m->functions[i].address, text),
				"on one wire with functions that use another line; the wire is not believed");
			return;
		}
		known = &d->own[i];
	}
	if (!known && next[first] == NO_INDEX)
		return;
	for (int32_t i = first; i != NO_INDEX; i = next[i]) {
		if (d->own[i].type != KEY_NONE)
			continue;
		d->own[i] = known ? *known : d->wire[first];
		d->m->functions[i].evidence = EVIDENCE_WIRING;
	}
}

static void share_wires(struct deciding *d)
{
	for (size_t i = 0; i < d->n_parties; i++)
		if (d->m->functions[i].pin != 0 && has_intx(&d->m->functions[i]))
			d->wire[i] = wire_key(d->m, &d->m->functions[i]);
	group(d, d->wire);
	for (size_t g = 0; g < d->groups.n; g++)
		share_wire(d, d->groups.first[g]);
}

/* Of a controller's path what tells it from others: the last part with a unit address, else the last; its end
 * if that is long. "/pcie@fe150000/legacy-interrupt-controller": "pcie@fe150000". */
static const char *name_of(const char *path, int *ret_length)
{
	const int most = 20;
	const char *end = path + strlen(path), *last = strrchr(path, '/'), *at = strrchr(path, '@');
	const char *start = last ? last + 1 : path;

	if (at) {
		start = memrchr(path, '/', (size_t)(at - path));
		start = start ? start + 1 : path;
		end = strchrnul(at, '/');
	}
	*ret_length = end - start > most ? most : (int)(end - start);
	return end - *ret_length;
}

static void name_line(const struct machine *m, struct line *line, const struct key *key)
{
	const struct function *first = &m->functions[line->first];
	char text[ADDRESS_SIZE];
	const char *name;
	int length;

	line->number = key->a;
	switch (key->type) {
	case KEY_GIC:
		line->type = LINE_GIC;
		snprintf(line->id, sizeof(line->id), "gic:%u", key->a);
		return;
	case KEY_IRQ:
		line->type = LINE_IRQ;
		snprintf(line->id, sizeof(line->id), "irq:%u", key->a);
		return;
	case KEY_INPUT: /* known to firmware, without a number of its own until a driver asks for it */
		name = name_of(key->controller, &length);
		snprintf(line->id, sizeof(line->id), "wire:%.*s:%u", length, name, key->a);
		text_clean(line->id);
		break;
	case KEY_WIRE:
		address_format(&m->functions[key->a].address, text);
		snprintf(line->id, sizeof(line->id), "wire:%s:%c", text, '@' + key->b);
		break;
	default:
		address_format(&first->address, text);
		text[strlen(text) - 2] = '\0'; /* the device, without its function */
		snprintf(line->id, sizeof(line->id), "wire:%s:%c", text, '@' + first->pin);
	}
	line->type = LINE_WIRE;
}

static int build_lines(struct deciding *d)
{
	const struct groups *g = &d->groups;
	struct machine *m = d->m;

	group(d, d->own);
	m->lines = calloc(g->n + 1, sizeof(*m->lines));
	if (!m->lines)
		return -ENOMEM;
	for (; m->n_lines < g->n; m->n_lines++) {
		struct line *line = &m->lines[m->n_lines];

		line->first = g->first[m->n_lines];
		name_line(m, line, &d->own[line->first]);
		for (int32_t i = line->first; i != NO_INDEX; i = g->next[i]) {
			m->functions[i].line = (int32_t)m->n_lines;
			m->functions[i].next_on_line = g->next[i];
			line->n_members++;
		}
	}
	return 0;
}

static int allocate(struct deciding *d)
{
	size_t n = d->n_parties + 1, told = 1;

	for (size_t i = 0; i < d->n_parties; i++)
		told += d->m->functions[i].kernel.controller || d->m->functions[i].firmware.controller;
	for (d->groups.n_slots = 16; d->groups.n_slots < 2 * n;)
		d->groups.n_slots *= 2;
	d->own = calloc(n, sizeof(*d->own));
	d->wire = calloc(n, sizeof(*d->wire));
	d->aliases = calloc(told, sizeof(*d->aliases));
	d->groups.first = calloc(n, sizeof(*d->groups.first));
	d->groups.next = calloc(n, sizeof(*d->groups.next));
	d->groups.last = calloc(n, sizeof(*d->groups.last));
	d->groups.slots = calloc(d->groups.n_slots, sizeof(*d->groups.slots));
	return d->own && d->wire && d->aliases && d->groups.first && d->groups.next && d->groups.last &&
			       d->groups.slots
		       ? 0
		       : -ENOMEM;
}

static void release(struct deciding *d)
{
	free(d->own);
	free(d->wire);
	free(d->aliases);
	free(d->groups.first);
	free(d->groups.next);
	free(d->groups.last);
	free(d->groups.slots);
}

int decide_lines(struct machine *m)
{
	struct deciding d = {.m = m, .n_parties = m->n_functions + m->n_slots};
	int r = allocate(&d);

	if (r == 0) {
		for (size_t i = 0; i < d.n_parties; i++)
			if (has_intx(&m->functions[i]))
				take_own_evidence(&d, (int32_t)i);
		rename_inputs(&d);
		doubt_torn_irqs(&d);
		share_wires(&d);
		r = build_lines(&d);
	}
	release(&d);
	return r;
}
