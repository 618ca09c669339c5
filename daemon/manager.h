/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.intxd1.Manager: the methods by which clients ask (DESIGN §5), and, through changes.h, change.
 *
 * Reading methods answer from what is there at the call: the whole machine where all of it is shown, else the
 * lines of the functions asked about. On a private peer there is nobody to authorise, so that every changing
 * method is refused there.
 */
#pragma once

#include "context.h"

extern const sd_bus_vtable manager_vtable[];

/* Serves c at /org/intxd1 on the bus. 0 or -errno. */
int manager_add(sd_bus *bus, struct context *c);
