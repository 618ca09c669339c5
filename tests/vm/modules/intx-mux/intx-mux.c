// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host bridge whose INTx end in one interrupt, as those of many SoCs do: an irq domain of its own with four inputs, and a
 * chained handler on the GIC's interrupt. Functions bound after this was loaded get their interrupt from that domain.
 *
 * It agrees to everything that somebody who wants to forward an interrupt may ask its chip for. What is wrong about it is only
 * whose input its numbers are: with first=0 those of the host's SGIs, with first=40 those of unrelated SPIs.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqchip/chained_irq.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/pci.h>

#define INPUTS 4

static unsigned int first;
module_param(first, uint, 0444);
MODULE_PARM_DESC(first, "number of the first input");

static struct pci_host_bridge *bridge;
static int (*real_map_irq)(const struct pci_dev *, u8, u8);
static struct fwnode_handle *fwnode;
static struct irq_domain *domain;
static unsigned int parent_irq;
static unsigned long mapped;

/* Nothing to mask with, nor to see who asks: the devices' own means do. */
static void mux_nothing(struct irq_data *data)
{
}

static int mux_set_type(struct irq_data *data, unsigned int type)
{
	return IRQ_SET_MASK_OK;
}

static int mux_get_state(struct irq_data *data, enum irqchip_irq_state which, bool *state)
{
	*state = false;
	return 0;
}

static int mux_set_state(struct irq_data *data, enum irqchip_irq_state which, bool state)
{
	return 0;
}

static int mux_set_vcpu_affinity(struct irq_data *data, void *vcpu)
{
	if (vcpu)
		irqd_set_forwarded_to_vcpu(data);
	else
		irqd_clr_forwarded_to_vcpu(data);
	return 0;
}

static struct irq_chip mux_chip = {
	.name = "intx-mux",
	.irq_mask = mux_nothing,
	.irq_unmask = mux_nothing,
	.irq_eoi = mux_nothing,
	.irq_set_type = mux_set_type,
	.irq_get_irqchip_state = mux_get_state,
	.irq_set_irqchip_state = mux_set_state,
	.irq_set_vcpu_affinity = mux_set_vcpu_affinity,
};

static int mux_map(struct irq_domain *d, unsigned int virq, irq_hw_number_t hwirq)
{
	irq_set_chip_and_handler(virq, &mux_chip, handle_fasteoi_irq);
	return 0;
}

static const struct irq_domain_ops mux_ops = {
	.map = mux_map,
};

static void mux_handler(struct irq_desc *desc)
{
	struct irq_chip *chip = irq_desc_get_chip(desc);
	unsigned int input;

	chained_irq_enter(chip, desc);
	for_each_set_bit(input, &mapped, INPUTS)
		generic_handle_domain_irq(domain, first + input);
	chained_irq_exit(chip, desc);
}

static int mux_map_irq(const struct pci_dev *pdev, u8 slot, u8 pin)
{
	unsigned int virq;

	if (!parent_irq) {
		int irq = real_map_irq(pdev, slot, pin);

		if (irq <= 0)
			return irq;
		parent_irq = irq;
		irq_set_chained_handler_and_data(parent_irq, mux_handler, NULL);
	}

	virq = irq_create_mapping(domain, first + pin - 1);
	if (virq) {
		irq_set_irq_type(virq, IRQ_TYPE_LEVEL_HIGH);
		set_bit(pin - 1, &mapped);
	}
	return virq;
}

static int __init mux_init(void)
{
	struct pci_bus *bus = pci_find_bus(0, 0);

	if (!bus)
		return -ENODEV;
	bridge = pci_find_host_bridge(bus);

	fwnode = irq_domain_alloc_named_fwnode("intx-mux");
	if (!fwnode)
		return -ENOMEM;
	domain = irq_domain_create_linear(fwnode, first + INPUTS, &mux_ops, NULL);
	if (!domain) {
		irq_domain_free_fwnode(fwnode);
		return -ENOMEM;
	}

	real_map_irq = bridge->map_irq;
	bridge->map_irq = mux_map_irq;
	return 0;
}

/* Its functions have been unbound before. */
static void __exit mux_exit(void)
{
	unsigned int input;

	bridge->map_irq = real_map_irq;
	if (parent_irq) {
		/* A chained handler spoils it for others. They get it anew. */
		irq_set_chained_handler_and_data(parent_irq, NULL, NULL);
		irq_dispose_mapping(parent_irq);
	}
	for_each_set_bit(input, &mapped, INPUTS)
		irq_dispose_mapping(irq_find_mapping(domain, first + input));
	irq_domain_remove(domain);
	irq_domain_free_fwnode(fwnode);
}

module_init(mux_init);
module_exit(mux_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("INTx of a host bridge through a multiplexer, for tests");
