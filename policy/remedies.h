/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an administrator can do about a party on a line, in one sentence. */
#pragma once

#include "machine.h"

struct remedy {
	const char *code;
	char who[64]; /* the party; empty: none */
	char text[320];
};

/* For what a party has to leave the line. */
enum need {
	NEED_FREE_NOW,	    /* so that another can take it alone */
	NEED_FREE_FOR_GOOD, /* so that nothing can come back: an unbound function may */
};

/* How another function or slot is got off the line that it shares. */
struct remedy remedy_for(const struct machine *m, const struct function *o, enum need need);

/* The same for an action that belongs to no PCI function. */
struct remedy remedy_for_foreign(const char *action);

/* One that names nobody. */
struct remedy remedy_plain(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));
