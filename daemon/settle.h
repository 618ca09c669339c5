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

/* refresh() of everything on f's line, f included; f may be another pointer afterwards: find it again. */
int refresh_line(struct context *c, const struct function *f);

/* refresh() of the lines of all functions that policy allows. */
int refresh_allowed(struct context *c);

/* Reads the rule files anew, and settles. 0; -EINVAL when one is broken and the last good set stays in force;
 * -ENOMEM. */
int reload_policy(struct context *c);

/* Knobs, signals and journal after a change of policy alone. 0 or -ENOMEM. */
int settle(struct context *c);
