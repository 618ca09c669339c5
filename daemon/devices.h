/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.intxd1.Device: a D-Bus object for each function, and the signals about them.
 *
 * What was last told of a function is kept here and is what its properties answer; devices_tell() compares it
 * with the machine as it is now and signals the difference. Objects cost nothing but that record: their paths
 * are made when asked for.
 */
#pragma once

#include "context.h"

struct told {
	struct address address;
	uint8_t pin; /* 0: none */
	uint8_t verdict, policy, require;
	char line[40]; /* "": not known */
	char state[16], reason[24];
};

struct devices {
	struct told *all; /* by address */
	size_t n;
};

/* Serves c's devices on the bus. 0 or -errno. */
int devices_add(sd_bus *bus, struct context *c);

/* Takes over what changed in c->machine, with a signal for each on the bus (NULL: none). changed() hears of
 * every change of state. 0 or -ENOMEM. */
int devices_tell(struct devices *d, struct context *c, sd_bus *bus,
		 void (*changed)(struct context *c, const struct function *f, const char *state_before));

void devices_free(struct devices *d);
