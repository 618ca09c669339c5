/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes from this process, for good, the file system but for reading below one folder. */
#pragma once

#include "root.h"

/* 0, or -errno: -EOPNOTSUPP and -ENOSYS where the kernel has no Landlock, which callers may live with, since
 * every path is checked before it is opened as well. */
int confine_to(const struct root *root);
