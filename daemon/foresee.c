// SPDX-License-Identifier: GPL-2.0-or-later
#include "foresee.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "explain.h"

/* As changes.c does it: one for good ends the one until the next boot. */
static bool gives_way(const struct decision *old, const struct decision *new)
{
	return decision_compare(old, new) == 0 ||
	       (!new->runtime && old->runtime &&address_compare(&old->address, &new->address) == 0);
}

json_t *foresee(const struct describer *d, const struct function *f, const struct decision *decision)
{
	struct policy policy = *d->policy;
	_cleanup_free_ struct decision *all = calloc(policy.n_decisions + 1, sizeof(*all));
	struct describer then = *d;
	size_t n = 0;

	if (!all)
		return NULL;
	for (size_t i = 0; i < policy.n_decisions; i++)
		if (!gives_way(&policy.decisions[i], decision))
			all[n++] = policy.decisions[i];
	all[n++] = *decision;
	qsort(all, n, sizeof(*all), decision_compare);
	policy.decisions = all;
	policy.n_decisions = n;
	then.policy = &policy;
	return explain(&then, f);
}
