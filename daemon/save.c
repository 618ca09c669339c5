// SPDX-License-Identifier: GPL-2.0-or-later
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The folder that the first length bytes of path name; "" is the root itself. */
static int open_folder(const struct root *root, const char *path, size_t length)
{
	_cleanup_free_ char *folder = strndup(path, length);

	if (!folder)
		return -ENOMEM;
	return root_open_dir(root, *folder ? folder : "/");
}

static int sync_fd(int fd)
{
	int r;

	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* Makes the folder that the first length bytes of path name; the one above it is there. */
static int make_folder(const struct root *root, const char *path, size_t length)
{
	_cleanup_free_ char *folder = strndup(path, length);
	_cleanup_close_ int above = -1;

	if (!folder)
		return -ENOMEM;
	above = open_folder(root, folder, (size_t)(name_of(folder) - folder));
	if (above < 0)
		return above;
	if (mkdirat(above, name_of(folder), 0755) < 0 && errno != EEXIST)
		return -errno;
	return sync_fd(above);
}

/* The folder of path, made with all above it if need be. */
static int open_or_make_folder(const struct root *root, const char *path)
{
	size_t length = (size_t)(name_of(path) - path);
	int fd = open_folder(root, path, length);

	if (fd != -ENOENT)
		return fd;
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		_cleanup_close_ int there = open_folder(root, path, (size_t)(slash - path));
		int e = there == -ENOENT ? make_folder(root, path, (size_t)(slash - path)) : 0;

		if (e < 0)
			return e;
	}
	return open_folder(root, path, length);
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

static int write_new(int folder, const char *name, const char *text, size_t length)
{
	_cleanup_close_ int fd = -1;
	int e;

	if (unlinkat(folder, name, 0) < 0 && errno != ENOENT) /* a killed save's */
		return -errno;
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	e = write_all(fd, text, length);
	return e < 0 ? e : sync_fd(fd);
}

/* Puts the new file in place and the old one, if there is any, under the new one's name: so there is a way
 * back if the folder cannot be synced. */
static int put_in_place(int folder, const char *new, const char *name)
{
	bool swapped = renameat2(folder, new, folder, name, RENAME_EXCHANGE) == 0;
	bool first = !swapped && errno == ENOENT;
	int e;

	if (!swapped && !first && errno != EINVAL) /* EINVAL: a filesystem that cannot swap */
		return -errno;
	if (!swapped && renameat(folder, new, folder, name) < 0)
		return -errno;
	e = sync_fd(folder);
	if (e < 0 && swapped)
		renameat2(folder, new, folder, name, RENAME_EXCHANGE);
	else if (e < 0 && first)
		unlinkat(folder, name, 0);
	return e;
}

static int new_name(const char *path, char ret[static SAVE_NAME_SIZE])
{
	int n = snprintf(ret, SAVE_NAME_SIZE, ".%s.new", name_of(path));

	return n < SAVE_NAME_SIZE ? 0 : -ENAMETOOLONG;
}

int save_file(const struct root *root, const char *path, const char *text, size_t length)
{
	_cleanup_close_ int folder = -1;
	char new[SAVE_NAME_SIZE];
	int e = new_name(path, new);

	if (e < 0)
		return e;
	folder = open_or_make_folder(root, path);
	if (folder < 0)
		return folder;
	e = write_new(folder, new, text, length);
	if (e == 0)
		e = put_in_place(folder, new, name_of(path));
	unlinkat(folder, new, 0); /* the old file, or one that never came into its place */
	return e;
}

void save_clean(const struct root *root, const char *path)
{
	_cleanup_close_ int folder = open_folder(root, path, (size_t)(name_of(path) - path));
	char new[SAVE_NAME_SIZE];

	if (folder >= 0 && new_name(path, new) == 0)
		unlinkat(folder, new, 0);
}

static int kept_name(const char *path, unsigned n, char ret[static SAVE_NAME_SIZE])
{
	int length = n == 0 ? snprintf(ret, SAVE_NAME_SIZE, "%s.damaged", path)
			    : snprintf(ret, SAVE_NAME_SIZE, "%s.damaged.%u", path, n);

	return length < SAVE_NAME_SIZE ? 0 : -ENAMETOOLONG;
}

static bool is_there(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool save_is_kept(const struct root *root, const char *path, unsigned n, char ret[static SAVE_NAME_SIZE])
{
	_cleanup_close_ int folder = open_folder(root, path, (size_t)(name_of(path) - path));

	return folder >= 0 && kept_name(path, n, ret) == 0 && is_there(folder, name_of(ret));
}

int save_set_aside(const struct root *root, const char *path, char ret[static SAVE_NAME_SIZE])
{
	_cleanup_close_ int folder = open_folder(root, path, (size_t)(name_of(path) - path));
	unsigned n = 0;
	int e;

	if (folder < 0)
		return folder;
	do
		e = kept_name(path, n, ret);
	while (e == 0 && is_there(folder, name_of(ret)) && ++n < SAVE_KEPT);
	if (e < 0)
		return e;
	if (renameat(folder, name_of(path), folder, name_of(ret)) < 0)
		return -errno;
	sync_fd(folder); /* if that fails, it is found damaged once more */
	return 0;
}
