// SPDX-License-Identifier: GPL-2.0-or-later
#include "wiring.h"

uint8_t swizzle(uint8_t pin, uint8_t device)
{
	return (uint8_t)((pin - 1 + device) % 4 + 1);
}

uint8_t swizzle_device(const struct function *f)
{
	return f->ari ? 0 : f->address.device;
}

/* A conventional bridge's secondary wires may bypass it on a motherboard (old ICH, AMD 14.4): it proves
 * nothing. A PCIe port's cannot: INTx below it are messages, and it can only pass them on. */
static bool gathers_wires(const struct function *bridge)
{
	return bridge->port == PORT_ROOT || bridge->port == PORT_UPSTREAM ||
	       bridge->port == PORT_DOWNSTREAM || bridge->port == PORT_PCIE_TO_PCI;
}

struct wire wire_of(const struct machine *m, const struct function *f)
{
	struct wire wire = {.bridge = NO_INDEX, .pin = f->pin};
	uint8_t pin = f->pin;

	/* Not across the topmost bridge: its own pin and its children's are told apart by nobody but the
	 * platform. */
	for (; f->parent != NO_INDEX && gathers_wires(&m->functions[f->parent]);
	     f = &m->functions[f->parent]) {
		pin = swizzle(pin, swizzle_device(f));
		wire = (struct wire){.bridge = f->parent, .pin = pin};
	}
	return wire;
}
