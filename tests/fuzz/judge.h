/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of every machine, whatever it was read from; and a machine to read other things against.
 *
 * The rules are those of the contract, worked out here from the facts once more and without lines.c and
 * verdict.c.
 */
#pragma once

#include "machine.h"
#include "names.h"

/* Ends the program if something does not hold of a decided machine, or something cannot be said of it.
 * names may be NULL. */
void judge(const struct machine *m, struct names *names);

/* The whole document, to be freed. */
char *document_of(const struct machine *m, struct names *names);

/* An Arm host, decided: a root port with cards behind it, shared lines, a guest's, an empty slot. */
struct machine *sample_machine(void);
