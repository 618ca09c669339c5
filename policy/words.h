/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shared vocabulary: every word that the daemon says and a client, a script or a person reads.
 *
 * Each enum has one table of names; NULL or _INVALID never leaves a name function. The words are the contract
 * of JSON version 1: names may be added, none is removed or changes meaning.
 */
#pragma once

#include <stdbool.h>

/* What is known about sharing, worst news first: decide() gives the first that holds. */
enum verdict {
	VERDICT_NO_INTX,   /* no interrupt pin, or an SR-IOV virtual function */
	VERDICT_SHARED,	   /* another party has an action on the line now */
	VERDICT_LATENT,	   /* another party may take an action at any time */
	VERDICT_UNPROVEN,  /* the line, or a possible sharer's, is unknown */
	VERDICT_EXCLUSIVE, /* no other party can reach the line */
	_VERDICT_MAX,
};

/* What a function, slot or action is to the others on its line. */
enum kind {
	KIND_ACTIVE,
	KIND_LATENT,
	KIND_DORMANT,
	KIND_POSSIBLE,
	_KIND_MAX,
};

/* Where a function's line is known from, weakest first. */
enum evidence {
	EVIDENCE_NONE,
	EVIDENCE_WIRING,   /* same wire as a function whose line is known, or only equality */
	EVIDENCE_OBSERVED, /* the IRQ number its driver was given */
	EVIDENCE_FIRMWARE, /* device tree interrupt-map */
	EVIDENCE_KERNEL,   /* the kernel's intx_line attribute */
	_EVIDENCE_MAX,
};

/* The direct-EOI feature of the running kernel. */
enum feature {
	FEATURE_UNKNOWN, /* a tree that does not say; null in JSON */
	FEATURE_ABSENT,
	FEATURE_PRESENT,
	FEATURE_KILLED, /* present, switched off by vfio_pci_core.intx_deoi=N */
	_FEATURE_MAX,
};

/* What the administrator says of a function. */
enum policy_mode {
	POLICY_UNSET, /* nobody said anything, or what was said cannot be applied: as good as deny */
	POLICY_ALLOW,
	POLICY_DENY,
	_POLICY_MODE_MAX,
};

/* How much of the proof the administrator insists on, before an allowed function may do direct EOI. */
enum require {
	REQUIRE_EXCLUSIVE,   /* the verdict is exclusive */
	REQUIRE_LATENT_OK,   /* sharers may come: the kernel yields to them */
	REQUIRE_UNPROVEN_OK, /* the platform is safe whatever cannot be proved */
	_REQUIRE_MAX,
};

/* The words of the kernel's intx_deoi/policy. */
enum knob {
	KNOB_OFF,
	KNOB_AUTO,
	_KNOB_MAX,
};

/* Exit codes of intxctl. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_DEVICE = 3,
	EXIT_CONFLICT = 4, /* only `check` */
	EXIT_NOT_AUTHORISED = 5,
	EXIT_UNREACHABLE = 6,
};

#define INTXD_BUS_NAME		"org.intxd1"
#define INTXD_PATH		"/org/intxd1"
#define INTXD_MANAGER_INTERFACE "org.intxd1.Manager"
#define INTXD_DEVICE_INTERFACE	"org.intxd1.Device"
#define INTXD_DEVICE_PREFIX	"/org/intxd1/device" /* + sd_bus_path_encode(address) */
#define INTXD_ACTION_SET_POLICY "org.intxd1.set-policy"
#define INTXD_ACTION_RELOAD	"org.intxd1.reload"
#define INTXD_ERROR_NO_DEVICE	"org.intxd1.Error.NoSuchDevice"
#define INTXD_ERROR_AMBIGUOUS	"org.intxd1.Error.Ambiguous"
#define INTXD_ERROR_READ_ONLY	"org.intxd1.Error.ReadOnly"
#define INTXD_ERROR_BAD_POLICY	"org.intxd1.Error.BadPolicy"

#define INTXD_JSON_VERSION 1

/* Flags of SnapshotWithFlags(). */
#define INTXD_SNAPSHOT_HIDE 1 /* leave out what identifies the machine */

const char *verdict_to_string(enum verdict v);
const char *kind_to_string(enum kind k);
const char *evidence_to_string(enum evidence e);
const char *feature_to_string(enum feature f); /* NULL for FEATURE_UNKNOWN */
const char *policy_mode_to_string(enum policy_mode m);
const char *require_to_string(enum require r);
const char *knob_to_string(enum knob k);

/* -EINVAL for any other word; policy_mode_from_string() does not take "unset". */
int policy_mode_from_string(const char *word, enum policy_mode *ret);
int require_from_string(const char *word, enum require *ret);
