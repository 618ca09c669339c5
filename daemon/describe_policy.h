/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers of `intxctl policy list` and `policy test` as JSON, version 1. A function counts when it has
 * INTx; rules are counted from 1, as in "source".
 */
#pragma once

#include <jansson.h>

#include "machine.h"
#include "policy.h"

/*
 * {"version":1,
 *  "files":[{"path","broken",
 *	      "rules":[{"rule":1,"match":{…},"action","require","comment","decides":3}]}],
 *  "masked":["FILE: masked by FILE"],
 *  "decisions":[{"address","id","subsystem","mode","require","runtime","status"}],
 *  "problems":["…"]}
 *
 * Files stand in the order of matching; decides is the number of functions. The status of a decision:
 *	applies		it holds for its device
 *	overruled	a runtime decision for the same device comes first
 *	replaced	another device is at its address
 *	absent		no device is there
 */
struct policy_listing {
	const struct machine *machine;
	const struct policy *policy;
	char *const *masked; /* NULL-terminated, as the lists of policy_files.h and decisions.h; or NULL */
	char *const *file_problems, *const *decision_problems;
};

json_t *describe_policy_list(const struct policy_listing *l);

/*
 * What would be if candidate stood among the files of now, in its place by file name and instead of one of
 * that name (its path being that of a file in /etc/intxd/policy.d, which stands for those of the other
 * folders):
 *
 * {"version":1,"path","replaces":"/etc/intxd/policy.d/10-lab.json",
 *  "rules":[{"rule":1,"match":{…},"action","require","comment","matches":3,"decides":["0000:01:00.0"]}],
 *  "changes":[{"address","before":{"mode","require","source","knob"},"after":{…}}]}
 *
 * decides: those that no decision and no earlier rule decides. changes: those whose mode, requirement or knob
 * would be another.
 *
 * Both are linear in functions times rules at worst, and NULL when out of memory.
 */
json_t *describe_policy_test(const struct machine *m, const struct policy *now,
			     const struct rule_file *candidate);
