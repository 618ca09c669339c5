/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live device tree, /sys/firmware/devicetree/base: what of it routes interrupts, and which nodes are
 * PCI's.
 *
 * Size, depth and number of what is read are limited. What could not be read is a problem of the machine, and
 * present but empty in the tree, so that nothing is concluded from its absence.
 */
#pragma once

#include "machine.h"
struct root;

/* Sets m->dt and m->platform, before functions are read. Without a tree that has an interrupt controller
 * m->dt stays NULL: ACPI machines have one that does not describe the machine. 0 or -ENOMEM. */
int read_device_tree(struct machine *m, const struct root *root);

/* The node that the function's folder, dir, links to. 0 or -ENOMEM. */
int link_function_node(struct machine *m, int dir, struct function *f);

/* The same for every root bus, after machine_link(). 0 or -ENOMEM. */
int link_root_bus_nodes(struct machine *m, const struct root *root);
