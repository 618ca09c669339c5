/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine as JSON, version 1: the one source of what intxctl shows, of D-Bus answers and of tests.
 *
 * Written one function at a time, so that memory does not grow with the document; every element of "lines"
 * and "devices" stands on a line of its own, so that a reader can take it apart likewise. Its schema is
 * cli/intxd-status.schema.json.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "knobs.h"
#include "machine.h"
#include "names.h"
#include "policy.h"

struct describer {
	const struct machine *machine;
	struct names *names;
	const struct policy *policy;
	const struct knobs *knobs;
	/* What is wrong with rule files and decisions; NULL-terminated lists. */
	char *const *policy_problems, *const *decision_problems;
};

/* A function's state as the kernel says it, or what its absence means: "unsupported", "idle". */
const char *function_state(const struct machine *m, const struct function *f);
const char *function_state_reason(const struct function *f);

/* The whole document. 0, -ENOMEM, or -errno of a failed write. */
int describe(const struct describer *d, FILE *out);

/* The same document with nobody but f, for others to add to. New references; NULL when out of memory. */
json_t *describe_one(const struct describer *d, const struct function *f);
json_t *describe_machine(const struct machine *m);
json_t *describe_problems(const struct describer *d);

/* For outside bytes (a driver, an action, a name), which need not be UTF-8; null for none. */
json_t *text_or_null(const char *text);
json_t *address_json(const struct address *a);
