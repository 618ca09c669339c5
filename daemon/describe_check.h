/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer of Check() as JSON: cli/intxd-status.schema.json, "check". */
#pragma once

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "describe.h"

/* names are as for find_function(). 0; -ENXIO with *error for a name that fits none, or -ENOMEM. */
int describe_check(const struct describer *d, char **names, json_t **ret, sd_bus_error *error);
