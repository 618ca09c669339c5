/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything intxd reads of a machine, as a .tar.xz which unpacked is a tree for --root.
 *
 * Such a tree gives the same answers, and a snapshot of it is the same file. What could not be read is not in
 * it.
 */
#pragma once

#include <stdbool.h>

#include "machine.h"
#include "root.h"

/* m is what was just read below root. With `hide` config space is blanked where intxd does not look
 * (conceal.h). 0, or -errno of a failed write or -ENOMEM. */
int snapshot(const struct root *root, const struct machine *m, int fd, bool hide);
