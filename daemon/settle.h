/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bringing what intxd knows up to date, and what follows from it: knobs, signals, journal.
 *
 * A private peer only gets the machine; it sets no knob and has nobody to tell.
 */
#pragma once

#include "context.h"

/* Reads the whole machine anew. 0, or -errno and the old one is still there. */
int rescan(struct context *c);

/* Reads these functions anew (there need be none), and with them who holds which interrupt. 0 or -errno, as
 * rescan(). */
int refresh(struct context *c, const struct address *addresses, size_t n);

/* refresh() of these functions, all others on their lines, and who may turn up there without a uevent.
 * Pointers into the machine are invalid afterwards. */
int refresh_lines(struct context *c, const struct function *const *functions, size_t n);

/* The same after something happened to these: if one is under VFIO, its line's others too. */
int refresh_touched(struct context *c, const struct address *addresses, size_t n);

/* refresh() of the lines of all functions that policy allows. */
int refresh_allowed(struct context *c);

/* Reads rule files and decisions anew. 0; -EINVAL when one of them cannot be used; -ENOMEM. */
int load_policy(struct context *c);

/* The same, then looks at what is allowed, and settles. */
int reload_policy(struct context *c);

/* Knobs, signals and journal after a change of policy alone. 0 or -ENOMEM. */
int settle(struct context *c);
