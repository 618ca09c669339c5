/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of knobs and functions, in sentences: for the journal, and the line that `systemctl status`
 * shows. */
#pragma once

#include "context.h"

/* A knob_event (knobs.h); userdata is the context. */
void tell_knob(void *userdata, const struct function *f, const struct ruling *ruling, enum knob wanted,
	       int error);

/* A function's state is another; before: the last one, or NULL. */
void tell_state(struct context *c, const struct function *f, const char *before);

/* Whether rule files and decisions could be used. */
void tell_policy(const struct context *c);

void tell_systemd(const struct context *c);
