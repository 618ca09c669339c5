// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who on a line holds which of its actions.
 *
 * The kernel shows an action by a name its driver chose. VFIO's carries the address; most others begin with
 * the driver's name. An action that fits nobody by name belongs to any member whose driver may have one,
 * which are all taken to have one; if there are more such actions than members without one, something that is
 * no PCI function has the others, and which, nobody knows. In doubt a function has an action: of others that
 * can only make its verdict worse. What is a guess: that the one action on a line is that of the one function
 * there that may have it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"

/* Actions whose name does not begin with that of the PCI driver behind them. */
static const struct {
	const char *action, *driver;
} action_drivers[] = {
	{"PCIe PME", "pcieport"}, {"PCIe bwctrl", "pcieport"}, {"aerdrv", "pcieport"},
	{"ehci_hcd", "ehci-pci"}, {"ohci_hcd", "ohci-pci"},    {"pcie-dpc", "pcieport"},
	{"pciehp", "pcieport"},
};

/* A line's members that may hold an action, by driver. */
struct candidate {
	const char *driver; /* interned */
	int32_t index;
	bool marked; /* of a driver's first candidate: all of them are */
};

struct attribution {
	struct machine *m;
	struct candidate *candidates; /* room for the largest line */
	size_t n;
};

bool may_hold_action(const struct function *f)
{
	return f->driver && !f->vfio && (f->msi == MSI_OFF || f->msi == MSI_UNKNOWN);
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->driver != y->driver)
		return (uintptr_t)x->driver < (uintptr_t)y->driver ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static void collect_candidates(struct attribution *a, const struct line *line)
{
	a->n = 0;
	for (int32_t i = line->first; i != NO_INDEX; i = a->m->functions[i].next_on_line)
		if (may_hold_action(&a->m->functions[i]))
			a->candidates[a->n++] =
				(struct candidate){.driver = a->m->functions[i].driver, .index = i};
	qsort(a->candidates, a->n, sizeof(*a->candidates), compare_candidates);
}

/* Marks every candidate of this driver: which of two alike holds the one action cannot be told. */
static bool mark_driver(struct attribution *a, const char *driver)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((uintptr_t)a->candidates[middle].driver < (uintptr_t)driver)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == a->n || a->candidates[low].driver != driver)
		return false;
	if (a->candidates[low].marked)
		return true;
	a->candidates[low].marked = true;
	for (; low < a->n && a->candidates[low].driver == driver; low++)
		a->m->functions[a->candidates[low].index].has_action = true;
	return true;
}

/* "vfio-intx(0000:01:00.0)" and "ahci[0000:00:1f.2]" name their function. */
static bool mark_address(struct attribution *a, int32_t line, const char *action)
{
	size_t open = strcspn(action, "([");
	char text[ADDRESS_SIZE];
	struct address address;
	const struct function *f;
	size_t length;

	if (action[open] == '\0')
		return false;
	length = strcspn(action + open + 1, ")]");
	if (length >= sizeof(text))
		return false;
	memcpy(text, action + open + 1, length);
	text[length] = '\0';
	if (address_parse(text, &address) < 0)
		return false;
	f = machine_find(a->m, address);
	if (!f || f->line != line)
		return false;
	a->m->functions[f - a->m->functions].has_action = true;
	return true;
}

/* What may stand behind a driver's name in an action: "ahci[", "uhci_hcd:usb1", "nvme0q1" does not. */
static bool ends_name(char c)
{
	return c == '\0' || strchr(":-_[(@ ,.", c);
}

bool action_fits(const char *action, const char *driver)
{
	for (size_t i = 0; driver && i < sizeof(action_drivers) / sizeof(*action_drivers); i++)
		if (strcmp(driver, action_drivers[i].driver) == 0 &&
		    strncmp(action, action_drivers[i].action, strlen(action_drivers[i].action)) == 0)
			return true;
	return driver && strncmp(action, driver, strlen(driver)) == 0 && ends_name(action[strlen(driver)]);
}

/* The longest leading part of the action, cut at a separator, that is the name of a driver on this line. */
static bool mark_by_name(struct attribution *a, const char *action)
{
	char name[64];

	for (size_t i = 0; i < sizeof(action_drivers) / sizeof(*action_drivers); i++)
		if (strncmp(action, action_drivers[i].action, strlen(action_drivers[i].action)) == 0 &&
		    mark_driver(a, machine_string(a->m, action_drivers[i].driver)))
			return true;
	if (strlen(action) >= sizeof(name))
		return false;
	strcpy(name, action);
	for (size_t length = strlen(name); length > 0; length--) {
		if (!ends_name(action[length]))
			continue;
		name[length] = '\0';
		if (mark_driver(a, machine_string(a->m, name)))
			return true;
	}
	return false;
}

