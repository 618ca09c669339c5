// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From evidence to lines: each function's own evidence names a line, best evidence first; a wire then lends
 * its line to those on it that have no evidence of their own.
 *
 * A key is a line's identity while it is being worked out, ordered so that sorting brings the members of a
 * line together. Lines are never merged on a guess: functions whose evidence says different things keep what
 * their own says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
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

struct member {
	struct key key;
	int32_t index;
};

/* A non-GIC input that a running driver shows to be a virq. */
struct alias {
	struct key input, irq;
};

struct deciding {
	struct machine *m;
	struct member *own;  /* a party's key by its own evidence, in party order */
	struct member *work; /* scratch for sorting */
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

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = compare_keys(&x->key, &y->key);

	return c ? c : (x->index > y->index) - (x->index < y->index);
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
	if (irq && irq->chip && strncmp(irq->chip, "GIC", 3) == 0 && irq->hwirq >= 0)
		return (struct key){.type = KEY_GIC, .a = (uint32_t)irq->hwirq};
	return (struct key){.type = KEY_IRQ, .a = (uint32_t)f->irq};
}

/* Best evidence first. Firmware is left for what is observed where both name a GIC input and differ: the
 * running kernel asserts what it was given, and a map that is wrong once proves nothing else. */
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
	if (best->type == KEY_GIC && observed.type == KEY_GIC && best->a != observed.a) {
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
	d->own[i].key = *best;
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
		struct alias key = {.input = d->own[i].key}, *found;

		if (key.input.type != KEY_INPUT)
			continue;
		found = bsearch(&key, d->aliases, d->n_aliases, sizeof(key), compare_inputs);
		if (found)
			d->own[i].key = found->irq;
	}
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

/* One wire's members [from, to): lend the one line they know of to the others. */
static void share_wire(struct deciding *d, const struct member *from, const struct member *to)
{
	const struct key *known = NULL;

	for (const struct member *w = from; w < to; w++) {
		const struct key *own = &d->own[w->index].key;

		if (own->type == KEY_NONE)
			continue;
		if (known && compare_keys(known, own) != 0) {
			char text[ADDRESS_SIZE];

			machine_problem(
				d->m, address_format(&d->m->functions[w->index].address, text),
				"on one wire with functions that use another line; the wire is not believed");
			return;
		}
		known = own;
	}
	if (!known && to - from < 2)
		return;
	for (const struct member *w = from; w < to; w++) {
		if (d->own[w->index].key.type != KEY_NONE)
			continue;
		d->own[w->index].key = known ? *known : from->key;
		d->m->functions[w->index].evidence = EVIDENCE_WIRING;
	}
}

static void share_wires(struct deciding *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_parties; i++)
		if (d->m->functions[i].pin != 0 && has_intx(&d->m->functions[i]))
			d->work[n++] = (struct member){.key = wire_key(d->m, &d->m->functions[i]),
						       .index = (int32_t)i};
	qsort(d->work, n, sizeof(*d->work), compare_members);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && compare_keys(&d->work[from].key, &d->work[to].key) == 0; to++)
			;
		share_wire(d, d->work + from, d->work + to);
	}
}

static void name_line(const struct machine *m, struct line *line, const struct key *key)
{
	const struct function *first = &m->functions[line->first];
	char text[ADDRESS_SIZE];
	const char *base;

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
		base = strrchr(key->controller, '/');
		snprintf(line->id, sizeof(line->id), "wire:%.20s:%u", base ? base + 1 : key->controller,
			 key->a);
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

static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* work[0..n), sorted by key: a line for each run of equal keys. */
static int build_lines(struct deciding *d, size_t n)
{
	struct machine *m = d->m;
	size_t n_lines = 0;

	for (size_t i = 0; i < n; i++)
		n_lines += i == 0 || compare_keys(&d->work[i - 1].key, &d->work[i].key) != 0;
	m->lines = calloc(n_lines + 1, sizeof(*m->lines));
	if (!m->lines)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct line *line;

		if (i == 0 || compare_keys(&d->work[i - 1].key, &d->work[i].key) != 0) {
			line = &m->lines[m->n_lines++];
			*line = (struct line){.first = d->work[i].index};
			name_line(m, line, &d->work[i].key);
		} else {
			line = &m->lines[m->n_lines - 1];
			m->functions[d->work[i - 1].index].next_on_line = d->work[i].index;
		}
		line->n_members++;
	}
	qsort(m->lines, m->n_lines, sizeof(*m->lines), compare_lines);
	for (size_t l = 0; l < m->n_lines; l++)
		for (int32_t i = m->lines[l].first; i != NO_INDEX; i = m->functions[i].next_on_line)
			m->functions[i].line = (int32_t)l;
	return 0;
}

int decide_lines(struct machine *m)
{
	struct deciding d = {.m = m, .n_parties = m->n_functions + m->n_slots};
	size_t n = 0;
	int r;

	d.own = calloc(d.n_parties + 1, sizeof(*d.own));
	d.work = calloc(d.n_parties + 1, sizeof(*d.work));
	d.aliases = calloc(d.n_parties + 1, sizeof(*d.aliases));
	r = d.own && d.work && d.aliases ? 0 : -ENOMEM;
	if (r == 0) {
		for (size_t i = 0; i < d.n_parties; i++)
			if (has_intx(&m->functions[i]))
				take_own_evidence(&d, (int32_t)i);
		rename_inputs(&d);
		share_wires(&d);
		for (size_t i = 0; i < d.n_parties; i++)
			if (d.own[i].key.type != KEY_NONE)
				d.work[n++] = (struct member){.key = d.own[i].key, .index = (int32_t)i};
		qsort(d.work, n, sizeof(*d.work), compare_members);
		r = build_lines(&d, n);
	}
	free(d.own);
	free(d.work);
	free(d.aliases);
	return r;
}
