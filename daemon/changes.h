/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The changing methods of org.intxd1.Manager, each with the polkit action that it needs. There is one way to
 * them, on_change(): a method that is not in the list is refused.
 */
#pragma once

#include "authorise.h"

struct change {
	const char *member, *action;
	change_fn perform;
};

extern const struct change changes[];
extern const size_t n_changes;

/* The handler of all of them. */
int on_change(sd_bus_message *message, void *userdata, sd_bus_error *error);
