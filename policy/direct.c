// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Could this line do direct EOI? Only what a file tells rules it out or in: silicon whose trouble no file
 * shows is for the kernel to refuse.
 */
#include <stdio.h>
#include <string.h>

#include "decide.h"
#include "reasons.h"

#define FIRST_SPI 32
#define LAST_SPI  1019 /* extended SPIs do not fit a list register's pINTID (kernel: host_irq_eligible) */

struct answer {
	struct reason *reasons;
	size_t n;
	bool no, unknown;
};

static void say(struct answer *a, bool no, const char *code, const char *file, const char *text)
{
	if (no)
		a->no = true;
	else
		a->unknown = true;
	if (a->n == MAX_REASONS)
		return;
	a->reasons[a->n] = (struct reason){.code = code, .file = file};
	snprintf(a->reasons[a->n].text, sizeof(a->reasons[a->n].text), "%s", text);
	a->n++;
}

static bool is_gic(const struct machine *m)
{
	return m->controller && strncmp(m->controller, "GIC", 3) == 0;
}

static void ask_machine(struct answer *a, const struct machine *m)
{
	if (m->controller && !is_gic(m))
		say(a, true, "not-gic", "proc/interrupts",
		    "only an Arm GIC lets a guest deactivate a wired interrupt");
	else if (m->platform && strncmp(m->platform, "apm,xgene", 9) == 0)
		say(a, true, "bad-silicon", "sys/firmware/devicetree/base/compatible",
		    "on X-Gene the guest's deactivation does not reach the interrupt");
	if (m->feature == FEATURE_ABSENT)
		say(a, true, "no-feature", "sys/module/vfio_pci_core/parameters/intx_deoi",
		    "this kernel does not have the feature, or vfio_pci_core is not loaded");
	else if (m->feature == FEATURE_KILLED)
		say(a, true, "kill-switch", "sys/module/vfio_pci_core/parameters/intx_deoi",
		    "switched off for the whole machine (vfio_pci_core.intx_deoi=N)");
	if (is_gic(m) && m->split_eoi == 0)
		say(a, true, "no-split-eoi", "proc/interrupts",
		    "the kernel was not entered at EL2, so EOI and deactivation are one");
}

static void ask_line(struct answer *a, const struct machine *m, const struct function *f)
{
	const struct line *line = f->line == NO_INDEX ? NULL : &m->lines[f->line];

	if (!line || line->type == LINE_WIRE)
		return;
	if (line->type == LINE_IRQ) {
		if (is_gic(m))
			say(a, line->irq != NULL, "not-gic", "proc/interrupts",
			    "the line ends at another interrupt controller than the GIC");
		return;
	}
	if (line->number < FIRST_SPI || line->number > LAST_SPI)
		say(a, true, "not-spi", NULL, "the line is no shared peripheral interrupt of the GIC");
	if (line->trigger == TRIGGER_EDGE)
		say(a, true, "not-level", NULL, "the line is edge-triggered");
}

static void ask_unknowns(struct answer *a, const struct machine *m, const struct function *f)
{
	const struct line *line = f->line == NO_INDEX ? NULL : &m->lines[f->line];

	if (!line || line->type == LINE_WIRE)
		say(a, false, "line-unknown", NULL, "it is not known which line the pin reaches");
	else if (line->type == LINE_GIC && line->trigger == TRIGGER_UNKNOWN)
		say(a, false, "trigger-unknown", NULL,
		    "not known to be level-triggered before it is requested");
	if (!m->controller)
		say(a, false, "controller-unknown", "proc/interrupts",
		    "the interrupt controller is not known");
	if (is_gic(m) && m->split_eoi < 0)
		say(a, false, "split-eoi-unknown", "proc/interrupts",
		    "it is not known whether EOI and deactivation are split");
	if (m->feature == FEATURE_UNKNOWN)
		say(a, false, "feature-unknown", "sys/module/vfio_pci_core/parameters/intx_deoi",
		    "it is not known whether the kernel has the feature");
}

int direct_possible(const struct machine *m, const struct function *f, struct reason ret[static MAX_REASONS],
		    size_t *ret_n)
{
	struct answer a = {.reasons = ret};

	if (!has_intx(f)) {
		say(&a, true, "no-intx", NULL, "it has no INTx");
	} else {
		ask_machine(&a, m);
		ask_line(&a, m, f);
		if (!a.no)
			ask_unknowns(&a, m, f);
	}
	*ret_n = a.n;
	if (a.no)
		return 0;
	return a.unknown ? -1 : 1;
}
