/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder, in memory, that an input is written to as a machine's tree (entries.h), and read from like any
 * other.
 *
 * Nothing is written outside: names that climb or are no plain path are left out. What links say is the
 * input's affair.
 */
#pragma once

#include "machine.h"
#include "root.h"

struct scratch {
	char path[64];
	struct root root;
};

void scratch_open(struct scratch *s);
void scratch_close(struct scratch *s);

/* Writes at most MAX_ENTRIES of the input's entries. */
void scratch_put(const struct scratch *s, const uint8_t *data, size_t size);

/* A file of that name, or a link if target is not NULL, with the folders above it. */
void scratch_put_one(const struct scratch *s, const char *name, const char *target, const void *content,
		     size_t length);
