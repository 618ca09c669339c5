/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule files in force: *.json of /usr/lib/intxd/policy.d, /run/intxd/policy.d and /etc/intxd/policy.d
 * below the root, by file name, a later folder's file in place of an earlier one's of the same name (an empty
 * file or a link to /dev/null masks it).
 *
 * A set is taken whole: while one of its files is broken the last good set stays in force. When there is none
 * yet, the broken file is in the set as such (rules.h), and stops the search there. A folder that cannot be
 * listed may have files of any name, and is broken before all of them. Names that begin with a dot are passed
 * over, as systemd does.
 */
#pragma once

#include "machine.h"
#include "policy.h"
#include "root.h"

struct policy_files;

/* Folders that are not there are empty. 0 or -ENOMEM. */
int policy_files_new(struct policy_files **ret, const struct root *root);
void policy_files_free(struct policy_files *p);

/* Reads them anew; before the first time the set is empty. 0: this set is in force; -EINVAL: the last good
 * one still is, or without one this one with what is broken in it; -ENOMEM: nothing has changed. */
int policy_files_load(struct policy_files *p);

/* Is none of the set in force broken? */
bool policy_files_good(const struct policy_files *p);

/* The set in force. */
struct rule_file *const *policy_files(const struct policy_files *p, size_t *ret_n);

/* What was wrong at the last load, each "FILE:LINE:COLUMN: KEY: TEXT". NULL-terminated, never NULL; owned by
 * p. */
char *const *policy_files_problems(const struct policy_files *p);

/* The files of the set that another stands for, each "FILE: masked by FILE" or "FILE: replaced by FILE". As
 * above. */
char *const *policy_files_masked(const struct policy_files *p);

/* The folders to watch: NULL-terminated paths below the root. */
extern const char *const policy_folders[];
