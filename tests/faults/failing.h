/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations and system calls that fail when told to.
 *
 * A program linked with -Wl,--wrap=… (see CMakeLists.txt) has its calls counted here: of the code under test
 * and, with json_memory.h, of jansson, not of the C library and others that it calls.
 */
#pragma once

#include <stdbool.h>

/* Does the same each time, what is under test between failing_start() and failing_stop(). NULL, or what is
 * wrong with the result. */
typedef const char *(*attempt_fn)(void *userdata);

/* Attempts it undisturbed, then with each call in turn failing, alone or with all behind it, for want of
 * something, as if nothing was there, … The number of wrong results, each said on standard error. */
unsigned failing_each(const char *title, attempt_fn attempt, void *userdata);

/* For a call that is wrapped elsewhere: does it fail? Then errno is set. */
bool failing_call(const char *what, int error);

void failing_start(void);
void failing_stop(void);

/* Does the call that fails say that there is nothing? Then this cannot be told from the truth. */
bool failing_as_if_absent(void);

/* Do all calls fail behind the first one? Then so does whatever would bring back what was before. */
bool failing_all(void);
