/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hotplug slots that a driver lists, sys/bus/pci/slots. Those of ports without one are added in
 * machine_link().
 */
#pragma once

#include "machine.h"
#include "root.h"

/* Adds every slot that can be switched, after all functions. 0 or -ENOMEM. */
int read_slots(struct machine *m, const struct root *root);
