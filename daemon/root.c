// SPDX-License-Identifier: GPL-2.0-or-later
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define MAX_TRIES 1000

/* A rename or mount anywhere on the machine while the path goes through ".." makes it EAGAIN (openat2(2)).
 * The links of sysfs have many, and a busy host many renames: without another try, functions would now and
 * then be unreadable. */
static int openat2_fd(int dir, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = resolve};
	long fd = -1;

	for (int i = 0; i < MAX_TRIES; i++) {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int root_open(struct root *ret, const char *path)
{
	_cleanup_free_ char *copy = strdup(path), *real = NULL;
	int fd, probe;

	if (!copy)
		return -ENOMEM;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	probe = openat2_fd(fd, ".", O_PATH, RESOLVE_IN_ROOT);
	if (probe < 0) {
		close(fd);
		return probe;
	}
	close(probe);
	real = realpath(path, NULL);
	*ret = (struct root){.fd = fd, .path = copy, .live = real && strcmp(real, "/") == 0};
	copy = NULL;
	return 0;
}

void root_close(struct root *root)
{
	if (root->path)
		close(root->fd);
	free(root->path);
	*root = (struct root){.fd = -1};
}

int root_open_file(const struct root *root, const char *path, int flags)
{
	/* O_NONBLOCK: opening a FIFO returns at once. */
	return openat2_fd(root->fd, path, flags | O_NONBLOCK | O_NOCTTY,
			  RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int root_open_beneath(const struct root *root, const char *path, int flags)
{
	return openat2_fd(root->fd, path, flags, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

int root_open_dir(const struct root *root, const char *path)
{
	return root_open_file(root, path, O_RDONLY | O_DIRECTORY);
}

int open_listing(int fd, DIR **ret)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int e = fd < 0 ? fd : -errno;

	if (!dir) {
		close_fd(&fd);
		return e;
	}
	*ret = dir;
	return 0;
}

static int check_regular(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return S_ISREG(st.st_mode) ? 0 : -EINVAL;
}

/* Fills the buffer as far as the file goes; one byte more than fits is -EFBIG. */
static ssize_t read_fully(int fd, char *buffer, size_t size)
{
	size_t length = 0;

	for (;;) {
		ssize_t n = read(fd, buffer + length, size - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
		if (length == size)
			return -EFBIG;
	}
	buffer[length] = '\0';
	return (ssize_t)length;
}

/* One read: an attribute comes whole or not at all, and whatever else a hostile tree puts in its place (a
 * FIFO, a device) gives at most a buffer and cannot block. What begins with a NUL is an empty text. */
static ssize_t read_text(int fd, char *buffer, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buffer, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -EFBIG;
	if (n > 0 && buffer[n - 1] == '\n')
		n--;
	buffer[n] = '\0';
	return (ssize_t)strlen(buffer);
}

ssize_t read_text_at(int dir, const char *name, char *buffer, size_t size)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : read_text(fd, buffer, size);
}

ssize_t root_read_text(const struct root *root, const char *path, char *buffer, size_t size)
{
	_cleanup_close_ int fd = root_open_file(root, path, O_RDONLY);

	return fd < 0 ? fd : read_text(fd, buffer, size);
}

ssize_t root_read_all(const struct root *root, const char *path, size_t limit, char **ret)
{
	_cleanup_close_ int fd = root_open_file(root, path, O_RDONLY);
	_cleanup_free_ char *buffer = NULL;
	size_t size = 4096, length = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = check_regular(fd);
	if (n < 0)
		return n;
	for (;;) {
		char *p = realloc(buffer, size);

		if (!p)
			return -ENOMEM;
		buffer = p;
		n = read_fully(fd, buffer + length, size - length);
		if (n >= 0)
			break;
		if (n != -EFBIG)
			return n;
		length = size;
		if (length > limit)
			return -EFBIG;
		size *= 2;
	}
	length += (size_t)n;
	if (length > limit)
		return -EFBIG;
	*ret = buffer;
	buffer = NULL;
	return (ssize_t)length;
}

int root_open_text(const struct root *root, const char *path, size_t limit, FILE **ret)
{
	_cleanup_close_ int fd = root_open_file(root, path, O_RDONLY);
	struct stat st;
	int e;

	if (fd < 0)
		return fd;
	e = check_regular(fd);
	if (e < 0)
		return e;
	if (fstat(fd, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size > limit) /* a kernel's own says 0 */
		return -EFBIG;
	*ret = fdopen(fd, "re");
	if (!*ret)
		return -errno;
	fd = -1;
	return 0;
}

int parse_number(const char *text, int64_t *ret)
{
	char *end;
	long long value;

	if (*text == '\0' || *text == ' ' || *text == '\t')
		return -EINVAL;
	errno = 0;
	value = strtoll(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
	if (errno != 0 || *end != '\0')
		return -EINVAL;
	*ret = value;
	return 0;
}

int read_number_at(int dir, const char *name, int64_t *ret)
{
	char text[32] = "";
	ssize_t n = read_text_at(dir, name, text, sizeof(text));

	return n < 0 ? (int)n : parse_number(text, ret);
}

int link_name_at(int dir, const char *name, char *buffer, size_t size)
{
	char target[PATH_MAX];
	const char *base;
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	if (*base == '\0' || strlen(base) >= size)
		return -EINVAL;
	strcpy(buffer, base);
	return 0;
}
