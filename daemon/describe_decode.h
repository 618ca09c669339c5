/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer of Decode() as JSON: cli/intxd-status.schema.json, "decode".
 *
 * A log is read a line at a time. Messages that say the same are one, with a count; lines without a known
 * message are counted, and quoted when there is nothing else to answer with.
 */
#pragma once

#include <jansson.h>

#include "describe.h"

/* A new reference; NULL when out of memory. log is taken apart. */
json_t *describe_decode(const struct describer *describer, char *log);
