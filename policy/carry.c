// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From one machine to the next: facts that are not read again.
 *
 * The next machine has a pool of strings and a list of problems of its own, so that nothing of the earlier
 * one outlives it but what was carried, however many updates there are.
 */
#include <errno.h>
#include <string.h>

#include "machine.h"

static void carry_problem(struct machine *m, const struct problem *p)
{
	m->source = p->source;
	m->source_function = p->function;
	machine_problem(m, p->file, "%s", p->text);
	m->source = PROBLEM_OTHER;
}

void machine_carry_problems(struct machine *m, const struct machine *from, enum problem_source source)
{
	for (size_t i = 0; i < from->n_problems; i++)
		if (from->problems[i].source == source)
			carry_problem(m, &from->problems[i]);
}

/* Interned anew. false: out of memory. */
static bool carry_string(struct machine *m, const char **text)
{
	const char *copy = machine_string(m, *text);

	if (*text && !copy)
		return false;
	*text = copy;
	return true;
}

int machine_carry_function(struct machine *m, const struct machine *from, const struct function *f)
{
	struct function *copy = machine_add_function(m, f->address);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, f, offsetof(struct function, parent)); /* the facts */
	copy->kernel.gic = copy->kernel_below.gic = false;  /* route_firmware() says so */
	if (!carry_string(m, &copy->driver) || !carry_string(m, &copy->deoi.device) ||
	    !carry_string(m, &copy->deoi.state) || !carry_string(m, &copy->deoi.reason) ||
	    !carry_string(m, &copy->deoi.policy) || !carry_string(m, &copy->kernel.controller) ||
	    !carry_string(m, &copy->kernel_below.controller))
		return -ENOMEM;
	for (size_t i = 0; i < from->n_problems; i++)
		if (from->problems[i].source == PROBLEM_FUNCTION &&
		    address_compare(&from->problems[i].function, &f->address) == 0)
			carry_problem(m, &from->problems[i]);
	return 0;
}
