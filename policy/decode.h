/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A log message read against a machine: what it means there, who is involved, what to do. */
#pragma once

#include "messages.h"
#include "remedies.h"

#define MAX_PARTIES  16
#define MAX_REMEDIES 8

struct decoded {
	const struct message *message;
	const struct irq *irq;		/* the one it is about, NULL: none, or not of this machine */
	int32_t line;			/* NO_INDEX: not known */
	int32_t functions[MAX_PARTIES]; /* involved, the one it is about first */
	size_t n_functions;
	char explanation[512];
	struct remedy remedies[MAX_REMEDIES]; /* the best first */
	size_t n_remedies;
};

void decode(const struct machine *m, const struct message *message, struct decoded *ret);
