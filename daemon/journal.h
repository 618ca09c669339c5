/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What intxd tells the journal: a sentence for people, a MESSAGE_ID that units/intxd.catalog explains, and
 * fields for programs.
 *
 * Where standard error is no journal the sentence goes there.
 */
#pragma once

#include <stdint.h>
#include <syslog.h>
#include <systemd/sd-id128.h>

/* Who decided what; who was refused. */
#define MESSAGE_DECIDED SD_ID128_MAKE(10, c0, e9, a6, 11, 37, 4d, e8, b5, 40, c1, ca, 16, ac, 55, 7f)
/* A knob was set, or could not be. */
#define MESSAGE_KNOB	    SD_ID128_MAKE(f9, da, cb, 34, da, 17, 4b, 27, 85, 43, c6, da, ff, 2a, 92, 32)
#define MESSAGE_KNOB_FAILED SD_ID128_MAKE(84, c6, cd, a2, 06, 2a, 4f, 28, a9, 19, 25, 3e, 0c, 90, aa, 48)
/* What the kernel made of it. */
#define MESSAGE_ENGAGED SD_ID128_MAKE(e6, e6, 5d, e3, 60, 55, 4e, fd, 8e, a2, 27, f7, 1f, 7a, 4b, 6b)
#define MESSAGE_YIELDED SD_ID128_MAKE(00, 45, 3f, be, 70, cb, 47, b8, 8a, d4, b8, 13, d2, 41, e3, 12)
/* Rule files and decisions that cannot be used. */
#define MESSAGE_POLICY SD_ID128_MAKE(73, 1f, d6, 6f, ae, 31, 4d, f3, bd, 6f, 7f, 6b, 63, 64, 1e, 45)

/* address: the function it is about, or NULL. */
void journal(int priority, sd_id128_t id, const char *address, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
