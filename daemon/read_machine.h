/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One machine, read and decided: every reader in its order, then the decision.
 *
 * Facts about the machine as a whole are filled here, each from the file that tells it; what no file tells
 * stays unknown.
 */
#pragma once

#include "machine.h"
#include "root.h"

/* A new machine, to be freed with machine_free(). 0, -ENOMEM, or -errno when there is no PCI bus to read. */
int read_machine(struct machine **ret, const struct root *root);

/* What follows once the device tree and the functions are there: reads everything that is about the machine
 * as a whole, links and decides. 0 or -ENOMEM. */
int complete_machine(struct machine *m, const struct root *root);
