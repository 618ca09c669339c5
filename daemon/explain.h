/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function in full, for `intxctl why`: the status document with nobody else in it, and beside it the way
 * of the pin, every sharer by name, and what would change the verdict. */
#pragma once

#include "describe.h"

/* A new reference, or NULL when out of memory. */
json_t *explain(const struct describer *d, const struct function *f);
