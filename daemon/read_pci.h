/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions and slots as libpci and sysfs show them.
 *
 * Config space comes through libpci, everything else from sysfs attributes. A function that cannot be read
 * whole is kept with what is known and a problem that names the file; only a machine without
 * sys/bus/pci/devices is an error.
 */
#pragma once

#include "machine.h"
#include "root.h"

/* Adds every function and every listed slot to m. 0, -ENOMEM, or -errno when sys/bus/pci/devices cannot be
 * listed. */
int read_pci(struct machine *m, const struct root *root);
