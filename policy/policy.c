// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "decide.h"
#include "pattern.h"
#include "reasons.h"

/* A function in the form that patterns are compared with. This is asked for every function at every event:
 * its words are made when a rule wants them. */
struct subject {
	const struct machine *machine;
	const struct function *function;
	char address[ADDRESS_SIZE], id[16], class[16];
};

static struct subject subject_of(const struct machine *m, const struct function *f)
{
	return (struct subject){.machine = m, .function = f};
}

static const char *address_of(struct subject *s)
{
	return *s->address ? s->address : address_format(&s->function->address, s->address);
}

static const char *id_of(struct subject *s)
{
	if (!*s->id)
		snprintf(s->id, sizeof(s->id), "%04x:%04x", s->function->vendor, s->function->device);
	return s->id;
}

static const char *class_of(struct subject *s)
{
	if (!*s->class)
		snprintf(s->class, sizeof(s->class), "0x%06x", s->function->class & 0xffffff);
	return s->class;
}

static bool is_below(const struct subject *s, const char *pattern)
{
	char text[ADDRESS_SIZE];

	for (int32_t i = s->function->parent; i != NO_INDEX; i = s->machine->functions[i].parent)
		if (pattern_matches_address(pattern, address_format(&s->machine->functions[i].address, text)))
			return true;
	return false;
}

static bool matches(const struct rule *r, struct subject *s)
{
	return (!r->driver || (s->function->driver && pattern_matches(r->driver, s->function->driver))) &&
	       (!r->address || pattern_matches_address(r->address, address_of(s))) &&
	       (!r->id || pattern_matches(r->id, id_of(s))) &&
	       (!r->class || pattern_matches(r->class, class_of(s))) &&
	       (!r->bridge || is_below(s, r->bridge));
}

bool rule_matches(const struct rule *rule, const struct machine *m, const struct function *f)
{
	struct subject s = subject_of(m, f);

	return matches(rule, &s);
}

void rules_count_matches(const struct rule_file *file, const struct machine *m, const struct function *f,
			 size_t *counts)
{
	struct subject s = subject_of(m, f);

	for (size_t i = 0; i < file->n_rules; i++)
		counts[i] += matches(&file->rules[i], &s);
}

int decision_compare(const void *a, const void *b)
{
	const struct decision *x = a, *y = b;
	int c = address_compare(&x->address, &y->address);

	return c ? c : (int)y->runtime - (int)x->runtime;
}

bool decision_is_about(const struct decision *d, const struct function *f)
{
	return d->vendor == f->vendor && d->device == f->device && d->subvendor == f->subvendor &&
	       d->subdevice == f->subdevice;
}

/* The first decision for this address or behind it. */
static size_t first_decision(const struct policy *p, const struct address *address)
{
	size_t low = 0, high = p->n_decisions;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (address_compare(&p->decisions[middle].address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* True: one of the decisions holds. */
static bool ask_decisions(const struct policy *p, const struct function *f, struct ruling *ret)
{
	size_t i = first_decision(p, &f->address);

	for (; i < p->n_decisions && address_compare(&p->decisions[i].address, &f->address) == 0; i++) {
		const struct decision *d = &p->decisions[i];

		if (decision_is_about(d, f)) {
			ret->mode = d->mode;
			ret->require = d->require;
			ret->decision = d;
			return true;
		}
		ret->replaced = d;
	}
	return false;
}

static void ask_files(const struct policy *p, struct subject *s, struct ruling *ret)
{
	for (size_t i = 0; i < p->n_files; i++) {
		const struct rule_file *file = p->files[i];

		if (file->broken) {
			ret->file = file;
			return;
		}
		for (size_t r = 0; r < file->n_rules; r++)
			if (matches(&file->rules[r], s)) {
				ret->mode = file->rules[r].mode;
				ret->require = file->rules[r].require;
				ret->file = file;
				ret->rule = r;
				return;
			}
	}
}

struct ruling policy_for(const struct policy *p, const struct machine *m, const struct function *f)
{
	struct ruling ruling = {.mode = POLICY_UNSET, .require = REQUIRE_EXCLUSIVE};
	struct subject s;

	if (ask_decisions(p, f, &ruling))
		return ruling;
	if (p->lost) {
		ruling.file = p->lost;
		return ruling;
	}
	s = subject_of(m, f);
	ask_files(p, &s, &ruling);
	return ruling;
}

const char *ruling_source(const struct ruling *r, char buffer[static SOURCE_SIZE])
{
	if (r->decision)
		return r->decision->runtime ? "intxctl --runtime" : "intxctl";
	if (!r->file)
		return NULL;
	if (r->file->broken)
		snprintf(buffer, SOURCE_SIZE, "%.280s is broken", r->file->path);
	else
		snprintf(buffer, SOURCE_SIZE, "%.280s: rule %zu", r->file->path, r->rule + 1);
	return buffer;
}

bool verdict_meets(enum verdict verdict, enum require require)
{
	switch (verdict) {
	case VERDICT_EXCLUSIVE: return true;
	case VERDICT_SHARED:
	case VERDICT_LATENT: return require != REQUIRE_EXCLUSIVE;
	case VERDICT_UNPROVEN: return require == REQUIRE_UNPROVEN_OK;
	default: return false; /* no INTx, nothing to do */
	}
}

/* A sharer that may come does not make up for one that may be there unknown: the worst verdict hides the
 * others. */
static bool is_proved(const struct machine *m, const struct function *f)
{
	return !is_placeless(m, f) && f->sharers[KIND_POSSIBLE] == 0;
}

bool function_meets(const struct machine *m, const struct function *f, enum require require)
{
	return verdict_meets(f->verdict, require) && (require == REQUIRE_UNPROVEN_OK || is_proved(m, f));
}

enum knob knob_for(const struct machine *m, const struct function *f, const struct ruling *r)
{
	struct reason reasons[MAX_REASONS];
	size_t n;

	/* Of one that cannot be read it is not even known whether it is the one that was meant. */
	if (r->mode != POLICY_ALLOW || f->unreadable || !function_meets(m, f, r->require) ||
	    direct_possible(m, f, reasons, &n) == 0)
		return KNOB_OFF;
	return KNOB_AUTO;
}
