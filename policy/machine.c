// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt_map.h"
#include "text.h"

#define MAX_PROBLEMS 100

/* Open addressing, power-of-two sized, never more than half full. */
struct strings {
	char **slots;
	size_t size, used;
};

static size_t string_slot(const struct strings *s, const char *text)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (const char *p = text; *p; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3u;
	for (size_t i = h & (s->size - 1);; i = (i + 1) & (s->size - 1))
		if (!s->slots[i] || strcmp(s->slots[i], text) == 0)
			return i;
}

static int strings_grow(struct strings *s)
{
	struct strings bigger = {.size = s->size ? s->size * 2 : 64, .used = s->used};

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i])
			bigger.slots[string_slot(&bigger, s->slots[i])] = s->slots[i];
	free(s->slots);
	*s = bigger;
	return 0;
}

const char *machine_string(struct machine *m, const char *text)
{
	struct strings *s = m->strings;
	size_t i;

	if (!text)
		return NULL;
	if (s->used * 2 >= s->size && strings_grow(s) < 0) {
		machine_missed(m, -ENOMEM);
		return NULL;
	}
	i = string_slot(s, text);
	if (!s->slots[i]) {
		s->slots[i] = strdup(text);
		if (s->slots[i])
			s->used++;
		else
			machine_missed(m, -ENOMEM);
	}
	return s->slots[i];
}

/* It is not there, not what it should be, not for us, or just gone. */
static bool is_about_the_file(int error)
{
	static const int errors[] = {ENOENT, ENOTDIR, EISDIR,	    ELOOP,  EXDEV, EINVAL,
				     EFBIG,  EACCES,  ENAMETOOLONG, ENODEV, ENXIO, EPERM};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (-error == errors[i])
			return true;
	return false;
}

void machine_missed(struct machine *m, int error)
{
	if (error < 0 && !is_about_the_file(error) && m->missed == 0)
		m->missed = error;
}

struct machine *machine_new(void)
{
	struct machine *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->split_eoi = -1;
	m->nointxmask = -1;
	m->strings = calloc(1, sizeof(*m->strings));
	if (!m->strings) {
		free(m);
		return NULL;
	}
	return m;
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_irqs; i++)
		free(m->irqs[i].actions);
	for (size_t i = 0; i < m->n_roots; i++)
		free(m->roots[i].map_inputs);
	for (size_t i = 0; i < m->n_lines; i++)
		free(m->lines[i].foreign);
	for (size_t i = 0; i < m->n_problems; i++) {
		free(m->problems[i].file);
		free(m->problems[i].text);
	}
	for (size_t i = 0; i < m->strings->size; i++)
		free(m->strings->slots[i]);
	dt_free(m->dt);
	free(m->strings->slots);
	free(m->strings);
	free(m->functions);
	free(m->roots);
	free(m->irqs);
	free(m->lines);
	free(m->problems);
	free(m);
}

/* Room for one more of n elements; the array may move. */
static int grow(void **array, size_t n, size_t *allocated, size_t size)
{
	size_t more = *allocated ? *allocated * 2 : 32;
	void *p;

	if (n < *allocated)
		return 0;
	p = reallocarray(*array, more, size);
	if (!p)
		return -ENOMEM;
	*array = p;
	*allocated = more;
	return 0;
}

static struct function *add_party(struct machine *m, struct address address, bool slot)
{
	struct function *f;

	if (grow((void **)&m->functions, m->n_functions + m->n_slots, &m->allocated, sizeof(*m->functions)) <
	    0)
		return NULL;
	f = &m->functions[m->n_functions + m->n_slots];
	*f = (struct function){
		.address = address,
		.slot = slot,
		.parent = NO_INDEX,
		.root = NO_INDEX,
		.port = PORT_NONE,
		.irq = -1,
		.enable = -1,
		.iommu_group = -1,
		.line = NO_INDEX,
		.next_on_line = NO_INDEX,
	};
	if (slot)
		m->n_slots++;
	else
		m->n_functions++;
	return f;
}

int machine_reserve(struct machine *m, size_t n)
{
	struct function *p = reallocarray(m->functions, n, sizeof(*p));

	if (!p)
		return -ENOMEM;
	m->functions = p;
	m->allocated = n;
	return 0;
}

struct function *machine_add_function(struct machine *m, struct address address)
{
	return add_party(m, address, false);
}

struct function *machine_add_slot(struct machine *m, struct address address, const char *label)
{
	struct function *f = add_party(m, address, true);

	if (f) {
		f->pin = 1;
		f->label = machine_string(m, label);
	}
	return f;
}

struct irq *machine_add_irq(struct machine *m, uint32_t virq)
{
	struct irq *irq;

	if (grow((void **)&m->irqs, m->n_irqs, &m->irqs_allocated, sizeof(*m->irqs)) < 0)
		return NULL;
	irq = &m->irqs[m->n_irqs++];
	*irq = (struct irq){.virq = virq, .hwirq = -1};
	return irq;
}

int machine_add_action(struct machine *m, struct irq *irq, const char *action)
{
	const char **p = reallocarray(irq->actions, irq->n_actions + 1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	irq->actions = p;
	irq->actions[irq->n_actions] = machine_string(m, action);
	if (!irq->actions[irq->n_actions])
		return -ENOMEM;
	irq->n_actions++;
	return 0;
}

int machine_root(struct machine *m, uint32_t domain, uint8_t bus)
{
	struct root_bus *p;

	for (size_t i = m->n_roots; i > 0; i--) /* mostly asked for the one added last */
		if (m->roots[i - 1].domain == domain && m->roots[i - 1].bus == bus)
			return (int)i - 1;
	p = reallocarray(m->roots, m->n_roots + 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	m->roots = p;
	m->roots[m->n_roots] = (struct root_bus){.domain = domain, .bus = bus};
	return (int)m->n_roots++;
}

void machine_problem(struct machine *m, const char *file, const char *format, ...)
{
	struct problem p = {.source = m->source, .function = m->source_function};
	struct problem *all;
	va_list args;

	if (m->n_problems == MAX_PROBLEMS) {
		m->problems_unlisted++;
		return;
	}
	va_start(args, format);
	if (vasprintf(&p.text, format, args) < 0)
		p.text = NULL;
	else
		text_clean(p.text);
	va_end(args);
	p.file = strdup(file);
	all = reallocarray(m->problems, m->n_problems + 1, sizeof(*all));
	if (all)
		m->problems = all;
	if (!all || !p.text || !p.file) {
		free(p.text);
		free(p.file);
		m->problems_unlisted++;
		return;
	}
	m->problems[m->n_problems++] = p;
}

const struct function *machine_find(const struct machine *m, struct address address)
{
	size_t low = 0, high = m->n_functions;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = address_compare(&address, &m->functions[middle].address);

		if (c == 0)
			return &m->functions[middle];
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct irq *machine_irq(const struct machine *m, int64_t virq)
{
	size_t low = 0, high = m->n_irqs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->irqs[middle].virq == virq)
			return &m->irqs[middle];
		if (virq < m->irqs[middle].virq)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool machine_knows_actions(const struct machine *m, const struct line *line)
{
	return line && line->irq ? line->irq->actions_known : m->irqs_known;
}
