/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk through the interrupt tree, from a pin to the controller's input.
 *
 * It gives what of_irq_parse_raw() and of_irq_parse_one() of Linux 6.12 (drivers/of/irq.c) give for the same
 * tree. Where the kernel trusts a tree that is cut short or ambiguous, the walk ends without an answer: no
 * answer is safe, a wrong one is not. Every walk ends after a stated number of steps.
 */
#pragma once

#include "dt.h"
#include "machine.h"

/* What is wrong with a tree, for a message. text NULL: nothing is, it just has no answer. */
struct dt_fault {
	const struct dt_node *node;
	enum dt_name property;
	const char *text;
};

/*
 * The input at which a pin arrives that leaves a device with this unit address on the bus of node.
 * ret->controller is the controller's path and lives as long as the tree. 0; or -ENOENT: the tree has no
 * answer, -EINVAL: it is malformed, -ELOOP: it runs in a circle, -E2BIG: a limit was met, with *fault saying
 * why; or -ENOMEM.
 */
int interrupt_map_resolve(struct dt *dt, const struct dt_node *node, const uint32_t address[static 3],
			  uint8_t pin, struct input *ret, struct dt_fault *fault);

/* The first interrupt in the node's own `interrupts` or `interrupts-extended`; results as above. */
int interrupt_of_node(struct dt *dt, const struct dt_node *node, struct input *ret, struct dt_fault *fault);

/* Appends to *list every input to which the node's own interrupt-map can deliver, one for each entry.
 * *ret_complete: every entry led to one; else *fault says what the first did that did not. 0 or -ENOMEM. */
int interrupt_map_targets(struct dt *dt, const struct dt_node *node, struct input **list, size_t *n,
			  bool *ret_complete, struct dt_fault *fault);
