// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_memory.h"

#include <jansson.h>
#include <stdlib.h>

static bool ran_out; /* jansson's functions carry no argument of ours */

static void *allocate(size_t size)
{
	void *p = malloc(size);

	ran_out |= !p;
	return p;
}

void json_memory_watch(void)
{
	json_set_alloc_funcs(allocate, free);
	ran_out = false;
}

bool json_memory_ran_out(void)
{
	bool yes = ran_out;

	ran_out = false;
	return yes;
}
