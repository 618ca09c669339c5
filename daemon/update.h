/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine after something happened to a few functions: reads those anew, and what is cheap and may have
 * changed with them
 * (/proc/interrupts), and decides again. The result is what read_machine() would give, to the last bit.
 *
 * What is not read again: other functions' files, the device tree.
 */
#pragma once

#include "machine.h"
#include "root.h"

struct update {
	const struct address
		*addresses; /* in any order, twice if need be; functions that came, went, or changed */
	size_t n;
};

/* 0, or -errno and *m is as it was or freed and NULL (then read_machine() is the way back). */
int update_machine(struct machine **m, const struct root *root, const struct update *what);
