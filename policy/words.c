// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

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

static const char *const policy_modes[_POLICY_MODE_MAX] = {
	[POLICY_UNSET] = "unset",
	[POLICY_ALLOW] = "allow",
	[POLICY_DENY] = "deny",
};

static const char *const requires[_REQUIRE_MAX] = {
	[REQUIRE_EXCLUSIVE] = "exclusive",
	[REQUIRE_LATENT_OK] = "latent-ok",
	[REQUIRE_UNPROVEN_OK] = "unproven-ok",
};

static const char *const knobs[_KNOB_MAX] = {
	[KNOB_OFF] = "off",
	[KNOB_AUTO] = "auto",
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

const char *policy_mode_to_string(enum policy_mode m)
{
	assert(m < _POLICY_MODE_MAX);
	return policy_modes[m];
}

const char *require_to_string(enum require r)
{
	assert(r < _REQUIRE_MAX);
	return requires[r];
}

const char *knob_to_string(enum knob k)
{
	assert(k < _KNOB_MAX);
	return knobs[k];
}

int policy_mode_from_string(const char *word, enum policy_mode *ret)
{
	for (enum policy_mode m = POLICY_ALLOW; m < _POLICY_MODE_MAX; m++)
		if (strcmp(word, policy_modes[m]) == 0) {
			*ret = m;
			return 0;
		}
	return -EINVAL;
}

int require_from_string(const char *word, enum require *ret)
{
	for (enum require r = 0; r < _REQUIRE_MAX; r++)
		if (strcmp(word, requires[r]) == 0) {
			*ret = r;
			return 0;
		}
	return -EINVAL;
}
