/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The administrator's decisions made with intxctl: var/lib/intxd/decisions.json, and run/intxd/decisions.json
 * for those that hold until the next boot, below the root.
 *
 * A change is on disk, whole, before decisions_set() returns 0, and the old file is, whole, until then
 * (save.h). When the disk refuses, nothing has changed, in memory neither. A damaged file is set aside under
 * another name and said, and so is one of a later version; none of its decisions applies, and since one of
 * them may have been a "deny", no rule does either (decisions_lost()) until someone has looked and removed
 * what was set aside. A file that cannot be read stays, and is not overwritten before it can be.
 *
 *	{"version":1,"decisions":[{"address":"0000:01:00.0","id":"8086:10d3","subsystem":"8086:a01f",
 *				   "mode":"allow","require":"exclusive"}]}
 *
 * Unknown keys are passed over, and gone with the next change: within version 1 they do not change the
 *meaning of those that are known.
 */
#pragma once

#include "policy.h"
#include "root.h"

/* In each file: what one may fill by asking. */
#define DECISIONS_MAX 65536

struct decisions;

/* 0 or -ENOMEM: a file that cannot be read or is damaged is a problem, not an error. With read_only nothing
 * is written at all: a damaged file stays where it is, and changes fail with -EROFS. */
int decisions_new(struct decisions **ret, const struct root *root, bool read_only);
void decisions_free(struct decisions *d);

/* Reads the files anew. 0, or -ENOMEM and nothing has changed. */
int decisions_load(struct decisions *d);

/* All of them, sorted as struct policy wants; valid until the next change or load. */
const struct decision *decisions(const struct decisions *d, size_t *ret_n);

/* For struct policy: the first file whose decisions are not known, or NULL; valid as the above. */
const struct rule_file *decisions_lost(const struct decisions *d);

/* Adds or replaces the one of its kind (runtime or not) for its address. 0, 1: it is already so; or -errno:
 * of the disk, or -E2BIG. */
int decisions_set(struct decisions *d, const struct decision *decision);

/* Forgets both for this address, the persistent one first, or only the one that holds until the next boot. 0,
 * 1: there is none; or -errno. */
int decisions_reset(struct decisions *d, const struct address *address, bool runtime_only);

/* What was wrong with the files at the last load, each "FILE: TEXT". NULL-terminated, never NULL; owned by d.
 */
char *const *decisions_problems(const struct decisions *d);
