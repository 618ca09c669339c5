// SPDX-License-Identifier: GPL-2.0-or-later
#include "decode.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "decide.h"
#include "masking.h"
#include "reasons.h"

/* include/linux/interrupt.h */
#define IRQF_SHARED	  0x80
#define IRQF_TRIGGER_MASK 0x0f
#define IRQF_ONESHOT	  0x2000

static void explain_as(struct decoded *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends, so that an explanation may be made of several sentences. */
static void explain_as(struct decoded *d, const char *format, ...)
{
	size_t n = strlen(d->explanation);
	va_list args;

	va_start(args, format);
	vsnprintf(d->explanation + n, sizeof(d->explanation) - n, format, args);
	va_end(args);
}

static void add_remedy(struct decoded *d, struct remedy r)
{
	if (d->n_remedies < MAX_REMEDIES)
		d->remedies[d->n_remedies++] = r;
}

static void add_function(const struct machine *m, struct decoded *d, const struct function *f)
{
	int32_t index = (int32_t)(f - m->functions);

	for (size_t i = 0; i < d->n_functions; i++)
		if (d->functions[i] == index)
			return;
	if (d->n_functions < MAX_PARTIES)
		d->functions[d->n_functions++] = index;
}

/* The function an action belongs to: by the address in its name, else by its driver on the line, else by a
 * driver that only one function has. */
static const struct function *function_of(const struct machine *m, const struct decoded *d,
					  const char *action)
{
	const struct function *found = NULL;
	struct message named;
	char line[ACTION_SIZE + 40];

	snprintf(line, sizeof(line), "INTx masking not supported (%s)", action);
	if (message_parse(line, &named) && named.has_address)
		return machine_find(m, named.address);
	for (int32_t i = d->line == NO_INDEX ? NO_INDEX : m->lines[d->line].first; i != NO_INDEX;
	     i = m->functions[i].next_on_line)
		if (action_fits(action, m->functions[i].driver))
			return &m->functions[i];
	for (size_t i = 0; i < m->n_functions; i++) {
		if (!action_fits(action, m->functions[i].driver))
			continue;
		if (found)
			return NULL;
		found = &m->functions[i];
	}
	return found;
}

static const struct line *line_of(const struct machine *m, const struct decoded *d)
{
	return d->line == NO_INDEX ? NULL : &m->lines[d->line];
}

/* Ways to get everything that now holds the line off it, but for f. */
static void add_holders(const struct machine *m, struct decoded *d, const struct function *f)
{
	const struct line *line = line_of(m, d);

	for (int32_t i = line ? line->first : NO_INDEX; i != NO_INDEX; i = m->functions[i].next_on_line) {
		const struct function *o = &m->functions[i];

		if (o == f || o->slot || o->kind != KIND_ACTIVE)
			continue;
		add_function(m, d, o);
		add_remedy(d, remedy_for(m, o, NEED_FREE_NOW));
	}
	for (size_t i = 0; line && i < line->n_foreign; i++)
		add_remedy(d, remedy_for_foreign(line->foreign[i]));
}

static void advise_on_masking(const struct machine *m, struct decoded *d, const struct function *f)
{
	char who[64];

	if (m->nointxmask == 1)
		add_remedy(
			d,
			remedy_plain(
				"nointxmask",
				"load vfio-pci without nointxmask=1: then it shares lines where a function can"));
	if (f)
		add_remedy(d, remedy_plain("other-slot",
					   "move %s to a slot with a line of its own: intxctl why %s",
					   party_who(m, f, who), who));
}

/* ---- one for each message ---- */

static const char *why_refused(const struct message *g)
{
	if (!(g->asker_flags & IRQF_SHARED))
		return strncmp(g->asker, "vfio-intx(", 10) == 0
			       ? "It needs the line alone: its INTx cannot be masked by itself (DisINTx), or "
				 "vfio-pci has nointxmask=1."
			       : "It does not share lines.";
	if (!(g->holder_flags & IRQF_SHARED))
		return "The holder has taken the line for itself alone.";
	if ((g->asker_flags ^ g->holder_flags) & IRQF_TRIGGER_MASK)
		return "One wants the line level-triggered and the other does not.";
	if ((g->asker_flags ^ g->holder_flags) & IRQF_ONESHOT)
		return "One handles it in a thread with the line masked (oneshot) and the other does not.";
	return "Their flags cannot go together.";
}

static void decode_mismatch(const struct machine *m, struct decoded *d)
{
	const struct message *g = d->message;
	const struct function *asker = function_of(m, d, g->asker), *holder = function_of(m, d, g->holder);

	if (asker)
		add_function(m, d, asker);
	if (holder)
		add_function(m, d, holder);
	explain_as(d, "%s asked for IRQ %lld, which %s holds, and was refused (EBUSY). %s", g->asker,
		   (long long)g->irq, g->holder, why_refused(g));
	if (holder && holder != asker)
		add_remedy(d, remedy_for(m, holder, NEED_FREE_NOW));
	else if (!holder)
		add_remedy(d, remedy_plain("stop-holder", "stop what '%s' belongs to, or unload its driver",
					   g->holder));
	advise_on_masking(m, d, asker);
}

static void decode_storm(const struct machine *m, struct decoded *d)
{
	const struct line *line = line_of(m, d);
	char name[PARTY_SIZE];

	explain_as(
		d,
		"IRQ %lld was asserted again and again and no handler on it found its own device asking. The kernel "
		"switches such a line off, and every device on it is then without interrupts.",
		(long long)d->message->irq);
	for (int32_t i = line ? line->first : NO_INDEX; i != NO_INDEX; i = m->functions[i].next_on_line) {
		const struct function *o = &m->functions[i];

		if (o->slot || o->kind == KIND_DORMANT)
			continue;
		add_function(m, d, o);
		if (o->kind == KIND_LATENT)
			add_remedy(d, remedy_plain(
					      "suspect",
					      "look at %s first: it is on the line and no handler serves it",
					      party_name(m, o, name)));
	}
	add_remedy(
		d,
		remedy_plain(
			"rebind",
			"to have the line switched on again, unbind and bind every driver on it, or reboot"));
	add_remedy(d, remedy_plain("irqpoll",
				   "irqpoll on the kernel's command line keeps its devices going, slowly"));
}

static const char *named(const struct machine *m, const struct function *f, char name[static PARTY_SIZE])
{
	return f ? party_name(m, f, name) : "the function";
}

static void decode_masking(const struct machine *m, struct decoded *d, const struct function *f)
{
	char name[PARTY_SIZE];

	explain_as(
		d,
		"The INTx of %s cannot be masked by itself (DisINTx), so VFIO needs its line alone: whatever else "
		"holds the line makes the VM's start fail with EBUSY.",
		named(m, f, name));
	if (f)
		add_holders(m, d, f);
	if (f && d->n_remedies == 0)
		add_remedy(d, remedy_plain("none", "nothing to do: nobody else holds its line now"));
	advise_on_masking(m, d, f);
	add_remedy(d, remedy_plain("firmware",
				   "newer firmware may mend it (ConnectX-4: 12.14.1100 or 14.14.1100)"));
}

static void decode_hidden(const struct machine *m, struct decoded *d, const struct function *f)
{
	char name[PARTY_SIZE];

	explain_as(
		d,
		"vfio-pci keeps the INTx of %s from its guest, because this kind of device does not do it right. The "
		"guest has MSI and MSI-X; nothing is wrong.",
		named(m, f, name));
}

static void decode_trigger(const struct machine *m, struct decoded *d, const struct function *f)
{
	char name[PARTY_SIZE];
	const struct line *line = line_of(m, d);

	explain_as(d, "The VMM could not switch on the INTx of %s%s.", named(m, f, name),
		   d->message->busy ? ": somebody else has its line (EBUSY)" : "");
	if (!f) {
		add_remedy(d, remedy_plain("check", "the message does not say which function: intxctl check "
						    "ADDRESS... of all that the VM is given tells"));
		return;
	}
	if (!has_intx(f))
		explain_as(d, " It has no INTx.");
	else if (!line || line->type == LINE_WIRE)
		explain_as(d,
			   " Which line that is, is not known now: it shows once the function is enabled.");
	else if (f->sharers[KIND_ACTIVE] == 0)
		explain_as(d, " Nobody else holds %s now.", line->id);
	else if (masking_of(m, f) == MASKING_BROKEN)
		explain_as(d, " It needs %s alone, because its INTx cannot be masked by itself.", line->id);
	else if (masking_of(m, f) == MASKING_WORKS)
		explain_as(d, " It can share; so a holder of %s has taken it alone.", line->id);
	else
		explain_as(
			d,
			" Either its INTx cannot be masked by itself, or a holder of %s has taken it alone.",
			line->id);
	add_holders(m, d, f);
	advise_on_masking(m, d, f);
}

static void decode_no_intx(const struct machine *m, struct decoded *d, const struct function *f)
{
	char name[PARTY_SIZE];

	explain_as(d, "The VMM could not bind the INTx of %s: ", named(m, f, name));
	if (f && !has_intx(f))
		explain_as(d, "it has none.");
	else if (f)
		explain_as(d, "it has pin %c, so its line is held or leads nowhere.", '@' + f->pin);
	else
		explain_as(d, "it has none, firmware gives it none, or somebody else has its line.");
	if (f && has_intx(f))
		add_holders(m, d, f);
	add_remedy(d, remedy_plain("why", "intxctl why ADDRESS shows its pin, its line and who holds that"));
	add_remedy(d, remedy_plain("msi", "a guest that uses MSI or MSI-X does without"));
}

static void decode_no_gsi(const struct machine *m, struct decoded *d, const struct function *f)
{
	char name[PARTY_SIZE], pin[3] = {' ', d->message->pin, '\0'};

	explain_as(
		d,
		"Firmware does not say where pin%s of %s leads, so that it has no INTx that works. A driver that "
		"uses MSI or MSI-X is not troubled.",
		d->message->pin ? pin : "", named(m, f, name));
	add_remedy(d, remedy_plain("msi", "use it with a driver that has MSI or MSI-X"));
	add_remedy(d, remedy_plain("firmware", "try another slot or newer firmware"));
}

/* ---- */

static void find_line(const struct machine *m, struct decoded *d, const struct function *f)
{
	d->line = NO_INDEX;
	d->irq = machine_irq(m, d->message->irq);
	for (size_t l = 0; l < m->n_lines && d->message->irq >= 0; l++)
		if (m->lines[l].irq && m->lines[l].irq->virq == d->message->irq)
			d->line = (int32_t)l;
	if (d->line != NO_INDEX || !f)
		return;
	d->line = f->line;
	if (f->line != NO_INDEX && !d->irq)
		d->irq = m->lines[f->line].irq;
}

void decode(const struct machine *m, const struct message *message, struct decoded *ret)
{
	const struct function *f = message->has_address ? machine_find(m, message->address) : NULL;
	char text[ADDRESS_SIZE];

	*ret = (struct decoded){.message = message};
	find_line(m, ret, f);
	if (f)
		add_function(m, ret, f);
	switch (message->code) {
	case MESSAGE_FLAGS_MISMATCH: decode_mismatch(m, ret); break;
	case MESSAGE_NOBODY_CARED:
	case MESSAGE_IRQ_DISABLED: decode_storm(m, ret); break;
	case MESSAGE_NO_DISINTX: decode_masking(m, ret, f); break;
	case MESSAGE_INTX_HIDDEN: decode_hidden(m, ret, f); break;
	case MESSAGE_TRIGGER_FAILED: decode_trigger(m, ret, f); break;
	case MESSAGE_NO_INTX: decode_no_intx(m, ret, f); break;
	case MESSAGE_NO_GSI: decode_no_gsi(m, ret, f); break;
	default: explain_as(ret, "Not a message that is known here."); return;
	}
	if (message->has_address && !f)
		explain_as(ret, " This machine has no %s now.", address_format(&message->address, text));
	else if (message->irq >= 0 && !ret->irq && ret->line == NO_INDEX && m->irqs_known)
		explain_as(ret, " Nothing is on IRQ %lld of this machine now.", (long long)message->irq);
}
