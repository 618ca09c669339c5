// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "reasons.h"
#include "text.h"

struct checking {
	const struct machine *m;
	struct check *result;
	bool *asked; /* by index */
	int error;
	struct finding lost; /* what memory was too short for */
};

__attribute__((format(printf, 6, 7))) static struct finding *add(struct checking *c, bool conflict,
								 const char *code, const struct checked *f,
								 const char *who, const char *format, ...)
{
	struct check *r = c->result;
	struct finding *finding;
	va_list args;

	if (r->n_findings == r->allocated) {
		size_t n = r->allocated ? 2 * r->allocated : 16;
		struct finding *p = reallocarray(r->findings, n, sizeof(*p));

		if (!p) {
			c->error = -ENOMEM;
			return &c->lost;
		}
		r->findings = p;
		r->allocated = n;
	}
	finding = &r->findings[r->n_findings++];
	*finding = (struct finding){.conflict = conflict, .code = code, .function = f->function};
	r->n_conflicts += conflict;
	snprintf(finding->who, sizeof(finding->who), "%s", who ? who : "");
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
	text_clean(finding->who);
	text_clean(finding->text);
	return finding;
}

static const struct function *function_of(const struct checking *c, const struct checked *f)
{
	return &c->m->functions[f->function];
}

static const char *line_id(const struct checking *c, const struct checked *f)
{
	return c->m->lines[function_of(c, f)->line].id;
}

/* Both are wanted for virtual machines. */
static void meet_asked(struct checking *c, const struct checked *f, const struct function *o)
{
	enum masking other = masking_of(c->m, o);
	const struct function *alone = f->masking == MASKING_BROKEN ? function_of(c, f) : o;
	char who[64], name[64];
	struct finding *added;

	if (other == MASKING_HIDDEN || o < function_of(c, f))
		return; /* it never uses the line, or the pair has been met */
	party_who(c->m, o, who);
	if (f->masking != MASKING_BROKEN && other != MASKING_BROKEN) {
		add(c, false, "shares-in-set", f, who,
		    "shares %s with %s: both work%s, neither by direct EOI", line_id(c, f), who,
		    f->masking == MASKING_WORKS && other == MASKING_WORKS ? ""
									  : " if both can mask their INTx");
		return;
	}
	added = add(
		c, true, "line-needed-alone", f, who,
		"%s is on %s as well, and %s cannot mask its INTx and needs it alone: the second to start fails "
		"with EBUSY",
		who, line_id(c, f), f->masking == other ? "each of them" : party_who(c->m, alone, name));
	added->remedy = remedy_plain("other-slot", "move one of them to a slot on another line%s",
				     c->m->nointxmask == 1 ? ", or load vfio-pci without nointxmask=1" : "");
}

/* True: they cannot be on the line together. */
static bool meet_active(struct checking *c, const struct checked *f, const struct function *o)
{
	char name[PARTY_SIZE], who[64];
	struct finding *added = NULL;

	party_name(c->m, o, name);
	party_who(c->m, o, who);
	if (o->vfio && masking_of(c->m, o) == MASKING_BROKEN)
		added = add(c, true, "line-taken", f, who,
			    "%s has taken %s for itself alone, because it cannot mask its INTx: EBUSY", name,
			    line_id(c, f));
	else if (f->masking == MASKING_BROKEN)
		added = add(c, true, "line-busy", f, who,
			    "it cannot mask its INTx and needs %s alone, which %s uses: EBUSY", line_id(c, f),
			    name);
	if (added)
		added->remedy = remedy_for(c->m, o, NEED_FREE_NOW);
	return added;
}

static void meet_latent(struct checking *c, const struct checked *f, const struct function *o)
{
	bool either = f->masking == MASKING_BROKEN || (o->vfio && masking_of(c->m, o) == MASKING_BROKEN);
	char name[PARTY_SIZE], who[64];

	if (!either)
		return;
	party_name(c->m, o, name);
	party_who(c->m, o, who);
	if (o->vfio)
		add(c, false, "reboot-order", f, who,
		    "one of it and %s needs %s alone: a guest of theirs that moves to MSI gives the line up, and cannot "
		    "start again while the other has it",
		    name, line_id(c, f));
	else
		add(c, false, "refuses-later", f, who,
		    "takes %s for itself alone: while its guest runs, a driver of %s is refused it",
		    line_id(c, f), name);
}

static void meet_foreign(struct checking *c, const struct checked *f, const char *action)
{
	struct finding *added;

	if (f->masking != MASKING_BROKEN)
		return;
	added = add(c, true, "line-busy", f, action,
		    "it cannot mask its INTx and needs %s alone, which '%.60s' uses: EBUSY", line_id(c, f),
		    action);
	added->remedy = remedy_for_foreign(action);
}

