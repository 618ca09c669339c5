/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decision out of a D-Bus message "sa{sv}": a function's address or vendor:device, and options: "require"
 * (s), "runtime" (b). An option that is not known is an error, as is a function without INTx.
 */
#pragma once

#include "context.h"

/* Fills all of ret but `mode`, which the caller has set, after looking at the function and its line anew:
 * what is decided is about what is there now. >= 0, or -errno with *error for the caller. */
int read_decision(struct context *c, sd_bus_message *message, struct decision *ret, sd_bus_error *error);
