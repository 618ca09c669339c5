// SPDX-License-Identifier: GPL-2.0-or-later
#include "reasons.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "decide.h"
#include "text.h"

struct list {
	struct reason *all;
	size_t n;
};

__attribute__((format(printf, 4, 5))) static struct reason *add(struct list *l, const char *code,
								const char *who, const char *format, ...)
{
	struct reason *r = &l->all[l->n];
	va_list args;

	if (l->n == MAX_REASONS)
		return &l->all[MAX_REASONS - 1];
	*r = (struct reason){.code = code};
	snprintf(r->who, sizeof(r->who), "%s", who ? who : "");
	va_start(args, format);
	vsnprintf(r->text, sizeof(r->text), format, args);
	va_end(args);
	text_clean(r->who);
	text_clean(r->text);
	l->n++;
	return r;
}

const char *party_who(const struct machine *m, const struct function *f, char buffer[static 64])
{
	char text[ADDRESS_SIZE];
	const struct function *at = f;

	if (f->slot && f->parent != NO_INDEX)
		at = &m->functions[f->parent];
	else if (f->slot && f->label) {
		snprintf(buffer, 64, "slot %s", f->label);
		return buffer;
	}
	snprintf(buffer, 64, "%s", address_format(&at->address, text));
	return buffer;
}

const char *party_name(const struct machine *m, const struct function *f, char buffer[static PARTY_SIZE])
{
	char who[64];

	party_who(m, f, who);
	if (f->slot)
		snprintf(buffer, PARTY_SIZE,
			 f->parent != NO_INDEX ? "the empty slot below %s" : "the empty %s", who);
	else
		snprintf(buffer, PARTY_SIZE, "%s (%.60s)", who, f->driver ? f->driver : "unbound");
	return buffer;
}

const char *party_why(const struct machine *m, const struct function *f)
{
	if (f->slot)
		return "an empty slot whose card would use this line";
	switch (f->kind) {
	case KIND_ACTIVE:
		if (!f->has_action)
			return "its driver has MSI off, and no file tells whether it uses the line";
		return f->vfio ? "opened through VFIO with INTx on" : "its driver uses the line";
	case KIND_DORMANT: return "its driver uses MSI, under which it may not assert INTx";
	default: break;
	}
	if (f->unreadable)
		return "its config space cannot be read";
	if (f->vfio)
		return "under VFIO: its guest chooses when to use INTx";
	if (f->driver)
		return m->irqs_known && !is_placeless(m, f)
			       ? "its driver has MSI off but has not asked for the line"
			       : "its driver has MSI off";
	return "unbound: a driver may ask for the line at any time";
}

/* The line's first member of this kind that is not f itself. */
static const struct function *other(const struct machine *m, const struct line *line,
				    const struct function *f, enum kind kind)
{
	for (uint32_t i = 0; i < 2 && i < line->count[kind]; i++) {
		const struct function *o = &m->functions[line->named[kind][i]];

		if (kind == KIND_ACTIVE && i >= line->count[kind] - line->n_foreign)
			break; /* only the foreign ones are left */
		if (o != f && (kind != KIND_POSSIBLE || o->line == NO_INDEX || o->line != f->line))
			return o;
	}
	return NULL;
}

static const char *and_others(uint32_t n, char buffer[static 40])
{
	buffer[0] = '\0';
	if (n == 2)
		snprintf(buffer, 40, " (and one other)");
	else if (n > 2)
		snprintf(buffer, 40, " (and %u others)", n - 1);
	return buffer;
}

static void add_sharers(struct list *l, const struct machine *m, const struct function *f, enum kind kind)
{
	static const char *const codes[_KIND_MAX] = {
		[KIND_ACTIVE] = "active-sharer",
		[KIND_LATENT] = "latent-sharer",
		[KIND_DORMANT] = "dormant-sharer",
	};
	const struct line *line = f->line == NO_INDEX ? NULL : &m->lines[f->line];
	const struct function *o = line ? other(m, line, f, kind) : NULL;
	char name[PARTY_SIZE], who[64], others[40];

	if (!line || f->sharers[kind] == 0)
		return;
	and_others(f->sharers[kind], others);
	if (o)
		add(l, o->slot ? "empty-slot" : codes[kind], party_who(m, o, who), "%s%s is on %s: %s",
		    party_name(m, o, name), others, line->id, party_why(m, o));
	else
		add(l, "foreign-holder", line->foreign[0], "'%.60s', which is no PCI function%s, uses %s",
		    line->foreign[0], others, line->id);
}

static void add_possible(struct list *l, const struct machine *m, const struct function *f)
{
	const struct function *o = NULL;
	char name[PARTY_SIZE], who[64], others[40];

	if (f->sharers[KIND_POSSIBLE] == 0)
		return;
	if (f->line != NO_INDEX)
		o = other(m, &m->lines[f->line], f, KIND_POSSIBLE);
	else
		for (uint32_t i = 0; i < 2 && i < m->unplaced.n && !o; i++)
			if (&m->functions[m->unplaced.named[i]] != f)
				o = &m->functions[m->unplaced.named[i]];
	if (o)
		add(l, "possible-sharer", party_who(m, o, who),
		    "the line of %s%s is not known and may be this one", party_name(m, o, name),
		    and_others(f->sharers[KIND_POSSIBLE], others));
	else
		add(l, "possible-sharer", NULL, "the lines of %u functions are not known and may be this one",
		    f->sharers[KIND_POSSIBLE]);
}

static void add_unknowns(struct list *l, const struct machine *m, const struct function *f)
{
	if (f->unreadable)
		add(l, "config-unreadable", NULL, "its config space cannot be read, so its pin is not known");
	if (f->line == NO_INDEX)
		add(l, "line-unknown", NULL,
		    f->driver
			    ? "nothing tells which line its pin reaches"
			    : "nothing tells which line its pin reaches before a driver is bound and enabled");
	else if (m->lines[f->line].type == LINE_WIRE)
		add(l, "line-unknown", NULL, "only its wiring is known, not the line that the wire ends at");
	if (f->disagreement)
		add(l, "evidence-disagrees", NULL,
		    "what firmware and the kernel tell of its line does not agree");
	add_possible(l, m, f);
}

size_t verdict_reasons(const struct machine *m, const struct function *f, bool all,
		       struct reason ret[static MAX_REASONS])
{
	struct list l = {.all = ret};

	if (f->virtual_function)
		add(&l, "virtual-function", NULL, "an SR-IOV virtual function has no INTx");
	else if (!has_intx(f))
		add(&l, "no-pin", NULL, "it has no interrupt pin");
	if (!has_intx(f))
		return l.n;
	if (f->verdict == VERDICT_EXCLUSIVE)
		add(&l, "alone", NULL, "nothing else can use %s", m->lines[f->line].id);
	add_sharers(&l, m, f, KIND_ACTIVE);
	if (all || f->verdict != VERDICT_SHARED)
		add_sharers(&l, m, f, KIND_LATENT);
	if (all || f->verdict == VERDICT_UNPROVEN)
		add_unknowns(&l, m, f);
	if (all || f->verdict == VERDICT_EXCLUSIVE)
		add_sharers(&l, m, f, KIND_DORMANT);
	return l.n;
}
