/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patterns of rules (rules.h says what each is compared with): as fnmatch(3) has them without flags,
 * those of hexadecimal numbers in lower case.
 */
#pragma once

#include <stdbool.h>

#define PATTERN_MAX 64 /* bytes; what bounds the time that a comparison takes */

enum pattern_kind {
	PATTERN_ADDRESS,
	PATTERN_ID,
	PATTERN_CLASS,
	PATTERN_DRIVER,
};

/* Brings the pattern into the form that is compared. NULL; or why nothing could ever match it, as the end of
 * a sentence about it. */
const char *pattern_prepare(char *pattern, enum pattern_kind kind);

bool pattern_matches(const char *pattern, const char *text);

/* address as "0000:01:00.0". */
bool pattern_matches_address(const char *pattern, const char *address);
