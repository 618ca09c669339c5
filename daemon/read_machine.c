// SPDX-License-Identifier: GPL-2.0-or-later
#include "read_machine.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "config_space.h"
#include "decide.h"
#include "devicetree.h"
#include "read_irq.h"
#include "read_pci.h"
#include "read_slots.h"
#include "routing.h"

static const char *text_of(struct machine *m, const struct root *root, const char *path)
{
	char text[256];

	ssize_t n = root_read_text(root, path, text, sizeof(text));

	machine_missed(m, (int)n);
	return n > 0 ? machine_string(m, text) : NULL;
}

/* proc/sys/kernel/arch is there from Linux 6.1 on. */
static void read_names(struct machine *m, const struct root *root)
{
	struct utsname name;

	m->kernel = text_of(m, root, "proc/sys/kernel/osrelease");
	m->arch = text_of(m, root, "proc/sys/kernel/arch");
	if (root->live && uname(&name) == 0) {
		if (!m->kernel)
			m->kernel = machine_string(m, name.release);
		if (!m->arch)
			m->arch = machine_string(m, name.machine);
	}
}

static const struct irq *irq_of_chip(const struct machine *m, const char *prefix)
{
	for (size_t i = 0; i < m->n_irqs; i++)
		if (m->irqs[i].chip && strncmp(m->irqs[i].chip, prefix, strlen(prefix)) == 0)
			return &m->irqs[i];
	return NULL;
}

static bool has_action_named(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->n_irqs; i++)
		for (size_t a = 0; a < m->irqs[i].n_actions; a++)
			if (strcmp(m->irqs[i].actions[a], name) == 0)
				return true;
	return false;
}

/*
 * The GIC drivers split priority drop and deactivation exactly when the kernel was entered at EL2. No file
 * says so, two things in /proc/interrupts do: KVM's maintenance interrupt "vgic", which exists at EL2 only;
 * and on GICv2 the chip's name, which is "GICv2" with the split and "GIC-0" without
 * (drivers/irqchip/irq-gic.c, gic_init_chip).
 */
static void read_controller(struct machine *m)
{
	const struct irq *gic = irq_of_chip(m, "GIC");

	if (!gic) {
		if (irq_of_chip(m, "IO-APIC"))
			m->controller = machine_string(m, "IO-APIC");
		return;
	}
	m->controller = gic->chip;
	if (strcmp(gic->chip, "GICv2") == 0 || has_action_named(m, "vgic"))
		m->split_eoi = 1;
	else if (strncmp(gic->chip, "GIC-", 4) == 0)
		m->split_eoi = 0;
}

/* vfio_pci_core carries the feature as a module parameter. A machine whose modules are known and that has no
 * such parameter does not offer it. */
static void read_feature(struct machine *m, const struct root *root)
{
	char text[16];
	ssize_t n = root_read_text(root, "sys/module/vfio_pci_core/parameters/intx_deoi", text, sizeof(text));
	_cleanup_close_ int modules = n < 0 ? root_open_dir(root, "sys/module") : -1;

	machine_missed(m, (int)n);
	machine_missed(m, modules);
	if (n >= 0)
		m->feature = text[0] == 'N' || text[0] == '0' ? FEATURE_KILLED : FEATURE_PRESENT;
	else
		m->feature = modules >= 0 ? FEATURE_ABSENT : FEATURE_UNKNOWN;
}

/* With nointxmask=1 vfio-pci takes every line for itself. */
static void read_nointxmask(struct machine *m, const struct root *root)
{
	char text[16];

	if (root_read_text(root, "sys/module/vfio_pci/parameters/nointxmask", text, sizeof(text)) > 0)
		m->nointxmask = text[0] == 'Y' || text[0] == '1';
}

static int read_functions(struct machine *m, const struct root *root)
{
	_cleanup_free_ struct address *all = NULL;
	struct pci_reader *r = NULL;
	size_t n = 0;
	int e = pci_reader_new(&r, root, m);

	if (e == 0)
		e = pci_reader_list(r, &all, &n);
	if (e == 0)
		e = machine_reserve(m, n + n / 16 + 16); /* some slots will come */
	for (size_t i = 0; i < n && e == 0; i++)
		e = pci_reader_read(r, all[i]);
	pci_reader_free(r);
	return e;
}

int complete_machine(struct machine *m, const struct root *root)
{
	int e;

	config_report_short(m);
	e = read_slots(m, root);
	if (e == 0)
		e = read_irqs(m, root);
	if (e == 0)
		e = machine_link(m);
	if (e == 0)
		e = link_root_bus_nodes(m, root);
	if (e == 0) {
		read_names(m, root);
		read_controller(m);
		read_feature(m, root);
		read_nointxmask(m, root);
		e = route_firmware(m);
	}
	if (e == 0)
		e = decide(m);
	return e == 0 ? m->missed : e;
}

int read_machine(struct machine **ret, const struct root *root)
{
	struct machine *m = machine_new();
	int e = m ? read_device_tree(m, root) : -ENOMEM;

	if (e == 0)
		e = read_functions(m, root);
	if (e == 0)
		e = complete_machine(m, root);
	if (e < 0) {
		machine_free(m);
		return e;
	}
	*ret = m;
	return 0;
}
