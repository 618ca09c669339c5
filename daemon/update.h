/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine after something happened to a few functions: reads those anew, and what is cheap and may have
 * changed with them (/proc/interrupts, slots, the machine as a whole), and decides again. The result is what
 * read_machine() would give, to the last bit.
 *
 * What is not read again: other functions' files, the device tree. With a bridge goes all that was below it;
 * with a function that came or went, the bridge above.
 */
#pragma once

#include "machine.h"
#include "root.h"

struct update {
	const struct address
		*addresses; /* in any order, twice if need be; functions that came, went, or changed */
	size_t n;
};

/* *m is replaced by a new machine: whatever pointed into the old one is invalid. 0, or -errno and *m is as it
 * was. */
int update_machine(struct machine **m, const struct root *root, const struct update *what);
