/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A .tar.xz written to a descriptor, the same bytes for the same contents: no times, no owners.
 *
 * The first failure is kept; what is added after it is ignored.
 */
#pragma once

#include <stddef.h>

struct tarball;

/* Loads libarchive, for who will not be able to open it later; else tarball_new() does. 0, or -ELIBACC when
 * it is not there. */
int tarball_load(void);

/* fd stays the caller's. 0, -ENOMEM or -ELIBACC. */
int tarball_new(struct tarball **ret, int fd);

void tarball_folder(struct tarball *t, const char *path);
void tarball_link(struct tarball *t, const char *path, const char *target);
void tarball_file(struct tarball *t, const char *path, const void *bytes, size_t length);

/* Ends the archive and frees it. 0, or -errno of the first failure. */
int tarball_finish(struct tarball *t);
