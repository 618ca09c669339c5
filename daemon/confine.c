// SPDX-License-Identifier: GPL-2.0-or-later
#include "confine.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Every right of the first Landlock ABI (Linux 5.13): later ones only add to what can be forbidden. */
#define ALL_RIGHTS  ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

int confine_to(const struct root *root)
{
#ifdef __SANITIZE_ADDRESS__
	/* LeakSanitizer reads /proc/self/task at the end. */
	return -EOPNOTSUPP;
#endif
	struct landlock_ruleset_attr attr = {.handled_access_fs = ALL_RIGHTS};
	struct landlock_path_beneath_attr below = {.allowed_access = READ_RIGHTS, .parent_fd = root->fd};
	_cleanup_close_ int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (ruleset < 0)
		return -errno;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &below, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return -errno;
	return 0;
}
