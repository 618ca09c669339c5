/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine as fresh as an answer, or a decision, about a few functions needs it: all that is known to have
 * happened to it, and what sends no uevent on the lines of those functions.
 */
#pragma once

#include "context.h"

#define MAX_LOOKED_AT 256

/* names (NULL-terminated, or NULL) are as for find_function(). Pointers into the machine are invalid
 * afterwards. 0; -ENXIO for a name that fits none; or another -errno; with *error. */
int look_at(struct context *c, char *const *names, sd_bus_error *error);

/* "…/sys/bus/pci/devices: why" */
int no_machine(const struct context *c, sd_bus_error *error, int e);
