// SPDX-License-Identifier: GPL-2.0-or-later
#include "tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* Loaded when first wanted: libarchive brings a dozen libraries, two thirds of the memory that the service
 * would have, and few ever ask it for a snapshot. */
#define LIBARCHIVE "libarchive.so.13" /* the ABI of all releases since 3.0 */
#define FUNCTIONS(X)                             \
	X(archive_entry_clear)                   \
	X(archive_entry_free)                    \
	X(archive_entry_new)                     \
	X(archive_entry_set_filetype)            \
	X(archive_entry_set_mtime)               \
	X(archive_entry_set_pathname)            \
	X(archive_entry_set_perm)                \
	X(archive_entry_set_size)                \
	X(archive_entry_set_symlink)             \
	X(archive_errno)                         \
	X(archive_write_add_filter_xz)           \
	X(archive_write_close)                   \
	X(archive_write_data)                    \
	X(archive_write_free)                    \
	X(archive_write_header)                  \
	X(archive_write_new)                     \
	X(archive_write_open_fd)                 \
	X(archive_write_set_bytes_in_last_block) \
	X(archive_write_set_filter_option)       \
	X(archive_write_set_format_pax_restricted)

static struct {
	void *handle;
#define POINTER(name) typeof(name) *name;
	FUNCTIONS(POINTER)
} lib;

static bool find_functions(void)
{
#define FIND(name) ((lib.name = (typeof(lib.name))dlsym(lib.handle, #name)) != NULL) &&
	return FUNCTIONS(FIND) true;
}

int tarball_load(void)
{
	if (lib.handle)
		return 0;
	lib.handle = dlopen(LIBARCHIVE, RTLD_NOW);
	if (lib.handle && find_functions())
		return 0;
	if (lib.handle)
		dlclose(lib.handle);
	lib.handle = NULL;
	return -ELIBACC;
}

struct tarball {
	struct archive *archive;
	struct archive_entry *entry;
	int error;
};

static void check(struct tarball *t, int result)
{
	if (result >= ARCHIVE_WARN || t->error != 0)
		return;
	/* libarchive has numbers of its own for damage, all negative. */
	t->error = lib.archive_errno(t->archive) > 0 ? -lib.archive_errno(t->archive) : -EIO;
}

static void tarball_free(struct tarball *t)
{
	lib.archive_entry_free(t->entry);
	lib.archive_write_free(t->archive);
	free(t);
}

int tarball_new(struct tarball **ret, int fd)
{
	int e = tarball_load();
	struct tarball *t = e < 0 ? NULL : calloc(1, sizeof(*t));

	if (!t)
		return e < 0 ? e : -ENOMEM;
	t->archive = lib.archive_write_new();
	t->entry = lib.archive_entry_new();
	if (!t->archive || !t->entry) {
		tarball_free(t);
		return -ENOMEM;
	}
	check(t, lib.archive_write_add_filter_xz(t->archive));
	/* Level 0 needs 4 MB where the default would need 94, and makes a machine's archive 4 % bigger. */
	check(t, lib.archive_write_set_filter_option(t->archive, "xz", "compression-level", "0"));
	check(t, lib.archive_write_set_format_pax_restricted(t->archive));
	check(t,
	      lib.archive_write_set_bytes_in_last_block(t->archive, 1)); /* a pipe gets no padding either */
	check(t, lib.archive_write_open_fd(t->archive, fd));
	*ret = t;
	return 0;
}

static void add(struct tarball *t, const char *path, mode_t type, const char *target, size_t length)
{
	if (t->error != 0)
		return;
	lib.archive_entry_clear(t->entry);
	lib.archive_entry_set_pathname(t->entry, path);
	lib.archive_entry_set_filetype(t->entry, type);
	lib.archive_entry_set_perm(t->entry, type == AE_IFREG ? 0644 : type == AE_IFDIR ? 0755 : 0777);
	lib.archive_entry_set_mtime(t->entry, 0, 0);
	if (target)
		lib.archive_entry_set_symlink(t->entry, target);
	lib.archive_entry_set_size(t->entry, (la_int64_t)length);
	check(t, lib.archive_write_header(t->archive, t->entry));
}

void tarball_folder(struct tarball *t, const char *path)
{
	add(t, path, AE_IFDIR, NULL, 0);
}

void tarball_link(struct tarball *t, const char *path, const char *target)
{
	add(t, path, AE_IFLNK, target, 0);
}

void tarball_file(struct tarball *t, const char *path, const void *bytes, size_t length)
{
	add(t, path, AE_IFREG, NULL, length);
	if (t->error == 0 && lib.archive_write_data(t->archive, bytes, length) < 0)
		check(t, ARCHIVE_FATAL);
}

int tarball_finish(struct tarball *t)
{
	int e;

	check(t, lib.archive_write_close(t->archive));
	e = t->error;
	tarball_free(t);
	return e;
}
