/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Will these functions run together in virtual machines, through VFIO, as things stand?
 *
 * A conflict is a function whose INTx will be refused (EBUSY); a note is something that will work, and how.
 * Each pair is reported once.
 */
#pragma once

#include "masking.h"
#include "remedies.h"

/* How a function's INTx would be served. */
enum mode {
	MODE_NONE,    /* it has none, or VFIO hides it */
	MODE_CLASSIC, /* masked at the device, unmasked at the guest's EOI */
	MODE_DIRECT,  /* deactivated by the guest itself: possible, if policy allows it */
	_MODE_MAX,
};

struct finding {
	bool conflict;
	const char *code;
	int32_t function; /* index of the one asked about */
	char who[64];	  /* the other party; empty: none */
	char text[320];
	struct remedy remedy; /* code NULL: none */
};

struct checked {
	int32_t function;
	enum masking masking;
	enum mode mode;
};

struct check {
	struct checked *functions; /* as asked for, each once */
	size_t n_functions;
	struct finding *findings; /* conflicts first */
	size_t n_findings, n_conflicts, allocated;
};

/* functions are indices of real functions of m. 0 or -ENOMEM; check_free() in either case. */
int check_together(const struct machine *m, const int32_t *functions, size_t n, struct check *ret);
void check_free(struct check *c);

const char *mode_to_string(enum mode mode);
