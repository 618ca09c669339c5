/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May this caller change things? polkit is asked, without waiting for it.
 *
 * The subject is the caller's unique bus name, which nobody else can ever have; uid 0 needs no polkit.
 * Anything but a clear yes is a no: polkit missing, late, ended, or an error of its own. A caller that is
 * gone by the time of the answer has changed nothing. (CVE-2020-1712, CVE-2021-3560 and CVE-2019-25058 are
 * what happens otherwise.)
 */
#pragma once

#include "context.h"

/* Does what the message asks, which the caller may; replies to it. >= 0, or -errno with *error for the
 * caller. */
typedef int (*change_fn)(struct context *c, sd_bus_message *message, uid_t uid, sd_bus_error *error);

struct authorisations;

/* Calls perform() now (uid 0) or when polkit says yes. As a method handler's return value: 1, or an error to
 * reply with. */
int authorise(struct context *c, sd_bus_message *message, const char *action, change_fn perform,
	      sd_bus_error *error);

/* Drops all that is under way. */
void authorisations_free(struct context *c);
