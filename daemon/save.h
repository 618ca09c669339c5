/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small file below the root, replaced so that it is there whole at every moment, whatever dies in between:
 * the old content until save_file() returns 0, and from then on the new one, on disk.
 *
 * A new file is written beside it and synced, changes places with it, and the folder is synced. Where the
 * disk refuses, the old content is back in its place before the error is returned. Folders are reached
 * through the root, names inside them never through a symlink, so nothing outside the root is touched.
 */
#pragma once

#include "root.h"

/* path is below the root; its folders are made (0755) as far as they are missing, the file is 0644. 0, or
 * -errno and nothing has changed. */
int save_file(const struct root *root, const char *path, const char *text, size_t length);

/* Removes what a save that was killed has left behind. */
void save_clean(const struct root *root, const char *path);

/* A file that cannot be used is kept under another name: "….damaged", "….damaged.1", …; beyond SAVE_KEPT the
 * last is replaced. */
#define SAVE_KEPT      4
#define SAVE_NAME_SIZE 256

/* 0 with the path it now has, or -errno. */
int save_set_aside(const struct root *root, const char *path, char ret[static SAVE_NAME_SIZE]);

/* Is there one under its nth name, from 0. */
bool save_is_kept(const struct root *root, const char *path, unsigned n, char ret[static SAVE_NAME_SIZE]);
