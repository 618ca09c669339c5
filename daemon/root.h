/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading files below one folder and nowhere else.
 *
 * Everything intxd reads by itself goes through here, on the live machine (root "/") as on a captured tree. A
 * path is resolved with the folder as its root: a symlink to /etc, or one that climbs out, ends inside the
 * folder or fails (openat2 RESOLVE_IN_ROOT). Nothing blocks and nothing is read without a limit, even if a
 * hostile tree has FIFOs and devices where attributes should be.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "cleanup.h"

struct root {
	int fd;	    /* the folder, O_PATH */
	char *path; /* as given, for messages and libpci */
	bool live;  /* it is "/": the kernel's own files, always well formed */
};

/* 0; -errno when the folder cannot be opened or the kernel has no openat2 (before 5.6). */
int root_open(struct root *ret, const char *path);
void root_close(struct root *root);

/* A descriptor, or -errno. Paths may start with a slash or not. */
int root_open_file(const struct root *root, const char *path, int flags);
/* The same, but refuses (-EXDEV) where a reader without a root of its own would leave the tree. */
int root_open_beneath(const struct root *root, const char *path, int flags);
int root_open_dir(const struct root *root, const char *path);
/* Takes fd, a folder's descriptor or -errno, which then is what it returns. 0 or -errno. */
int open_listing(int fd, DIR **ret);

/* Reads at most size - 1 bytes of name in the folder dir (no symlinks, no subfolders), NUL-terminates and
 * strips the last newline. The length up to the first NUL, or -errno: -ENOENT, -EISDIR, -ELOOP (a symlink),
 * -EFBIG (did not fit), … */
ssize_t read_text_at(int dir, const char *name, char *buffer, size_t size);

/* The same for a path below the root. */
ssize_t root_read_text(const struct root *root, const char *path, char *buffer, size_t size);

/* The whole file, at most `limit` bytes, NUL-terminated, to be freed. The length, or -errno; -EFBIG beyond
 * limit. */
ssize_t root_read_all(const struct root *root, const char *path, size_t limit, char **ret);

/* A text to be read by lines, of at most `limit` bytes where a tree was captured. 0 or -errno. */
int root_open_text(const struct root *root, const char *path, size_t limit, FILE **ret);

/* A whole number, decimal or with 0x; the line must hold nothing else. -errno, -EINVAL when it is something
 * else. */
int read_number_at(int dir, const char *name, int64_t *ret);
int parse_number(const char *text, int64_t *ret);

/* The last component of what a symlink in dir says (a driver, an IOMMU group); it is not followed. 0 or
 * -errno. */
int link_name_at(int dir, const char *name, char *buffer, size_t size);
