// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include <assert.h>

static const char *const verdicts[_VERDICT_MAX] = {
	[VERDICT_NO_INTX] = "no-intx",	 [VERDICT_SHARED] = "shared",	    [VERDICT_LATENT] = "latent",
	[VERDICT_UNPROVEN] = "unproven", [VERDICT_EXCLUSIVE] = "exclusive",
};

static const char *const kinds[_KIND_MAX] = {
	[KIND_ACTIVE] = "active",
	[KIND_LATENT] = "latent",
	[KIND_DORMANT] = "dormant",
	[KIND_POSSIBLE] = "possible",
};

static const char *const evidences[_EVIDENCE_MAX] = {
	[EVIDENCE_NONE] = "none",	  [EVIDENCE_WIRING] = "wiring", [EVIDENCE_OBSERVED] = "observed",
	[EVIDENCE_FIRMWARE] = "firmware", [EVIDENCE_KERNEL] = "kernel",
};

static const char *const features[_FEATURE_MAX] = {
	[FEATURE_ABSENT] = "absent",
	[FEATURE_PRESENT] = "present",
	[FEATURE_KILLED] = "killed",
};

const char *verdict_to_string(enum verdict v)
{
	assert(v < _VERDICT_MAX);
	return verdicts[v];
}

const char *kind_to_string(enum kind k)
{
	assert(k < _KIND_MAX);
	return kinds[k];
}

const char *evidence_to_string(enum evidence e)
{
	assert(e < _EVIDENCE_MAX);
	return evidences[e];
}

const char *feature_to_string(enum feature f)
{
	assert(f < _FEATURE_MAX);
	return features[f];
}
