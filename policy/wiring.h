/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a pin's wire leads as far as the PCI specifications alone tell. It proves that two functions share a
 * wire, never that they do not: what a root port or a motherboard does with a wire is its own affair.
 */
#pragma once

#include "machine.h"

/* A wire: a pin of a device (bridge NO_INDEX), or one of the four INTx of the link below a bridge. */
struct wire {
	int32_t bridge;
	uint8_t pin; /* 1..4 */
};

/* The pin at which a device's pin arrives on the bridge above it (PCI-to-PCI Bridge 1.2, 9.1; PCIe 6.0, table
 * 2-20). */
uint8_t swizzle(uint8_t pin, uint8_t device);

/* The device number that counts for the swizzle: 0 under ARI. */
uint8_t swizzle_device(const struct function *f);

/* The farthest wire that f's pin is sure to reach. f must have a pin. */
struct wire wire_of(const struct machine *m, const struct function *f);
