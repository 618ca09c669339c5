/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would hold if a decision were made: the answer of Foresee(), which `intxctl allow --dry-run` shows. */
#pragma once

#include <jansson.h>

#include "describe.h"

/* explain() of the decision's function as it would be, or NULL when out of memory. */
json_t *foresee(const struct describer *d, const struct function *f, const struct decision *decision);
