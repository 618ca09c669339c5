/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations and system calls that fail when told to.
 *
 * A program linked with -Wl,--wrap=… (see CMakeLists.txt) has its calls counted here: of the code under test
 * and of jansson, not of the C library and others that it calls. One call, or all from one on, fail.
 */
#pragma once

#include <stdbool.h>

/* Counts calls from 0; the nth (from 1; 0: none) fails, and with `on` all behind it. error 0: as that call
 * likes best. */
void failing_start(unsigned nth, bool on, int error);

/* Nothing fails any more. The number of calls since failing_start(). */
unsigned failing_stop(void);

/* The name of the first call that failed, or NULL: none has. */
const char *failing_what(void);

/* Prints from where it was called, for addr2line. */
void failing_trace(void);

/* Must be called first: jansson allocates by this too. */
void failing_init(void);