/* What works, but not as well as alone. */
static void note_active(struct checking *c, const struct checked *f, size_t n, const struct function *first)
{
	const struct line *line = &c->m->lines[function_of(c, f)->line];
	char name[PARTY_SIZE], who[64], more[32] = "";

	n += line->n_foreign;
	if (n == 0 || f->masking == MASKING_BROKEN)
		return;
	if (n > 1)
		snprintf(more, sizeof(more), " and %zu more", n - 1);
	add(c, false, "shares", f, first ? party_who(c->m, first, who) : line->foreign[0],
	    "shares %s with %s%s: works%s, but every interrupt of either calls both, and not by direct EOI",
	    line->id, first ? party_name(c->m, first, name) : line->foreign[0], more,
	    f->masking == MASKING_UNKNOWN ? " if it can mask its INTx" : "");
}

static void meet_line(struct checking *c, const struct checked *f)
{
	const struct function *self = function_of(c, f), *first = NULL;
	const struct line *line = &c->m->lines[self->line];
	size_t n_active = 0;

	for (int32_t i = line->first; i != NO_INDEX; i = c->m->functions[i].next_on_line) {
		const struct function *o = &c->m->functions[i];

		if (o == self || o->slot)
			continue;
		if (c->asked[i]) {
			meet_asked(c, f, o);
		} else if (o->kind == KIND_ACTIVE) {
			if (meet_active(c, f, o))
				continue;
			first = first ? first : o;
			n_active++;
		} else if (o->kind == KIND_LATENT) {
			meet_latent(c, f, o);
		}
	}
	for (size_t i = 0; i < line->n_foreign; i++)
		meet_foreign(c, f, line->foreign[i]);
	note_active(c, f, n_active, first);
}

static bool shares_with_asked(const struct checking *c, const struct function *self)
{
	for (int32_t i = c->m->lines[self->line].first; i != NO_INDEX; i = c->m->functions[i].next_on_line)
		if (c->asked[i] && &c->m->functions[i] != self)
			return true;
	return false;
}

static enum mode mode_of(const struct checking *c, const struct checked *f)
{
	const struct function *self = function_of(c, f);
	struct reason reasons[MAX_REASONS];
	size_t n;

	if (f->masking == MASKING_NO_INTX || f->masking == MASKING_HIDDEN)
		return MODE_NONE;
	if (self->verdict != VERDICT_EXCLUSIVE || shares_with_asked(c, self) ||
	    direct_possible(c->m, self, reasons, &n) != 1)
		return MODE_CLASSIC;
	return MODE_DIRECT;
}

static void check_one(struct checking *c, struct checked *f)
{
	const struct function *self = function_of(c, f);

	f->masking = masking_of(c->m, self);
	f->mode = mode_of(c, f);
	if (f->masking == MASKING_NO_INTX)
		add(c, false, "no-intx", f, NULL, "has no INTx: nothing can be in its way");
	else if (f->masking == MASKING_HIDDEN)
		add(c, false, "intx-hidden", f, NULL,
		    "vfio-pci does not offer its INTx: its guest has MSI and MSI-X");
	else if (self->line == NO_INDEX)
		add(c, false, "line-unknown", f, NULL,
		    "nothing tells which line it is on%s: who else is there shows once it is opened",
		    f->masking == MASKING_BROKEN ? ", and it needs it alone" : "");
	else
		meet_line(c, f);
	if (self->driver && !self->vfio)
		add(c, false, "bound", f, NULL, "is bound to %.60s, which gives it up when the VM takes it",
		    self->driver);
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->conflict != y->conflict)
		return x->conflict ? -1 : 1;
	if (x->function != y->function)
		return x->function < y->function ? -1 : 1;
	return strcmp(x->code, y->code) ? strcmp(x->code, y->code) : strcmp(x->who, y->who);
}

int check_together(const struct machine *m, const int32_t *functions, size_t n, struct check *ret)
{
	struct checking c = {
		.m = m, .result = ret, .asked = calloc(m->n_functions + m->n_slots + 1, sizeof(bool))};

	*ret = (struct check){.functions = calloc(n + 1, sizeof(*ret->functions))};
	if (!ret->functions || !c.asked)
		c.error = -ENOMEM;
	for (size_t i = 0; i < n && c.error == 0; i++)
		if (!c.asked[functions[i]]) {
			c.asked[functions[i]] = true;
			ret->functions[ret->n_functions++].function = functions[i];
		}
	for (size_t i = 0; i < ret->n_functions && c.error == 0; i++)
		check_one(&c, &ret->functions[i]);
	if (ret->n_findings > 0)
		qsort(ret->findings, ret->n_findings, sizeof(*ret->findings), compare_findings);
	free(c.asked);
	return c.error;
}

void check_free(struct check *c)
{
	free(c->functions);
	free(c->findings);
	*c = (struct check){};
}

const char *mode_to_string(enum mode mode)
{
	static const char *const words[_MODE_MAX] = {
		[MODE_NONE] = "none", [MODE_CLASSIC] = "classic", [MODE_DIRECT] = "direct"};

	assert(mode < _MODE_MAX);
	return words[mode];
}
