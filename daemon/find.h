/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which function a person means by "01:00.0", "0000:01:00.0" or "8086:10d3". */
#pragma once

#include <systemd/sd-bus.h>

#include "machine.h"

/* NULL with *error set when no function, or for a vendor:device pair more than one, fits. */
const struct function *find_function(const struct machine *m, const char *name, sd_bus_error *error);
