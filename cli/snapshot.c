// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot: everything intxd reads, in a file that --root takes once unpacked.
 *
 * The file appears whole or not at all. It can be read by its owner only: config space beyond 64 bytes is
 * root's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "description.h"

static int write_into(const struct options *o, int fd)
{
	_cleanup_client_ struct client *c = NULL;
	int code = client_new(&c, o);

	if (code != EXIT_DONE)
		return code;
	return client_snapshot_to(c, fd, o->hide ? INTXD_SNAPSHOT_HIDE : 0);
}

static int failed(const char *name)
{
	complain("%s: %s", name, strerror(errno));
	return EXIT_FAILED;
}

static int write_beside(const struct options *o, const char *name)
{
	_cleanup_close_ int fd = -1;
	char temporary[PATH_MAX];
	int code;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", name) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return failed(name);
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return failed(name);
	code = write_into(o, fd);
	if (code == EXIT_DONE && (fsync(fd) < 0 || rename(temporary, name) < 0))
		code = failed(name);
	if (code != EXIT_DONE)
		unlink(temporary);
	return code;
}

int verb_snapshot(const struct options *o, int argc, char **argv)
{
	const char *name = argv[1];
	_cleanup_close_ int fd = -1;
	struct stat st;

	(void)argc;
	if (strcmp(name, "-") == 0) {
		if (!isatty(STDOUT_FILENO))
			return write_into(o, STDOUT_FILENO);
		complain("standard output is a terminal; name a file, or redirect it");
		return EXIT_USAGE;
	}
	if (stat(name, &st) < 0 || S_ISREG(st.st_mode))
		return write_beside(o, name);
	fd = open(name, O_WRONLY | O_CLOEXEC); /* a device, a FIFO: there is nothing to replace */
	return fd < 0 ? failed(name) : write_into(o, fd);
}
