// SPDX-License-Identifier: GPL-2.0-or-later
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "entries.h"
#include "fuzz.h"

#define MAX_ENTRIES 128

void scratch_open(struct scratch *s)
{
	strcpy(s->path,
	       access("/dev/shm", W_OK) == 0 ? "/dev/shm/intxd-fuzz.XXXXXX" : "/tmp/intxd-fuzz.XXXXXX");
	MUST(mkdtemp(s->path));
	MUST(root_open(&s->root, s->path) == 0);
	MUST(mkdirat(s->root.fd, "sys", 0755) == 0 && mkdirat(s->root.fd, "sys/bus", 0755) == 0 &&
	     mkdirat(s->root.fd, "sys/bus/pci", 0755) == 0 &&
	     mkdirat(s->root.fd, "sys/bus/pci/devices", 0755) == 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void scratch_close(struct scratch *s)
{
	root_close(&s->root);
	MUST(nftw(s->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

static bool is_plain(const char *name)
{
	const char *end;

	for (const char *p = name; *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, '/');
		if (end == p || (end - p == 1 && p[0] == '.') || (end - p == 2 && p[0] == '.' && p[1] == '.'))
			return false;
	}
	return *name && name[strlen(name) - 1] != '/';
}

/* The folder that the last component is to be in, made as far as it is missing and never through a link. */
static int open_folder(const struct scratch *s, char *name, char **ret_last)
{
	int fd = dup(s->root.fd);

	for (char *slash; fd >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
		int next;

		*slash = '\0';
		(void)mkdirat(fd, name, 0755);
		next = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	*ret_last = name;
	return fd;
}

void scratch_put_one(const struct scratch *s, const char *name, const char *target, const void *content,
		     size_t length)
{
	_cleanup_close_ int dir = -1, fd = -1;
	char copy[256], *last;

	if (!is_plain(name) || strlen(name) >= sizeof(copy))
		return;
	strcpy(copy, name);
	dir = open_folder(s, copy, &last);
	if (dir < 0)
		return;
	if (target) {
		(void)symlinkat(target, dir, last);
		return;
	}
	fd = openat(dir, last, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	MUST(fd < 0 || write(fd, content, length) == (ssize_t)length);
}

void scratch_put(const struct scratch *s, const uint8_t *data, size_t size)
{
	struct entry e;

	for (int n = 0; n < MAX_ENTRIES && next_entry(&data, &size, &e); n++)
		scratch_put_one(s, e.name, e.target[0] ? e.target : NULL, e.content, e.length);
}
