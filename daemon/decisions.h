/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The administrator's decisions made with intxctl: var/lib/intxd/decisions.json, and run/intxd/decisions.json
 * for those that hold until the next boot, below the root.
 *
 * A change is on disk, whole, before decisions_set() returns 0, and the old file is, whole, until then
 * (temporary file in the same folder, fsync, rename, fsync of the folder). When the disk refuses, nothing has
 * changed, in memory neither. A damaged file is set aside under another name and said; none of its decisions
 * applies.
 */
#pragma once

#include "policy.h"
#include "root.h"

struct decisions;

/* 0 or -ENOMEM: a file that cannot be read or is damaged is a problem, not an error. With read_only a damaged
 * file stays where it is, and decisions_set() fails with -EROFS. */
int decisions_new(struct decisions **ret, const struct root *root, bool read_only);
void decisions_free(struct decisions *d);

/* All of them, sorted as struct policy wants; valid until the next change. */
const struct decision *decisions(const struct decisions *d, size_t *ret_n);

/* Adds or replaces the one of its kind (runtime or not) for its address. 0, 1: it is already so; or -errno of
 * the disk. */
int decisions_set(struct decisions *d, const struct decision *decision);

/* Forgets both for this address. 0, 1: there is none; or -errno. */
int decisions_reset(struct decisions *d, const struct address *address);

/* What was wrong with the files, each "FILE: TEXT". NULL-terminated, never NULL; owned by d. */
char *const *decisions_problems(const struct decisions *d);
