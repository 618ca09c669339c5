/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision about sharing: facts in, lines and verdicts out (DESIGN §3). Pure, and linear in functions and
 * actions (times the logarithm of a sort), however many stand on one line.
 */
#pragma once

#include "machine.h"

/* Fills every field of *m marked "decided", after machine_link() and route_firmware(). 0 or -ENOMEM. */
int decide(struct machine *m);

/* The four steps, in order; each needs the ones before. */
int decide_lines(struct machine *m);
int decide_actions(struct machine *m);
int decide_kinds(struct machine *m);
void decide_verdicts(struct machine *m);

/* May this function assert INTx at all: it has a pin (or hides whether it has one) and is no virtual
 * function. */
bool has_intx(const struct function *f);

/* Can o be on this line, by the maps of its root bus? True without a line, and without complete maps. */
bool possible_on(const struct machine *m, const struct function *o, const struct line *line);

/* Its hwirq is the INTID of an input. GICv2m's rows have "GIC" in front as well (6.11 and later), and are
 * messages. */
bool is_gic_input(const struct irq *irq);

/* It is not known which line of the interrupt controller it is on, or what tells does not agree. */
bool is_placeless(const struct machine *m, const struct function *f);

/* In-kernel driver with MSI or MSI-X, under which a function may not assert INTx (PCIe 6.0, 6.1.4.3). */
bool is_dormant(const struct function *f);

/* Bound to an in-kernel driver that may have requested the INTx line. */
bool may_hold_action(const struct function *f);

/* Does an action's name say that this driver registered it? A NULL driver fits nothing. */
bool action_fits(const char *action, const char *driver);