static int add_foreign(struct line *line, const char *action)
{
	const char **p = reallocarray(line->foreign, line->n_foreign + 1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	line->foreign = p;
	line->foreign[line->n_foreign++] = action;
	return 0;
}

static int attribute(struct attribution *a, int32_t number)
{
	struct line *line = &a->m->lines[number];
	size_t n_unclaimed = 0, n_without = 0;
	const char **unclaimed;
	int r = 0;

	if (line->irq->n_actions == 0)
		return 0;
	unclaimed = calloc(line->irq->n_actions, sizeof(*unclaimed));
	if (!unclaimed)
		return -ENOMEM;
	collect_candidates(a, line);
	for (size_t i = 0; i < line->irq->n_actions; i++)
		if (!mark_address(a, number, line->irq->actions[i]) &&
		    !mark_by_name(a, line->irq->actions[i]))
			unclaimed[n_unclaimed++] = line->irq->actions[i];
	for (size_t i = 0; i < a->n && n_unclaimed > 0; i++) {
		struct function *f = &a->m->functions[a->candidates[i].index];

		n_without += !f->has_action;
		f->has_action = true;
	}
	for (size_t i = 0; i < n_unclaimed && n_unclaimed > n_without && r == 0; i++)
		r = add_foreign(line, unclaimed[i]);
	free(unclaimed);
	return r;
}

bool is_gic_input(const struct irq *irq)
{
	return irq->chip && strncmp(irq->chip, "GIC", 3) == 0 && strncmp(irq->chip, "GICv2m", 6) != 0 &&
	       irq->hwirq >= 0;
}

/* GIC inputs by INTID, to find the Linux interrupt behind a gic: line. */
static int compare_hwirqs(const void *a, const void *b)
{
	const struct irq *x = *(const struct irq *const *)a, *y = *(const struct irq *const *)b;

	return (x->hwirq > y->hwirq) - (x->hwirq < y->hwirq);
}

/* Two Linux interrupts that both say they are one input of the GIC: who holds it, is not known then. */
static void doubt_members(struct machine *m, const struct line *line)
{
	for (int32_t i = line->first; i != NO_INDEX; i = m->functions[i].next_on_line)
		m->functions[i].disagreement = true;
}

static int join_irqs(struct machine *m)
{
	const struct irq **gic = calloc(m->n_irqs + 1, sizeof(const struct irq *));
	size_t n = 0;

	if (!gic)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_irqs; i++)
		if (is_gic_input(&m->irqs[i]))
			gic[n++] = &m->irqs[i];
	qsort(gic, n, sizeof(*gic), compare_hwirqs);
	for (size_t l = 0; l < m->n_lines; l++) {
		struct line *line = &m->lines[l];
		const struct irq key = {.hwirq = line->number}, *p = &key, **found;

		if (line->type == LINE_IRQ)
			line->irq = machine_irq(m, line->number);
		if (line->type != LINE_GIC)
			continue;
		found = bsearch(&p, gic, n, sizeof(*gic), compare_hwirqs);
		line->irq = found ? *found : NULL;
		if (found && ((found > gic && compare_hwirqs(found - 1, found) == 0) ||
			      (found + 1 < gic + n && compare_hwirqs(found + 1, found) == 0)))
			doubt_members(m, line);
	}
	free(gic);
	return 0;
}

/* The type in sysfs says edge until somebody has asked for the interrupt: it counts once there are actions.
 */
static void find_trigger(const struct machine *m, struct line *line)
{
	if (line->irq && line->irq->n_actions > 0)
		line->trigger = line->irq->trigger;
	for (int32_t i = line->first; i != NO_INDEX && line->trigger == TRIGGER_UNKNOWN;
	     i = m->functions[i].next_on_line)
		line->trigger = m->functions[i].firmware.trigger;
}

int decide_actions(struct machine *m)
{
	struct attribution a = {.m = m};
	int r;

	r = join_irqs(m);
	if (r < 0)
		return r;
	a.candidates = calloc(m->n_functions + 1, sizeof(*a.candidates));
	if (!a.candidates)
		return -ENOMEM;
	for (size_t l = 0; l < m->n_lines && r == 0; l++) {
		find_trigger(m, &m->lines[l]);
		if (m->lines[l].irq && m->lines[l].irq->actions_known)
			r = attribute(&a, (int32_t)l);
	}
	free(a.candidates);
	return r;
}
