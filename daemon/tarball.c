// SPDX-License-Identifier: GPL-2.0-or-later
#include "tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

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
	t->error = archive_errno(t->archive) > 0 ? -archive_errno(t->archive) : -EIO;
}

static void tarball_free(struct tarball *t)
{
	archive_entry_free(t->entry);
	archive_write_free(t->archive);
	free(t);
}

int tarball_new(struct tarball **ret, int fd)
{
	struct tarball *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->archive = archive_write_new();
	t->entry = archive_entry_new();
	if (!t->archive || !t->entry) {
		tarball_free(t);
		return -ENOMEM;
	}
	check(t, archive_write_add_filter_xz(t->archive));
	/* Level 2 needs 17 MB where the default would need 94. */
	check(t, archive_write_set_filter_option(t->archive, "xz", "compression-level", "2"));
	check(t, archive_write_set_format_pax_restricted(t->archive));
	check(t, archive_write_set_bytes_in_last_block(t->archive, 1)); /* a pipe gets no padding either */
	check(t, archive_write_open_fd(t->archive, fd));
	*ret = t;
	return 0;
}

static void add(struct tarball *t, const char *path, mode_t type, const char *target, size_t length)
{
	if (t->error != 0)
		return;
	archive_entry_clear(t->entry);
	archive_entry_set_pathname(t->entry, path);
	archive_entry_set_filetype(t->entry, type);
	archive_entry_set_perm(t->entry, type == AE_IFREG ? 0644 : type == AE_IFDIR ? 0755 : 0777);
	archive_entry_set_mtime(t->entry, 0, 0);
	if (target)
		archive_entry_set_symlink(t->entry, target);
	archive_entry_set_size(t->entry, (la_int64_t)length);
	check(t, archive_write_header(t->archive, t->entry));
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
	if (t->error == 0 && archive_write_data(t->archive, bytes, length) < 0)
		check(t, ARCHIVE_FATAL);
}

int tarball_finish(struct tarball *t)
{
	int e;

	check(t, archive_write_close(t->archive));
	e = t->error;
	tarball_free(t);
	return e;
}
