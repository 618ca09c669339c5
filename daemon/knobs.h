/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's knobs, vfio-dev/DEVICE/intx_deoi/policy, as policy wants them.
 *
 * A knob is written only when it differs. One that cannot be written is remembered with the reason, which is
 * shown with the function, and tried again at the next occasion; it never keeps the others from being set.
 */
#pragma once

#include "policy.h"
#include "root.h"

/* A knob that is not as it should be. */
struct knob_failure {
	struct address address;
	enum knob wanted;
	int error; /* -errno */
};

struct knobs {
	struct knob_failure *failures; /* by address */
	size_t n_failures;
};

/* Something happened to a knob: it was set, or could not be (error < 0; said once for each error). */
typedef void (*knob_event)(void *userdata, const struct function *f, const struct ruling *ruling,
			   enum knob wanted, int error);

/* Sets every knob of the machine as the policy wants it and notes it in the machine. 0 or -ENOMEM. */
int knobs_apply(struct knobs *k, struct machine *m, const struct root *root, const struct policy *p,
		knob_event tell, void *userdata);

/* Turns every knob off, whatever policy says. The number that could not be, or -ENOMEM. */
int knobs_off(struct machine *m, const struct root *root, knob_event tell, void *userdata);

/* What is wrong with this function's knob, or NULL. */
const struct knob_failure *knob_failure(const struct knobs *k, const struct address *address);
void knobs_free(struct knobs *k);
