/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which input of which interrupt controller every pin reaches, by the device tree: the kernel's
 * of_irq_parse_pci() (drivers/pci/of.c, 6.12) for all functions and slots, whether or not it ever asked for
 * them.
 *
 * A function without an answer keeps firmware.controller NULL. A root bus' inputs are complete only if every
 * map below it could be followed to its end; only then do they prove where a wire does not lead.
 */
#pragma once

#include "machine.h"

/* Fills `firmware` of every function and slot, and map_inputs of every root bus, from m->dt. Sets kernel.gic
 * where the kernel named a controller of the tree. After machine_link(). 0 or -ENOMEM. */
int route_firmware(struct machine *m);
