/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision in words: for each verdict and for the question of direct EOI, stable codes with the other
 * party and one sentence for people. At most a reason a kind, however many sharers there are.
 */
#pragma once

#include "machine.h"

struct reason {
	const char *code;
	char who[64]; /* the other party: an address, an action or a slot; empty: none */
	char text[256];
	const char *file; /* where the fact was read, or NULL */
};

#define MAX_REASONS 8

/* Why f has its verdict, the deciding reason first; with `all`, also what would count were that one gone.
 * Their number. */
size_t verdict_reasons(const struct machine *m, const struct function *f, bool all,
		       struct reason ret[static MAX_REASONS]);

/* Could f's line do direct EOI: 1, 0, or -1 when not all of it is known. Facts that rule it out come first.
 */
int direct_possible(const struct machine *m, const struct function *f, struct reason ret[static MAX_REASONS],
		    size_t *ret_n);

/* "0000:00:1f.3 (i801_smbus)", "0000:02:00.0 (unbound)", "the slot below 0000:00:1c.4". */
#define PARTY_SIZE 128
const char *party_name(const struct machine *m, const struct function *f, char buffer[static PARTY_SIZE]);

/* What identifies the party: a function's address; a slot's bridge, or its label where no bridge is known. */
const char *party_who(const struct machine *m, const struct function *f, char buffer[static 64]);

/* Why a party is what it is to others on its line: "its driver holds an MSI", … */
const char *party_why(const struct machine *m, const struct function *f);
