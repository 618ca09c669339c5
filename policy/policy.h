/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the administrator decided about a function, and the knob that follows (DESIGN §3 and §6). Pure.
 *
 * Decisions made with intxctl come before all rules, runtime before persistent; then the rule files in order,
 * and in each the first rule that matches. A decision is about one device: if another one sits at its
 * address, it does not apply.
 */
#pragma once

#include "machine.h"
#include "rules.h"

struct decision {
	struct address address;
	uint16_t vendor, device, subvendor, subdevice;
	enum policy_mode mode; /* allow or deny */
	enum require require;
	bool runtime; /* until the next boot */
};

/* Borrowed: whoever holds files and decisions keeps them for as long as this is used. */
struct policy {
	struct rule_file *const *files; /* in the order of matching */
	size_t n_files;
	const struct decision
		*decisions; /* sorted by decision_compare(); at most one of each kind for an address */
	size_t n_decisions;
	/* Stands for decisions that are not known (decisions_lost()), or NULL. Among them may be a "deny", so
	 * no rule applies to a function without a decision that is known. */
	const struct rule_file *lost;
};

/* What holds for a function, and who said so. */
struct ruling {
	enum policy_mode mode;
	enum require require;
	const struct decision *decision; /* the one that decided, or NULL */
	const struct rule_file *file;	 /* the file that decided (or is broken), or NULL */
	size_t rule;			 /* its rule, from 0 */
	const struct decision *replaced; /* there is a decision for this address, but for another device */
};

/* By address, runtime first. */
int decision_compare(const void *a, const void *b);
/* Is it this device, whatever its address. */
bool decision_is_about(const struct decision *d, const struct function *f);

struct ruling policy_for(const struct policy *p, const struct machine *m, const struct function *f);

/* "intxctl", "intxctl --runtime", "/etc/intxd/policy.d/10-lab.json: rule 1" (from 1), "….json is broken";
 * NULL: nobody. */
#define SOURCE_SIZE 320
const char *ruling_source(const struct ruling *r, char buffer[static SOURCE_SIZE]);

/* Is the verdict good enough? An active sharer is, unless the requirement is exclusive: the kernel yields to
 * it and comes back by itself, and taking the knob away would lose that. */
bool verdict_meets(enum verdict verdict, enum require require);

/* The same for a function: under latent-ok its line, and everyone's who might be on it, has to be known as
 * well. */
bool function_meets(const struct machine *m, const struct function *f, enum require require);

/* auto exactly when the ruling allows, direct EOI is not ruled out and the verdict meets the requirement. */
enum knob knob_for(const struct machine *m, const struct function *f, const struct ruling *r);

/* Does this rule match this function (policy test FILE). */
bool rule_matches(const struct rule *rule, const struct machine *m, const struct function *f);
/* Adds 1 to counts[i] for each rule i of the file that matches this function. */
void rules_count_matches(const struct rule_file *file, const struct machine *m, const struct function *f,
			 size_t *counts);
