/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.intxd1.Manager: the methods by which clients ask (DESIGN §5).
 *
 * Reading methods answer from the machine as it is at the call. On a private peer there is nobody to
 * authorise, so that every changing method is refused there.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "machine.h"
#include "names.h"
#include "root.h"

/* What one intxd works with, handed down to everything. */
struct context {
	struct root root;
	struct machine *machine; /* as last read, or NULL */
	struct names *names;
};

/* Serves c at /org/intxd1 on the bus. 0 or -errno. */
int manager_add(sd_bus *bus, struct context *c);
